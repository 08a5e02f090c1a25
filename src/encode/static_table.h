// A table of token vectors in one file: encoding a text is tokenising, gathering rows and taking their mean.
//
// What a sentence encoder knows of single tokens, distilled (distill.h); Model2Vec (Tulkens and van Dongen 2024) is the
// idea, SIF (Arora, Liang and Ma 2017) the weighting, which is baked into the rows. Microseconds, no allocation. Rows
// are int8 with one scale each. Immutable, shared by all threads; the bytes are read in place.
#pragma once

// Layout, little endian, offsets from the start of the file:
//     0  magic "PMTABLE\n"
//     8  u32 format version (1)              12  u32 dimensions D, 1 to 4096
//    16  u64 file size                       24  u32 pieces V
//    28  u32 row stride S (D rounded up to a multiple of 64)
//    32  5 x {u64 offset, u64 size}: options, pieces, scales, rows, card
//   112  SHA-256 of the whole file with these 32 bytes taken as zero: the id
//   144  sections, in that order, each beginning at a multiple of 64, zeros between
// options: u32 bits (1 lowercase, 2 strip accents, 4 clean text, 8 space CJK), u32 longest word in characters, the
//          unknown piece and the prefix of inner pieces as {u32 length, bytes}
// pieces:  the vocabulary, one piece a line
// scales:  V x f32, finite, 0 or above
// rows:    V rows of S int8: vector = scale x int8
// card:    JSON text about the distillation, for people and tools

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/encoder.h"
#include "encode/wordpiece.h"

namespace pointsman::encode {

inline constexpr std::size_t kMaxTableDimensions = 4096;
inline constexpr std::size_t kMaxTablePieces = 1U << 21;
inline constexpr std::size_t kMaxTableCard = 1U << 16;

// A table before it is packed.
struct TableParts {
  WordPieceOptions options;
  std::vector<std::string> pieces;
  std::size_t dimensions = 0;
  std::vector<float> vectors;  // pieces x dimensions
  std::string card;
};

// The packed bytes, id included. The parts' sizes must agree with each other and with the limits above; no piece holds
// a line feed.
std::string write_table(const TableParts& parts);
// Recomputes and stores the id of packed bytes; for tests and fuzzing, which change them on purpose.
void seal_table(std::string& bytes);

class StaticTable final : public Encoder {
 public:
  // `bytes` stay as they are for as long as `owner` lives. Fails with kCorrupt, naming the place.
  static base::Result<std::shared_ptr<const StaticTable>> open(std::span<const std::byte> bytes,
                                                               std::shared_ptr<const void> owner);
  static base::Result<std::shared_ptr<const StaticTable>> from_string(std::string bytes);

  std::size_t dimensions() const override { return dimensions_; }
  const std::string& id() const override { return id_; }
  std::size_t max_tokens() const override { return kMaxTokens; }
  std::unique_ptr<EncoderScratch> make_scratch() const override;
  // A text none of whose tokens has a vector gives zeros.
  void encode(std::span<const std::string_view> texts, EncoderScratch& scratch, std::span<float> out) const override;

  std::string_view card() const { return card_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  const WordPiece& tokenizer() const { return *tokenizer_; }

 private:
  static constexpr std::size_t kMaxTokens = 4096;
  friend class TableReader;
  StaticTable() = default;
  void encode_one(std::string_view text, EncoderScratch& scratch, std::span<float> out) const;

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
  std::unique_ptr<WordPiece> tokenizer_;
  std::string id_;
  std::string_view card_;
  std::size_t dimensions_ = 0;
  std::size_t stride_ = 0;
  std::size_t pieces_ = 0;
  const std::byte* scales_ = nullptr;
  const std::int8_t* rows_ = nullptr;
};

}  // namespace pointsman::encode
