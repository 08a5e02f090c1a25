// A byte-pair vocabulary, ready to encode with: its tokens, which pairs merge, and which tokens may stand side by side.
//
// Opened from the packed form (bpe_packing.h), whose bytes it reads in place: they outlive it. Opening builds tables of
// some ten megabytes in some ten milliseconds. Immutable, shared between threads. Any bytes give a vocabulary or an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/byte_trie.h"
#include "text/pieces.h"

namespace pointsman::text {

class BpeVocabulary {
 public:
  static constexpr std::uint32_t kNone = ByteTrie::kNone;

  // kCorrupt for what pack_bpe() never makes.
  static base::Result<std::shared_ptr<const BpeVocabulary>> open(std::span<const std::byte> packed);

  std::size_t size() const { return splits_.size(); }
  Splitting splitting() const { return splitting_; }
  std::size_t longest_token() const { return longest_token_; }
  // `id` is below size(), here and below.
  std::string_view bytes(std::uint32_t id) const { return {bytes_ + offsets_[id], offsets_[id + 1] - offsets_[id]}; }
  std::uint32_t length(std::uint32_t id) const { return offsets_[id + 1] - offsets_[id]; }

  // The token of exactly these bytes, or kNone.
  std::uint32_t find(std::string_view bytes) const { return trie_.find(bytes); }
  // The longest token [begin, end) starts with; [begin, end) is not empty, so there is one.
  ByteTrie::Match longest(const char* begin, const char* end) const { return trie_.longest(begin, end); }
  // The longest token that `id` starts with and is not `id`, or kNone.
  std::uint32_t next_shorter(std::uint32_t id) const { return shorter_[id]; }

  // Whether merging the bytes of both by rank leaves exactly these two tokens.
  bool stand_side_by_side(std::uint32_t left, std::uint32_t right) const;

 private:
  struct Split {
    std::uint32_t left = kNone;
    std::uint32_t right = kNone;
  };

  BpeVocabulary() = default;
  base::Result<void> read(std::span<const std::byte> packed);
  base::Result<void> build_trie();
  base::Result<void> build_pairs(std::span<const std::byte> split_bytes);
  void add_pair(std::uint32_t left, std::uint32_t right, std::uint32_t id);
  std::uint32_t merged(std::uint32_t left, std::uint32_t right) const;

  const char* bytes_ = nullptr;
  std::size_t longest_token_ = 0;
  Splitting splitting_ = Splitting::kO200k;
  std::vector<std::uint32_t> offsets_;  // of every token in bytes_, and the end
  ByteTrie trie_;
  std::vector<std::uint32_t> shorter_;
  std::vector<Split> splits_;  // what a token is merged from; of single bytes nothing
  // Open addressing: left and right (18 bits each) above what they merge to (18 bits); 0 is free.
  std::vector<std::uint64_t> pairs_;
  // A bit for each hash of a pair: small enough for a cache near the processor, and most pairs asked for do not merge.
  std::vector<std::uint64_t> may_merge_;
  unsigned filter_shift_ = 0;  // from a hash to its bit
};

}  // namespace pointsman::text
