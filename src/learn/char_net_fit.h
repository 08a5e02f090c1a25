// Trains the character network (classify/char_net.h): cross-entropy with label smoothing, dropout on the pooled
// values, letters replaced at random (typos), Adam with a warm-up and a cosine decay (Kingma & Ba 2015; Loshchilov &
// Hutter 2017).
//
// Only the window with a filter's largest response gets its gradient, and a row of the table is a character's weight
// itself, so a step costs a few hundred additions for each filter. Deterministic for a seed on every processor: one
// thread, one order of operations. A fit belongs to one thread; several fits may share the codes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "classify/char_net.h"
#include "learn/adam.h"

namespace pointsman::learn {

using Codes = std::vector<std::uint8_t>;  // of one text, as text::char_codes makes them

struct NetExamples {
  std::span<const Codes> codes;
  std::span<const std::uint32_t> labels;
  std::span<const float> weights;
  std::size_t categories = 0;
};

struct NetOptions {
  std::size_t filters = 128;  // of each width
  int epochs = 30;
  std::size_t batch = 32;
  float rate = 8e-3F;
  float smoothing = 0.1F;
  float typos = 0.06F;  // share of characters replaced in training
  // A row whose label gets more than this is left alone, and is not looked at in the next epoch: selective
  // backpropagation (Jiang et al. 2019). On public intent sets it halves the time and costs next to no accuracy.
  float sure = 0.95F;
  std::uint64_t seed = 1;
};

class CharNetFit {
 public:
  CharNetFit(const NetExamples& examples, const NetOptions& options);

  // Learns from the rows in `use`, from the start of the schedule to its end.
  void fit(std::vector<std::uint32_t> use);
  // Goes on for `epochs` at a small, constant rate; for rows that fit() did not get.
  void refine(std::vector<std::uint32_t> use, int epochs);

  // Scores of a text, one per category.
  void scores(const Codes& codes, std::span<float> out);
  classify::CharNetParts parts() const;

 private:
  struct Pooled {
    std::vector<float> value;         // [width][filter], not below 0
    std::vector<std::int32_t> where;  // where the window begins, -1 if nothing was above 0
  };

  void pool(const Codes& codes);
  void pool_block(const Codes& codes, std::size_t width, std::size_t block);
  void score_pooled(std::span<float> out) const;
  void drop_out();
  const Codes& with_typos(const Codes& codes);
  void epoch(std::vector<std::uint32_t>& order, bool scheduled);
  // False if there was nothing to learn.
  bool learn_row(std::uint32_t row, float scale);
  void back_to_table(const Codes& codes);
  void step(float rate);
  float scheduled_rate() const;
  std::size_t block_at(std::size_t width, std::size_t block) const;

  NetExamples examples_;
  NetOptions options_;
  std::size_t stride_ = 0;  // categories, rounded up to a vector
  base::Rng rng_;
  Adam table_;      // [width][block of 16 filters][tap][code][16]
  Adam bias_;       // [width][filter]
  Adam head_;       // [width][filter][stride]
  Adam head_bias_;  // [stride]
  long steps_ = 0;
  double visits_ = 0;
  double total_visits_ = 0;
  std::size_t learned_ = 0;
  std::vector<std::uint8_t> rests_;  // one per example: not looked at in this epoch

  Pooled pooled_;
  std::vector<float> keep_;   // dropout factors of the present row
  std::vector<float> delta_;  // gradient of its scores
  Codes noisy_;
};

}  // namespace pointsman::learn
