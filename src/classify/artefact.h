// The model artefact: one file that holds everything the linear classifier needs, and nothing about when or where it
// was made, so that the same training gives the same bytes.
//
// Reading copies nothing: the views point into the caller's bytes, which must outlive them and not change.
#pragma once

// Layout, little endian, offsets from the start of the file:
//     0  magic "PMLINEAR"
//     8  u32 format version (3)             12  u32 feature version (text::kFeatureVersion)
//    16  u64 file size                      24  u32 categories C
//    28  u32 features F                     32  u32 row stride S (bytes of one row of weights, >= C)
//    36  u32 index slots N (a power of two, >= 2 F; 0 when F is 0)
//    40  11 x {u64 offset, u64 size}: names, index, factors, weights, head, net, table, dense, second, examples, card
//   216  SHA-256 of the whole file with these 32 bytes taken as zero: the content hash
//   248  sections, in that order, each beginning at a multiple of 64, zeros between
// names:    C x {u32 length, bytes}
// index:    N x {u32 hash, u32 feature + 1 or 0}, linear probing from hash & (N - 1)
// factors:  F x {f32 idf, f32 row scale}
// weights:  F rows of S int8: weight = row scale x int8
// head:     f32 temperature, unknown idf, largest row scale; f32 mix: linear, net, ask below, stray; f32 scope: largest
//           score, unseen words, unseen characters, bias; kBlocks x f32 block weight; C x f32 bias
// net:      the character network (char_net.h), or empty
// table:    token vectors (encode/static_table.h), or empty
// dense:    the weights of the table's dimensions (dense_head.h); empty if and only if there is no table
// second:   a sentence encoder's part (second_opinion.h), or empty
// examples: the texts it was trained on, to explain decisions by: {u32 category, u32 length, bytes} each; may be empty
// card:     JSON text about the training, for people and tools

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "classify/char_net.h"
#include "classify/dense_head.h"
#include "classify/second_opinion.h"
#include "encode/static_table.h"
#include "text/features.h"

namespace pointsman::classify {

inline constexpr std::size_t kMaxCategories = 4096;
inline constexpr std::size_t kMaxModelFeatures = 1U << 22;
inline constexpr std::size_t kMaxCategoryName = 256;
inline constexpr std::size_t kMaxCard = 1U << 20;
inline constexpr std::size_t kMaxExampleText = 1024;  // bytes kept of a training example

// How the two views' scores become logits: linear x the linear model's + net x the network's. The network is asked when
// the linear model's largest probability is below `ask_below`; without a network that is 0. `stray` is the share of
// predictions that go astray however sure they look: p = (1 - stray) softmax(logits) + stray / categories.
struct Mix {
  float linear = 1;
  float net = 0;
  float ask_below = 0;
  float stray = 0;
};

// ln odds that a text belongs to any of the categories: a logistic regression over how well the best category fits and
// how much of the text was never seen in training. The default is certainty: no scope was learned.
struct Scope {
  float largest_score = 0;
  float unseen_words = 0;
  float unseen_chars = 0;
  float bias = 100;
};

struct StoredExample {
  std::uint32_t category = 0;
  std::string_view text;
};

// A trained model before it is packed.
struct ModelParts {
  std::vector<std::string> categories;
  std::array<float, text::kBlocks> block_weight{};  // length of each block's normalised vector, 0 to 1
  float unknown_idf = 0;              // what a feature never seen in training adds to the length of its block
  float temperature = 1;              // logits are divided by it
  std::vector<float> bias;            // one per category
  std::vector<std::uint32_t> hashes;  // one per feature, all different
  std::vector<float> idf;             // one per feature
  std::vector<float> weights;         // features x categories, row by row
  Mix mix;
  Scope scope;
  std::string net;           // CharNet::pack, or empty
  std::string table;         // encode::write_table, or empty
  std::vector<float> dense;  // the table's dimensions x categories, row by row
  std::string second;        // SecondOpinion::pack, or empty
  std::vector<std::pair<std::uint32_t, std::string>> examples;
  std::string card;
};

// The packed bytes, content hash included. The parts' sizes must agree with each other and with the limits above.
std::string write_artefact(const ModelParts& parts);

// Recomputes and stores the content hash of packed bytes; for tests and fuzzing, which change them on purpose.
void seal_artefact(std::string& bytes);

// A checked artefact, by reference.
class ArtefactView {
 public:
  // kCorrupt, naming the place, unless every size, offset, index and number is in order and the content hash agrees.
  static base::Result<ArtefactView> read(std::span<const std::byte> bytes);

  const std::vector<std::string>& categories() const { return categories_; }
  const std::string& content_hash() const { return content_hash_; }  // 64 hexadecimal digits
  std::string_view card() const { return card_; }
  float temperature() const { return temperature_; }
  const Mix& mix() const { return mix_; }
  const Scope& scope() const { return scope_; }
  const std::optional<CharNet>& net() const { return net_; }
  // The table and the weights of its dimensions: both or neither.
  const std::shared_ptr<const encode::StaticTable>& table() const { return table_; }
  const DenseHead& dense() const { return dense_; }
  const std::optional<SecondOpinion>& second() const { return second_; }
  // The training examples kept for explanations, in the order of training. Reads the whole section.
  std::vector<StoredExample> examples() const;
  float unknown_idf() const { return unknown_idf_; }
  float max_scale() const { return max_scale_; }
  float block_weight(std::size_t block) const { return block_weight_[block]; }
  const std::vector<float>& bias() const { return bias_; }
  std::uint32_t features() const { return features_; }
  std::uint32_t stride() const { return stride_; }

  static constexpr std::uint32_t kUnknown = 0xFFFFFFFF;
  // The feature's number, or kUnknown.
  std::uint32_t find(std::uint32_t hash) const {
    if (slots_ == 0) return kUnknown;
    for (std::uint32_t slot = hash & (slots_ - 1);; slot = (slot + 1) & (slots_ - 1)) {
      Slot found;
      std::memcpy(&found, index_ + std::size_t{slot} * sizeof(Slot), sizeof found);
      if (found.number == 0) return kUnknown;
      if (found.hash == hash) return found.number - 1;
    }
  }
  void prefetch(std::uint32_t hash) const {
    if (slots_ != 0) __builtin_prefetch(index_ + std::size_t{hash & (slots_ - 1)} * sizeof(Slot));
  }
  // Asks for the memory that factors() and row() read.
  void prefetch_feature(std::uint32_t feature) const {
    __builtin_prefetch(factors_ + std::size_t{feature} * sizeof(Factors));
    __builtin_prefetch(row(feature));
  }
  struct Factors {
    float idf;
    float scale;
  };
  Factors factors(std::uint32_t feature) const {
    Factors out;
    std::memcpy(&out, factors_ + std::size_t{feature} * sizeof out, sizeof out);
    return out;
  }
  const std::int8_t* row(std::uint32_t feature) const { return weights_ + std::size_t{feature} * stride_; }

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t number;  // feature + 1; 0 is free
  };
  friend class ArtefactReader;

  std::vector<std::string> categories_;
  std::string content_hash_;
  std::string_view card_;
  std::vector<float> bias_;
  Mix mix_;
  Scope scope_;
  std::optional<CharNet> net_;
  std::shared_ptr<const encode::StaticTable> table_;
  DenseHead dense_;
  std::optional<SecondOpinion> second_;
  std::span<const std::byte> examples_;
  std::array<float, text::kBlocks> block_weight_{};
  float temperature_ = 1;
  float unknown_idf_ = 0;
  float max_scale_ = 0;
  std::uint32_t features_ = 0;
  std::uint32_t stride_ = 0;
  std::uint32_t slots_ = 0;
  const std::byte* index_ = nullptr;
  const std::byte* factors_ = nullptr;
  const std::int8_t* weights_ = nullptr;
};

}  // namespace pointsman::classify
