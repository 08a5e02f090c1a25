#include "trace/outbox.h"

#include <algorithm>

namespace pointsman::trace {

Verdict verdict_of(int status) {
  if (status >= 200 && status < 300) return Verdict::kTaken;
  const bool again = status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
  return again ? Verdict::kRetry : Verdict::kRefused;
}

std::size_t Outbox::drop_front() {
  const std::size_t spans = batches_.front().spans;
  bytes_ -= batches_.front().body.size();
  batches_.pop_front();
  failures_ = 0;
  return spans;
}

std::size_t Outbox::put(Batch batch) {
  if (batch.body.size() > policy_.max_bytes) return batch.spans;
  bytes_ += batch.body.size();
  batches_.push_back(std::move(batch));
  std::size_t lost = 0;
  while (bytes_ > policy_.max_bytes) {
    if (!under_way_) {
      lost += drop_front();
      continue;
    }
    if (batches_.size() == 1) break;
    // The one under way stays: it may yet arrive.
    lost += batches_[1].spans;
    bytes_ -= batches_[1].body.size();
    batches_.erase(batches_.begin() + 1);
  }
  return lost;
}

const Batch* Outbox::take(base::MonoTime now) {
  if (under_way_ || batches_.empty() || now < due_) return nullptr;
  under_way_ = true;
  return &batches_.front();
}

std::size_t Outbox::finish(Verdict verdict, std::optional<base::Duration> asked, base::MonoTime now) {
  if (!under_way_) return 0;
  under_way_ = false;
  if (verdict == Verdict::kTaken) {
    due_ = now;
    drop_front();
    return 0;
  }
  if (verdict == Verdict::kRefused || ++failures_ >= policy_.attempts) {
    // The next batch fares no better at once: it waits as long as this one's last wait could have been.
    due_ = verdict == Verdict::kRefused ? now : now + policy_.longest;
    return drop_front();
  }
  const int doublings = std::min(failures_ - 1, 20);
  const base::Duration most = std::min(policy_.longest, policy_.first * (1 << doublings));
  // At least half of it, so that a collector in trouble has some peace; the rest by lot, so that gateways do not come
  // back all at once.
  base::Duration wait = most / 2 + std::chrono::duration_cast<base::Duration>((most / 2) * rng_.uniform());
  if (asked) wait = std::max(wait, std::min(*asked, policy_.asked_most));
  due_ = now + wait;
  return 0;
}

std::size_t Outbox::clear() {
  std::size_t lost = 0;
  for (const Batch& one : batches_) lost += one.spans;
  batches_.clear();
  bytes_ = 0;
  failures_ = 0;
  under_way_ = false;
  return lost;
}

std::optional<base::MonoTime> Outbox::next_due() const {
  if (batches_.empty() || under_way_) return std::nullopt;
  return due_;
}

}  // namespace pointsman::trace
