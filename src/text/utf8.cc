#include "text/utf8.h"

#include <algorithm>

namespace pointsman::text {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}
bool is_continuation(unsigned byte) {
  return (byte & 0xC0U) == 0x80U;
}

// What a lead byte announces; the second byte's range excludes overlong forms, surrogates and values past U+10FFFF.
struct Lead {
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
};

Lead lead_of(unsigned byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  return {};
}

}  // namespace

CodePoint read_code_point(std::string_view bytes) {
  if (bytes.empty()) return {};
  const unsigned first = byte_at(bytes, 0);
  if (first < 0x80) return {first, 1};
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {kReplacement, 1};
  char32_t value = first & (0x7FU >> lead.length);
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i >= bytes.size()) return {kReplacement, i};
    const unsigned byte = byte_at(bytes, i);
    const bool fits = i == 1 ? byte >= lead.low && byte <= lead.high : is_continuation(byte);
    if (!fits) return {kReplacement, i};
    value = (value << 6) | (byte & 0x3FU);
  }
  return {value, lead.length};
}

std::size_t floor_boundary(std::string_view bytes, std::size_t limit) {
  if (limit >= bytes.size()) return bytes.size();
  for (std::size_t back = 0; back < 4 && back <= limit; ++back) {
    if (!is_continuation(byte_at(bytes, limit - back))) return limit - back;
  }
  return limit;
}

std::size_t ceil_boundary(std::string_view bytes, std::size_t from) {
  std::size_t at = std::min(from, bytes.size());
  for (int skipped = 0; skipped < 3 && at < bytes.size() && is_continuation(byte_at(bytes, at)); ++skipped) ++at;
  return at;
}

}  // namespace pointsman::text
