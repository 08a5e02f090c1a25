// Values of a JSON text that was checked as a whole: for readers that need its members in an order of their own.
//
// A JsonValue is a place in an opened json::Document; it copies cheaply, reads nothing until asked, and lives as long
// as the document stays open. Nothing below can fail: open() walked the whole text (grammar, UTF-8, depth). Asking a
// value for what it is not gives nothing. Each level of nesting is walked once more than the level above, so reading is
// linear in the text for readers that go down a fixed number of levels.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"

namespace pointsman::wire {

class JsonValue {
 public:
  JsonValue() = default;  // no value
  JsonValue(const json::Cursor& cursor, std::string_view body) : cursor_(cursor), body_(body), there_(true) {}

  // The root of `body`. kParse with the position, or kTooLarge. The caller closes the document when it is done.
  static base::Result<JsonValue> open(std::string_view body, json::Document& document) {
    PM_CHECK(document.open(body));
    json::Cursor walk = document.root();
    walk.skip();
    if (!walk.finished()) return base::fail(document.error());
    return JsonValue(document.root(), body);
  }

  // Whether there is a value, and it is not null.
  explicit operator bool() const { return there_ && cursor_.peek() != 'n'; }
  bool is_object() const { return there_ && cursor_.peek() == '{'; }
  bool is_array() const { return there_ && cursor_.peek() == '['; }
  bool is_string() const { return there_ && cursor_.peek() == '"'; }
  bool is_number() const {
    return there_ && (cursor_.peek() == '-' || (cursor_.peek() >= '0' && cursor_.peek() <= '9'));
  }
  bool is_boolean() const { return there_ && (cursor_.peek() == 't' || cursor_.peek() == 'f'); }

  // The value as it stands in the text.
  std::string_view json() const {
    if (!there_) return {};
    json::Cursor walk = cursor_;
    const std::size_t begin = walk.offset();
    walk.pass();
    return body_.substr(begin, walk.last_end() - begin);
  }
  // The string, not decoded; empty for another kind.
  json::RawString raw_string() const {
    json::RawString out;
    if (!is_string()) return out;
    json::Cursor walk = cursor_;
    walk.read_string(out);
    return out;
  }
  // The string, decoded; empty for another kind.
  std::string string() const {
    std::string out;
    json::unescape(raw_string().raw, out);
    return out;
  }
  bool is(std::string_view text) const { return is_string() && raw_string().is(text); }
  std::optional<std::int64_t> integer() const {
    std::int64_t out = 0;
    json::Cursor walk = cursor_;
    return is_number() && walk.read_integer(out) ? std::optional(out) : std::nullopt;
  }
  std::optional<bool> boolean() const { return is_boolean() ? std::optional(cursor_.peek() == 't') : std::nullopt; }
  // For readers that work on a cursor.
  json::Cursor cursor() const { return cursor_; }

  // Calls take(const json::RawString& name, const JsonValue&) for every member of an object.
  template <class Take>
  void members(Take&& take) const {
    if (!is_object()) return;
    json::Cursor walk = cursor_;
    for (bool more = walk.enter_object(); more; more = walk.next_member()) {
      take(walk.key(), JsonValue(walk, body_));
      walk.pass();
    }
  }
  // Calls take(const JsonValue&, std::uint64_t index) for every element of an array.
  template <class Take>
  void elements(Take&& take) const {
    if (!is_array()) return;
    json::Cursor walk = cursor_;
    std::uint64_t index = 0;
    for (bool more = walk.enter_array(); more; more = walk.next_element()) {
      take(JsonValue(walk, body_), index++);
      walk.pass();
    }
  }
  bool empty_container() const {
    if (!is_object() && !is_array()) return false;
    json::Cursor walk = cursor_;
    return !(is_object() ? walk.enter_object() : walk.enter_array());
  }

 private:
  json::Cursor cursor_;
  std::string_view body_;
  bool there_ = false;
};

// The members of an object that a reader knows, in the order of its table of names. One that is null counts as absent;
// of one that stands twice the last counts, unless `other` minds. Calls other(name, value, known) for the rest:
// unknown members (known: false) and repeated ones (true); not for those that are null.
template <std::size_t N, class Other>
std::array<JsonValue, N> members_of(const JsonValue& object, const std::array<std::string_view, N>& names,
                                    Other&& other) {
  std::array<JsonValue, N> out;
  object.members([&](const json::RawString& name, const JsonValue& value) {
    if (!value) return;
    std::size_t i = 0;
    while (i < N && !name.is(names[i])) ++i;
    if (i == N || out[i]) other(name, value, i < N);
    if (i < N) out[i] = value;
  });
  return out;
}
template <std::size_t N>
std::array<JsonValue, N> members_of(const JsonValue& object, const std::array<std::string_view, N>& names) {
  return members_of(object, names, [](const json::RawString&, const JsonValue&, bool) {});
}

}  // namespace pointsman::wire
