// What a classifier says of every judged decision, carried to the configured categories.
// A plain value; pure but for running the classifier.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "classify/linear_model.h"
#include "cli/harvest.h"

namespace pointsman::cli {

class JudgedScores {
 public:
  // Without a classifier every probability is 0: nothing is kept.
  static base::Result<JudgedScores> of(const classify::LinearModel* model, const Harvest& harvest);
  // What was found out elsewhere: a row of `width` probabilities for each judged decision.
  JudgedScores(std::vector<float> values, std::size_t width) : width_(width), values_(std::move(values)) {}

  // Of the decision harvest.judged[i], in the order of harvest.categories.
  std::span<const float> row(std::size_t i) const { return std::span(values_).subspan(i * width_, width_); }

 private:
  JudgedScores() = default;

  std::size_t width_ = 0;
  std::vector<float> values_;
};

}  // namespace pointsman::cli
