#include "text/bpe_vocabulary.h"

#include <utility>

namespace pointsman::text {

base::Result<std::shared_ptr<const BpeVocabulary>> BpeVocabulary::open(std::span<const std::byte> packed) {
  PM_TRY(std::vector<std::uint64_t> block, lay_out_bpe(packed));
  PM_TRY(const BpeTables tables, bpe_tables_in(std::as_bytes(std::span(block))));
  return std::shared_ptr<const BpeVocabulary>(new BpeVocabulary(tables, std::move(block)));
}

base::Result<std::shared_ptr<const BpeVocabulary>> BpeVocabulary::in_place(std::span<const std::byte> block) {
  PM_TRY(const BpeTables tables, bpe_tables_in(block));
  return std::shared_ptr<const BpeVocabulary>(new BpeVocabulary(tables, {}));
}

std::uint32_t BpeVocabulary::merged(std::uint32_t left, std::uint32_t right) const {
  const std::uint64_t pair = bpe_pair(left, right);
  const std::uint64_t hash = bpe_hash(pair);
  const std::uint64_t bit = hash >> tables_.filter_shift;
  if ((tables_.may_merge[bit >> 6] >> (bit & 63U) & 1U) == 0) return kNone;
  const auto& pairs = tables_.pairs;
  for (std::size_t slot = bpe_slot(hash, pairs.size()); pairs[slot] != 0;) {
    if (pairs[slot] >> kBpeIdBits == pair) return static_cast<std::uint32_t>(pairs[slot]) & kNone;
    slot = slot + 1 == pairs.size() ? 0 : slot + 1;
  }
  return kNone;
}

// Merging goes by rank, so it can be followed backwards: undo the later of the two tokens, look whether the tokens that
// then meet at the border would have merged before, and so on down to single bytes. A pair across the border merges
// before a token to its right of equal rank, but after one to its left: of equals the leftmost comes first.
bool BpeVocabulary::stand_side_by_side(std::uint32_t left, std::uint32_t right) const {
  std::uint32_t before = kNone;  // a pair across the border that merges to less would have come first
  for (;;) {
    const std::uint32_t across = merged(left, right);
    if (across < before) return false;
    if (left > right) {
      if (left < 256) return true;
      before = left;
      left = tables_.splits[left].right;
    } else {
      if (right < 256) return true;
      before = right + 1;
      right = tables_.splits[right].left;
    }
  }
}

}  // namespace pointsman::text
