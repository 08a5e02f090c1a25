#include "base/money.h"

#include <limits>

namespace pointsman::base {

std::string Money::to_string() const {
  const bool negative = nanos < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
  std::string out = negative ? "-" : "";
  out += std::to_string(magnitude / 1'000'000'000);
  std::string fraction = std::to_string(magnitude % 1'000'000'000);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) out += "." + fraction;
  return out;
}

std::optional<Money> Money::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;
  int decimals = -1;
  bool any_digit = false;
  for (const char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 9) return std::nullopt;
    if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10) return std::nullopt;
    value = value * 10 + (c - '0');
    any_digit = true;
    if (decimals >= 0) ++decimals;
  }
  if (!any_digit) return std::nullopt;
  for (int i = decimals < 0 ? 0 : decimals; i < 9; ++i) {
    if (value > std::numeric_limits<std::int64_t>::max() / 10) return std::nullopt;
    value *= 10;
  }
  return Money{negative ? -value : value};
}

Money TokenPrice::times(std::int64_t tokens) const {
  const __int128 exact = static_cast<__int128>(picos) * tokens;
  const __int128 rounded = exact >= 0 ? (exact + 500) / 1000 : (exact - 499) / 1000;
  if (rounded > std::numeric_limits<std::int64_t>::max()) return {std::numeric_limits<std::int64_t>::max()};
  if (rounded < std::numeric_limits<std::int64_t>::min()) return {std::numeric_limits<std::int64_t>::min()};
  return {static_cast<std::int64_t>(rounded)};
}

}  // namespace pointsman::base
