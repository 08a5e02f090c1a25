#include "text/pieces.h"

#include <bit>
#include <cstring>

#include "text/char_kinds.h"

namespace pointsman::text {
namespace {

constexpr unsigned kLetter = kUpper | kLower | kCaseless;
constexpr unsigned kWhite = kSpace | kLineEnd;
constexpr unsigned kSign = kSymbol | kMark;            // [^\s\p{L}\p{N}]
constexpr unsigned kBeforeWord = kSign | kSpace;       // [^\r\n\p{L}\p{N}]
constexpr unsigned kEitherCase = kCaseless | kMark;    // counts as upper and as lower case
constexpr unsigned kUpperPart = kUpper | kEitherCase;  // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
constexpr unsigned kLowerPart = kLower | kEitherCase;  // [\p{Ll}\p{Lm}\p{Lo}\p{M}]

struct Char {
  unsigned kind = 0;  // 0 at the end of the text
  unsigned length = 0;
};

class Scanner {
 public:
  explicit Scanner(const char* end) : kinds_(CharKinds::instance()), end_(end) {}

  Char at(const char* p) const {
    if (p == end_) return {};
    const unsigned kind = kinds_.ascii(byte(p));
    return kind != 0 ? Char{kind, 1} : wide(p);
  }

  // Behind the characters of the set `kinds` that stand at p.
  const char* run(const char* p, unsigned kinds) const {
    if ((kinds & kLower) != 0) p = lower_run(p);
    for (;;) {
      while (p != end_ && (kinds_.ascii(byte(p)) & kinds) != 0) ++p;
      if (p == end_ || byte(p) < 0x80) return p;
      const Char c = wide(p);
      if ((c.kind & kinds) == 0) return p;
      p += c.length;
    }
  }

  // '(?i:[sdmt]|ll|ve|re) at p: behind it, or p. U+017F is an s without case.
  const char* contraction(const char* p) const {
    if (end_ - p < 2 || *p != '\'') return p;
    const unsigned first = byte(p + 1) | 0x20U;
    if (first == 's' || first == 'd' || first == 'm' || first == 't') return p + 2;
    if (end_ - p < 3) return p;
    if (byte(p + 1) == 0xC5 && byte(p + 2) == 0xBF) return p + 3;
    const unsigned second = byte(p + 2) | 0x20U;
    return (first == 'l' && second == 'l') || ((first == 'v' || first == 'r') && second == 'e') ? p + 3 : p;
  }

  // \p{N}{1,3}, the first of which is known.
  const char* number(const char* p) const {
    for (int i = 0; i < 3; ++i) {
      const Char c = at(p);
      if (c.kind != kNumber) break;
      p += c.length;
    }
    return p;
  }

  // White space as the last alternatives of both patterns have it: through its last line end; else all of it at the
  // end of the text; else all but the last character, which goes with what follows, unless there is only one.
  const char* white_space(const char* begin, bool all_at_end) const {
    const char* p = begin;
    const char* last = begin;
    const char* behind_line_end = nullptr;
    for (Char c = at(p); (c.kind & kWhite) != 0; c = at(p)) {
      last = p;
      p += c.length;
      if (c.kind == kLineEnd) behind_line_end = p;
    }
    if (all_at_end && p == end_) return p;
    if (behind_line_end != nullptr) return behind_line_end;
    return p == end_ || last == begin ? p : last;
  }

  const char* end() const { return end_; }

 private:
  static unsigned char byte(const char* p) { return static_cast<unsigned char>(*p); }
  // Behind the ASCII letters of lower case at p, or behind a multiple of eight of them. A word in one look instead of a
  // branch for each letter, which nobody can foretell.
  const char* lower_run(const char* p) const {
    constexpr std::uint64_t kHigh = 0x8080808080808080U;
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    if constexpr (std::endian::native != std::endian::little) return p;
    while (end_ - p >= 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, p, sizeof bytes);
      const std::uint64_t low = bytes & ~kHigh;
      const std::uint64_t lower = (low + kOnes * (0x80 - 'a')) & ~(low + kOnes * (0x7F - 'z')) & ~bytes & kHigh;
      if (lower != kHigh) return p + std::countr_zero(lower ^ kHigh) / 8;
      p += 8;
    }
    return p;
  }
  static char32_t tail(const char* p) { return byte(p) & 0x3FU; }

  Char wide(const char* p) const {
    const unsigned lead = byte(p);
    if (lead < 0xE0) return {kinds_.of((lead & 0x1FU) << 6 | tail(p + 1)), 2};
    if (lead < 0xF0) return {kinds_.of((lead & 0x0FU) << 12 | tail(p + 1) << 6 | tail(p + 2)), 3};
    return {kinds_.of((lead & 0x07U) << 18 | tail(p + 1) << 12 | tail(p + 2) << 6 | tail(p + 3)), 4};
  }

  const CharKinds& kinds_;
  const char* end_;
};

// How far the two kinds of o200k's words reach from one place.
struct Words {
  const char* cased = nullptr;  // behind U*L+, or null: U the upper part, L the lower part
  const char* upper = nullptr;  // behind U*
};

// U* takes all it can; only when no lower case letter follows does it give back, as far as the last character that is
// of both parts, and that one is then all of L+.
Words words_at(const Scanner& text, const char* begin) {
  const char* p = begin;
  const char* behind_either = nullptr;
  Char c = text.at(p);
  for (; (c.kind & kUpperPart) != 0; c = text.at(p)) {
    p += c.length;
    if ((c.kind & kEitherCase) != 0) behind_either = p;
  }
  if (c.kind == kLower) return {text.run(p, kLowerPart), p};
  return {behind_either, p};
}

// The first two alternatives of o200k: each first with a character before the word, then without. Null if none matches.
const char* o200k_word(const Scanner& text, const char* begin, Char first) {
  const char* behind = nullptr;
  if ((first.kind & kBeforeWord) != 0) {
    const char* const start = begin + first.length;
    const Words words = words_at(text, start);
    if (words.cased != nullptr) {
      behind = words.cased;
    } else if (first.kind == kMark) {
      behind = words_at(text, begin).cased;
    } else if (words.upper != start) {
      behind = words.upper;
    }
  } else if ((first.kind & kLetter) != 0) {
    const Words words = words_at(text, begin);
    behind = words.cased != nullptr ? words.cased : words.upper;
  }
  return behind == nullptr ? nullptr : text.contraction(behind);
}

const char* cl100k_word(const Scanner& text, const char* begin, Char first) {
  const char* const contraction = text.contraction(begin);
  if (contraction != begin) return contraction;
  if ((first.kind & kLetter) != 0) return text.run(begin, kLetter);
  if ((first.kind & kBeforeWord) == 0) return nullptr;
  const char* const start = begin + first.length;
  const char* const behind = text.run(start, kLetter);
  return behind == start ? nullptr : behind;
}

}  // namespace

template <Splitting kind>
const char* piece_end(const char* begin, const char* end) {
  constexpr bool o200k = kind == Splitting::kO200k;
  const Scanner text(end);
  const Char first = text.at(begin);
  if (const char* const word = o200k ? o200k_word(text, begin, first) : cl100k_word(text, begin, first)) return word;
  if (first.kind == kNumber) return text.number(begin);
  const char* const signs = *begin == ' ' ? begin + 1 : begin;
  if (const char* p = text.run(signs, kSign); p != signs) {
    while (p != end && (*p == '\n' || *p == '\r' || (o200k && *p == '/'))) ++p;
    return p;
  }
  return text.white_space(begin, !o200k);
}

template const char* piece_end<Splitting::kCl100k>(const char* begin, const char* end);
template const char* piece_end<Splitting::kO200k>(const char* begin, const char* end);

}  // namespace pointsman::text
