// What pre-tokenisers ask of a character: letter of which case, mark, number, white space. By code point, in two loads.
//
// Unicode 16, which is what tiktoken 0.14 knows (its regular expressions: regex-syntax 0.8.11): general categories from
// utf8proc, and what Unicode 15.1 and 16 added over utf8proc 2.8. Built at first use, a few tens of kilobytes,
// immutable afterwards: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pointsman::text {

// Every character is of exactly one kind; the values combine to sets.
enum CharKind : std::uint8_t {
  kUpper = 1,     // Lu, Lt
  kLower = 2,     // Ll
  kCaseless = 4,  // Lm, Lo
  kMark = 8,      // M
  kNumber = 16,   // N
  kSpace = 32,    // White_Space but for the two below
  kLineEnd = 64,  // U+000A, U+000D
  kSymbol = 128,  // everything else
};

class CharKinds {
 public:
  // The table of the program.
  static const CharKinds& instance();

  // The kind of an ASCII byte; 0 for all others.
  std::uint8_t ascii(unsigned char byte) const { return ascii_[byte]; }
  // `c` is at most U+10FFFF.
  std::uint8_t of(char32_t c) const { return kinds_[block_of_[c >> kBlockBits] + (c & (kBlockSize - 1))]; }

 private:
  static constexpr unsigned kBlockBits = 7;
  static constexpr std::size_t kBlockSize = std::size_t{1} << kBlockBits;

  CharKinds();

  std::array<std::uint8_t, 256> ascii_{};
  std::array<std::uint32_t, (0x110000U >> kBlockBits)> block_of_{};  // where in kinds_
  std::vector<std::uint8_t> kinds_;                                  // blocks that are equal are kept once
};

}  // namespace pointsman::text
