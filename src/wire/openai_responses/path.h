// The way from the root of a body to the value being read: one link on the stack for each container entered.
//
// Costs nothing until it is written out, which happens only for an error or a loss. Links point to their callers'.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pointsman::wire::openai_responses {

struct Path {
  const Path* up = nullptr;
  std::string_view name;  // of a member; empty: an element of an array, at `index`
  std::size_t index = 0;

  Path member(std::string_view of) const { return {this, of, 0}; }
  Path element(std::size_t at) const { return {this, {}, at}; }
  bool is_root() const { return up == nullptr; }

  // RFC 6901: "/input/2/content".
  std::string pointer() const {
    if (is_root()) return {};
    std::string out = up->pointer() + '/';
    if (name.empty()) return out += std::to_string(index);
    for (const char c : name) {
      if (c == '~' || c == '/') {
        out += c == '~' ? "~0" : "~1";
      } else {
        out += c;
      }
    }
    return out;
  }
  // As a client knows it: "input[2].content".
  std::string words() const {
    if (is_root()) return {};
    std::string out = up->words();
    if (name.empty()) return out + '[' + std::to_string(index) + ']';
    if (!out.empty()) out += '.';
    return out.append(name);
  }
};

}  // namespace pointsman::wire::openai_responses
