#include "learn/random_slice.h"

#include <algorithm>

#include "base/hash.h"

namespace pointsman::learn {

double slice_draw(const base::Uuid& decision, std::uint64_t seed) {
  const std::uint64_t hash =
      base::xxh3({reinterpret_cast<const char*>(decision.bytes.data()), decision.bytes.size()}, seed);
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

double slice_rate(double labels, double decisions) {
  if (!(labels > 0)) return 0;
  return decisions > labels ? labels / decisions : 1;
}

SliceEstimate estimate_from_slice(std::span<const SliceMember> members, double rate) {
  SliceEstimate out{.rate = rate};
  for (const SliceMember& one : members) {
    if (one.answer == SliceAnswer::kWaiting) out.rate = std::min(out.rate, one.draw);
  }
  for (const SliceMember& one : members) {
    if (one.draw >= out.rate || one.answer == SliceAnswer::kWaiting) continue;
    if (one.answer == SliceAnswer::kUnknown) {
      ++out.unknown;
      continue;
    }
    ++out.right.of;
    out.right.hits += one.answer == SliceAnswer::kRight ? 1 : 0;
  }
  const std::size_t all = out.right.of + out.unknown;
  out.low = Share{out.right.hits, all}.low();
  out.high = Share{out.right.hits + out.unknown, all}.high();
  return out;
}

}  // namespace pointsman::learn
