// How much the last minute has used of a limit per minute: a sliding window of whole seconds.
//
// What is used counts from its own second on for 60 more, so between 60 and 61 seconds: in no stretch of 60 seconds is
// more let through than the limit. A correction (the truth about an estimate) goes to the second of the estimate and
// frees exactly what that had taken; after its minute it changes nothing. Pure: time is an argument; an earlier one
// counts as the latest seen. Belongs to one thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace pointsman::limits {

class RateWindow {
 public:
  explicit RateWindow(std::int64_t limit, base::MonoTime now) : limit_(limit), second_(second_of(now)) {}

  static std::int64_t second_of(base::MonoTime now);

  void set_limit(std::int64_t limit) { limit_ = limit; }
  std::int64_t limit() const { return limit_; }

  // Everything below speaks of the time of the last advance().
  void advance(base::MonoTime now);
  std::int64_t second() const { return second_; }
  std::int64_t used() const { return used_; }
  std::int64_t remaining() const { return used_ < limit_ ? limit_ - used_ : 0; }
  // Nothing always fits.
  bool fits(std::int64_t amount) const { return amount == 0 || amount <= limit_ - used_; }
  void take(std::int64_t amount) { change(second_, amount); }
  // Adds to (or takes off) what was used in an earlier second.
  void change(std::int64_t second, std::int64_t amount);
  // How long from `now` until `amount` fits, if nothing else is used meanwhile; amount <= limit.
  base::Duration wait_for(std::int64_t amount, base::MonoTime now) const;
  // How long from `now` until nothing is used, if nothing else is: what a busy window knows at once.
  base::Duration until_unused(base::MonoTime now) const;

 private:
  static constexpr std::int64_t kSlots = 61;  // the second that runs, and 60 before it
  static constexpr std::int64_t kMostPerSecond = std::int64_t{1} << 56;
  std::int64_t& slot(std::int64_t second) { return slots_[static_cast<std::size_t>(second % kSlots)]; }

  std::int64_t limit_;
  std::int64_t second_;
  std::int64_t used_ = 0;  // the sum of the slots
  std::array<std::int64_t, kSlots> slots_{};
};

}  // namespace pointsman::limits
