// A byte-pair vocabulary, ready to encode with: its tokens, which pairs merge, and which tokens may stand side by side.
//
// Immutable, shared between threads. Its tables (bpe_tables.h) are either used where they lie, which costs nothing but
// the pages that are touched, or laid out from the packed form (bpe_packing.h): some ten megabytes, some ten
// milliseconds, and any bytes give a vocabulary or an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/bpe_tables.h"
#include "text/byte_trie.h"
#include "text/pieces.h"

namespace pointsman::text {

class BpeVocabulary {
 public:
  static constexpr std::uint32_t kNone = ByteTrie::kNone;

  // kCorrupt for what pack_bpe() never makes. Keeps nothing of `packed`.
  static base::Result<std::shared_ptr<const BpeVocabulary>> open(std::span<const std::byte> packed);
  // Of a block that lay_out_bpe() made in the same build, which outlives it: what it holds is trusted.
  static base::Result<std::shared_ptr<const BpeVocabulary>> in_place(std::span<const std::byte> block);

  std::size_t size() const { return tables_.splits.size(); }
  Splitting splitting() const { return tables_.splitting; }
  std::size_t longest_token() const { return tables_.longest_token; }
  // `id` is below size(), here and below.
  std::string_view bytes(std::uint32_t id) const { return {tables_.bytes + tables_.offsets[id], length(id)}; }
  std::uint32_t length(std::uint32_t id) const { return tables_.offsets[id + 1] - tables_.offsets[id]; }

  // The token of exactly these bytes, or kNone.
  std::uint32_t find(std::string_view bytes) const { return trie_.find(bytes); }
  // The longest token [begin, end) starts with; [begin, end) is not empty, so there is one.
  ByteTrie::Match longest(const char* begin, const char* end) const { return trie_.longest(begin, end); }
  // The longest token that `id` starts with and is not `id`, or kNone.
  std::uint32_t next_shorter(std::uint32_t id) const { return tables_.next_shorter[id]; }

  // Whether merging the bytes of both by rank leaves exactly these two tokens.
  bool stand_side_by_side(std::uint32_t left, std::uint32_t right) const;

 private:
  BpeVocabulary(const BpeTables& tables, std::vector<std::uint64_t> block)
      : block_(std::move(block)), tables_(tables), trie_(tables.trie) {}

  std::uint32_t merged(std::uint32_t left, std::uint32_t right) const;

  std::vector<std::uint64_t> block_;  // empty if the tables lie elsewhere
  BpeTables tables_;
  ByteTrie trie_;
};

}  // namespace pointsman::text
