#include "text/byte_trie.h"

#include <array>
#include <utility>

namespace pointsman::text {

// Places the nodes block by block. The places still free form a list; only those of the last blocks are kept in it, so
// that a node with many children does not search through the scattered rest of all the blocks before.
class ByteTrieBuilder {
 public:
  explicit ByteTrieBuilder(std::span<const ByteTrie::Entry> entries) : entries_(entries) {}

  // False if there are too many nodes.
  bool run() {
    add_block();
    take(0);
    pending_.push_back({0, entries_.size(), 0, 0});
    while (!pending_.empty()) {
      const Range range = pending_.back();
      pending_.pop_back();
      if (!place_children(range)) return false;
    }
    return true;
  }
  std::vector<std::uint64_t> take_nodes() { return std::move(units_); }

 private:
  static constexpr std::size_t kOpenBlocks = 16;
  static constexpr std::uint32_t kListEnd = ~0U;

  // The entries that share the bytes leading to a node.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t depth = 0;
    std::uint32_t node = 0;
  };
  struct Child {
    std::size_t begin = 0;
    std::uint8_t label = 0;
  };

  std::uint8_t label(std::size_t entry, std::size_t depth) const {
    return static_cast<std::uint8_t>(entries_[entry].bytes[depth]);
  }

  bool place_children(Range range) {
    if (range.begin != range.end && entries_[range.begin].bytes.size() == range.depth) {
      units_[range.node] = (units_[range.node] & ~std::uint64_t{ByteTrie::kNone}) | entries_[range.begin].value;
      ++range.begin;
    }
    std::size_t count = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const std::uint8_t byte = label(i, range.depth);
      if (count == 0 || children_[count - 1].label != byte) children_[count++] = {i, byte};
    }
    if (count == 0) return true;
    const std::uint32_t base = find_base(std::span(children_).first(count));
    if (units_.size() > ByteTrie::kNoNode) return false;
    units_[range.node] |= std::uint64_t{base} << 18;
    for (std::size_t i = count; i-- > 0;) {
      const std::uint32_t child = base ^ children_[i].label;
      take(child);
      units_[child] = std::uint64_t{range.node} << 40 | ByteTrie::kNone;
      const std::size_t end = i + 1 < count ? children_[i + 1].begin : range.end;
      pending_.push_back({children_[i].begin, end, range.depth + 1, child});
    }
    return true;
  }

  std::uint32_t find_base(std::span<const Child> children) {
    for (std::uint32_t place = first_free_; place != kListEnd; place = next_[place]) {
      const std::uint32_t base = place ^ children.front().label;
      bool fits = true;
      for (std::size_t i = 1; i < children.size() && fits; ++i) fits = is_free_[base ^ children[i].label] != 0;
      if (fits) return base;
    }
    const auto block = static_cast<std::uint32_t>(units_.size());
    add_block();
    return block;
  }

  void add_block() {
    const auto begin = static_cast<std::uint32_t>(units_.size());
    units_.resize(begin + 256, ByteTrie::kFree);
    next_.resize(begin + 256);
    previous_.resize(begin + 256);
    is_free_.resize(begin + 256, 1);
    for (std::uint32_t place = begin; place < begin + 256; ++place) append(place);
    const std::size_t blocks = units_.size() / 256;
    if (blocks <= kOpenBlocks) return;
    const auto closing = static_cast<std::uint32_t>((blocks - kOpenBlocks - 1) * 256);
    for (std::uint32_t place = closing; place < closing + 256; ++place) {
      if (is_free_[place] != 0) take(place);
    }
  }

  void append(std::uint32_t place) {
    next_[place] = kListEnd;
    previous_[place] = last_free_;
    (last_free_ == kListEnd ? first_free_ : next_[last_free_]) = place;
    last_free_ = place;
  }

  void take(std::uint32_t place) {
    is_free_[place] = 0;
    (previous_[place] == kListEnd ? first_free_ : next_[previous_[place]]) = next_[place];
    (next_[place] == kListEnd ? last_free_ : previous_[next_[place]]) = previous_[place];
  }

  std::vector<std::uint64_t> units_;
  std::span<const ByteTrie::Entry> entries_;
  std::vector<Range> pending_;
  std::array<Child, 256> children_{};
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> previous_;
  std::vector<std::uint8_t> is_free_;
  std::uint32_t first_free_ = kListEnd;
  std::uint32_t last_free_ = kListEnd;
};

std::vector<std::uint64_t> ByteTrie::lay_out(std::span<const Entry> entries) {
  ByteTrieBuilder builder(entries);
  return builder.run() ? builder.take_nodes() : std::vector<std::uint64_t>();
}

}  // namespace pointsman::text
