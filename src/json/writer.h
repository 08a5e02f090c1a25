// Appends JSON to a string: error bodies, small answers, --json output. Compact, in the order of the calls.
//
// A value on the stack of whoever writes. Wrong nesting is a bug of the caller: assertions find it in debug builds.
#pragma once

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::json {

class Writer {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit Writer(std::string& out) : out_(out) {}
  ~Writer() { assert(depth_ == 0 && !after_key_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);  // invalid UTF-8 becomes U+FFFD
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(std::same_as<bool> auto yes) { return raw(yes ? "true" : "false"); }
  Writer& value(std::signed_integral auto number) { return integer(static_cast<std::int64_t>(number)); }
  Writer& value(std::unsigned_integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return natural(static_cast<std::uint64_t>(number));
  }
  // The shortest form that reads back as the same number of its type (0.9F is 0.9); null if not finite.
  Writer& value(double number);
  Writer& value(float number);
  Writer& null() { return raw("null"); }
  // A value that is JSON already.
  Writer& raw(std::string_view json);

  // key(name) and value(...) in one.
  template <class T>
  Writer& member(std::string_view name, const T& what) {
    return key(name).value(what);
  }

 private:
  static constexpr int kMaxDepth = 64;
  Writer& open(char bracket);
  Writer& close(char bracket);
  Writer& integer(std::int64_t number);
  Writer& natural(std::uint64_t number);
  void separate();

  std::string& out_;
  std::uint64_t objects_ = 0;  // bit d: the container at depth d is an object
  int depth_ = 0;
  bool first_ = true;  // nothing written yet in the current container
  bool after_key_ = false;
};

}  // namespace pointsman::json
