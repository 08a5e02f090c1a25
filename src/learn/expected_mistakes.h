// How many of a number of decisions are wrong, when each is right with a stated probability.
//
// The count is Poisson-binomial. Its 95 % interval is the normal one corrected for skewness by Cornish and Fisher's
// first term (Hong 2013, "On computing the distribution function for the Poisson binomial distribution", section 2.4,
// has the same refinement for the distribution function), never below 0 or above the number of decisions. It is the
// spread of chance alone: the probabilities are taken as calibrated and the decisions as independent. A plain value.
#pragma once

#include <cstddef>

#include "learn/outcome_curve.h"

namespace pointsman::learn {

class ExpectedMistakes {
 public:
  // One decision that is right with this probability, in [0, 1].
  void add(double probability_right);

  std::size_t decisions() const { return decisions_; }
  double mean() const { return mean_; }
  Estimate interval() const;  // counts, not shares

 private:
  std::size_t decisions_ = 0;
  double mean_ = 0;
  double variance_ = 0;
  double third_ = 0;  // central moment
};

}  // namespace pointsman::learn
