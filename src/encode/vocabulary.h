// The word pieces of a tokenizer: text to number and back, and the longest piece that a word begins with.
//
// All texts stand in one string; a flat hash table with open addressing finds them by a hash that is made byte by byte,
// so a caller that copies a word hashes it on the way. Filled once by add() and index(), immutable after that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::encode {

class Vocabulary {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::size_t kMaxPieces = std::size_t{1} << 20U;
  static constexpr std::size_t kMaxPieceBytes = 512;

  // A piece is looked up as the beginning of a word, or as what follows inside of one.
  enum class Place : std::uint64_t { kBegin = 0x243F6A8885A308D3, kInside = 0x13198A2E03707344 };
  static constexpr std::uint64_t begin_hash(Place place) { return static_cast<std::uint64_t>(place); }
  static constexpr std::uint64_t extend_hash(std::uint64_t hash, unsigned char byte) {
    return (hash ^ byte) * 0x9E3779B97F4A7C15U;
  }

  // kInvalidArgument for a number that is taken, an empty piece or one that is too long; kTooLarge for a number of
  // kMaxPieces or more. A piece that is there already is found by index().
  base::Result<void> add(std::string_view piece, std::uint32_t id);
  // After the last add(). `prefix` marks pieces from inside a word. Fails with kInvalidArgument, naming the
  // piece, when one is there twice.
  base::Result<void> index(std::string_view prefix);

  // One more than the highest number.
  std::size_t size() const { return spans_.size(); }
  std::string_view piece(std::uint32_t id) const {
    return id < spans_.size() ? std::string_view(texts_).substr(spans_[id].begin, spans_[id].length) : "";
  }
  // The number of a piece as it is written, prefix included; kNone if there is none.
  std::uint32_t find(std::string_view piece) const;
  // The same for a text (at kInside without its prefix) whose hash is known.
  std::uint32_t find(std::string_view text, Place place, std::uint64_t hash) const;
  // Cuts a word into the longest pieces, from the left; appends their numbers. False if some rest has none.
  bool split(std::string_view word, std::vector<std::uint32_t>& out) const;

 private:
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;  // 0: no piece has this number
  };
  // All that a look-up compares, so that it touches one cache line and the text.
  struct Slot {
    std::uint32_t tag = 0;  // more bits of the hash
    std::uint32_t id = kNone;
    std::uint32_t begin = 0;
    std::uint16_t length = 0;
    bool inside = false;
  };
  base::Result<void> insert(std::uint32_t id, std::size_t skipped, Place place);
  std::uint32_t longest(std::string_view rest, Place place, std::size_t& length) const;

  std::string texts_;
  std::vector<Span> spans_;
  std::vector<Slot> slots_;
  unsigned shift_ = 63;
  std::size_t longest_begin_ = 0;  // in bytes
  std::size_t longest_inside_ = 0;
};

}  // namespace pointsman::encode
