#include "encode/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

constexpr unsigned kTagShift = 8;  // away from the bits that choose the slot

std::uint64_t hash_of(std::string_view text, Vocabulary::Place place) {
  std::uint64_t hash = Vocabulary::begin_hash(place);
  for (const char c : text) hash = Vocabulary::extend_hash(hash, static_cast<unsigned char>(c));
  return hash;
}

}  // namespace

Result<void> Vocabulary::add(std::string_view piece, std::uint32_t id) {
  if (piece.empty()) return base::fail(ErrorCode::kInvalidArgument, "a piece is empty");
  if (piece.size() > kMaxPieceBytes) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "a piece is longer than " + std::to_string(kMaxPieceBytes) + " bytes");
  }
  if (id >= kMaxPieces) {
    return base::fail(ErrorCode::kTooLarge, "pieces are numbered from 0 to " + std::to_string(kMaxPieces - 1));
  }
  if (id >= spans_.size()) spans_.resize(id + 1);
  if (spans_[id].length != 0) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "'" + std::string(piece) + "' has the number of '" + std::string(this->piece(id)) + "'");
  }
  spans_[id] = {static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(piece.size())};
  texts_ += piece;
  return {};
}

Result<void> Vocabulary::index(std::string_view prefix) {
  const auto is_inner = [&](std::string_view piece) {
    return piece.size() > prefix.size() && piece.starts_with(prefix);
  };
  std::size_t entries = 0;
  for (std::uint32_t id = 0; id < spans_.size(); ++id) {
    entries += spans_[id].length == 0 ? 0 : is_inner(piece(id)) ? 2 : 1;
  }
  // At most three of five slots are taken: half of the look-ups that find nothing end at once.
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(entries * 5 / 3, 2));
  slots_.assign(slots, {});
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots));
  for (std::uint32_t id = 0; id < spans_.size(); ++id) {
    if (spans_[id].length == 0) continue;
    PM_CHECK(insert(id, 0, Place::kBegin));
    if (is_inner(piece(id))) PM_CHECK(insert(id, prefix.size(), Place::kInside));
  }
  return {};
}

Result<void> Vocabulary::insert(std::uint32_t id, std::size_t skipped, Place place) {
  const std::string_view text = piece(id).substr(skipped);
  const std::uint64_t hash = hash_of(text, place);
  if (find(text, place, hash) != kNone) {
    return base::fail(ErrorCode::kInvalidArgument, "the piece '" + std::string(piece(id)) + "' is there twice");
  }
  std::size_t at = hash >> shift_;
  while (slots_[at].id != kNone) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {static_cast<std::uint32_t>(hash >> kTagShift), id,
                static_cast<std::uint32_t>(spans_[id].begin + skipped), static_cast<std::uint16_t>(text.size()),
                place == Place::kInside};
  std::size_t& longest = place == Place::kInside ? longest_inside_ : longest_begin_;
  longest = std::max(longest, text.size());
  return {};
}

std::uint32_t Vocabulary::find(std::string_view piece) const {
  return find(piece, Place::kBegin, hash_of(piece, Place::kBegin));
}

std::uint32_t Vocabulary::find(std::string_view text, Place place, std::uint64_t hash) const {
  if (slots_.empty()) return kNone;
  const auto tag = static_cast<std::uint32_t>(hash >> kTagShift);
  for (std::size_t at = hash >> shift_; slots_[at].id != kNone; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.tag == tag && slot.inside == (place == Place::kInside) &&
        std::string_view(texts_.data() + slot.begin, slot.length) == text) {
      return slot.id;
    }
  }
  return kNone;
}

std::uint32_t Vocabulary::longest(std::string_view rest, Place place, std::size_t& length) const {
  std::array<std::uint64_t, kMaxPieceBytes> hashes;  // of the first 1, 2, ... bytes
  const std::size_t most = std::min(rest.size(), place == Place::kInside ? longest_inside_ : longest_begin_);
  std::uint64_t hash = begin_hash(place);
  for (std::size_t i = 0; i < most; ++i) {
    hash = extend_hash(hash, static_cast<unsigned char>(rest[i]));
    hashes[i] = hash;
  }
  for (length = most; length > 0; --length) {
    const std::uint32_t id = find(rest.substr(0, length), place, hashes[length - 1]);
    if (id != kNone) return id;
  }
  return kNone;
}

bool Vocabulary::split(std::string_view word, std::vector<std::uint32_t>& out) const {
  Place place = Place::kBegin;
  while (!word.empty()) {
    std::size_t length = 0;
    const std::uint32_t id = longest(word, place, length);
    if (id == kNone) return false;
    out.push_back(id);
    word.remove_prefix(length);
    place = Place::kInside;
  }
  return true;
}

}  // namespace pointsman::encode
