// What encoding costs on one core of this machine: the transformer in each precision, a table, and the whole decision
// with a table. Rivals in the same run: bench/encoder_rivals.py.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "classify/linear_model.h"
#include "encoder/setup.h"
#include "json/writer.h"
#include "learn/train.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

constexpr double kSeconds = 1;

struct Times {
  double median = 0;  // microseconds
  double slow = 0;    // 99th percentile
};

template <class Call>
Times time(const Call& call) {
  std::vector<double> took;
  const auto begin = Steady::now();
  do {
    const auto before = Steady::now();
    call();
    took.push_back(std::chrono::duration<double, std::micro>(Steady::now() - before).count());
  } while (std::chrono::duration<double>(Steady::now() - begin).count() < kSeconds || took.size() < 50);
  std::ranges::sort(took);
  return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

// What is aimed at, in milliseconds: 0 for nothing.
struct Goal {
  encode::Precision precision;
  std::size_t tokens;
  double milliseconds;
};
constexpr std::array<Goal, 6> kGoals{{{encode::Precision::kF32, 16, 2},
                                      {encode::Precision::kF32, 128, 8},
                                      {encode::Precision::kBf16, 16, 0},
                                      {encode::Precision::kBf16, 128, 0},
                                      {encode::Precision::kI8, 16, 0.8},
                                      {encode::Precision::kI8, 128, 3}}};

Result<void> measure_transformer(SectionResult& out) {
  for (const Goal& goal : kGoals) {
    if (!encode::supports(encode::best_path(), goal.precision)) continue;
    PM_TRY(const LoadedEncoder loaded, load_encoder(goal.precision));
    std::vector<std::uint32_t> ids(goal.tokens);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::uint32_t>(2000 + 37 * i);
    const std::array<encode::BertEncoder::Ids, 1> texts{ids};
    const auto scratch = loaded.encoder->make_scratch();
    std::vector<float> vector(loaded.encoder->dimensions());
    const Times times = time([&] { loaded.encoder->encode_ids(texts, *scratch, vector); });
    out.targets.push_back(
        {.name = fmt::format("{}, {}, {} tokens", loaded.name, encode::to_string(goal.precision), goal.tokens),
         .value = times.median / 1000,
         .unit = "ms",
         .goal = goal.milliseconds,
         .holds = times.median / 1000 <= goal.milliseconds,
         .note = fmt::format("99th percentile {:.2f} ms", times.slow / 1000),
         .for_information = !(goal.milliseconds > 0)});
  }
  return {};
}

constexpr std::string_view kTwentyWords =
    "please tell me how I can change the address that my new card will be sent to before it ships";

Result<void> measure_table(const BenchOptions& options, SectionResult& out) {
  PM_TRY(const LoadedEncoder loaded, load_encoder(encode::Precision::kAuto));
  PM_TRY(const auto table, table_of(loaded, nullptr, options.threads));
  const auto scratch = table->make_scratch();
  std::vector<float> vector(table->dimensions());
  const Times alone = time([&] { table->encode(std::span(&kTwentyWords, 1), *scratch, vector); });
  out.targets.push_back({"table, 20 words", alone.median, "us", 5, alone.median <= 5,
                         fmt::format("99th percentile {:.1f} us", alone.slow)});
  PM_TRY(const PublicSet set, load_clinc150(options.data));
  for (const bool with_table : {false, true}) {
    learn::TrainOptions how{.threads = options.threads, .effort = learn::Effort::kFast};
    if (with_table) how.table = table;
    PM_TRY(learn::Trained trained, learn::train(draw(set.train, 20, 1), how));
    PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
    const auto work = model->make_scratch();
    std::vector<float> row(model->categories().size());
    const Times whole = time([&] { (void)model->classify({.text = kTwentyWords}, *work, row); });
    out.targets.push_back({with_table ? "deciding among 150 categories, words + table" : "deciding, words alone",
                           whole.median, "us", 0, true, fmt::format("99th percentile {:.1f} us", whole.slow), true});
  }
  return {};
}

}  // namespace

Result<SectionResult> encoder_speed_section(const BenchOptions& options) {
  if (const auto loaded = load_encoder(encode::Precision::kF32); !loaded) {
    return skipped("speed", loaded.error().message());
  }
  SectionResult out{.name = "speed"};
  PM_CHECK(measure_transformer(out));
  PM_CHECK(measure_table(options, out));
  return out;
}

}  // namespace pointsman::bench
