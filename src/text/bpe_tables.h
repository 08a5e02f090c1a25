// The tables in which BpeVocabulary looks things up, and how they lie side by side in one block of memory.
//
// A block is laid out from the packed form (bpe_packing.h): while the program is built for a vocabulary that is part of
// it, so that its tables are read from the program's file as they are touched and shared between processes; otherwise
// when a vocabulary is opened. Blocks have the byte order of the machine and are for the program that made them only.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "text/pieces.h"

namespace pointsman::text {

struct BpeTables {
  // What a token is merged from; of single bytes nothing (ByteTrie::kNone).
  struct Split {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
  };

  Splitting splitting = Splitting::kO200k;
  std::uint32_t longest_token = 0;
  unsigned filter_shift = 0;                    // from a hash to its bit in may_merge
  std::span<const std::uint64_t> trie;          // of every token (ByteTrie)
  std::span<const std::uint64_t> pairs;         // open addressing by slot_of(): bpe_pair() above the token; 0 is free
  std::span<const std::uint64_t> may_merge;     // a bit for each hash of a pair: most pairs asked for do not merge
  std::span<const Split> splits;                // of every token
  std::span<const std::uint32_t> offsets;       // of every token in `bytes`, and the end
  std::span<const std::uint32_t> next_shorter;  // of every token, the longest that it starts with; or ByteTrie::kNone
  const char* bytes = nullptr;
};

inline constexpr unsigned kBpeIdBits = 18;
inline std::uint64_t bpe_pair(std::uint32_t left, std::uint32_t right) {
  return std::uint64_t{left} << kBpeIdBits | right;
}
inline std::uint64_t bpe_hash(std::uint64_t pair) {
  return pair * 0x9e3779b97f4a7c15ULL;
}
inline std::size_t bpe_slot(std::uint64_t hash, std::size_t slots) {
  return static_cast<std::size_t>((hash >> 16 & 0xFFFFFFFFU) * slots >> 32);
}

// kCorrupt for what pack_bpe() never makes.
base::Result<std::vector<std::uint64_t>> lay_out_bpe(std::span<const std::byte> packed);

// The tables of a block, which they point into; it begins at a multiple of eight. kCorrupt if it does not begin and end
// as lay_out_bpe() makes them. What is between is trusted, and not touched.
base::Result<BpeTables> bpe_tables_in(std::span<const std::byte> block);

}  // namespace pointsman::text
