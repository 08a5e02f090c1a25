#include "text/bpe_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <bitset>
#include <cstring>
#include <string_view>

#include "text/bpe_packing.h"
#include "text/byte_trie.h"

namespace pointsman::text {
namespace {

using base::ErrorCode;
using base::fail;

constexpr std::uint32_t kNone = ByteTrie::kNone;
constexpr std::size_t kFilterBitsPerPair = 10;  // at least: 256 KiB for 200,000 pairs
constexpr std::uint64_t kBlockMagic = 0x3131'4B4C'4245'5042;

// Begins a block; the tables follow in the order of BpeTables, each filled up to eight bytes.
struct BlockHead {
  std::uint64_t magic = kBlockMagic;
  std::uint32_t tokens = 0;
  std::uint32_t splitting = 0;
  std::uint32_t longest_token = 0;
  std::uint32_t filter_shift = 0;
  std::uint32_t trie = 0;
  std::uint32_t pairs = 0;
  std::uint32_t may_merge = 0;
  std::uint32_t bytes = 0;
};
static_assert(sizeof(BlockHead) % sizeof(std::uint64_t) == 0);

std::size_t words_of(std::size_t bytes) {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
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

class BlockBuilder {
 public:
  base::Result<std::vector<std::uint64_t>> run(std::span<const std::byte> packed) {
    PM_CHECK(read(packed));
    PM_CHECK(build_trie());
    PM_CHECK(build_pairs(packed.subspan(kBpeHeaderBytes + size(), size())));
    return lay_out();
  }

 private:
  std::size_t size() const { return splits_.size(); }
  std::uint32_t length(std::uint32_t id) const { return offsets_[id + 1] - offsets_[id]; }
  std::string_view bytes(std::uint32_t id) const { return {bytes_ + offsets_[id], length(id)}; }

  base::Result<void> read(std::span<const std::byte> packed);
  base::Result<void> build_trie();
  base::Result<void> build_pairs(std::span<const std::byte> split_bytes);
  void add_pair(std::uint32_t left, std::uint32_t right, std::uint32_t id);
  std::vector<std::uint64_t> lay_out() const;

  BlockHead head_;
  const char* bytes_ = nullptr;
  std::vector<std::uint32_t> offsets_;
  std::vector<std::uint64_t> trie_;
  std::vector<std::uint32_t> shorter_;
  std::vector<BpeTables::Split> splits_;
  std::vector<std::uint64_t> pairs_;
  std::vector<std::uint64_t> may_merge_;
};

base::Result<void> BlockBuilder::read(std::span<const std::byte> packed) {
  const auto* const raw = reinterpret_cast<const char*>(packed.data());
  if (packed.size() < kBpeHeaderBytes || std::string_view(raw, kBpeMagic.size()) != kBpeMagic) {
    return fail(ErrorCode::kCorrupt, "not a packed vocabulary");
  }
  std::size_t count = 0;
  for (unsigned i = 0; i < 4; ++i) count |= std::to_integer<std::size_t>(packed[kBpeMagic.size() + i]) << (8 * i);
  head_.splitting = std::to_integer<std::uint32_t>(packed[kBpeMagic.size() + 4]);
  if (count < 256 || count > kMaxBpeTokens || (head_.splitting != 1 && head_.splitting != 2)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("a vocabulary of {} tokens, split the way {}", count, head_.splitting));
  }
  if (packed.size() < kBpeHeaderBytes + 2 * count) return fail(ErrorCode::kCorrupt, "a vocabulary cut short");

  const auto lengths = packed.subspan(kBpeHeaderBytes, count);
  offsets_.reserve(count + 1);
  offsets_.push_back(0);
  for (const std::byte length : lengths) {
    head_.longest_token = std::max(head_.longest_token, std::to_integer<std::uint32_t>(length));
    offsets_.push_back(offsets_.back() + std::to_integer<std::uint32_t>(length));
  }
  if (packed.size() != kBpeHeaderBytes + 2 * count + offsets_.back()) {
    return fail(ErrorCode::kCorrupt, "a vocabulary whose tokens are not as long as it says");
  }
  bytes_ = raw + kBpeHeaderBytes + 2 * count;
  splits_.assign(count, {kNone, kNone});
  return {};
}

// Tokens in the order of their bytes: prefixes of a token come before it, so a stack knows the longest.
base::Result<void> BlockBuilder::build_trie() {
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
  trie_ = ByteTrie::lay_out(entries);
  if (trie_.empty()) return fail(ErrorCode::kTooLarge, "a vocabulary with too many different beginnings");
  return {};
}

base::Result<void> BlockBuilder::build_pairs(std::span<const std::byte> split_bytes) {
  std::bitset<256> single;
  for (std::uint32_t id = 0; id < 256; ++id) {
    if (length(id) == 1) single.set(static_cast<unsigned char>(bytes(id)[0]));
  }
  if (!single.all()) return fail(ErrorCode::kCorrupt, "the first 256 tokens are not the single bytes");
  pairs_.assign(size() * 8 / 5, 0);
  const std::size_t bits = std::bit_ceil(size() * kFilterBitsPerPair);
  head_.filter_shift = 64 - static_cast<unsigned>(std::bit_width(bits - 1));
  may_merge_.assign(bits / 64, 0);
  const ByteTrie trie(trie_);
  for (std::uint32_t id = 256; id < size(); ++id) {
    const auto at = std::to_integer<std::size_t>(split_bytes[id]);
    if (at == 0 || at >= length(id)) return fail(ErrorCode::kCorrupt, fmt::format("token {} does not split", id));
    const BpeTables::Split split{trie.find(bytes(id).substr(0, at)), trie.find(bytes(id).substr(at))};
    if (split.left >= id || split.right >= id) {
      return fail(ErrorCode::kCorrupt, fmt::format("token {} does not split into tokens of lower rank", id));
    }
    splits_[id] = split;
    add_pair(split.left, split.right, id);
  }
  return {};
}

void BlockBuilder::add_pair(std::uint32_t left, std::uint32_t right, std::uint32_t id) {
  const std::uint64_t pair = bpe_pair(left, right);
  const std::uint64_t hash = bpe_hash(pair);
  const std::uint64_t bit = hash >> head_.filter_shift;
  may_merge_[bit >> 6] |= std::uint64_t{1} << (bit & 63U);
  std::size_t slot = bpe_slot(hash, pairs_.size());
  while (pairs_[slot] != 0) slot = slot + 1 == pairs_.size() ? 0 : slot + 1;
  pairs_[slot] = pair << kBpeIdBits | id;
}

std::vector<std::uint64_t> BlockBuilder::lay_out() const {
  BlockHead head = head_;
  head.tokens = static_cast<std::uint32_t>(size());
  head.trie = static_cast<std::uint32_t>(trie_.size());
  head.pairs = static_cast<std::uint32_t>(pairs_.size());
  head.may_merge = static_cast<std::uint32_t>(may_merge_.size());
  head.bytes = offsets_.back();
  std::vector<std::uint64_t> block;
  const auto append = [&block](const void* data, std::size_t bytes) {
    const std::size_t at = block.size();
    block.resize(at + words_of(bytes));
    std::memcpy(block.data() + at, data, bytes);
  };
  append(&head, sizeof head);
  append(trie_.data(), trie_.size() * sizeof trie_[0]);
  append(pairs_.data(), pairs_.size() * sizeof pairs_[0]);
  append(may_merge_.data(), may_merge_.size() * sizeof may_merge_[0]);
  append(splits_.data(), splits_.size() * sizeof splits_[0]);
  append(offsets_.data(), offsets_.size() * sizeof offsets_[0]);
  append(shorter_.data(), shorter_.size() * sizeof shorter_[0]);
  append(bytes_, head.bytes);
  return block;
}

// Takes the tables off the front of what is left of a block.
class BlockReader {
 public:
  explicit BlockReader(std::span<const std::byte> rest) : rest_(rest) {}

  template <class T>
  std::span<const T> take(std::size_t count) {
    const std::size_t bytes = words_of(count * sizeof(T)) * sizeof(std::uint64_t);
    if (bytes > rest_.size()) {
      is_short_ = true;
      return {};
    }
    const std::span table(reinterpret_cast<const T*>(rest_.data()), count);
    rest_ = rest_.subspan(bytes);
    return table;
  }
  bool is_used_up() const { return !is_short_ && rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool is_short_ = false;
};

}  // namespace

base::Result<std::vector<std::uint64_t>> lay_out_bpe(std::span<const std::byte> packed) {
  return BlockBuilder().run(packed);
}

base::Result<BpeTables> bpe_tables_in(std::span<const std::byte> block) {
  BlockHead head;
  if (block.size() < sizeof head || reinterpret_cast<std::uintptr_t>(block.data()) % alignof(std::uint64_t) != 0) {
    return fail(ErrorCode::kCorrupt, "not the tables of a vocabulary");
  }
  std::memcpy(&head, block.data(), sizeof head);
  const bool is_known = head.splitting == 1 || head.splitting == 2;
  if (head.magic != kBlockMagic || !is_known) return fail(ErrorCode::kCorrupt, "not the tables of a vocabulary");
  BlockReader in(block.subspan(sizeof head));
  BpeTables tables{.splitting = static_cast<Splitting>(head.splitting),
                   .longest_token = head.longest_token,
                   .filter_shift = head.filter_shift};
  tables.trie = in.take<std::uint64_t>(head.trie);
  tables.pairs = in.take<std::uint64_t>(head.pairs);
  tables.may_merge = in.take<std::uint64_t>(head.may_merge);
  tables.splits = in.take<BpeTables::Split>(head.tokens);
  tables.offsets = in.take<std::uint32_t>(std::size_t{head.tokens} + 1);
  tables.next_shorter = in.take<std::uint32_t>(head.tokens);
  tables.bytes = in.take<char>(head.bytes).data();
  if (!in.is_used_up()) return fail(ErrorCode::kCorrupt, "the tables of a vocabulary, cut short or too long");
  return tables;
}

}  // namespace pointsman::text
