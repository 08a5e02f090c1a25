#include "json/writer.h"

#include <charconv>
#include <cmath>

#include "json/text.h"

namespace pointsman::json {
namespace {

template <class T>
void append_number(std::string& out, T number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

}  // namespace

// Before a value: a comma unless it is the first, or follows its key.
void Writer::separate() {
  assert(after_key_ || depth_ == 0 || ((objects_ >> depth_) & 1) == 0);
  if (!after_key_ && !first_) out_ += ',';
  after_key_ = false;
  first_ = false;
}

Writer& Writer::open(char bracket) {
  separate();
  assert(depth_ + 1 < kMaxDepth);
  ++depth_;
  const std::uint64_t bit = std::uint64_t{1} << depth_;
  objects_ = bracket == '{' ? objects_ | bit : objects_ & ~bit;
  out_ += bracket;
  first_ = true;
  return *this;
}

Writer& Writer::close(char bracket) {
  assert(depth_ > 0 && !after_key_ && (((objects_ >> depth_) & 1) != 0) == (bracket == '}'));
  --depth_;
  out_ += bracket;
  first_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  assert(depth_ > 0 && ((objects_ >> depth_) & 1) != 0 && !after_key_);
  if (!first_) out_ += ',';
  first_ = false;
  out_ += '"';
  escape(name, out_);
  out_ += "\":";
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  separate();
  out_ += '"';
  escape(text, out_);
  out_ += '"';
  return *this;
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::value(float number) {
  if (!std::isfinite(number)) return null();
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::integer(std::int64_t number) {
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::natural(std::uint64_t number) {
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace pointsman::json
