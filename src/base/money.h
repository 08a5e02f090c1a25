// Money as whole nano-dollars (1e-9 USD), so that sums are exact: a report equals the sum of its entries.
// Plain values; overflow saturates or is refused, never wraps silently.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::base {

struct Money {
  std::int64_t nanos = 0;

  auto operator<=>(const Money&) const = default;
  Money operator+(Money other) const {
    std::int64_t sum = 0;
    return {__builtin_add_overflow(nanos, other.nanos, &sum) ? limit(other.nanos) : sum};
  }
  Money operator-(Money other) const {
    std::int64_t rest = 0;
    return {__builtin_sub_overflow(nanos, other.nanos, &rest) ? limit(nanos) : rest};
  }
  Money& operator+=(Money other) { return *this = *this + other; }
  double dollars() const { return static_cast<double>(nanos) * 1e-9; }
  // Plain decimal dollars without trailing zeros: "0.00123", "-1.5", "0".
  std::string to_string() const;
  // Reads plain decimal dollars with at most 9 digits after the point; nothing else (no exponent, no sign but '-').
  static std::optional<Money> parse(std::string_view dollars);

 private:
  // What a sum beyond the range saturates to: it only leaves it on the side of this sign.
  static constexpr std::int64_t limit(std::int64_t sign) {
    return sign < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
};

// A price for one token, in pico-dollars (1e-12 USD = one millionth of a dollar per million tokens).
// $0.15 per million tokens = 150'000 picos a token. Exact for every published price.
struct TokenPrice {
  std::int64_t picos = 0;
  auto operator<=>(const TokenPrice&) const = default;
  static TokenPrice per_million(Money dollars_per_million) { return {dollars_per_million.nanos / 1000}; }
  // Exact product before rounding half up to whole nano-dollars; saturates instead of overflowing.
  Money times(std::int64_t tokens) const;
};

}  // namespace pointsman::base
