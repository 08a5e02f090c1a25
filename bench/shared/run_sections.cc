#include "shared/run_sections.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "json/writer.h"

namespace pointsman::bench {
namespace {

struct Arguments {
  BenchOptions options;
  std::vector<std::string> sections;  // empty: all
  std::string out;
  bool as_json = false;
};

struct Finished {
  SectionResult result;
  double seconds = 0;
};

int usage(const Program& program, std::string_view why) {
  fmt::print(stderr, "{0}: {1}\n{0} [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]\n", program.name,
             why);
  for (const NamedSection& section : program.sections) fmt::print(stderr, "  {:<12} {}\n", section.name, section.what);
  return 2;
}

bool known(const Program& program, std::string_view name) {
  for (const NamedSection& section : program.sections) {
    if (section.name == name) return true;
  }
  return false;
}

std::optional<Arguments> read_arguments(const Program& program, std::span<char*> argv) {
  Arguments out;
  const char* data = std::getenv("POINTSMAN_DATA");
  out.options.data = data != nullptr ? data : POINTSMAN_SOURCE_DIR "/../shared/data";
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view name = argv[i];
    const bool more = i + 1 < argv.size();
    if (name == "--json") {
      out.as_json = true;
    } else if (name == "--quick") {
      out.options.quick = true;
      out.options.seeds = 1;
    } else if (name == "--section" && more && known(program, argv[i + 1])) {
      out.sections.emplace_back(argv[++i]);
    } else if (name == "--seeds" && more) {
      const std::string_view number = argv[++i];
      std::from_chars(number.data(), number.data() + number.size(), out.options.seeds);
    } else if (name == "--out" && more) {
      out.out = argv[++i];
    } else {
      return std::nullopt;
    }
  }
  if (out.options.seeds < 1) return std::nullopt;
  if (out.out.empty() && out.sections.empty() && !out.options.quick) {
    out.out = POINTSMAN_SOURCE_DIR "/bench/results/" + std::string(program.name) + ".json";
  }
  return out;
}

bool wanted(const Arguments& arguments, std::string_view name) {
  if (arguments.sections.empty()) return true;
  for (const std::string& section : arguments.sections) {
    if (section == name) return true;
  }
  return false;
}

void print(FILE* to, const Finished& finished) {
  fmt::print(to, "{} ({:.0f} s)\n", finished.result.name, finished.seconds);
  if (!finished.result.skipped.empty()) fmt::print(to, "  skipped: {}\n", finished.result.skipped);
  for (const Target& target : finished.result.targets) {
    const std::string goal = target.for_information ? "" : fmt::format("goal {:.4g}", target.goal);
    const char* verdict = target.for_information ? "" : target.holds ? "met" : "MISSED";
    fmt::print(to, "  {:<6} {:<58} {:>9.4g}{:<4} {:<11} {}\n", verdict, target.name, target.value, target.unit, goal,
               target.note);
  }
}

std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

std::string to_json(const Program& program, const Arguments& arguments, std::span<const Finished> sections) {
  std::string out;
  json::Writer w(out);
  w.begin_object().member("bench", program.name).member("seeds", arguments.options.seeds);
  w.member("quick", arguments.options.quick).member("machine", machine()).key("sections").begin_array();
  for (const Finished& finished : sections) {
    w.begin_object().member("name", finished.result.name).member("seconds", finished.seconds);
    if (!finished.result.skipped.empty()) w.member("skipped", finished.result.skipped);
    w.key("targets").begin_array();
    for (const Target& target : finished.result.targets) {
      w.begin_object().member("name", target.name).member("value", target.value).member("unit", target.unit);
      if (!target.for_information) w.member("goal", target.goal).member("holds", target.holds);
      w.member("note", target.note).end_object();
    }
    w.end_array();
    if (!finished.result.details_json.empty()) w.key("details").raw(finished.result.details_json);
    w.end_object();
  }
  w.end_array().end_object();
  return out + "\n";
}

int run(const Program& program, const Arguments& arguments) {
  if (!std::filesystem::is_directory(arguments.options.data)) {
    fmt::print(stderr, "{}: no data in {}: set POINTSMAN_DATA to the folder with the public data sets\n", program.name,
               arguments.options.data);
    return 77;
  }
  FILE* to = arguments.as_json ? stderr : stdout;
  std::vector<Finished> sections;
  for (const NamedSection& section : program.sections) {
    if (!wanted(arguments, section.name)) continue;
    const auto begin = std::chrono::steady_clock::now();
    auto result = section.run(arguments.options);
    if (!result) {
      fmt::print(stderr, "{}: {}: {}\n", program.name, section.name, result.error().message());
      return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    sections.push_back({.result = std::move(*result), .seconds = took.count()});
    print(to, sections.back());
    std::fflush(to);
  }
  const std::string json = to_json(program, arguments, sections);
  if (arguments.as_json) fmt::print("{}", json);
  if (!arguments.out.empty()) {
    std::ofstream file(arguments.out, std::ios::binary);
    file << json;
    if (!file.flush()) {
      fmt::print(stderr, "{}: cannot write {}\n", program.name, arguments.out);
      return 1;
    }
  }
  return 0;
}

}  // namespace

int run_sections(const Program& program, std::span<char*> argv) {
  const auto arguments = read_arguments(program, argv);
  if (!arguments) return usage(program, "not understood");
  return run(program, *arguments);
}

}  // namespace pointsman::bench
