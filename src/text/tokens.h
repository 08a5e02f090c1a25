// A text cut into folded words, with the counts of its outer shape that folding would lose.
//
// Work and memory are bounded: of a longer text the first and the last half of the limit are read. One Tokens belongs
// to one thread; it keeps its capacity, so reading the next text allocates nothing once it has seen a large one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pointsman::text {

enum class TokenKind : std::uint8_t { kWord, kNumber, kIdeograph, kPunctuation, kSymbol };

struct Token {
  std::uint32_t begin = 0;  // [begin, end) in Tokens::chars
  std::uint32_t end = 0;
  TokenKind kind = TokenKind::kWord;
  bool glued = false;  // nothing, not even a space, stands between it and the token before
};

// Counts over the text as written. Lines are separated by U+000A.
struct Shape {
  std::uint32_t bytes = 0;  // of the whole text, also when only its ends were read
  std::uint32_t newlines = 0;
  std::uint32_t upper = 0;       // ASCII capitals
  std::uint32_t letters = 0;     // ASCII letters
  std::uint32_t fences = 0;      // lines that begin with ```
  std::uint32_t list_items = 0;  // lines that begin with "- ", "* " or "1." / "1)"
  std::uint32_t options = 0;     // lines or words like "(A)" or "B)" or "C."
  std::uint32_t indented = 0;    // lines that begin with two spaces or a tab
  std::uint32_t code_ends = 0;   // lines that end in ; { } or :
  std::uint32_t non_ascii = 0;   // code points
  std::uint32_t broken = 0;      // ill-formed sequences
};

struct Tokens {
  std::vector<char32_t> chars;
  std::vector<Token> tokens;
  Shape shape;

  void clear();
};

inline constexpr std::size_t kMaxTextBytes = 16 * 1024;

// Replaces the content of `out`.
void tokenize(std::string_view text, Tokens& out, std::size_t max_bytes = kMaxTextBytes);

}  // namespace pointsman::text
