// links: pm_learn pm_starter
// How long one classification takes: with the classifier that ships, on prompts as people write them, and with invented
// ones of 3 and 150 categories, on prompts of 20 and 2,000 words.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "classify/correction_memory.h"
#include "classify/linear_model.h"
#include "classify/shift.h"
#include "learn/train.h"
#include "starter/starter.h"

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

// 20 or 21 words each, on different subjects: what one of them left in the caches helps the next as little as in
// service.
constexpr std::array<std::string_view, 16> kPrompts = {
    "Can you tell me what the weather is usually like in Lisbon at the end of October before we book?",
    "Please rewrite this sentence so that it sounds friendlier to a customer who has waited three weeks for an answer.",
    "Prove that the sum of the first n odd numbers is a perfect square, and explain every single step of it.",
    "Write a Python function which reads a CSV file, groups its rows by month, and returns the median of each group.",
    "What is the difference between a credit note and a refund, and which one should our small shop normally give?",
    "Book me a table for four people tomorrow evening at seven and send the address to my wife by text message.",
    "My train was cancelled twice this morning; how do I get my money back from the company that sold the ticket?",
    "Design a database schema for a library with several branches, and discuss which constraints keep its loans free "
    "of conflicts.",
    "Translate the following paragraph into German, keep the names as they are, and use the polite form of address "
    "throughout, please.",
    "Why does this queue lose a wake-up when two producers append at once, and how could I prove the fix right?",
    "Give me five short titles for a blog article about growing tomatoes on a balcony that gets little sun in summer.",
    "Search our calendar for the next free afternoon on which all three of us could meet for at least two hours.",
    "Two trains leave towards each other at 80 and 120 kilometres per hour; when do they meet if 450 lie between?",
    "Summarise the attached minutes in three bullet points, then list who promised to do what and by which date "
    "exactly.",
    "Is it safe to take ibuprofen together with paracetamol when you have a light fever and a headache since "
    "yesterday?",
    "Compare the economic arguments for and against a carbon tax, weigh the evidence, and say where economists really "
    "disagree today."};

void classify_with_starter(benchmark::State& state) {
  const auto model = *classify::LinearModel::open(pointsman::starter::artefact(), nullptr);
  const auto scratch = model->make_scratch();
  std::vector<float> probabilities(model->categories().size());
  std::size_t next = 0;
  for (auto _ : state) {
    const auto result = model->classify({.text = kPrompts[next++ % kPrompts.size()]}, *scratch, probabilities);
    benchmark::DoNotOptimize(result.has_value());
    benchmark::DoNotOptimize(probabilities.data());
  }
}
BENCHMARK(classify_with_starter)->Unit(benchmark::kMicrosecond);

// What watching for shifted traffic adds to a request.
void observe_shift(benchmark::State& state) {
  classify::ShiftDetector detector(
      std::vector<classify::DoubtLevel>{{0.5F, 0.08}, {0.6F, 0.13}, {0.8F, 0.25}, {0.9F, 0.46}});
  std::uint32_t next = 1;
  for (auto _ : state) {
    next = next * 1664525 + 1013904223;
    benchmark::DoNotOptimize(detector.observe(static_cast<float>(next >> 8) * 0x1p-24F));
  }
}
BENCHMARK(observe_shift);

// What asking a full memory of corrections adds to a request, its reading of the text included.
void find_correction(benchmark::State& state) {
  Rng rng(3);
  classify::CorrectionMemory::Scratch scratch;
  std::vector<classify::Correction> corrections;
  for (int i = 0; i < state.range(0); ++i) {
    const std::string text = prompt(rng, static_cast<int>(state.range(1)));
    corrections.push_back({.id = std::to_string(i),
                           .source = std::to_string(i % 5),
                           .category = std::to_string(i % 7),
                           .trace = classify::trace_of({.text = text}, scratch.extractor)});
  }
  const auto memory = classify::CorrectionMemory::build(std::move(corrections));
  std::vector<std::string> prompts;
  for (int i = 0; i < 64; ++i) prompts.push_back(prompt(rng, static_cast<int>(state.range(1))));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(memory->find({.text = prompts[next++ % prompts.size()]}, scratch));
  }
}
BENCHMARK(find_correction)
    ->ArgNames({"corrections", "words"})
    ->ArgsProduct({{256, 4096}, {20, 200}})
    ->Unit(benchmark::kMicrosecond);

// The same on prompts as people write them.
void find_correction_in_english(benchmark::State& state) {
  classify::CorrectionMemory::Scratch scratch;
  std::vector<classify::Correction> corrections;
  Rng rng(4);
  for (int i = 0; i < state.range(0); ++i) {
    // Halves of two prompts, so that every word is as frequent as it would be.
    const std::string_view first = kPrompts[rng.below(kPrompts.size())];
    const std::string_view second = kPrompts[rng.below(kPrompts.size())];
    const std::string text = std::string(first.substr(0, rng.below(first.size()))) + " " +
                             std::string(second.substr(rng.below(second.size())));
    corrections.push_back({.id = std::to_string(i),
                           .source = std::to_string(i % 5),
                           .category = std::to_string(i % 7),
                           .trace = classify::trace_of({.text = text}, scratch.extractor)});
  }
  const auto memory = classify::CorrectionMemory::build(std::move(corrections));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(memory->find({.text = kPrompts[next++ % kPrompts.size()]}, scratch));
  }
}
BENCHMARK(find_correction_in_english)->ArgName("corrections")->Arg(256)->Arg(4096)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
