#include "text/bpe_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <bitset>
#include <cstring>

#include "text/bpe_packing.h"

namespace pointsman::text {
namespace {

using base::ErrorCode;
using base::fail;

constexpr unsigned kIdBits = 18;
constexpr std::size_t kFilterBitsPerPair = 10;  // at least: 256 KiB for 200,000 pairs

std::uint64_t pair_of(std::uint32_t left, std::uint32_t right) {
  return std::uint64_t{left} << kIdBits | right;
}
std::uint64_t hash_of(std::uint64_t pair) {
  return pair * 0x9e3779b97f4a7c15ULL;
}
std::size_t slot_of(std::uint64_t hash, std::size_t slots) {
  return static_cast<std::size_t>((hash >> 16 & 0xFFFFFFFFU) * slots >> 32);
}

// The first bytes as a number that sorts like them.
std::uint64_t first_bytes(std::string_view bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  return value;
}

struct SortKey {
  std::uint64_t first = 0;
  ByteTrie::Entry entry;

  bool operator<(const SortKey& other) const {
    return first != other.first ? first < other.first : entry.bytes < other.entry.bytes;
  }
};

}  // namespace

base::Result<std::shared_ptr<const BpeVocabulary>> BpeVocabulary::open(std::span<const std::byte> packed) {
  const std::shared_ptr<BpeVocabulary> vocabulary(new BpeVocabulary());
  PM_CHECK(vocabulary->read(packed));
  return vocabulary;
}

base::Result<void> BpeVocabulary::read(std::span<const std::byte> packed) {
  const auto* const raw = reinterpret_cast<const char*>(packed.data());
  if (packed.size() < kBpeHeaderBytes || std::string_view(raw, kBpeMagic.size()) != kBpeMagic) {
    return fail(ErrorCode::kCorrupt, "not a packed vocabulary");
  }
  std::size_t count = 0;
  for (unsigned i = 0; i < 4; ++i) count |= std::to_integer<std::size_t>(packed[kBpeMagic.size() + i]) << (8 * i);
  const auto splitting = std::to_integer<unsigned>(packed[kBpeMagic.size() + 4]);
  if (count < 256 || count > kMaxBpeTokens || (splitting != 1 && splitting != 2)) {
    return fail(ErrorCode::kCorrupt, fmt::format("a vocabulary of {} tokens, split the way {}", count, splitting));
  }
  splitting_ = static_cast<Splitting>(splitting);
  if (packed.size() < kBpeHeaderBytes + 2 * count) return fail(ErrorCode::kCorrupt, "a vocabulary cut short");

  const auto lengths = packed.subspan(kBpeHeaderBytes, count);
  offsets_.reserve(count + 1);
  offsets_.push_back(0);
  for (const std::byte length : lengths) {
    longest_token_ = std::max(longest_token_, std::to_integer<std::size_t>(length));
    offsets_.push_back(offsets_.back() + std::to_integer<std::uint32_t>(length));
  }
  if (packed.size() != kBpeHeaderBytes + 2 * count + offsets_.back()) {
    return fail(ErrorCode::kCorrupt, "a vocabulary whose tokens are not as long as it says");
  }
  bytes_ = raw + kBpeHeaderBytes + 2 * count;
  splits_.resize(count);
  PM_CHECK(build_trie());
  return build_pairs(packed.subspan(kBpeHeaderBytes + count, count));
}

// Tokens in the order of their bytes: prefixes of a token come before it, so a stack knows the longest.
base::Result<void> BpeVocabulary::build_trie() {
  std::vector<SortKey> sorted;
  sorted.reserve(size());
  for (std::uint32_t id = 0; id < size(); ++id) {
    if (length(id) == 0) return fail(ErrorCode::kCorrupt, fmt::format("token {} is empty", id));
    sorted.push_back({first_bytes(bytes(id)), {bytes(id), id}});
  }
  std::ranges::sort(sorted, std::less<>());
  std::vector<ByteTrie::Entry> entries;
  entries.reserve(size());
  shorter_.assign(size(), kNone);
  std::vector<std::uint32_t> open;
  for (const auto& [first, entry] : sorted) {
    while (!open.empty() && !entry.bytes.starts_with(bytes(open.back()))) open.pop_back();
    if (!open.empty()) {
      if (length(open.back()) == entry.bytes.size()) {
        return fail(ErrorCode::kCorrupt, fmt::format("tokens {} and {} are equal", open.back(), entry.value));
      }
      shorter_[entry.value] = open.back();
    }
    open.push_back(entry.value);
    entries.push_back(entry);
  }
  if (!trie_.build(entries)) return fail(ErrorCode::kTooLarge, "a vocabulary with too many different beginnings");
  return {};
}

base::Result<void> BpeVocabulary::build_pairs(std::span<const std::byte> split_bytes) {
  std::bitset<256> single;
  for (std::uint32_t id = 0; id < 256; ++id) {
    if (length(id) == 1) single.set(static_cast<unsigned char>(bytes(id)[0]));
  }
  if (!single.all()) return fail(ErrorCode::kCorrupt, "the first 256 tokens are not the single bytes");
  pairs_.assign(size() * 8 / 5, 0);
  const std::size_t bits = std::bit_ceil(size() * kFilterBitsPerPair);
  filter_shift_ = 64 - static_cast<unsigned>(std::bit_width(bits - 1));
  may_merge_.assign(bits / 64, 0);
  for (std::uint32_t id = 256; id < size(); ++id) {
    const auto at = std::to_integer<std::size_t>(split_bytes[id]);
    if (at == 0 || at >= length(id)) return fail(ErrorCode::kCorrupt, fmt::format("token {} does not split", id));
    const Split split{find(bytes(id).substr(0, at)), find(bytes(id).substr(at))};
    if (split.left >= id || split.right >= id) {
      return fail(ErrorCode::kCorrupt, fmt::format("token {} does not split into tokens of lower rank", id));
    }
    splits_[id] = split;
    add_pair(split.left, split.right, id);
  }
  return {};
}

void BpeVocabulary::add_pair(std::uint32_t left, std::uint32_t right, std::uint32_t id) {
  const std::uint64_t pair = pair_of(left, right);
  const std::uint64_t hash = hash_of(pair);
  const std::uint64_t bit = hash >> filter_shift_;
  may_merge_[bit >> 6] |= std::uint64_t{1} << (bit & 63U);
  std::size_t slot = slot_of(hash, pairs_.size());
  while (pairs_[slot] != 0) slot = slot + 1 == pairs_.size() ? 0 : slot + 1;
  pairs_[slot] = pair << kIdBits | id;
}

std::uint32_t BpeVocabulary::merged(std::uint32_t left, std::uint32_t right) const {
  const std::uint64_t pair = pair_of(left, right);
  const std::uint64_t hash = hash_of(pair);
  const std::uint64_t bit = hash >> filter_shift_;
  if ((may_merge_[bit >> 6] >> (bit & 63U) & 1U) == 0) return kNone;
  for (std::size_t slot = slot_of(hash, pairs_.size()); pairs_[slot] != 0;) {
    if (pairs_[slot] >> kIdBits == pair) return static_cast<std::uint32_t>(pairs_[slot]) & kNone;
    slot = slot + 1 == pairs_.size() ? 0 : slot + 1;
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
      left = splits_[left].right;
    } else {
      if (right < 256) return true;
      before = right + 1;
      right = splits_[right].left;
    }
  }
}

}  // namespace pointsman::text
