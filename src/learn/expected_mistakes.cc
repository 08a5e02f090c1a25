#include "learn/expected_mistakes.h"

#include <algorithm>
#include <cmath>

#include "learn/mean_interval.h"

namespace pointsman::learn {

void ExpectedMistakes::add(double probability_right) {
  const double wrong = 1 - std::clamp(probability_right, 0.0, 1.0);
  const double variance = wrong * (1 - wrong);
  ++decisions_;
  mean_ += wrong;
  variance_ += variance;
  third_ += variance * (1 - 2 * wrong);
}

Estimate ExpectedMistakes::interval() const {
  if (variance_ <= 0) return {mean_, mean_, mean_};
  const double deviation = std::sqrt(variance_);
  const double bend = third_ / variance_ * (kNormal975 * kNormal975 - 1) / 6;
  const double most = static_cast<double>(decisions_);
  return {mean_, std::clamp(mean_ - kNormal975 * deviation + bend, 0.0, most),
          std::clamp(mean_ + kNormal975 * deviation + bend, 0.0, most)};
}

}  // namespace pointsman::learn
