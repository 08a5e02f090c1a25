#include "consult/text_key.h"

#include <algorithm>

#include "base/hash.h"
#include "text/fold.h"
#include "text/utf8.h"

namespace pointsman::consult {
namespace {

void append_utf8(char32_t c, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  const auto add = [&](const text::FoldedChar& c) {
    if (c.kind == text::CharClass::kIgnored) return;
    if (c.kind == text::CharClass::kSpace) {
      gap = !out.empty();
      return;
    }
    if (gap) out += ' ';
    gap = false;
    append_utf8(c.value, out);
  };
  while (!text.empty()) {
    const text::CodePoint point = text::read_code_point(text);
    text.remove_prefix(point.length);
    if (point.value < 0x80) {
      add(text::fold_ascii(point.value));
      continue;
    }
    const text::Folded chars = text::fold(point.value);
    std::for_each(chars.chars.begin(), chars.chars.begin() + static_cast<std::ptrdiff_t>(chars.size), add);
  }
  return out;
}

std::string hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(16, '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, number >>= 4) *digit = kDigits[number & 15];
  return out;
}

}  // namespace

std::string text_key(std::string_view text, std::size_t limit) {
  std::string key = folded(text);
  limit = std::max<std::size_t>(limit, 32);
  if (key.size() <= limit) return key;
  const std::string rest = hex(base::xxh3(key));
  key.resize(text::floor_boundary(key, limit - rest.size()));
  return key + rest;
}

std::uint64_t key_hash(std::string_view key, std::string_view prompt_version, std::span<const int> offered) {
  std::string categories;
  for (const int category : offered) categories += std::to_string(category) + ",";
  return base::xxh3(key, base::xxh3(categories, base::xxh3(prompt_version)));
}

}  // namespace pointsman::consult
