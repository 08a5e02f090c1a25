// A rate as one replica sees it: what it used itself, what it heard that others used, and its share while it hears
// nothing.
//
// Pure, a view: the windows outlive it, and both were advanced to the same time. Belongs to the windows' thread.
#pragma once

#include <algorithm>

#include "limits/rate_window.h"

namespace pointsman::limits {

class RateView {
 public:
  // `elsewhere` may be null: nothing was heard. `shares`: into how many parts the limit is divided, of which this
  // replica uses one; 1 while the others are heard.
  RateView(const RateWindow& own, const RateWindow* elsewhere, int shares)
      : own_(own), elsewhere_(elsewhere), share_(share_of(own.limit(), shares)) {}

  std::int64_t limit() const { return own_.limit(); }
  std::int64_t used() const { return own_.used() + (elsewhere_ != nullptr ? elsewhere_->used() : 0); }
  std::int64_t remaining() const { return std::max<std::int64_t>(0, room(own_.used(), used())); }
  // Nothing always fits.
  bool fits(std::int64_t amount) const { return amount == 0 || amount <= room(own_.used(), used()); }
  // How long from `now` until `amount` fits, if nothing else is used meanwhile; a minute if it is more than the share.
  base::Duration wait_for(std::int64_t amount, base::MonoTime now) const;
  // How long from `now` until nothing is used, if nothing else is.
  base::Duration until_unused(base::MonoTime now) const;
  // What until_unused() is at most.
  base::Duration longest_wait(base::MonoTime now) const { return own_.longest_wait(now); }

 private:
  // Nobody's share is nothing, or a small limit would be an outage.
  static std::int64_t share_of(std::int64_t limit, int shares) {
    return shares <= 1 || limit == 0 ? limit : std::max<std::int64_t>(1, limit / shares);
  }
  std::int64_t room(std::int64_t own, std::int64_t all) const { return std::min(own_.limit() - all, share_ - own); }

  const RateWindow& own_;
  const RateWindow* elsewhere_;
  std::int64_t share_;
};

}  // namespace pointsman::limits
