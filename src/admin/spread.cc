#include "admin/spread.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "admin/json_parts.h"

namespace pointsman::admin {

std::size_t Spread::bin_of(std::uint64_t value) {
  if (value < (1U << kFine)) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kFine;
  return (static_cast<std::size_t>(shift) << kFine) + (value >> shift);
}

std::int64_t Spread::middle_of(std::size_t bin) {
  if (bin < (2U << kFine)) return static_cast<std::int64_t>(bin);
  const unsigned shift = static_cast<unsigned>(bin >> kFine) - 1;
  const std::uint64_t low = static_cast<std::uint64_t>((bin & ((1U << kFine) - 1)) + (1U << kFine)) << shift;
  return static_cast<std::int64_t>(low + (std::uint64_t{1} << shift) / 2);
}

void Spread::add(std::chrono::microseconds value) {
  constexpr std::int64_t kMost = (std::int64_t{1} << kTop) - 1;
  ++counts_[bin_of(static_cast<std::uint64_t>(std::clamp<std::int64_t>(value.count(), 0, kMost)))];
  ++total_;
}

// The nearest rank: the least value that at least that share of all does not exceed.
std::optional<std::int64_t> Spread::at(double share) const {
  if (total_ == 0) return std::nullopt;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    seen += counts_[bin];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return middle_of(bin);
  }
  return middle_of(counts_.size() - 1);
}

void write_percentiles(json::Writer& out, const Spread& spread) {
  out.begin_object().key("p50");
  write_or_null(out, spread.at(0.5));
  out.key("p95");
  write_or_null(out, spread.at(0.95));
  out.key("p99");
  write_or_null(out, spread.at(0.99));
  out.end_object();
}

}  // namespace pointsman::admin
