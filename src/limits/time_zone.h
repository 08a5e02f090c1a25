// A time zone: how far its clocks are from UTC at any instant, from the bytes of a TZif file (RFC 9636, versions 1 to
// 4).
//
// Pure: somebody else reads the file (usually below /usr/share/zoneinfo). Instants after the last one listed follow the
// rule in the file's footer (a POSIX TZ string), so the far future has its summer times, too. Immutable once made;
// const functions may run concurrently. Bytes can be anything: parse() refuses what it does not understand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "limits/posix_zone.h"

namespace pointsman::limits {

class TimeZone {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;  // the largest file of the tz database has about 4 KB

  // UTC; needs no file.
  TimeZone() : name_("UTC") {}
  // `name` is what reports call the zone, e.g. "Europe/Berlin". Refuses zones that count leap seconds ("right/..."):
  // our instants do not.
  static base::Result<TimeZone> parse(std::string_view bytes, std::string name);

  const std::string& name() const { return name_; }

  // The offset that holds at an instant, and when the next one begins (the largest sys_seconds if none does).
  struct Piece {
    std::chrono::seconds offset{};
    std::chrono::sys_seconds end = std::chrono::sys_seconds::max();
    bool operator==(const Piece&) const = default;
  };
  Piece piece_at(std::chrono::sys_seconds instant) const;
  // What local clocks show minus UTC; never more than 26 hours either way.
  std::chrono::seconds offset_at(std::chrono::sys_seconds instant) const { return piece_at(instant).offset; }

  bool operator==(const TimeZone&) const = default;

 private:
  struct Transition {
    std::int64_t at = 0;      // seconds since the epoch
    std::int32_t offset = 0;  // from then on
    bool operator==(const Transition&) const = default;
  };

  std::string name_;
  std::int32_t first_offset_ = 0;        // before the first transition
  std::vector<Transition> transitions_;  // ascending
  std::optional<PosixZone> future_;      // after the last transition
};

}  // namespace pointsman::limits
