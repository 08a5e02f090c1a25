// A rule for summer time that holds for every year: the POSIX TZ string in the footer of a TZif file (RFC 9636, 3.3.1),
// e.g. "CET-1CEST,M3.5.0,M10.5.0/3".
//
// Plain value, immutable once made. Understands the extension of TZif version 3: times from -167 to 167 hours.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::limits {

class PosixZone {
 public:
  // Nothing if the text is not such a rule. Summer time without dates is none: POSIX leaves them to the system.
  static std::optional<PosixZone> parse(std::string_view text);

  struct Piece {
    std::int32_t offset = 0;  // seconds east of UTC
    std::int64_t end = 0;     // the first second after it; the largest value if it never ends
  };
  // `instant` in seconds since the epoch, within the years -9999 to 9999.
  Piece piece_at(std::int64_t instant) const;

  bool operator==(const PosixZone&) const = default;

  // A day of every year, and the time of day, by the clocks that hold before it, at which the offset changes.
  struct Date {
    enum class Form : std::uint8_t { kJulian, kDayOfYear, kWeekday };
    Form form = Form::kJulian;
    int day = 0;    // kJulian: 1-365, 29 February is not counted; kDayOfYear: 0-365; kWeekday: 0 (Sunday) to 6
    int week = 0;   // kWeekday: 1-5, 5 is the last one of the month
    int month = 0;  // kWeekday: 1-12
    std::int32_t seconds = 7200;
    bool operator==(const Date&) const = default;
  };

 private:
  struct Change {
    std::int64_t at = 0;
    std::int32_t offset = 0;
  };
  static constexpr int kYearsAround = 2;
  // What changes in the years around `year`, in order.
  std::array<Change, 4 * kYearsAround + 2> changes_around(int year) const;

  std::int32_t standard_offset_ = 0;
  std::int32_t summer_offset_ = 0;
  bool has_summer_ = false;
  Date summer_begin_;
  Date summer_end_;
};

}  // namespace pointsman::limits
