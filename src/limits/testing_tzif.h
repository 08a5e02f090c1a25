// Writes the bytes of time zone files, so that tests can have zones of their own.
//
// Header only, one thread. What it writes is as RFC 9636 says, with the faults that a test asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::limits::testing_support {

struct ZoneFile {
  struct Change {
    std::int64_t at = 0;
    std::uint8_t type = 0;
  };
  char version = '2';
  std::vector<Change> changes;
  std::vector<std::int32_t> offsets = {0};  // of each type
  std::string footer = "\n\n";
  std::uint32_t leaps = 0;

  std::string bytes() const {
    if (version == '\0') return header(changes.size(), offsets.size(), leaps) + body(4);
    return header(0, 1, 0) + std::string(7, '\0') + header(changes.size(), offsets.size(), leaps) + body(8) + footer;
  }

 private:
  static void put(std::string& out, std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  }
  std::string header(std::uint64_t times, std::uint64_t types, std::uint64_t leap_count) const {
    std::string out = "TZif";
    out.push_back(version);
    out.append(15, '\0');
    const std::uint64_t counts[] = {0, 0, leap_count, times, types, 1};
    for (const std::uint64_t count : counts) put(out, count, 4);
    return out;
  }
  std::string body(int time_width) const {
    std::string out;
    for (const Change& change : changes) put(out, static_cast<std::uint64_t>(change.at), time_width);
    for (const Change& change : changes) out.push_back(static_cast<char>(change.type));
    for (const std::int32_t offset : offsets) {
      put(out, static_cast<std::uint32_t>(offset), 4);
      out.append(2, '\0');
    }
    out.push_back('\0');  // the one abbreviation, empty
    out.append(leaps * static_cast<std::size_t>(time_width + 4), '\0');
    return out;
  }
};

// A zone that has followed one rule for all of time.
inline std::string rule_zone(std::string_view rule) {
  ZoneFile file;
  file.footer = "\n" + std::string(rule) + "\n";
  return file.bytes();
}

}  // namespace pointsman::limits::testing_support
