#include "wire/excerpt.h"

#include <algorithm>

namespace pointsman::wire {
namespace {

using json::Escapes;
using json::RawString;

constexpr std::size_t kLongestEscape = 6;  // \uXXXX

// At least this many bytes remain of `raw` once decoded: \n halves, \u0041 leaves a sixth.
std::size_t least_decoded(const RawString& part) {
  switch (part.escapes) {
    case Escapes::kNone:
      return part.raw.size();
    case Escapes::kSimple:
      return part.raw.size() / 2;
    default:
      return part.raw.size() / kLongestEscape;
  }
}

// The first place at or behind `i` where decoding may begin. Inside a run of backslashes every second one begins an
// escape; whatever stands farther behind the last backslash than an escape is long lies outside of one.
std::size_t first_boundary(std::string_view raw, std::size_t i) {
  if (i == 0) return 0;
  for (; i < raw.size(); ++i) {
    if (raw[i] == '\\') {
      std::size_t run = i;
      while (run > 0 && raw[run - 1] == '\\') --run;
      return i + (i - run) % 2;
    }
    const std::size_t before = std::min(i, kLongestEscape);
    const bool continuation = (static_cast<unsigned char>(raw[i]) & 0xC0) == 0x80;
    if (!continuation && raw.substr(i - before, before).find('\\') == std::string_view::npos) return i;
  }
  return i;
}

void decode_all(std::span<const RawString> parts, std::string& out) {
  out.clear();
  for (const RawString& part : parts) {
    if (&part != parts.data()) out += '\n';
    json::unescape(part.raw, out);
  }
}

void append_head(std::span<const RawString> parts, std::size_t bytes, std::string& scratch, std::string& out) {
  scratch.clear();
  for (const RawString& part : parts) {
    if (&part != parts.data()) scratch += '\n';
    json::Unescaper unescaper(part.raw);
    while (!unescaper.done() && scratch.size() < bytes) unescaper.append_to(scratch, bytes - scratch.size());
    if (scratch.size() >= bytes) break;
  }
  out += json::utf8_prefix(scratch, bytes);
}

void append_tail(std::span<const RawString> parts, std::size_t bytes, std::string& scratch, std::string& out) {
  // The parts that hold the last `window` raw bytes, and where in the first of them to begin.
  const std::size_t window = bytes * kLongestEscape + 64;  // a margin for finding a boundary
  std::size_t first = parts.size();
  std::size_t held = 0;
  while (first > 0 && held < window) held += parts[--first].raw.size() + 1;
  std::string_view raw = parts[first].raw;
  const std::size_t begin = first_boundary(raw, held > window ? std::min(held - window, raw.size()) : 0);
  scratch.clear();
  json::unescape(raw.substr(begin), scratch);
  for (const RawString& part : parts.subspan(first + 1)) {
    scratch += '\n';
    json::unescape(part.raw, scratch);
  }
  out += json::utf8_suffix(scratch, bytes);
}

}  // namespace

void excerpt(std::span<const RawString> parts, std::size_t limit, std::string& scratch, std::string& out) {
  out.clear();
  if (parts.empty()) return;
  const std::size_t side = limit > kOmission.size() ? (limit - kOmission.size()) / 2 : 0;
  std::size_t least = parts.size() - 1;
  for (const RawString& part : parts) least += least_decoded(part);
  if (least <= limit) {
    decode_all(parts, scratch);
    if (scratch.size() <= limit) {
      out = scratch;
      return;
    }
    out += json::utf8_prefix(scratch, side);
    out += kOmission;
    out += json::utf8_suffix(scratch, side);
    return;
  }
  append_head(parts, side, scratch, out);
  out += kOmission;
  append_tail(parts, side, scratch, out);
}

}  // namespace pointsman::wire
