#include "simulate/json_text.h"

#include <algorithm>

namespace pointsman::simulate {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::size_t piece_end(std::string_view text, std::size_t begin, std::size_t bytes) {
  const auto continues = [&](std::size_t i) { return i < text.size() && (text[i] & 0xc0) == 0x80; };
  std::size_t end = bytes > text.size() - begin ? text.size() : begin + bytes;
  while (end > begin && continues(end)) --end;
  if (end > begin || begin >= text.size()) return end;
  end = begin + 1;  // one character, though it is longer than asked for
  while (continues(end)) ++end;
  return end;
}

}  // namespace pointsman::simulate
