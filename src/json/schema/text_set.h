// A set of texts that grows one by one: the items seen of an array, the names seen of an object.
//
// Exact: texts are kept and compared. Bounded: a text that would have to be compared with too many others (somebody
// makes hashes collide) is answered with kUnsure. One thread; clear() keeps the storage of a small set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::json::schema {

class TextSet {
 public:
  enum class Answer : std::uint8_t { kNew, kSeen, kUnsure };

  Answer insert(std::string_view text);
  void clear();
  std::size_t size() const { return count_; }

 private:
  static constexpr std::uint32_t kFree = ~std::uint32_t{0};
  static constexpr std::size_t kMostProbes = 128;
  static constexpr std::size_t kMostKept = 256;  // slots
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t begin = kFree;
    std::uint32_t size = 0;
  };
  void grow();

  std::string texts_;
  std::vector<Slot> slots_;  // none, or a power of two of them, at most half of them taken
  std::size_t count_ = 0;
};

}  // namespace pointsman::json::schema
