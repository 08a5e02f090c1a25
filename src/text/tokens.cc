#include "text/tokens.h"

#include <algorithm>
#include <bit>
#include <limits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "text/fold.h"
#include "text/utf8.h"

namespace pointsman::text {
namespace {

bool is_apostrophe(char32_t c) {
  return c == U'\'' || c == 0x2019;
}
bool is_decimal_mark(char32_t c) {
  return c == U'.' || c == U',';
}

// Builds tokens from folded characters in order. A separator that may turn out to be part of a word ("don't") or a
// number ("3.14") is held back until the next character decides.
class Cutter {
 public:
  explicit Cutter(Tokens& out) : out_(out) {}

  void add(FoldedChar c) {
    if (held_ != 0) settle_held(c);
    switch (c.kind) {
      case CharClass::kSpace:
        end_token();
        return;
      case CharClass::kLetter:
        extend(TokenKind::kWord, c.value);
        return;
      case CharClass::kDigit:
        extend(TokenKind::kNumber, c.value);
        return;
      case CharClass::kIdeograph:
        single(TokenKind::kIdeograph, c.value);
        return;
      case CharClass::kPunctuation:
        punctuation(c.value);
        return;
      case CharClass::kSymbol:
        single(TokenKind::kSymbol, c.value);
        return;
      case CharClass::kIgnored:
        return;
    }
  }
  void add_space() {
    if (held_ != 0) settle_held({U' ', CharClass::kSpace});
    end_token();
  }
  // A run of ASCII letters: what add() does with each of them, folded, one after the other.
  void add_letters(std::string_view run) {
    if (held_ != 0) settle_held({U'a', CharClass::kLetter});
    if (!open_ || kind_ != TokenKind::kWord) begin(TokenKind::kWord);
    const std::size_t size = out_.chars.size();
    out_.chars.resize(size + run.size());
    char32_t* const folded = out_.chars.data() + size;
    for (std::size_t i = 0; i < run.size(); ++i) folded[i] = static_cast<char32_t>(run[i] | 0x20);
  }
  void finish() { add_space(); }

 private:
  void punctuation(char32_t c) {
    const bool in_word = open_ && kind_ == TokenKind::kWord && is_apostrophe(c);
    const bool in_number = open_ && kind_ == TokenKind::kNumber && is_decimal_mark(c);
    if (in_word || in_number) {
      held_ = c;
      return;
    }
    single(TokenKind::kPunctuation, c);
  }
  void settle_held(FoldedChar next) {
    const char32_t held = held_;
    held_ = 0;
    if (kind_ == TokenKind::kWord && next.kind == CharClass::kLetter) return;  // "don't" reads as "dont"
    if (kind_ == TokenKind::kNumber && next.kind == CharClass::kDigit) {
      out_.chars.push_back(held);
      return;
    }
    single(TokenKind::kPunctuation, held);
  }
  void extend(TokenKind kind, char32_t c) {
    if (!open_ || kind_ != kind) begin(kind);
    out_.chars.push_back(c);
  }
  void single(TokenKind kind, char32_t c) {
    begin(kind);
    out_.chars.push_back(c);
    close();
  }
  void begin(TokenKind kind) {
    if (open_) close();
    kind_ = kind;
    open_ = true;
    begin_ = out_.chars.size();
  }
  void close() {
    out_.tokens.push_back(
        {static_cast<std::uint32_t>(begin_), static_cast<std::uint32_t>(out_.chars.size()), kind_, adjacent_});
    open_ = false;
    adjacent_ = true;
  }
  void end_token() {
    if (open_) close();
    adjacent_ = false;
  }

  Tokens& out_;
  TokenKind kind_ = TokenKind::kWord;
  bool open_ = false;
  bool adjacent_ = false;
  std::size_t begin_ = 0;
  char32_t held_ = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_option_letter(char c) {
  return (c >= 'A' && c <= 'H') || (c >= 'a' && c <= 'h');
}

// "(A)", "B)" or "C." at the front of `s`, followed by a space or the end.
bool begins_with_option(std::string_view s) {
  const bool open = !s.empty() && s[0] == '(';
  if (open) s.remove_prefix(1);
  if (s.size() < 2 || !is_option_letter(s[0])) return false;
  if (s[1] != ')' && (open || s[1] != '.')) return false;
  return s.size() == 2 || s[2] == ' ';
}

bool begins_with_list_item(std::string_view s) {
  if (s.size() >= 2 && (s[0] == '-' || s[0] == '*') && s[1] == ' ') return true;
  std::size_t digits = 0;
  while (digits < s.size() && digits < 3 && is_digit(s[digits])) ++digits;
  return digits > 0 && digits + 1 < s.size() && (s[digits] == '.' || s[digits] == ')') && s[digits + 1] == ' ';
}

void measure_line(std::string_view line, Shape& shape) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  if (indent == line.size()) return;
  if (indent >= 2 || line[0] == '\t') ++shape.indented;
  line.remove_prefix(indent);
  if (line.starts_with("```")) ++shape.fences;
  if (begins_with_list_item(line)) ++shape.list_items;
  if (begins_with_option(line)) ++shape.options;
  const char last = line.back();
  if (last == ';' || last == '{' || last == '}' || last == ':') ++shape.code_ends;
}

void measure_lines(std::string_view part, Shape& shape) {
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = part.find('\n', begin);
    measure_line(part.substr(begin, end - begin), shape);
    if (end == std::string_view::npos) return;
    ++shape.newlines;
    begin = end + 1;
  }
}

struct LetterRun {
  std::size_t size = 0;
  std::uint32_t upper = 0;  // capitals among them
};

// The ASCII letters that `text` begins with, at most the first 16.
LetterRun letters_at_front(std::string_view text) {
#if defined(__SSE2__)
  if (text.size() >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    // Signed comparison: bytes above 0x7F are negative and no letters.
    const __m128i letters =
        _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)), _mm_cmplt_epi8(lower, _mm_set1_epi8('z' + 1)));
    const auto others = ~static_cast<unsigned>(_mm_movemask_epi8(letters));  // bits 16 and up are set
    const auto size = static_cast<unsigned>(std::countr_zero(others));
    const auto small = static_cast<unsigned>(_mm_movemask_epi8(_mm_slli_epi16(bytes, 2)));  // bit 5 of each byte
    return {size, static_cast<std::uint32_t>(std::popcount(~small & ((1U << size) - 1)))};
  }
#endif
  LetterRun run;
  for (; run.size < text.size() && run.size < 16; ++run.size) {
    const auto byte = static_cast<unsigned char>(text[run.size]);
    if (byte >= 0x80 || fold_ascii(byte).kind != CharClass::kLetter) break;
    run.upper += (byte & 0x20) == 0 ? 1U : 0U;
  }
  return run;
}

// Adds the ASCII characters at `at` that can be taken at once; returns how many.
std::size_t cut_ascii(std::string_view part, std::size_t at, Cutter& cutter, Shape& shape) {
  const FoldedChar c = fold_ascii(static_cast<unsigned char>(part[at]));
  if (c.kind == CharClass::kSpace) {
    cutter.add_space();
    return 1;
  }
  if (c.kind != CharClass::kLetter) {
    cutter.add(c);
    return 1;
  }
  const LetterRun run = letters_at_front(part.substr(at));
  cutter.add_letters(part.substr(at, run.size));
  shape.letters += static_cast<std::uint32_t>(run.size);
  shape.upper += run.upper;
  return run.size;
}

void cut_part(std::string_view part, Tokens& out) {
  Cutter cutter(out);
  Shape& shape = out.shape;
  for (std::size_t at = 0; at < part.size();) {
    if (static_cast<unsigned char>(part[at]) < 0x80) {
      at += cut_ascii(part, at, cutter, shape);
      continue;
    }
    const CodePoint point = read_code_point(part.substr(at));
    at += point.length;
    ++shape.non_ascii;
    if (point.value == kReplacement && point.length < 3) ++shape.broken;
    const Folded folded = fold(point.value);
    for (std::size_t i = 0; i < folded.size; ++i) cutter.add(folded.chars[i]);
  }
  cutter.finish();
}

}  // namespace

void Tokens::clear() {
  chars.clear();
  tokens.clear();
  shape = {};
}

void tokenize(std::string_view text, Tokens& out, std::size_t max_bytes) {
  out.clear();
  out.shape.bytes =
      static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), std::numeric_limits<std::uint32_t>::max()));
  if (text.size() <= max_bytes) {
    measure_lines(text, out.shape);
    cut_part(text, out);
    return;
  }
  const std::string_view head = text.substr(0, floor_boundary(text, max_bytes / 2));
  const std::string_view tail = text.substr(ceil_boundary(text, text.size() - max_bytes / 2));
  for (const std::string_view part : {head, tail}) {
    measure_lines(part, out.shape);
    cut_part(part, out);
  }
}

}  // namespace pointsman::text
