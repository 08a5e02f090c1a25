// What a sentence encoder adds where the linear model and the network are unsure: a head over the text's embedding, how
// its scores mix with theirs, and what all of them together say about belonging to no category.
//
// Read in place from an artefact's section; immutable, any thread. The encoder itself is not part of the artefact: it
// is named by its id, and without it the classifier decides as if there were no such section.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/dense_head.h"

namespace pointsman::classify {

// Logits = linear x the linear model's scores + net x the network's + encoder x the head's; `stray` as in Mix. Asked
// when the largest probability so far, before it is multiplied by that of being in scope, is below `ask_below`.
struct EncoderMix {
  float linear = 1;
  float net = 0;
  float encoder = 0;
  float stray = 0;
  float ask_below = 1;
};

// ln odds that a text belongs to any category, as Scope has it, with the head's largest score besides, and the ln odds
// of the detector, which was shown examples of no category.
struct EncoderScope {
  float largest_score = 0;
  float unseen_words = 0;
  float unseen_chars = 0;
  float encoder_score = 0;
  float inside_score = 0;
  float bias = 100;
};

struct SecondOpinionParts {
  std::string encoder_id;  // 64 hexadecimal digits
  std::size_t dimensions = 0;
  std::vector<float> weights;   // dimensions x categories
  std::vector<float> bias;      // one per category
  std::vector<float> detector;  // one per dimension and a bias; empty: there is none
  EncoderMix mix;
  EncoderScope scope;
};

class SecondOpinion {
 public:
  // {64 bytes encoder id, 5 x f32 mix, 6 x f32 scope, u32 floats of the detector, zeros to 128; C x f32 bias, zeros to
  // a multiple of 64; the detector, the same; head}
  static std::string pack(const SecondOpinionParts& parts);
  static base::Result<SecondOpinion> open(std::span<const std::byte> bytes, std::size_t categories);

  std::string_view encoder_id() const { return encoder_id_; }
  std::size_t dimensions() const { return head_.dimensions(); }
  const EncoderMix& mix() const { return mix_; }
  const EncoderScope& scope() const { return scope_; }
  // The head's scores of an embedding of dimensions() floats.
  void score(std::span<const float> embedding, std::span<float> scores) const;
  // The detector's ln odds that the text belongs to any category; 0 without a detector.
  float inside_score(std::span<const float> embedding) const;

 private:
  std::string encoder_id_;
  EncoderMix mix_;
  EncoderScope scope_;
  std::vector<float> bias_;
  std::vector<float> detector_;
  DenseHead head_;
};

}  // namespace pointsman::classify
