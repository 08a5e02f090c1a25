#include "gateway/encoder_watch.h"

#include "base/log.h"

namespace pointsman::gateway {

EncoderWatch::EncoderWatch(telemetry::Shard& shard)
    : shard_(shard), duration_(shard.histogram("pointsman_encoder_duration_seconds")) {}

void EncoderWatch::observe(const EncoderNote& note, base::MonoTime now) {
  if (note.outcome == EncoderOutcome::kNone) return;
  telemetry::Counter*& counter = outcomes_[static_cast<std::size_t>(note.outcome)];
  if (counter == nullptr) {
    counter = &shard_.counter("pointsman_encoder_requests_total", {{"outcome", to_string(note.outcome)}});
  }
  counter->add();
  if (note.outcome == EncoderOutcome::kUsed || note.outcome == EncoderOutcome::kLate) duration_.observe(note.took);
  const bool too_slow = note.outcome == EncoderOutcome::kLate || note.outcome == EncoderOutcome::kQueueFull;
  if (!too_slow) return;
  ++missed_;
  if (now < quiet_until_) return;
  base::log_warn(
      "the sentence encoder does not keep up: {} requests were decided without it here (the last: {}); give "
      "router.encoder more threads, a smaller model or a longer deadline",
      missed_, to_string(note.outcome));
  quiet_until_ = now + kWarnEvery;
  missed_ = 0;
}

}  // namespace pointsman::gateway
