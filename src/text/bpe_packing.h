// How a byte-pair vocabulary is stored: packing one, and what the packed form is.
//
// Packed: the eight bytes "PMBPE1\0\0", the number of tokens (32 bits, little endian), the Splitting (one byte), three
// zero bytes; then of every token, by rank, its length (a byte), then of every token at which of its bytes it splits
// into the two tokens it is merged from (a byte, 0 for single bytes), then the bytes of all. BpeVocabulary
// (bpe_vocabulary.h) opens it. Packing happens while the program is built; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/pieces.h"

namespace pointsman::text {

inline constexpr std::string_view kBpeMagic{"PMBPE1\0\0", 8};
inline constexpr std::size_t kBpeHeaderBytes = 16;
inline constexpr std::size_t kMaxBpeTokens = (std::size_t{1} << 18) - 2;
inline constexpr std::size_t kMaxBpeTokenBytes = 255;

// `tokens` by rank; the first 256 are the single bytes in any order. kInvalid for a token that merging pairs by rank
// never makes, or makes of tokens with a higher rank: exact encoding (bpe.h) rests on there being none.
base::Result<std::string> pack_bpe(std::span<const std::string> tokens, Splitting splitting);

}  // namespace pointsman::text
