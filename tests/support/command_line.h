// Runs a command inside a test as the program would, with its output caught. Header-only; for tests.
//
// The environment holds only what the test puts there; the built-in classifier is what the test trained, if anything.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

class CommandLine {
 public:
  std::map<std::string, std::string, std::less<>> variables;
  std::string input;
  std::string builtin;
  base::ManualClock clock;

  Ran run(std::vector<std::string> arguments) {
    Caught out;
    Caught err;
    std::FILE* in = input.empty() ? std::fopen("/dev/null", "r") : ::fmemopen(input.data(), input.size(), "r");
    const config::Environment environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    cli::Context context{.environment = environment,
                         .out{out.file, environment},
                         .err{err.file, environment},
                         .in = in,
                         .clock = &clock,
                         .version = "1.2.3",
                         .builtin_model = std::as_bytes(std::span(builtin))};
    CLI::App app("test", "pointsman");
    app.require_subcommand(1);
    cli::add_commands(app, context);
    arguments.insert(arguments.begin(), "pointsman");
    std::vector<const char*> words;
    for (const std::string& one : arguments) words.push_back(one.c_str());
    const int code = cli::run(app, context, static_cast<int>(words.size()), words.data());
    std::fclose(in);
    return {code, out.text(), err.text()};
  }

 private:
  struct Caught {
    char* bytes = nullptr;
    std::size_t size = 0;
    std::FILE* file = ::open_memstream(&bytes, &size);
    Caught() = default;
    Caught(const Caught&) = delete;
    Caught& operator=(const Caught&) = delete;
    ~Caught() {
      std::fclose(file);
      std::free(bytes);
    }
    std::string text() {
      std::fflush(file);
      return {bytes, size};
    }
  };
};

inline void put(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string get(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// Two categories that a few words tell apart, 24 examples each.
inline std::string weather_and_sums() {
  std::string lines;
  const auto add = [&](const std::string& text, const std::string& category) {
    lines += "{\"text\": \"" + text + "\", \"category\": \"" + category + "\"}\n";
  };
  const std::vector<std::string> towns{"Leeds", "Turin", "Porto", "Graz", "Lyon", "Bergen"};
  for (std::size_t i = 0; i < towns.size(); ++i) {
    const std::string n = std::to_string(i + 3);
    add("will it rain in " + towns[i] + " today", "weather");
    add("weather forecast for " + towns[i], "weather");
    add("how windy is it in " + towns[i] + " tonight", "weather");
    add("is snow expected near " + towns[i], "weather");
    add("add " + n + " and seven", "sums");
    add("multiply " + n + " by twelve", "sums");
    add("what is " + n + " divided by two", "sums");
    add("subtract nine from " + n, "sums");
  }
  return lines;
}

}  // namespace pointsman::test
