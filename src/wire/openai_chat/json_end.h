// Tells when a JSON object that comes in pieces is complete, without reading it: brackets outside of strings.
// A plain value of the reader of one stream; constant memory, linear time.
#pragma once

#include <cstddef>
#include <string_view>

namespace pointsman::wire::openai_chat {

class JsonEnd {
 public:
  void feed(std::string_view text) {
    for (const char c : text) feed(c);
  }
  // At least one object or array began, and all that began are closed.
  bool complete() const { return began_ && depth_ == 0 && !in_string_; }
  bool empty() const { return !any_; }

 private:
  void feed(char c) {
    any_ = true;
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      began_ = true;
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
  }

  std::size_t depth_ = 0;
  bool any_ = false;
  bool began_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace pointsman::wire::openai_chat
