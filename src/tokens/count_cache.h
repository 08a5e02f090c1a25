// What was counted before, by a hash of the text: a table of a fixed size that forgets.
//
// One per counter, on its thread. Sets of four: the one put in longest ago makes room. The length belongs to the key,
// and the hash has a secret seed, so that nobody can make two texts share a count on purpose.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pointsman::tokens {

class CountCache {
 public:
  struct Key {
    std::uint64_t hash = 0;
    std::uint64_t length = 0;
    bool operator==(const Key&) const = default;
  };
  struct Value {
    std::uint32_t tokens = 0;
    std::uint32_t estimated = 0;
  };

  // Rounded up to whole sets, a power of two of them; 0 keeps nothing.
  explicit CountCache(std::size_t entries) {
    if (entries == 0) return;
    std::size_t sets = 1;
    while (sets * kWays < entries) sets *= 2;
    sets_.resize(sets);
  }

  std::optional<Value> find(const Key& key) const {
    if (sets_.empty()) return std::nullopt;
    const Set& set = sets_[key.hash & (sets_.size() - 1)];
    for (std::size_t i = 0; i < set.used; ++i) {
      if (set.entries[i].key == key) return set.entries[i].value;
    }
    return std::nullopt;
  }
  void put(const Key& key, const Value& value) {
    if (sets_.empty()) return;
    Set& set = sets_[key.hash & (sets_.size() - 1)];
    set.entries[set.next] = {key, value};
    set.next = static_cast<std::uint8_t>((set.next + 1) % kWays);
    if (set.used < kWays) ++set.used;
  }

 private:
  static constexpr std::size_t kWays = 4;
  struct Entry {
    Key key;
    Value value;
  };
  struct Set {
    std::array<Entry, kWays> entries;
    std::uint8_t used = 0;
    std::uint8_t next = 0;
  };

  std::vector<Set> sets_;
};

}  // namespace pointsman::tokens
