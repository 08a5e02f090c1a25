// Percentiles of durations without keeping them: a histogram whose bins are a thirty-second of their value wide, so
// that what is read off it is at most 1.6 % from an exact percentile.
//
// A plain value, five kilobytes; one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "json/writer.h"

namespace pointsman::admin {

class Spread {
 public:
  // Below 0 counts as 0, more than 12 days as 12 days.
  void add(std::chrono::microseconds value);
  // In microseconds; nothing where nothing was added. `share` is in (0, 1).
  std::optional<std::int64_t> at(double share) const;

 private:
  static constexpr unsigned kFine = 5;  // bits that tell the bins of one power of two apart
  static constexpr unsigned kTop = 40;  // values have fewer bits
  static std::size_t bin_of(std::uint64_t value);
  static std::int64_t middle_of(std::size_t bin);

  std::array<std::uint32_t, (kTop - kFine + 1) << kFine> counts_{};
  std::uint64_t total_ = 0;
};

// {"p50":, "p95":, "p99":}, microseconds
void write_percentiles(json::Writer& out, const Spread& spread);

}  // namespace pointsman::admin
