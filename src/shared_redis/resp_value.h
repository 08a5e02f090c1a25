// One value of Redis's protocol, RESP2 or RESP3: what a reply is, and what it holds.
//
// Plain data. A map is a list of keys and values in turn, as RESP2 sends it, so that whoever reads a reply need not
// know which version was spoken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::shared_redis {

struct RespValue {
  enum class Kind : std::uint8_t {
    kNull,
    kText,     // simple, bulk and verbatim strings, big numbers and doubles: as they were written
    kError,    // text: "CODE what is wrong"
    kInteger,  // also booleans: 0 or 1
    kList,     // arrays, sets and maps
    kPush,     // RESP3: nobody asked for it
  };

  Kind kind = Kind::kNull;
  std::int64_t integer = 0;
  std::string text;
  std::vector<RespValue> items;

  bool is(Kind what) const { return kind == what; }
  // The first word of an error ("MOVED", "NOAUTH"); empty for what is none.
  std::string_view error_code() const {
    if (kind != Kind::kError) return {};
    return std::string_view(text).substr(0, text.find(' '));
  }
};

}  // namespace pointsman::shared_redis
