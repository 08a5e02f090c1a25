#include "learn/json_text.h"

#include <fmt/format.h>

#include <cmath>

#include "text/utf8.h"

namespace pointsman::learn {

void JsonText::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  string(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonText& JsonText::string(std::string_view value) {
  separate();
  text_ += '"';
  while (!value.empty()) {
    const text::CodePoint point = text::read_code_point(value);
    const std::string_view bytes = value.substr(0, point.length);
    value.remove_prefix(point.length);
    if (point.value == '"' || point.value == '\\') {
      text_ += '\\';
      text_ += bytes;
    } else if (point.value < 0x20 || point.value == 0x7F) {
      text_ += fmt::format("\\u{:04x}", static_cast<unsigned>(point.value));
    } else if (point.value == text::kReplacement) {
      text_ += "\xEF\xBF\xBD";
    } else {
      text_ += bytes;
    }
  }
  text_ += '"';
  return *this;
}

JsonText& JsonText::number(double value) {
  separate();
  text_ += std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
  return *this;
}

JsonText& JsonText::integer(std::size_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

JsonText& JsonText::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonText& JsonText::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace pointsman::learn
