#include "json/growing_path.h"

#include <charconv>

namespace pointsman::json {

void GrowingPath::append_pointer(std::string& out) const {
  for (std::size_t level = 0; level < steps_.size(); ++level) {
    out += '/';
    if (!steps_[level].is_member) {
      char digits[24];
      out.append(digits, std::to_chars(digits, digits + sizeof digits, steps_[level].index).ptr);
      continue;
    }
    for (const char c : name(level)) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
}

}  // namespace pointsman::json
