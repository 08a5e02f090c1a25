#include "classify/source_holdout.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "classify/shift.h"
#include "learn/risk.h"
#include "learn/traffic_profile.h"

namespace pointsman::bench {
namespace {

using learn::Call;

constexpr int kStreams = 20;
constexpr int kKnownStreams = 200;

struct Thresholds {
  std::vector<float> of;
  bool keep(const Call& call) const { return call.probability > 0 && call.probability >= of[call.category]; }
};

struct Stream {
  int to_flag = -1;  // requests; -1: the flag stayed down
  double under_routed = 0;
};

Stream run(std::span<const Call> calls, const Thresholds& thresholds, const classify::TrafficProfile& profile,
           base::Rng& rng) {
  classify::ShiftDetector detector(profile.levels);
  Stream out;
  for (int i = 0; i < kHoldoutRequests; ++i) {
    const Call& call = calls[rng.below(calls.size())];
    const bool raised = detector.observe(call.probability) == classify::ShiftEvent::kRaised;
    if (raised && out.to_flag < 0) out.to_flag = i + 1;
    if (!detector.raised() && thresholds.keep(call)) out.under_routed += static_cast<double>(call.loss);
  }
  out.under_routed /= kHoldoutRequests;
  return out;
}

double accuracy(const learn::LossMatrix& losses, const learn::Dataset& data, std::span<const Call> calls) {
  double right = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    right += losses.truth_of(data.examples[i].category) == calls[i].category ? 1 : 0;
  }
  return right / static_cast<double>(calls.size());
}

double under_routed(std::span<const Call> calls, const Thresholds& thresholds) {
  double lost = 0;
  for (const Call& call : calls) lost += thresholds.keep(call) ? static_cast<double>(call.loss) : 0;
  return lost / static_cast<double>(calls.size());
}

void watch(std::span<const Call> held_out, std::span<const Call> usual, const Thresholds& thresholds,
           const classify::TrafficProfile& profile, base::Rng& rng, Holdout& out) {
  std::vector<int> flags;
  for (int i = 0; i < kStreams; ++i) {
    const Stream stream = run(held_out, thresholds, profile, rng);
    if (stream.to_flag >= 0) flags.push_back(stream.to_flag);
    out.under_routed_watched += stream.under_routed / kStreams;
  }
  std::ranges::sort(flags);
  out.flagged = static_cast<double>(flags.size()) / kStreams;
  if (!flags.empty()) out.requests_to_flag = flags[flags.size() / 2];
  for (int i = 0; i < kKnownStreams; ++i) {
    out.false_alarms += run(usual, thresholds, profile, rng).to_flag >= 0 ? 1.0 / kKnownStreams : 0;
  }
}

}  // namespace

base::Result<Holdout> hold_out(const HoldoutPlan& plan) {
  const auto losses = learn::LossMatrix::under_routing({"simple", "tool_use", "reasoning"});
  PM_TRY(learn::Trained trained, learn::train(plan.train, plan.options));
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  PM_TRY(const std::vector<Call> calls, learn::call_all(*model, losses, plan.held_out));
  PM_TRY(std::vector<Call> known, learn::call_all(*model, losses, plan.known));
  Holdout out{.rows = calls.size()};
  out.accuracy = accuracy(losses, plan.held_out, calls);
  out.known_accuracy = accuracy(losses, plan.known, known);
  for (const Call& call : calls) {
    out.confidence += static_cast<double>(call.probability) / static_cast<double>(calls.size());
  }
  base::Rng rng(plan.seed);
  for (std::size_t i = known.size(); i > 1; --i) std::swap(known[i - 1], known[rng.below(i)]);
  const auto certifying = std::span(known).first(known.size() / 2);
  const auto usual = std::span(known).subspan(known.size() / 2);
  const auto path = learn::ThresholdPath::plain(losses);
  const learn::Certified result =
      learn::certify(path, certifying, {.at_most = kHoldoutRisk, .confidence = 0.95}, losses.kind());
  const Thresholds thresholds{result.thresholds};
  out.certified = result.certified;
  out.under_routed = under_routed(calls, thresholds);
  out.known_under_routed = under_routed(usual, thresholds);
  const auto kept = std::ranges::count_if(calls, [&](const Call& call) { return thresholds.keep(call); });
  out.kept = static_cast<double>(kept) / static_cast<double>(calls.size());
  watch(calls, usual, thresholds, learn::profile_traffic(certifying), rng, out);
  return out;
}

}  // namespace pointsman::bench
