#include "cli/label_keys.h"

#include <utility>

#include "text/utf8.h"

namespace pointsman::cli {
namespace {

using learn::LabelKey;

constexpr char kEscape = '\x1b';
constexpr char kEndOfInput = '\x04';

// ECMA-48: CSI is ESC [, parameters, and a final byte from 0x40 to 0x7E; SS3 is ESC O and one byte.
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2 || (bytes[1] != '[' && bytes[1] != 'O')) return 1;
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] >= 0x40 && bytes[i] <= 0x7E) return i + 1;
  }
  return bytes.size();
}

// How many bytes a character has that begins so.
std::size_t expected_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

LabelKey key_of(char byte) {
  using Kind = LabelKey::Kind;
  if (byte == '\r' || byte == '\n') return {.kind = Kind::kEnter};
  if (byte == '\b' || byte == '\x7f') return {.kind = Kind::kBackspace};
  if (byte == kEndOfInput) return {.character = U'q'};
  return {.character = static_cast<char32_t>(static_cast<unsigned char>(byte))};
}

}  // namespace

std::vector<LabelKey> LabelKeys::feed(std::string_view bytes) {
  const std::string all = std::exchange(begun_, {}) + std::string(bytes);
  std::string_view rest = all;
  std::vector<LabelKey> keys;
  while (!rest.empty()) {
    if (rest.front() == kEscape) {
      const std::size_t length = sequence_length(rest);
      if (length == 1) keys.push_back({.kind = LabelKey::Kind::kEscape});
      rest.remove_prefix(length);
      continue;
    }
    if (rest.size() < expected_bytes(rest.front())) {
      begun_ = rest;
      break;
    }
    if (expected_bytes(rest.front()) == 1) {
      keys.push_back(key_of(rest.front()));
      rest.remove_prefix(1);
      continue;
    }
    const text::CodePoint point = text::read_code_point(rest);
    keys.push_back({.character = point.value});
    rest.remove_prefix(point.length);
  }
  return keys;
}

}  // namespace pointsman::cli
