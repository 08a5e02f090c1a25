// Are estimates of other policies honest? A simple router with exploration serves simulated traffic over questions that
// three models really answered, and logs what it did and how likely that was. From each log, other policies' quality
// and money are estimated; the truth is known from all answers. Bias, error, and how often the 95 % intervals hold the
// truth; then logs that cannot tell, which must be refused.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/json_text.h"
#include "learning/simulated_router.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using learn::OffPolicyEstimator;

constexpr int kReplays = 200;       // that the goal is about
constexpr int kManyReplays = 2000;  // that tell coverage to half a point
constexpr std::size_t kRows = 4000;
constexpr double kLeastCoverage = 92;
constexpr double kMostCoverage = 98;

// List prices of late 2024 (Gemini) and of Groq's 8B in the catalogue.
constexpr PricedModel kModels[] = {
    {"Meta-Llama-3_1-8B-Instruct", 0.05, 0.08},
    {"gemini-1.5-flash-002", 0.075, 0.3},
    {"gemini-1.5-pro-002", 1.25, 5},
};
const std::vector<std::string> kNames{"llama 8B", "gemini flash", "gemini pro"};

struct Scenario {
  std::string name;
  RoutingPolicy logging;
  RoutingPolicy target;
  bool judged = false;           // its coverage has a goal
  bool must_be_refused = false;  // the log cannot tell
};

std::vector<Scenario> scenarios() {
  const std::vector<std::size_t> all{0, 1, 2};
  const RoutingPolicy usual{.bounds = {0.4, 0.75}, .explore = 0.1, .explored = all};
  const auto exploring = [&](double share, std::vector<std::size_t> models) {
    return RoutingPolicy{.bounds = usual.bounds, .explore = share, .explored = std::move(models)};
  };
  const RoutingPolicy other{.bounds = {0.6, 0.9}};
  const RoutingPolicy strongest{.bounds = {0, 0}};
  return {{"other thresholds, 10 % explored", usual, other, true},
          {"always the strongest, 10 % explored", usual, strongest},
          {"other thresholds, 3 % explored", exploring(0.03, all), other},
          {"other thresholds, 1 % explored", exploring(0.01, all), other},
          {"other thresholds, nothing explored", exploring(0, {}), other, false, true},
          {"always the strongest, it alone unexplored", exploring(0.1, {0, 1}), strongest, false, true}};
}

struct Tally {
  int estimates = 0;
  int held = 0;
  double sum = 0;
  double squares = 0;  // of errors
  double width = 0;    // half
};

struct Replays {
  int refused = 0;
  int replays = 0;
  double effective = 0;  // mean
  double largest_weight = 0;
  double truth = 0;
  std::string why;  // of the first refusal
  Tally tallies[3];

  const Tally& of(OffPolicyEstimator estimator) const { return tallies[static_cast<std::size_t>(estimator)]; }
};

void count(const learn::OffPolicy& one, Replays& out) {
  ++out.replays;
  out.effective += one.overlap.effective;
  out.largest_weight = std::max(out.largest_weight, one.overlap.largest_weight);
  if (one.refused()) {
    if (out.refused++ == 0) out.why = one.missing.front();
    return;
  }
  for (const learn::OffPolicyEstimate& estimate : one.estimates) {
    Tally& tally = out.tallies[static_cast<std::size_t>(estimate.estimator)];
    const learn::Estimate& value = estimate.value;
    ++tally.estimates;
    tally.held += value.low <= out.truth && out.truth <= value.high;
    tally.sum += value.value;
    tally.squares += (value.value - out.truth) * (value.value - out.truth);
    tally.width += (value.high - value.low) / 2;
  }
}

double coverage_of(const Tally& tally) {
  return tally.estimates > 0 ? 100.0 * tally.held / tally.estimates : std::nan("");
}

class Section {
 public:
  Section(const SimulatedRouter& router, const BenchOptions& options) : router_(router), options_(options) {
    out_.name = "off_policy";
    json_.open_object().member("traffic", "simulated").member("answers", "MMLU-Pro, 3 models").member("rows", kRows);
    json_.key("scenarios").open_array();
  }

  Result<void> add(const Scenario& scenario) {
    for (const Figure figure : {Figure::kQuality, Figure::kCost}) {
      const std::string name = scenario.name + (figure == Figure::kQuality ? ": quality" : ": money");
      PM_TRY(const Replays few, replay(scenario, figure, kReplays, 1));
      write(name, few);
      if (scenario.must_be_refused || 2 * few.refused > few.replays) {
        judge_refusal(name, few, scenario.must_be_refused);
        continue;
      }
      judge_coverage(name, few, scenario.judged);
      if (!scenario.judged || options_.quick) continue;
      PM_TRY(const Replays many, replay(scenario, figure, kManyReplays, 1'000'003));
      write(name, many);
      judge_coverage(name + fmt::format(", {} replays", kManyReplays), many, false);
    }
    return {};
  }

  SectionResult take() {
    out_.details_json = json_.close_array().close_object().take();
    return std::move(out_);
  }

 private:
  Result<Replays> replay(const Scenario& scenario, Figure figure, int replays, std::uint64_t seed) const {
    Replays out{.truth = router_.truth(scenario.target, figure)};
    base::Rng rng(seed);
    for (int i = 0; i < replays; ++i) {
      const auto log = router_.log(scenario.logging, scenario.target, figure, kRows, rng);
      PM_TRY(const learn::OffPolicy one, learn::estimate_off_policy(log, kNames));
      count(one, out);
    }
    out.effective /= replays;
    return out;
  }

  void judge_coverage(const std::string& name, const Replays& replays, bool judged) {
    for (const auto estimator : {OffPolicyEstimator::kInversePropensity, OffPolicyEstimator::kSelfNormalised,
                                 OffPolicyEstimator::kDoublyRobust}) {
      const Tally& tally = replays.of(estimator);
      const double coverage = coverage_of(tally);
      const double n = tally.estimates;
      const std::string note = tally.estimates == 0
                                   ? "all refused: " + replays.why
                                   : fmt::format(
                                         "goal {:.0f}-{:.0f} %; truth {:.4f}, bias {:+.4f}, RMSE {:.4f}, half width "
                                         "{:.4f}; effective rows {:.0f} of {}; refused {} of {}",
                                         kLeastCoverage, kMostCoverage, replays.truth, tally.sum / n - replays.truth,
                                         std::sqrt(tally.squares / n), tally.width / n, replays.effective, kRows,
                                         replays.refused, replays.replays);
      out_.targets.push_back({fmt::format("{}: 95 % intervals of {}", name, to_string(estimator)), coverage, "%",
                              kLeastCoverage, coverage >= kLeastCoverage && coverage <= kMostCoverage, note, !judged});
    }
  }

  void judge_refusal(const std::string& name, const Replays& replays, bool judged) {
    const double share = 100.0 * replays.refused / replays.replays;
    out_.targets.push_back(
        {name + ": logs refused", share, "%", 100, replays.refused == replays.replays, replays.why, !judged});
  }

  void write(const std::string& name, const Replays& replays) {
    json_.open_object().member("name", std::string_view(name)).member("replays", replays.replays);
    json_.member("refused", replays.refused).member("refusal", std::string_view(replays.why));
    json_.member("truth", replays.truth).member("effective", replays.effective);
    json_.member("largest_weight", replays.largest_weight).key("estimators").open_array();
    for (std::size_t i = 0; i < std::size(replays.tallies); ++i) {
      const Tally& tally = replays.tallies[i];
      const double n = std::max(tally.estimates, 1);
      json_.open_object().member("estimator", to_string(static_cast<OffPolicyEstimator>(i)));
      json_.member("estimates", tally.estimates).member("coverage_percent", coverage_of(tally));
      json_.member("bias", tally.sum / n - replays.truth).member("rmse", std::sqrt(tally.squares / n));
      json_.member("half_width", tally.width / n).close_object();
    }
    json_.close_array().close_object();
  }

  const SimulatedRouter& router_;
  const BenchOptions& options_;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> learning_off_policy_section(const BenchOptions& options) {
  PM_TRY(const auto questions, load_answers(options.data, kModels));
  const SimulatedRouter router(questions);
  Section section(router, options);
  for (const Scenario& one : scenarios()) PM_CHECK(section.add(one));
  return section.take();
}

}  // namespace pointsman::bench
