// A nested family of per-category thresholds, from "keep only what is certain" to "keep everything", along which a
// promise about risk is tested. It must be made before the rows that test it are looked at.
//
// Where a category's threshold stands at a step is where its local rate of loss reaches the same value in all
// categories: of all ways to keep a given total loss that one keeps the most texts. The local rate is modelled as
//   logit P(loss | category c, top probability p) = slope * logit(1 - p) + offset_c
// with slope 1 and offset_c = ln(worst loss of c) unless other labelled rows ("shape rows") say better; then slope and
// offsets are fitted by penalised logistic regression, which draws categories with little data to the common curve.
// Categories whose texts can never be lost keep everything at every step. Immutable, pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classify/certificate.h"
#include "learn/loss_matrix.h"

namespace pointsman::learn {

// What the classifier would call a text, and what keeping it there would cost.
struct Call {
  std::uint32_t category = 0;  // of the greatest probability
  float probability = 0;       // that probability
  float loss = 0;              // in [0, 1]
};

// Above every probability: nothing is kept.
inline constexpr float kNeverKept = classify::kNeverKeep;

class ThresholdPath {
 public:
  // From the losses alone; needs no data.
  static ThresholdPath plain(const LossMatrix& losses);
  // Fitted to `shape`; the plain path when there is too little in it to learn a curve from.
  static ThresholdPath fit(const LossMatrix& losses, std::span<const Call> shape);

  // Steps are numbered from 0, the strictest.
  static constexpr std::uint32_t kSteps = 2048;
  // A text of this category is kept at `step` when its top probability is above 0 and reaches this. Falls with the
  // step.
  float threshold(std::uint32_t category, std::uint32_t step) const;
  std::vector<float> thresholds(std::uint32_t step) const;
  // The first step that keeps the call; kSteps if none does.
  std::uint32_t entry(const Call& call) const;

  double slope() const { return slope_; }
  bool fitted() const { return fitted_; }

 private:
  ThresholdPath() = default;
  void span_steps();

  double slope_ = 1;
  std::vector<double> offset_;
  std::vector<bool> free_;  // never loses
  double first_ = 0;        // logit of the local rate at step 0, and what each further step adds
  double width_ = 0;
  bool fitted_ = false;
};

}  // namespace pointsman::learn
