// What short pieces of text were encoded to before: most of a text is words that stood in it already, and one look here
// costs less than walking a trie for each of their bytes.
//
// Direct-mapped, of constant size; a place is taken by whatever came last. Part of one token counter, one thread. Pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace pointsman::text {

class PieceCache {
 public:
  static constexpr std::size_t kLongest = 15;  // bytes of a piece that is kept

  // A piece as it is looked up: its bytes, then zeros, and its length in the last byte. Little endian or big, each
  // machine has its own.
  struct Key {
    std::uint64_t low = 0;
    std::uint64_t high = 0;  // 0: too long to be kept

    bool operator==(const Key&) const = default;
    explicit operator bool() const { return high != 0; }
  };
  // What a piece became: one token, or how many.
  struct Found {
    std::uint32_t token = 0;
    std::uint32_t count = 0;  // 0: unknown piece; 1: `token`
  };

  // Allocates its tables at the first call.
  void prepare() {
    if (slots_.empty()) slots_.resize(std::size_t{1} << kBits);
  }

  // [begin, behind) is a piece, not empty, of a text that ends at `end`.
  static Key key_of(const char* begin, const char* behind, const char* end) {
    const auto length = static_cast<std::size_t>(behind - begin);
    if (length > kLongest) return {};
    std::uint64_t words[2] = {0, 0};
    if (end - begin >= 16 && std::endian::native == std::endian::little) {
      std::memcpy(words, begin, sizeof words);
      words[0] &= kMasks[length < 8 ? length : 8];
      words[1] &= kMasks[length < 8 ? 0 : length - 8];
    } else {
      std::memcpy(words, begin, length);
    }
    return {words[0], words[1] | std::uint64_t{length} << kLengthShift};
  }

  Found find(const Key& key) const {
    const Slot& slot = slots_[place_of(key)];
    return slot.key == key ? slot.found : Found();
  }
  void keep(const Key& key, Found found) { slots_[place_of(key)] = {key, found}; }

 private:
  static constexpr unsigned kBits = 14;
  static constexpr unsigned kLengthShift = std::endian::native == std::endian::little ? 56 : 0;
  static constexpr std::uint64_t kMasks[9] = {0,
                                              0xFF,
                                              0xFFFF,
                                              0xFF'FFFF,
                                              0xFFFF'FFFF,
                                              0xFF'FFFF'FFFF,
                                              0xFFFF'FFFF'FFFF,
                                              0xFF'FFFF'FFFF'FFFF,
                                              ~std::uint64_t{0}};

  struct Slot {
    Key key;
    Found found;
  };

  // Multiplying and folding, as wyhash and others do; the constants are digits of pi and e.
  static std::size_t place_of(const Key& key) {
    const auto product =
        static_cast<unsigned __int128>(key.low ^ 0x243F6A8885A308D3U) * (key.high ^ 0xB7E151628AED2A6BU);
    return static_cast<std::size_t>((static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product)) >>
                                    (64 - kBits));
  }

  std::vector<Slot> slots_;
};

}  // namespace pointsman::text
