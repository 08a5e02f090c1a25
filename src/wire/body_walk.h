// One walk over a JSON body: the cursor, the way to the value being read, and the first thing that was wrong.
//
// The base of the readers of whole bodies; lives on the stack of one call. The first refusal ends the walk: afterwards
// every loop over the cursor ends by itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/document.h"
#include "wire/pointer.h"

namespace pointsman::wire {

class BodyWalk {
 protected:
  BodyWalk() = default;
  ~BodyWalk() = default;

  // A member we interpret may stand once. False, and the walk ends, at the second.
  bool once(std::uint32_t& seen, std::size_t member, std::string_view name);
  // Refuses the body if a member is missing.
  bool require(std::uint32_t seen, std::size_t member, std::string_view name);
  void flag(bool& out);
  // False for null, too: the member is as good as absent.
  bool integer(std::int64_t& out);
  bool expect(char first, std::string_view what);
  bool string(json::RawString& out, std::string_view what);
  // Skips a value and returns how long it is.
  std::size_t skip();
  void refuse(std::string message);

  json::Cursor cursor_;
  Pointer pointer_;
  std::optional<base::Error> error_;
};

// Index of the cursor's key among `names`, or names.size().
template <std::size_t N>
std::size_t member_index(const json::Cursor& cursor, const std::array<std::string_view, N>& names) {
  std::size_t i = 0;
  while (i < N && !cursor.key_is(names[i])) ++i;
  return i;
}

}  // namespace pointsman::wire
