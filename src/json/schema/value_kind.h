// The kinds of JSON values as a validator sees them at a value's first byte, and sets of them.
//
// Constants and pure functions. true and false are kinds of their own because one byte tells them apart.
#pragma once

#include <cstdint>

namespace pointsman::json::schema {

enum class ValueKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// A bit for each kind.
using KindSet = std::uint8_t;
constexpr KindSet bit(ValueKind kind) {
  return static_cast<KindSet>(1U << static_cast<unsigned>(kind));
}
inline constexpr KindSet kBooleans = bit(ValueKind::kFalse) | bit(ValueKind::kTrue);
inline constexpr KindSet kAllKinds = 0x7F;

constexpr bool has(KindSet set, ValueKind kind) {
  return (set & bit(kind)) != 0;
}

}  // namespace pointsman::json::schema
