// Characters inside JSON strings: escapes to UTF-8 and back, UTF-8 checks, cuts that never split a character.
//
// Pure. A "raw" string is what stands between the quotes, escapes included; the decoders expect it to be valid JSON
// (a Cursor checked it) but stay in bounds whatever they are given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::json {

// The value of a hexadecimal digit, or -1.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The offset of the first byte that does not belong to well-formed UTF-8 (RFC 3629), or npos.
std::size_t find_invalid_utf8(std::string_view text);

// What the backslashes of a raw string are.
enum class Escapes : std::uint8_t {
  kNone,
  kSimple,   // \n, \" and their like
  kUnicode,  // at least one \uXXXX
  kInvalid,
};
Escapes classify_escapes(std::string_view raw);

// Decodes raw strings piece by piece. A surrogate without its partner becomes U+FFFD.
class Unescaper {
 public:
  explicit Unescaper(std::string_view raw) : rest_(raw) {}
  bool done() const { return rest_.empty(); }
  // Appends decoded characters until the end, or until `limit` bytes of `raw` were read (at least one character).
  void append_to(std::string& out, std::size_t limit);
  // Raw bytes not decoded yet.
  std::string_view rest() const { return rest_; }

 private:
  void append_escape(std::string& out);
  std::string_view rest_;
};

// Appends the whole of `raw`, decoded.
void unescape(std::string_view raw, std::string& out);

// Whether a raw string, decoded, equals `text`.
bool equals_decoded(std::string_view raw, std::string_view text);

// Appends `text` as the inside of a JSON string. Only what must be escaped is; invalid UTF-8 becomes U+FFFD.
void escape(std::string_view text, std::string& out);

// The same for text that is known to be UTF-8, and in the fewest bytes: also \b and \f have their short escapes.
void escape_characters(std::string_view text, std::string& out);

// The longest beginning (end) of valid UTF-8 `text` with at most `bytes` bytes that does not split a character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);
std::string_view utf8_suffix(std::string_view text, std::size_t bytes);

}  // namespace pointsman::json
