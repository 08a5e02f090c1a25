#include "limits/rate_view.h"

namespace pointsman::limits {

base::Duration RateView::wait_for(std::int64_t amount, base::MonoTime now) const {
  std::int64_t own = own_.used();
  std::int64_t all = used();
  const std::int64_t present = own_.second();
  std::int64_t gone = present - RateWindow::kSlots;  // the last second that counts no more
  while (gone < present && amount > room(own, all)) {
    ++gone;
    own -= own_.used_in(gone);
    all -= own_.used_in(gone) + (elsewhere_ != nullptr ? elsewhere_->used_in(gone) : 0);
  }
  if (gone == present - RateWindow::kSlots) return base::Duration::zero();
  const base::MonoTime at{std::chrono::seconds(gone + RateWindow::kSlots)};
  return std::max(base::Duration::zero(), at - now);
}

base::Duration RateView::until_unused(base::MonoTime now) const {
  const base::Duration own = own_.until_unused(now);
  return elsewhere_ == nullptr ? own : std::max(own, elsewhere_->until_unused(now));
}

}  // namespace pointsman::limits
