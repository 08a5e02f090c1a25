#include "limits/running_quantile.h"

#include <algorithm>
#include <cmath>

namespace pointsman::limits {

namespace {

constexpr double kSmallest = 1e-4;  // seconds
const double kLogGrowth = std::log(1 + 1.0 / 12);

}  // namespace

void RunningQuantile::add(base::Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const double place = std::log(std::max(seconds, kSmallest) / kSmallest) / kLogGrowth;
  ++counts_[std::min(static_cast<std::size_t>(place), kBuckets - 1)];
  if (++total_ < kMost) return;
  total_ = 0;
  for (std::uint32_t& count : counts_) total_ += count /= 2;
}

std::optional<base::Duration> RunningQuantile::value() const {
  if (total_ < kLeast) return std::nullopt;
  const double wanted = quantile_ * static_cast<double>(total_);
  double seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && (seen += counts_[bucket]) < wanted) ++bucket;
  const double seconds = kSmallest * std::exp(static_cast<double>(bucket + 1) * kLogGrowth);
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace pointsman::limits
