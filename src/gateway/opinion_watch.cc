#include "gateway/opinion_watch.h"

#include "base/log.h"

namespace pointsman::gateway {

using classify::OpinionOutcome;

OpinionWatch::OpinionWatch(telemetry::Shard& shard)
    : shard_(shard), duration_(shard.histogram("pointsman_llm_duration_seconds")) {}

void OpinionWatch::observe(const Decision& decision, base::MonoTime now) {
  const classify::Opinion& opinion = decision.evidence.opinion;
  if (opinion.outcome == OpinionOutcome::kNone) return;
  telemetry::Counter*& counter = outcomes_[static_cast<std::size_t>(opinion.outcome)];
  if (counter == nullptr) {
    counter = &shard_.counter("pointsman_llm_requests_total", {{"outcome", to_string(opinion.outcome)}});
  }
  counter->add();
  if (opinion.outcome == OpinionOutcome::kNotNeeded) return;
  const OpinionNote& note = decision.opinion;
  if (note.hedged) shard_.counter("pointsman_llm_hedges_total").add();
  if (note.took.count() > 0 && !opinion.cached) duration_.observe(note.took);
  if (opinion.outcome != OpinionOutcome::kUsed && opinion.outcome != OpinionOutcome::kCancelled) warn(decision, now);
}

void OpinionWatch::warn(const Decision& decision, base::MonoTime now) {
  ++missed_;
  if (now < quiet_until_) return;
  const std::string_view reason = decision.opinion.reason;
  base::log_warn("{} requests were decided without the small model of router.llm here (the last: {}{}{})", missed_,
                 to_string(decision.evidence.opinion.outcome), reason.empty() ? "" : ", ", reason);
  quiet_until_ = now + kWarnEvery;
  missed_ = 0;
}

}  // namespace pointsman::gateway
