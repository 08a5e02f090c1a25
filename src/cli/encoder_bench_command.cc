#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "cli/encoder_command.h"
#include "cli/encoder_loader.h"
#include "cli/table.h"
#include "encode/bert.h"

namespace pointsman::cli {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

struct Options {
  std::string name;
  double seconds = 1;
};

constexpr std::array<std::size_t, 4> kLengths{8, 16, 32, 128};

// A text of about so many tokens.
std::string text_of(std::size_t tokens) {
  static constexpr std::array<std::string_view, 8> kWords{"please", "send", "the",   "report",
                                                          "to",     "my",   "other", "address"};
  std::string out;
  for (std::size_t i = 0; i + 2 < tokens; ++i) out += std::string(i == 0 ? "" : " ") + std::string(kWords[i % 8]);
  return out;
}

// Median and 99th percentile in microseconds, on this thread.
struct Times {
  double median = 0;
  double slow = 0;
};

Times measure(const encode::Encoder& encoder, std::string_view text, double seconds) {
  const auto scratch = encoder.make_scratch();
  std::vector<float> out(encoder.dimensions());
  std::vector<double> took;
  const auto begin = Steady::now();
  do {
    const auto before = Steady::now();
    encoder.encode(std::span(&text, 1), *scratch, out);
    took.push_back(std::chrono::duration<double, std::micro>(Steady::now() - before).count());
  } while (std::chrono::duration<double>(Steady::now() - begin).count() < seconds || took.size() < 20);
  std::ranges::sort(took);
  return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

void add_rows(std::string_view name, const encode::Encoder& encoder, double seconds, Table& table) {
  for (const std::size_t tokens : kLengths) {
    const Times times = measure(encoder, text_of(tokens), seconds / kLengths.size());
    table.add({std::string(name), std::to_string(tokens), fmt::format("{:.1f}", times.median),
               fmt::format("{:.1f}", times.slow)});
  }
}

void run_bench(const Options& options, Context& context) {
  Table table({{"precision"},
               {"tokens", Table::Align::kRight},
               {"median us", Table::Align::kRight},
               {"p99 us", Table::Align::kRight}});
  const std::string path = find_encoder(options.name, kTableSuffix, context.environment);
  if (path.ends_with(kTableSuffix)) {
    const auto opened = load_table(path);
    if (!opened) return context.fail(opened.error());
    add_rows("table", **opened, options.seconds, table);
    return table.print(context.out);
  }
  const std::string directory = find_encoder(options.name, "", context.environment);
  for (const auto precision : {encode::Precision::kF32, encode::Precision::kBf16, encode::Precision::kI8}) {
    if (!encode::supports(encode::best_path(), precision)) continue;
    const auto encoder = load_encoder(directory, precision);
    if (!encoder) return context.fail(encoder.error());
    context.err.print("{} ...\n", encode::to_string(precision));
    context.err.flush();
    add_rows(encode::to_string(precision), **encoder, options.seconds, table);
  }
  table.print(context.out);
}

}  // namespace

void add_encoder_bench_command(CLI::App& encoder, Context& context) {
  CLI::App* command = encoder.add_subcommand("bench", "Measure how long an encoder takes on this machine, one thread");
  auto options = std::make_shared<Options>();
  command->add_option("encoder", options->name, "A directory, a table, or the name of an imported one")->required();
  command->add_option("--seconds", options->seconds, "For each precision")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command->callback([options, &context] { run_bench(*options, context); });
}

}  // namespace pointsman::cli
