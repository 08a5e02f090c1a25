// Finds the first fault of a JSON text and says exactly where it is: the explanation behind a 400.
//
// Pure and slow on purpose (one byte at a time, RFC 8259 and RFC 3629 spelled out): it runs only after the fast path
// refused a body, and it is the oracle the fast path is tested against. Never recurses.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "json/max_depth.h"

namespace pointsman::json {

struct Position {
  std::size_t offset = 0;  // in bytes, from 0
  std::size_t line = 1;    // lines end with LF
  std::size_t column = 1;  // in code points, from 1
};

struct Fault {
  std::string_view what;  // "expected ',' or '}' after a member"
  Position at;
};

// The line and column of a byte of `text`; offsets past the end count as the end.
Position position_of(std::string_view text, std::size_t offset);

// The first fault of `text` as a complete JSON document, or nothing if it is one.
std::optional<Fault> find_fault(std::string_view text);

// kParse with the fault in words; place() is "line:column".
base::Error to_error(const Fault& fault);

}  // namespace pointsman::json
