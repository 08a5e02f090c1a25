#include "gateway/shift_watch.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "classify/certificate.h"

namespace pointsman::gateway {
namespace {

const classify::Certificate* certificate_of(const Snapshot& snapshot) {
  const auto& risk = snapshot.config.router.risk;
  return risk && risk->proved.certified ? &risk->proved : nullptr;
}

}  // namespace

ShiftWatch::ShiftWatch(const Snapshot& snapshot, telemetry::Shard& shard, const ShiftWatch* previous)
    : flag_(shard.gauge("pointsman_shift_raised")), raised_total_(shard.counter("pointsman_shift_alarms_total")) {
  const classify::Certificate* const proved = certificate_of(snapshot);
  std::string written = proved != nullptr ? classify::write_certificate(*proved) : std::string();
  if (previous != nullptr && previous->state_->certificate == written) {
    state_ = previous->state_;
  } else {
    state_ = std::make_shared<State>(State{.certificate = std::move(written)});
    if (proved != nullptr) state_->detector = classify::ShiftDetector(proved->traffic.levels);
  }
  flag_.set(raised() ? 1 : 0);
}

void ShiftWatch::observe(const Decision& decision) {
  const classify::Verdict& verdict = decision.verdict;
  // Where the small model joined in, the classifier had doubts of its own first.
  const bool by_classifier = verdict.stage == classify::Stage::kLocal || verdict.stage == classify::Stage::kLlm ||
                             verdict.stage == classify::Stage::kFallback;
  if (!decision.routed || decision.forced || !by_classifier || verdict.probabilities.empty()) return;
  const float unheard = raised() ? 0 : 1;  // a doubt too few keeps the bets fair, one too many the flag up
  const float largest = *std::ranges::max_element(verdict.probabilities);  // as the certificate's were
  switch (state_->detector.observe(decision.evidence.unheard ? unheard : largest)) {
    case classify::ShiftEvent::kNone:
      return;
    case classify::ShiftEvent::kRaised:
      flag_.set(1);
      raised_total_.add();
      base::log_warn(
          "requests no longer look like those that router.risk.certificate was made from: certified thresholds are "
          "suspended here and the fallback answers, until they do again; label some of them and run `pointsman tune`");
      return;
    case classify::ShiftEvent::kCleared:
      flag_.set(0);
      base::log_info("requests look again like those that router.risk.certificate was made from");
      return;
  }
}

}  // namespace pointsman::gateway
