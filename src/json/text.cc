#include "json/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "json/characters.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::json {
namespace {

constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";  // U+FFFD

constexpr char kHex[] = "0123456789abcdef";

constexpr std::uint64_t kEachByte = 0x0101010101010101;

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_continuation(unsigned byte) {
  return (byte & 0xC0) == 0x80;
}

// Bytes of the well-formed character at `i`, or 0.
std::size_t character_length(std::string_view text, std::size_t i) {
  const int length = utf8_length(text.substr(i));
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

void append_utf8(std::uint32_t code, std::string& out) {
  std::array<char, 4> bytes{};
  out.append(bytes.data(), encode_utf8(code, bytes));
}

// The four digits behind "\u" at `at`, or -1.
int code_unit(std::string_view raw, std::size_t at) {
  if (at + 6 > raw.size() || raw[at] != '\\' || raw[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(raw[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// The first backslash at or behind `i`, or raw.size().
std::size_t next_backslash(std::string_view raw, std::size_t i) {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8('\\');
  for (; i + 16 <= raw.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(raw.data() + i));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
    if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (i < raw.size() && raw[i] != '\\') ++i;
  return i;
}

// The first byte at or behind `i` that is not a character which stands for itself in a JSON string: a control
// character, a quote, a backslash, or a byte of a character outside of ASCII. text.size() if there is none.
std::size_t next_special(std::string_view text, std::size_t i) {
#if defined(__SSE2__)
  const __m128i space = _mm_set1_epi8(' ');  // compared as signed: bytes from 0x80 on are below it, too
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(marks, _mm_cmplt_epi8(block, space))));
    if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  for (; i < text.size(); ++i) {
    const unsigned c = byte_at(text, i);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
  }
  return i;
}

// The bytes of a text of at most 16, some of them twice, filled up with spaces: names of members, words, tokens.
std::array<std::uint64_t, 2> short_words(std::string_view text) {
  const auto load = [text](std::size_t at, std::size_t count) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, count);
    return bytes;
  };
  const std::size_t size = text.size();
  if (size >= 8) return {load(0, 8), load(size - 8, 8)};
  std::uint64_t word = kEachByte * ' ';
  if (size >= 4) {
    word = load(0, 4) | load(size - 4, 4) << 32;
  } else if (size > 0) {
    word = (word << 24) | byte_at(text, 0) | byte_at(text, size / 2) << 8 | byte_at(text, size - 1) << 16;
  }
  return {word, word};
}

// The highest bit of some byte is set if one is `c`, and of none otherwise.
constexpr std::uint64_t marks_of(char c, std::uint64_t word) {
  const std::uint64_t rest = word ^ (kEachByte * static_cast<unsigned char>(c));
  return (rest - kEachByte) & ~rest & (kEachByte << 7);
}

bool short_has_backslash(std::string_view text) {
  const auto [first, last] = short_words(text);
  return (marks_of('\\', first) | marks_of('\\', last)) != 0;
}

// False only if next_special() finds nothing in a text of at most 16 bytes.
bool short_may_be_special(std::string_view text) {
  const auto look = [](std::uint64_t word) {
    const std::uint64_t borrowed = word - kEachByte * ' ';  // a byte below a space takes the highest bit
    return ((borrowed | word) & (kEachByte << 7)) | marks_of('"', word) | marks_of('\\', word);
  };
  const auto [first, last] = short_words(text);
  return (look(first) | look(last)) != 0;
}

// What stands for a byte that cannot stand for itself: its escape, or of no character U+FFFD.
void append_special(unsigned c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (c >= 0x80) {
    out += kReplacementText;
    return;
  }
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// Takes the backslashes of a raw string in order; those inside an escape already seen are passed over.
struct EscapeCheck {
  std::string_view raw;
  std::size_t next = 0;  // behind the escape seen last
  Escapes seen = Escapes::kNone;

  void backslash(std::size_t at) {
    if (at < next || seen == Escapes::kInvalid) return;
    const char c = at + 1 < raw.size() ? raw[at + 1] : '\0';
    if (simple_escape(c) != '\0') {
      next = at + 2;
      if (seen == Escapes::kNone) seen = Escapes::kSimple;
    } else {
      seen = code_unit(raw, at) < 0 ? Escapes::kInvalid : Escapes::kUnicode;
      next = at + 6;
    }
  }
};

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

Escapes classify_escapes(std::string_view raw) {
  if (raw.size() <= 16 && !short_has_backslash(raw)) return Escapes::kNone;
  EscapeCheck check{raw};
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8('\\');
  const auto look = [&](std::size_t at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(raw.data() + at));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
    for (; mask != 0; mask &= mask - 1) check.backslash(at + static_cast<std::size_t>(std::countr_zero(mask)));
  };
  for (; i + 16 <= raw.size(); i += 16) look(i);
  // The last block may overlap: backslashes that were seen are passed over.
  if (i != 0 && i != raw.size()) look(raw.size() - 16);
  if (i != 0) return check.seen;
#endif
  for (; i < raw.size(); ++i) {
    if (raw[i] == '\\') check.backslash(i);
  }
  return check.seen;
}

void Unescaper::append_escape(std::string& out) {
  const int unit = code_unit(rest_, 0);
  if (unit < 0) {  // a simple escape
    if (rest_.size() > 1) {
      const char meant = simple_escape(rest_[1]);
      out += meant != '\0' ? meant : rest_[1];
    }
    rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
    return;
  }
  rest_.remove_prefix(6);
  auto code = static_cast<std::uint32_t>(unit);
  if (code >= 0xD800 && code < 0xDC00) {
    const int low = code_unit(rest_, 0);
    if (low >= 0xDC00 && low < 0xE000) {
      rest_.remove_prefix(6);
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
      return append_utf8(code, out);
    }
  }
  if (code >= 0xD800 && code < 0xE000) {
    out += kReplacementText;
  } else {
    append_utf8(code, out);
  }
}

void Unescaper::append_to(std::string& out, std::size_t limit) {
  const std::size_t stop = rest_.size() > limit ? rest_.size() - limit : 0;
  while (rest_.size() > stop) {
    if (rest_.front() == '\\') {
      append_escape(out);
      continue;
    }
    std::size_t run = next_backslash(rest_, 0);
    if (const std::size_t most = rest_.size() - stop; run > most) {
      run = most;
      while (run < rest_.size() && is_continuation(byte_at(rest_, run))) ++run;
    }
    out.append(rest_.data(), run);
    rest_.remove_prefix(run);
  }
}

void unescape(std::string_view raw, std::string& out) {
  Unescaper(raw).append_to(out, raw.size());
}

bool equals_decoded(std::string_view raw, std::string_view text) {
  if (raw.find('\\') == std::string_view::npos) return raw == text;
  if (raw.size() > 6 * text.size()) return false;  // \uXXXX is the longest spelling of a byte
  std::string decoded;
  unescape(raw, decoded);
  return decoded == text;
}

void escape(std::string_view text, std::string& out) {
  if (text.size() <= 16 && !short_may_be_special(text)) {
    out += text;
    return;
  }
  std::size_t run = 0;  // where the bytes begin that go out as they are
  for (std::size_t i = next_special(text, 0); i < text.size(); i = next_special(text, i)) {
    const unsigned c = byte_at(text, i);
    const std::size_t length = c < 0x80 ? 0 : character_length(text, i);
    i += std::max<std::size_t>(1, length);
    if (length != 0) continue;
    out.append(text.data() + run, i - 1 - run);
    run = i;
    append_special(c, out);
  }
  out.append(text.data() + run, text.size() - run);
}

void escape_characters(std::string_view text, std::string& out) {
  static constexpr std::string_view kShort = "btn?fr";  // U+0008 to U+000D; U+000B has none
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.data() + run, i - run);
    run = i + 1;
    out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else if (c >= '\b' && c <= '\r' && c != '\v') {
      out += kShort[static_cast<std::size_t>(c - '\b')];
    } else {
      out += c < 0x10 ? "u000" : "u001";
      out += kHex[c & 15];
    }
  }
  out.append(text.data() + run, text.size() - run);
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && is_continuation(byte_at(text, bytes))) --bytes;
  return text.substr(0, bytes);
}

std::string_view utf8_suffix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t begin = text.size() - bytes;
  while (begin < text.size() && is_continuation(byte_at(text, begin))) ++begin;
  return text.substr(begin);
}

}  // namespace pointsman::json
