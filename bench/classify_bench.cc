// links: pm_learn
// How long one classification takes: 20-word and 2,000-word prompts, 3 and 150 categories.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "learn/train.h"

namespace {

using pointsman::base::Rng;
namespace classify = pointsman::classify;
namespace learn = pointsman::learn;

// Invented words of three to nine letters; the frequent ones come first.
std::string word(Rng& rng) {
  const double u = rng.uniform();
  Rng spelling(1000 + static_cast<std::uint64_t>(u * u * u * 4000));
  std::string out;
  for (std::uint64_t i = 0, n = 3 + spelling.below(7); i < n; ++i) out += static_cast<char>('a' + spelling.below(26));
  return out;
}

std::string prompt(Rng& rng, int words) {
  std::string out;
  for (int i = 0; i < words; ++i) out += (i > 0 ? " " : "") + word(rng);
  return out + "?";
}

std::shared_ptr<const classify::LinearModel> model_of(int categories) {
  Rng rng(1);
  learn::Dataset data;
  for (int i = 0; i < 6000; ++i) {
    const std::string category = "c" + std::to_string(i % categories);
    data.examples.push_back({.text = category + "word " + prompt(rng, 12), .category = category});
  }
  const auto trained = learn::train(data, {.folds = 2, .l2 = {1}});
  return *classify::LinearModel::from_string(trained->artefact);
}

void classify_prompt(benchmark::State& state) {
  const auto model = model_of(static_cast<int>(state.range(0)));
  Rng rng(2);
  std::vector<std::string> prompts;
  for (int i = 0; i < 64; ++i) prompts.push_back(prompt(rng, static_cast<int>(state.range(1))));
  const auto scratch = model->make_scratch();
  std::vector<float> probabilities(model->categories().size());
  std::size_t next = 0;
  for (auto _ : state) {
    const auto result = model->classify({.text = prompts[next++ % prompts.size()]}, *scratch, probabilities);
    benchmark::DoNotOptimize(result.has_value());
    benchmark::DoNotOptimize(probabilities.data());
  }
}
BENCHMARK(classify_prompt)
    ->ArgNames({"categories", "words"})
    ->ArgsProduct({{3, 150}, {20, 2000}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
