// How values look to people: shares, times, money, texts that are safe to print.
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "config/instant.h"

namespace pointsman::cli {

// One line of at most `columns` characters, shortened with "…"; control characters and broken UTF-8 are replaced, so
// that what was read from a file cannot steer the terminal.
std::string printable(std::string_view text, std::size_t columns = 80);

// Characters, not bytes; every character counts as one column.
std::size_t columns_of(std::string_view text);

// "0.60", "0.6123, certified", or "never" for one that no probability reaches.
std::string shown_threshold(float threshold, bool certified);
std::string percent(double share);                                                      // "93.4 %"
std::string utc(base::WallTime time);                                                   // "2026-01-02 10:00:00.123"
std::string duration(std::chrono::microseconds time);                                   // "45 us", "12.3 ms", "1.20 s"
std::string dollars(const std::optional<base::Money>& amount);                          // "$0.0012", "unknown"
std::string count_of(std::size_t number, std::string_view one, std::string_view many);  // "1 example", "2 examples"
// "like decision 0198… (likeness 0.93): refunds"; an empty category is none of them.
std::string corrected_before(std::string_view decision, float likeness, std::string_view category);

using config::parse_instant;

}  // namespace pointsman::cli
