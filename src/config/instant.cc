#include "config/instant.h"

#include <charconv>

#include "config/units.h"

namespace pointsman::config {
namespace {

// Reads `digits` digits and then `after`, unless that is 0.
bool take(std::string_view& text, std::size_t digits, char after, int& out) {
  if (text.size() < digits + (after == 0 ? 0 : 1)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc() || end != text.data() + digits || out < 0) return false;
  if (after != 0 && text[digits] != after) return false;
  text.remove_prefix(digits + (after == 0 ? 0 : 1));
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take(text, 4, '-', year) || !take(text, 2, '-', month) || !take(text, 2, 0, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace

std::optional<base::WallTime> parse_instant(std::string_view text, base::WallTime now) {
  if (const auto ago = parse_duration(text)) return now - *ago;
  const auto day = take_date(text);
  if (!day) return std::nullopt;
  if (text.empty()) return base::WallTime(*day);
  if (text.front() != 'T' && text.front() != ' ') return std::nullopt;
  text.remove_prefix(1);
  if (text.ends_with('Z')) text.remove_suffix(1);
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  const bool with_seconds = text.size() > 5;
  if (!take(text, 2, ':', hours) || !take(text, 2, with_seconds ? ':' : '\0', minutes)) return std::nullopt;
  if (with_seconds && !take(text, 2, 0, seconds)) return std::nullopt;
  if (!text.empty() || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return base::WallTime(*day) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds);
}

}  // namespace pointsman::config
