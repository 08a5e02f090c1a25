// links: pm_learn pm_classify pm_config pm_route
// Everything that is claimed of the classifier, measured in one go beside its targets:
//   classify [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]
// Writes FILE (bench/results/classify.json by default; nothing with --quick or --section, unless FILE is named).
#include "classify/section.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>

#include "json/writer.h"

namespace {

using namespace pointsman;
using bench::BenchOptions;
using bench::NamedSection;
using bench::SectionResult;

constexpr NamedSection kSections[] = {
    {"intents", "public intent sets, in full and with few examples", bench::intents_section},
    {"close_pairs", "the categories that are hardest to tell apart", bench::close_pairs_section},
    {"speed", "classifying, training, loading", bench::speed_section},
    {"guarantee", "does a stated risk hold, and what does it cost", bench::guarantee_section},
    {"routing", "does routing between a weak and a strong model pay", bench::routing_section},
    {"triage", "categories and certificates on sources that training has not seen", bench::triage_section},
    {"trade", "ten close intents of one trade, and what fewer examples would reach", bench::trade_section},
};

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

int usage(std::string_view why) {
  fmt::print(stderr, "classify: {}\nclassify [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]\n", why);
  for (const NamedSection& section : kSections) fmt::print(stderr, "  {:<12} {}\n", section.name, section.what);
  return 2;
}

bool known(std::string_view name) {
  for (const NamedSection& section : kSections) {
    if (section.name == name) return true;
  }
  return false;
}

std::optional<Arguments> read_arguments(std::span<char*> argv) {
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
    } else if (name == "--section" && more && known(argv[i + 1])) {
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
    out.out = POINTSMAN_SOURCE_DIR "/bench/results/classify.json";
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
  for (const bench::Target& target : finished.result.targets) {
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

std::string to_json(const Arguments& arguments, std::span<const Finished> sections) {
  std::string out;
  json::Writer w(out);
  w.begin_object().member("bench", "classify").member("seeds", arguments.options.seeds);
  w.member("quick", arguments.options.quick).member("machine", machine()).key("sections").begin_array();
  for (const Finished& finished : sections) {
    w.begin_object().member("name", finished.result.name).member("seconds", finished.seconds);
    w.key("targets").begin_array();
    for (const bench::Target& target : finished.result.targets) {
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

int run(const Arguments& arguments) {
  if (!std::filesystem::is_directory(arguments.options.data)) {
    fmt::print(stderr, "classify: no data in {}: set POINTSMAN_DATA to the folder with the public data sets\n",
               arguments.options.data);
    return 77;
  }
  FILE* to = arguments.as_json ? stderr : stdout;
  std::vector<Finished> sections;
  for (const NamedSection& section : kSections) {
    if (!wanted(arguments, section.name)) continue;
    const auto begin = std::chrono::steady_clock::now();
    auto result = section.run(arguments.options);
    if (!result) {
      fmt::print(stderr, "classify: {}: {}\n", section.name, result.error().message());
      return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    sections.push_back({.result = std::move(*result), .seconds = took.count()});
    print(to, sections.back());
    std::fflush(to);
  }
  const std::string json = to_json(arguments, sections);
  if (arguments.as_json) fmt::print("{}", json);
  if (!arguments.out.empty()) {
    std::ofstream file(arguments.out, std::ios::binary);
    file << json;
    if (!file.flush()) {
      fmt::print(stderr, "classify: cannot write {}\n", arguments.out);
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv, static_cast<std::size_t>(argc)});
  if (!arguments) return usage("not understood");
  return run(*arguments);
}
