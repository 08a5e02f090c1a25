#include "limits/rate_window.h"

namespace pointsman::limits {

std::int64_t RateWindow::second_of(base::MonoTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  return std::max<std::int64_t>(second, 0);
}

void RateWindow::step_to(std::int64_t second) {
  earlier(second_) = running_;
  running_ = 0;
  if (second - second_ >= kSlots) {
    earlier_->fill(0);
    used_ = 0;
  }
  for (std::int64_t each = second_ + 1; used_ != 0 && each <= second; ++each) {
    std::int64_t& oldest = earlier(each);
    used_ -= oldest;
    oldest = 0;
  }
  begin(second);
}

base::Duration RateWindow::until_unused(base::MonoTime now) const {
  if (running_ != 0) return std::max(base::Duration::zero(), longest_wait(now));
  if (used_ <= 0) return base::Duration::zero();
  std::int64_t newest = second_;
  while (newest > second_ - kSlots && used_in(newest) == 0) --newest;
  const base::MonoTime at{std::chrono::seconds(newest + kSlots)};
  return std::max(base::Duration::zero(), at - now);
}

}  // namespace pointsman::limits
