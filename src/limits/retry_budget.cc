#include "limits/retry_budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pointsman::limits {

RetryBudget::RetryBudget(const RetryBudgetOptions& options, base::MonoTime now)
    : deposit_(static_cast<std::int64_t>(std::floor(std::max(options.ratio, 0.0) * kUnit))), slot_begin_(now) {
  const auto seconds = std::max<std::int64_t>(options.window.count(), 1);
  reserve_ = static_cast<std::int64_t>(
      std::floor(std::max(options.min_retries_per_second, 0.0) * static_cast<double>(seconds * kUnit)));
  slot_length_ = std::chrono::duration_cast<base::Duration>(std::chrono::seconds(seconds)) / kSlots;
}

void RetryBudget::advance(base::MonoTime now) {
  if (now < slot_begin_ + slot_length_) return;
  const auto steps = (now - slot_begin_) / slot_length_;
  slot_begin_ += steps * slot_length_;
  for (auto i = std::min<std::int64_t>(steps, kSlots); i > 0; --i) {
    slot_ = (slot_ + 1) % kSlots;
    slots_[slot_] = 0;
    reserve_spent_[slot_] = 0;
  }
}

std::int64_t RetryBudget::sum() const {
  const std::int64_t deposits = std::accumulate(slots_.begin(), slots_.end(), std::int64_t{0});
  return deposits + reserve_ - std::accumulate(reserve_spent_.begin(), reserve_spent_.end(), std::int64_t{0});
}

void RetryBudget::deposit(base::MonoTime now) {
  advance(now);
  slots_[slot_] += deposit_;
}

bool RetryBudget::withdraw(base::MonoTime now) {
  advance(now);
  if (sum() < kUnit) return false;
  std::int64_t owed = kUnit;
  // Oldest first: they would be lost soonest.
  for (std::size_t i = 1; i <= kSlots && owed > 0; ++i) {
    std::int64_t& one = slots_[(slot_ + i) % kSlots];
    const std::int64_t paid = std::min(owed, one);
    one -= paid;
    owed -= paid;
  }
  reserve_spent_[slot_] += owed;
  return true;
}

std::int64_t RetryBudget::balance(base::MonoTime now) {
  advance(now);
  return sum() / kUnit;
}

}  // namespace pointsman::limits
