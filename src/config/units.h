// The quantities of the configuration as people write them, and back: 250ms, 32KiB, 10%, 0.25 dollars. Pure.
// Pure functions; what cannot be read is said, never guessed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"

namespace pointsman::config {

// A number (fractions allowed) and ms, s, m, h or d; whole milliseconds only, at most 100 years. "0s" is allowed.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The largest unit that keeps it whole: 90s, 5m, 30d.
std::string format_duration(std::chrono::milliseconds duration);

// Bytes: a number alone or with B, kB, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024).
std::optional<std::int64_t> parse_size(std::string_view text);
std::string format_size(std::int64_t bytes);

// A plain decimal such as 0.25; no exponent, no sign, no other characters.
std::optional<double> parse_decimal(std::string_view text);
// "10%" or "0.1" as 0.1.
std::optional<double> parse_share(std::string_view text);
// The double whose shortest text is the shortest text of this float.
double shortest_double(float value);
// The shortest text that reads back as the same value.
std::string format_decimal(double value);
std::string format_share(double share);  // 0.1 as "10%"

// Dollars per million tokens with at most six digits after the point, exactly.
std::optional<base::TokenPrice> parse_price(std::string_view dollars_per_million);
std::string format_price(base::TokenPrice price);

}  // namespace pointsman::config
