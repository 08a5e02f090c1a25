// A quantile of durations as they come, of the last thousand or so: when a call is slow enough to hedge.
//
// Counts in buckets that grow by a twelfth, so that the answer is within 9 % of the true one; when there are enough,
// all counts are halved and older durations count less and less. Pure, one thread, constant memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace pointsman::limits {

class RunningQuantile {
 public:
  // Fewer durations say nothing.
  static constexpr std::uint32_t kLeast = 20;
  static constexpr std::uint32_t kMost = 1024;

  // `quantile` in (0, 1).
  explicit RunningQuantile(double quantile) : quantile_(quantile) {}

  void add(base::Duration duration);
  // The upper edge of the bucket that holds the quantile; nothing until there are enough.
  std::optional<base::Duration> value() const;

 private:
  static constexpr std::size_t kBuckets = 192;  // from 100 us to about seven minutes

  double quantile_;
  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint32_t total_ = 0;
};

}  // namespace pointsman::limits
