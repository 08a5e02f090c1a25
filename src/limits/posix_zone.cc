#include "limits/posix_zone.h"

#include <algorithm>
#include <limits>

namespace pointsman::limits {
namespace {

using std::chrono::sys_days;

constexpr std::int32_t kHour = 3600;
constexpr std::int32_t kMaxOffsetHours = 24;
constexpr std::int32_t kMaxTimeHours = 167;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Takes one element after another from the front of the text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(char letter) const { return !rest_.empty() && rest_.front() == letter; }
  bool take(char letter) {
    if (!next_is(letter)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A zone's abbreviation: at least three letters, or anything of letters, digits and signs in angle brackets.
  bool take_name() {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < rest_.size() && is_name_character(rest_[length], quoted)) ++length;
    if (length < 3) return false;
    rest_.remove_prefix(length);
    return !quoted || take('>');
  }
  std::optional<int> take_number(int lowest, int highest, std::size_t max_digits = 3) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < max_digits && is_digit(rest_[digits]); ++digits)
      value = value * 10 + (rest_[digits] - '0');
    if (digits == 0 || value < lowest || value > highest) return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }
  // [+-]hh[:mm[:ss]] in seconds.
  std::optional<std::int32_t> take_time(int max_hours) {
    const int sign = take('-') ? -1 : 1;
    if (sign > 0) take('+');
    const auto hours = take_number(0, max_hours);
    if (!hours) return std::nullopt;
    std::int32_t seconds = *hours * kHour;
    for (const std::int32_t unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = take_number(0, 59, 2);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return sign * seconds;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_name_character(char c, bool quoted) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (quoted && (is_digit(c) || c == '+' || c == '-'));
  }

  std::string_view rest_;
};

using Date = PosixZone::Date;

// Mm.w.d, the M taken.
bool take_weekday(Scanner& scanner, Date& date) {
  date.form = Date::Form::kWeekday;
  const auto month = scanner.take_number(1, 12);
  if (!month || !scanner.take('.')) return false;
  const auto week = scanner.take_number(1, 5);
  if (!week || !scanner.take('.')) return false;
  const auto day = scanner.take_number(0, 6);
  if (!day) return false;
  date.month = *month;
  date.week = *week;
  date.day = *day;
  return true;
}

bool take_day(Scanner& scanner, Date& date) {
  if (scanner.take('M')) return take_weekday(scanner, date);
  const bool julian = scanner.take('J');
  date.form = julian ? Date::Form::kJulian : Date::Form::kDayOfYear;
  const auto day = scanner.take_number(julian ? 1 : 0, 365);
  date.day = day.value_or(0);
  return day.has_value();
}

std::optional<Date> take_date(Scanner& scanner) {
  Date date;
  if (!scanner.take(',') || !take_day(scanner, date)) return std::nullopt;
  if (!scanner.take('/')) return date;
  const auto seconds = scanner.take_time(kMaxTimeHours);
  if (!seconds) return std::nullopt;
  date.seconds = *seconds;
  return date;
}

// The date in one year, as local time in seconds since 1970-01-01 00:00 of the same clock.
std::int64_t local_seconds(const Date& date, int year_number) {
  const std::chrono::year year(year_number);
  sys_days day = year / std::chrono::January / 1;
  switch (date.form) {
    case Date::Form::kJulian: {
      constexpr int kFirstOfMarch = 60;
      day += std::chrono::days(date.day - 1 + (year.is_leap() && date.day >= kFirstOfMarch ? 1 : 0));
      break;
    }
    case Date::Form::kDayOfYear:
      day += std::chrono::days(date.day);
      break;
    case Date::Form::kWeekday: {
      const auto month = year / std::chrono::month(static_cast<unsigned>(date.month));
      const std::chrono::weekday weekday(static_cast<unsigned>(date.day));
      day = date.week == 5 ? sys_days(month / weekday[std::chrono::last])
                           : sys_days(month / weekday[static_cast<unsigned>(date.week)]);
      break;
    }
  }
  return std::chrono::seconds(day.time_since_epoch()).count() + date.seconds;
}

constexpr std::int64_t start_of(int year) {
  return std::chrono::seconds(sys_days(std::chrono::year(year) / 1 / 1).time_since_epoch()).count();
}

}  // namespace

std::optional<PosixZone> PosixZone::parse(std::string_view text) {
  Scanner scanner(text);
  PosixZone zone;
  if (!scanner.take_name()) return std::nullopt;
  const auto west = scanner.take_time(kMaxOffsetHours);
  if (!west) return std::nullopt;
  zone.standard_offset_ = -*west;  // POSIX counts westwards
  if (scanner.at_end()) return zone;
  if (!scanner.take_name()) return std::nullopt;
  zone.has_summer_ = true;
  zone.summer_offset_ = zone.standard_offset_ + kHour;
  if (!scanner.next_is(',')) {
    const auto summer_west = scanner.take_time(kMaxOffsetHours);
    if (!summer_west) return std::nullopt;
    zone.summer_offset_ = -*summer_west;
  }
  const auto begin = take_date(scanner);
  if (!begin) return std::nullopt;
  const auto end = take_date(scanner);
  if (!end || !scanner.at_end()) return std::nullopt;
  zone.summer_begin_ = *begin;
  zone.summer_end_ = *end;
  return zone;
}

std::array<PosixZone::Change, 4 * PosixZone::kYearsAround + 2> PosixZone::changes_around(int year) const {
  std::array<Change, 4 * kYearsAround + 2> changes;
  std::size_t count = 0;
  // A summer that ends when the next one begins lasts for ever: of changes at one instant, the last one put in holds.
  const auto insert = [&](Change change) {
    std::size_t place = count++;
    for (; place > 0 && change.at < changes[place - 1].at; --place) changes[place] = changes[place - 1];
    changes[place] = change;
  };
  for (int each = year - kYearsAround; each <= year + kYearsAround; ++each) {
    const Change begin{local_seconds(summer_begin_, each) - standard_offset_, summer_offset_};
    const Change end{local_seconds(summer_end_, each) - summer_offset_, standard_offset_};
    insert(begin);
    insert(end);
  }
  return changes;
}

PosixZone::Piece PosixZone::piece_at(std::int64_t instant) const {
  constexpr std::int64_t kFirst = start_of(-9999);
  constexpr std::int64_t kLast = start_of(9999);
  if (!has_summer_ || instant >= kLast) return {standard_offset_, kNever};
  if (instant < kFirst) return {standard_offset_, kFirst};
  const sys_days day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(instant)));
  Piece piece{standard_offset_, kNever};
  for (const Change& change : changes_around(static_cast<int>(std::chrono::year_month_day(day).year()))) {
    if (change.at > instant) {
      piece.end = std::min(change.at, kLast);
      break;
    }
    piece.offset = change.offset;
  }
  return piece;
}

}  // namespace pointsman::limits
