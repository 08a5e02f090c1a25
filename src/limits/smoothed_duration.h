// What a kind of duration lately comes to: a running mean in which the newest counts one eighth, as TCP smooths its
// round-trip times (RFC 6298, section 2). Follows a change within a dozen durations, which a quantile of the last
// thousand would not. Pure, one thread, constant memory.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace pointsman::limits {

class SmoothedDuration {
 public:
  // Fewer durations say nothing.
  static constexpr std::uint32_t kLeast = 3;

  void add(base::Duration duration) {
    smoothed_ = count_ == 0 ? duration : smoothed_ + (duration - smoothed_) / 8;
    if (count_ < kLeast) ++count_;
  }
  // Nothing until there are enough.
  std::optional<base::Duration> value() const { return count_ < kLeast ? std::nullopt : std::optional(smoothed_); }

 private:
  base::Duration smoothed_{};
  std::uint32_t count_ = 0;
};

}  // namespace pointsman::limits
