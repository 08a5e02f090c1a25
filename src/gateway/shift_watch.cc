#include "gateway/shift_watch.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/log.h"
#include "classify/certificate.h"
#include "classify/pairing.h"

namespace pointsman::gateway {
namespace {

// What promises something about the classifier's thresholds; empty: nothing does.
struct Promised {
  std::string written;
  std::span<const classify::DoubtLevel> levels;
  std::string_view where;  // the key of the configuration that names it
  std::string_view command;
};

Promised promised_of(const Snapshot& snapshot) {
  const auto& risk = snapshot.config.router.risk;
  if (risk && risk->proved.certified) {
    return {classify::write_certificate(risk->proved), risk->proved.traffic.levels, "router.risk.certificate",
            "pointsman tune"};
  }
  const auto& llm = snapshot.config.router.llm;
  if (llm && llm->paired.certified) {
    return {classify::write_pairing(llm->paired), llm->paired.traffic.levels, "router.llm.pairing", "pointsman pair"};
  }
  return {};
}

}  // namespace

ShiftWatch::ShiftWatch(const Snapshot& snapshot, telemetry::Shard& shard, const ShiftWatch* previous)
    : flag_(shard.gauge("pointsman_shift_raised")), raised_total_(shard.counter("pointsman_shift_alarms_total")) {
  const Promised promised = promised_of(snapshot);
  where_ = promised.where;
  command_ = promised.command;
  if (previous != nullptr && previous->state_->certificate == promised.written) {
    state_ = previous->state_;
  } else {
    state_ = std::make_shared<State>(State{.certificate = promised.written});
    state_->detector = classify::ShiftDetector(promised.levels);
  }
  flag_.set(raised() ? 1 : 0);
}

void ShiftWatch::observe(const Decision& decision) {
  const classify::Verdict& verdict = decision.verdict;
  // Where the small model joined in, the classifier had doubts of its own first.
  if (!decision.routed || decision.forced || is_settled(verdict) || verdict.probabilities.empty()) return;
  const float unheard = raised() ? 0 : 1;  // a doubt too few keeps the bets fair, one too many the flag up
  const float largest = *std::ranges::max_element(verdict.probabilities);  // as the certificate's were
  switch (state_->detector.observe(decision.evidence.unheard ? unheard : largest)) {
    case classify::ShiftEvent::kNone:
      return;
    case classify::ShiftEvent::kRaised:
      flag_.set(1);
      raised_total_.add();
      base::log_warn(
          "requests no longer look like those that {} was made from: certified thresholds are suspended here and the "
          "fallback answers, until they do again; label some of them and run `{}`",
          where_, command_);
      return;
    case classify::ShiftEvent::kCleared:
      flag_.set(0);
      base::log_info("requests look again like those that {} was made from", where_);
      return;
  }
}

}  // namespace pointsman::gateway
