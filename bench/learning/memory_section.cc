// How often a correction is right about a prompt like the corrected one, by how alike they are: on CLINC150 and
// BANKING77, texts of the training part stand for what was corrected, those of the test part for what comes later
// (paraphrases of the same intents by other people; of CLINC150 also texts of no intent, for which every hit is wrong).
#include <fmt/format.h>

#include <algorithm>

#include "base/rng.h"
#include "classify/correction_memory.h"
#include "learn/evaluate.h"
#include "learn/json_text.h"
#include "shared/public_sets.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using classify::CorrectionMemory;

constexpr std::size_t kCorrections = 2000;
constexpr float kLowest = 0.5F;
constexpr int kBars = 10;  // from kLowest on, a twentieth each
constexpr double kGoal = 97;

struct AtBar {
  float bar = 0;
  learn::Share right;  // of the hits
  std::size_t asked = 0;
};

classify::Correction correction_of(const learn::Example& example, std::size_t number,
                                   text::FeatureExtractor& extractor) {
  return {.id = std::to_string(number),
          .source = "person" + std::to_string(number % 5),
          .category = example.category,
          .when = base::WallTime(std::chrono::seconds(number)),
          .trace = classify::trace_of({.text = example.text}, extractor)};
}

// Hits at a bar are those of a lower bar whose likeness reaches it.
void measure(const PublicSet& set, std::uint64_t seed, std::vector<AtBar>& bars) {
  std::vector<learn::Example> taught = set.train.examples;
  base::Rng rng(seed);
  for (std::size_t i = taught.size(); i > 1; --i) std::swap(taught[i - 1], taught[rng.below(i)]);
  taught.resize(std::min(taught.size(), kCorrections));
  CorrectionMemory::Scratch scratch;
  std::vector<classify::Correction> corrections;
  for (const learn::Example& one : taught) {
    corrections.push_back(correction_of(one, corrections.size(), scratch.extractor));
  }
  const auto memory = CorrectionMemory::build(std::move(corrections), {.bar = kLowest});
  for (const learn::Example& one : set.test.examples) {
    const auto hit = memory->find({.text = one.text}, scratch);
    for (AtBar& at : bars) {
      ++at.asked;
      if (!hit || hit->likeness < at.bar) continue;
      ++at.right.of;
      at.right.hits += hit->category == one.category ? 1 : 0;
    }
  }
}

Result<void> measure_set(const PublicSet& set, const BenchOptions& options, SectionResult& out, learn::JsonText& json) {
  const float used = classify::MemoryOptions{}.bar;
  std::vector<AtBar> bars{{.bar = used}};
  for (int i = 0; i < kBars; ++i) bars.push_back({.bar = kLowest + 0.05F * static_cast<float>(i)});
  const int seeds = options.quick ? 1 : options.seeds;
  for (int seed = 1; seed <= seeds; ++seed) measure(set, static_cast<std::uint64_t>(seed), bars);
  const learn::Share right = bars.front().right;
  const double reached = 100 * static_cast<double>(right.of) / static_cast<double>(bars.front().asked);
  out.targets.push_back(
      {fmt::format("{}: right where a correction takes effect", set.name), 100 * right.value(), "%", kGoal,
       100 * right.value() >= kGoal,
       fmt::format("95 % interval {:.1f} to {:.1f} %; of {:.1f} % of all texts, likeness from {:.2f} on",
                   100 * right.low(), 100 * right.high(), reached, used)});
  json.key(set.name).open_array();
  for (std::size_t i = 1; i < bars.size(); ++i) {
    json.open_object().member("bar", bars[i].bar).member("hits", bars[i].right.of).member("asked", bars[i].asked);
    json.member("right", bars[i].right.value()).member("low", bars[i].right.low()).close_object();
  }
  json.close_array();
  return {};
}

}  // namespace

Result<SectionResult> learning_memory_section(const BenchOptions& options) {
  SectionResult out{.name = "memory"};
  learn::JsonText json;
  json.open_object().member("corrections", kCorrections);
  PM_TRY(const PublicSet clinc, load_clinc150(options.data));
  PM_CHECK(measure_set(clinc, options, out, json));
  PM_TRY(const PublicSet banking, load_banking77(options.data));
  PM_CHECK(measure_set(banking, options, out, json));
  out.details_json = json.close_object().take();
  return out;
}

}  // namespace pointsman::bench
