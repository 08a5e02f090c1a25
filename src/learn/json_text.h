// Writes the JSON texts of this module (cards, reports, evaluations) in one compact, reproducible form.
//
// Numbers are written with six significant digits, so that the last bits of a platform's libm do not show. Commas are
// placed by the writer; nesting is the caller's duty.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace pointsman::learn {

class JsonText {
 public:
  JsonText& open_object() { return open('{'); }
  JsonText& close_object() { return close('}'); }
  JsonText& open_array() { return open('['); }
  JsonText& close_array() { return close(']'); }
  JsonText& key(std::string_view name);
  JsonText& string(std::string_view value);  // broken UTF-8 becomes U+FFFD
  JsonText& number(double value);            // null unless finite
  JsonText& integer(std::size_t value);
  JsonText& boolean(bool value);
  JsonText& raw(std::string_view json);

  JsonText& member(std::string_view name, std::string_view value) { return key(name).string(value); }
  JsonText& member(std::string_view name, const char* value) { return key(name).string(value); }
  JsonText& member(std::string_view name, std::floating_point auto value) {
    return key(name).number(static_cast<double>(value));
  }
  JsonText& member(std::string_view name, std::same_as<bool> auto value) { return key(name).boolean(value); }
  JsonText& member(std::string_view name, std::integral auto value)
    requires(!std::same_as<decltype(value), bool>)
  {
    return key(name).integer(static_cast<std::size_t>(value));
  }
  std::string take() { return std::move(text_); }

 private:
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  void separate();

  std::string text_;
  bool first_ = true;  // nothing yet at this level, or directly after a key
};

}  // namespace pointsman::learn
