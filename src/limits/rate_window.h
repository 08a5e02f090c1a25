// How much the last minute has used of a limit per minute: a sliding window of whole seconds.
//
// What is used counts from its own second on for 60 more, so between 60 and 61 seconds: in no stretch of 60 seconds is
// more let through than the limit. A correction (the truth about an estimate) goes to the second of the estimate and
// frees exactly what that had taken; after its minute it changes nothing. Pure: time is an argument; an earlier one
// counts as the latest seen. Belongs to one thread. What most calls touch, the second that runs, stands apart from the
// others, so that it is one cache line.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/clock.h"

namespace pointsman::limits {

class RateWindow {
 public:
  static constexpr std::int64_t kSlots = 61;  // the second that runs, and 60 before it

  explicit RateWindow(std::int64_t limit, base::MonoTime now) : limit_(limit), earlier_(std::make_unique<Slots>()) {
    begin(second_of(now));
  }

  static std::int64_t second_of(base::MonoTime now);

  void set_limit(std::int64_t limit) { limit_ = limit; }
  std::int64_t limit() const { return limit_; }

  // Everything below speaks of the time of the last advance().
  void advance(base::MonoTime now) {
    if (now >= next_) step_to(second_of(now));
  }
  std::int64_t second() const { return second_; }
  std::int64_t used() const { return used_; }
  // 0 for a second that counts no more, or has not come.
  std::int64_t used_in(std::int64_t second) const {
    if (second == second_) return running_;
    return second <= second_ - kSlots || second > second_ || second < 0 ? 0 : earlier(second);
  }
  void take(std::int64_t amount) { add(running_, amount); }
  // Adds to (or takes off) what was used in a second.
  void change(std::int64_t second, std::int64_t amount) {
    if (second == second_) return add(running_, amount);
    if (second > second_ - kSlots && second < second_ && second >= 0) add(earlier(second), amount);
  }
  // How long from `now` until nothing is used, if nothing else is: what a busy window knows at once.
  base::Duration until_unused(base::MonoTime now) const;
  // What until_unused() is at most: when something was used in the second that runs.
  base::Duration longest_wait(base::MonoTime now) const { return next_ + std::chrono::seconds(kSlots - 1) - now; }

 private:
  static constexpr std::int64_t kMostPerSecond = std::int64_t{1} << 56;
  using Slots = std::array<std::int64_t, kSlots>;

  std::int64_t& earlier(std::int64_t second) const { return (*earlier_)[static_cast<std::size_t>(second % kSlots)]; }
  void add(std::int64_t& slot, std::int64_t amount) {
    const std::int64_t after = std::clamp<std::int64_t>(slot + amount, 0, kMostPerSecond);
    used_ += after - slot;
    slot = after;
  }

  void begin(std::int64_t second) {
    second_ = second;
    next_ = base::MonoTime(std::chrono::seconds(second + 1));
  }
  [[gnu::cold]] void step_to(std::int64_t second);

  std::int64_t limit_;
  std::int64_t second_ = 0;
  base::MonoTime next_;             // when the next second begins
  std::int64_t used_ = 0;           // in all of them
  std::int64_t running_ = 0;        // in the second that runs
  std::unique_ptr<Slots> earlier_;  // in those before it; 0 in the place of the one that runs
};

}  // namespace pointsman::limits
