// UUID version 7 (RFC 9562 section 5.7): sorts by time, so ledger rows append and a time range is an id range.
// Uuid is a plain value; a UuidGenerator belongs to one thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"

namespace pointsman::base {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  // Lower-case 8-4-4-4-12.
  std::string to_string() const;
  static std::optional<Uuid> parse(std::string_view text);
  // The smallest id of that millisecond: the bound for a range scan.
  static Uuid at(WallTime time);
  WallTime time() const;
};

// Makes ids that never repeat and never go backwards within one generator, also when the clock does: the 12 bits after
// the version count within a millisecond. One generator per thread.
class UuidGenerator {
 public:
  explicit UuidGenerator(std::uint64_t seed) : rng_(seed) {}
  Uuid next(WallTime now);

 private:
  Rng rng_;
  std::int64_t last_ms_ = 0;
  std::uint32_t counter_ = 0;
};

}  // namespace pointsman::base
