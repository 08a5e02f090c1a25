#include "limits/rate_window.h"

#include <algorithm>

namespace pointsman::limits {

std::int64_t RateWindow::second_of(base::MonoTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  return std::max<std::int64_t>(second, 0);
}

void RateWindow::advance(base::MonoTime now) {
  const std::int64_t second = second_of(now);
  if (second <= second_) return;
  if (second - second_ >= kSlots) {
    slots_.fill(0);
    used_ = 0;
    second_ = second;
    return;
  }
  while (second_ < second) {
    std::int64_t& oldest = slot(++second_);
    used_ -= oldest;
    oldest = 0;
  }
}

void RateWindow::change(std::int64_t second, std::int64_t amount) {
  if (second <= second_ - kSlots || second > second_) return;
  std::int64_t& changed = slot(second);
  const std::int64_t after = std::clamp<std::int64_t>(changed + amount, 0, kMostPerSecond);
  used_ += after - changed;
  changed = after;
}

base::Duration RateWindow::wait_for(std::int64_t amount, base::MonoTime now) const {
  std::int64_t used = used_;
  std::int64_t leaves = second_ + 1;  // the second at whose begin the oldest slot is given back
  for (; leaves <= second_ + kSlots && used > 0 && amount > limit_ - used; ++leaves)
    used -= slots_[static_cast<std::size_t>(leaves % kSlots)];
  if (leaves == second_ + 1) return base::Duration::zero();
  const base::MonoTime at{std::chrono::seconds(leaves - 1)};
  return std::max(base::Duration::zero(), at - now);
}

base::Duration RateWindow::until_unused(base::MonoTime now) const {
  if (used_ <= 0) return base::Duration::zero();
  std::int64_t newest = second_;
  while (newest > second_ - kSlots && slots_[static_cast<std::size_t>((newest + kSlots) % kSlots)] == 0) --newest;
  const base::MonoTime at{std::chrono::seconds(newest + kSlots)};
  return std::max(base::Duration::zero(), at - now);
}

}  // namespace pointsman::limits
