// The longest of many byte strings that a text begins with: one eight-byte load for each byte of it.
//
// A double array (Aoe 1989) whose transitions are exclusive-or: the child of a node by a byte stands at base ^ byte,
// and names its parent, so that what is there by chance is recognised. A view of nodes that are kept elsewhere;
// immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pointsman::text {

class ByteTrie {
 public:
  static constexpr std::uint32_t kNone = (1U << 18) - 1;

  struct Entry {
    std::string_view bytes;
    std::uint32_t value = 0;  // below kNone
  };
  struct Match {
    std::uint32_t value = kNone;
    std::uint32_t length = 0;
  };

  // The nodes of these entries, which come in the order of their bytes (as unsigned numbers), each once, none empty.
  // Nothing when they are too many for a node's 22 bits.
  static std::vector<std::uint64_t> lay_out(std::span<const Entry> entries);

  // Of nodes that lay_out() gave and that outlive it.
  explicit ByteTrie(std::span<const std::uint64_t> nodes) : units_(nodes.data()) {}

  // The longest entry that [begin, end) starts with; kNone if there is none.
  Match longest(const char* begin, const char* end) const {
    Match best;
    std::uint64_t unit = units_[0];
    std::uint32_t node = 0;
    for (const char* p = begin; p != end;) {
      const std::uint32_t child = base_of(unit) ^ static_cast<unsigned char>(*p);
      unit = units_[child];
      if (parent_of(unit) != node) break;
      node = child;
      ++p;
      if (value_of(unit) != kNone) best = {value_of(unit), static_cast<std::uint32_t>(p - begin)};
    }
    return best;
  }
  // The value of exactly these bytes, or kNone.
  std::uint32_t find(std::string_view bytes) const {
    const Match match = longest(bytes.data(), bytes.data() + bytes.size());
    return match.length == bytes.size() ? match.value : kNone;
  }

 private:
  friend class ByteTrieBuilder;

  // A node: parent in bits 40 to 61, base in bits 18 to 39, value in bits 0 to 17.
  static constexpr unsigned kNodeBits = 22;
  static constexpr std::uint32_t kNoNode = (1U << kNodeBits) - 1;
  static constexpr std::uint64_t kFree = std::uint64_t{kNoNode} << 40 | kNone;

  static std::uint32_t parent_of(std::uint64_t unit) { return static_cast<std::uint32_t>(unit >> 40); }
  static std::uint32_t base_of(std::uint64_t unit) { return static_cast<std::uint32_t>(unit >> 18) & kNoNode; }
  static std::uint32_t value_of(std::uint64_t unit) { return static_cast<std::uint32_t>(unit) & kNone; }

  const std::uint64_t* units_;  // whole blocks of 256; the root is first
};

}  // namespace pointsman::text
