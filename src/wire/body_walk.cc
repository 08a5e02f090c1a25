#include "wire/body_walk.h"

#include <utility>

namespace pointsman::wire {

bool BodyWalk::require(std::uint32_t seen, std::size_t member, std::string_view name) {
  if (cursor_.failed()) return false;
  if ((seen & (1U << member)) != 0) return true;
  const Pointer::Step step(pointer_, name);
  refuse("the member \"" + std::string(name) + "\" is required");
  return false;
}

bool BodyWalk::once(std::uint32_t& seen, std::size_t member, std::string_view name) {
  const std::uint32_t bit = 1U << member;
  if ((seen & bit) == 0) {
    seen |= bit;
    return true;
  }
  refuse("the member \"" + std::string(name) + "\" stands twice in the same object");
  return false;
}

void BodyWalk::flag(bool& out) {
  if (!cursor_.skip_if_null() && !cursor_.read_bool(out)) refuse("must be true or false");
}

bool BodyWalk::integer(std::int64_t& out) {
  if (cursor_.skip_if_null()) return false;
  if (cursor_.read_integer(out)) return true;
  refuse("must be an integer");
  return false;
}

bool BodyWalk::expect(char first, std::string_view what) {
  if (cursor_.peek() == first) return true;
  refuse(std::string(what));
  return false;
}

bool BodyWalk::string(json::RawString& out, std::string_view what) {
  if (cursor_.read_string(out)) return true;
  refuse(std::string(what));
  return false;
}

std::size_t BodyWalk::skip() {
  const std::size_t begin = cursor_.offset();
  cursor_.skip();
  return cursor_.failed() ? 0 : cursor_.last_end() - begin;
}

void BodyWalk::refuse(std::string message) {
  if (!error_) {
    error_ = base::Error(base::ErrorCode::kInvalidArgument, std::move(message), base::Origin::kClient)
                 .at(pointer_.to_string());
  }
  cursor_.abandon();
}

}  // namespace pointsman::wire
