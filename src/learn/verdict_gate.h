// What held-out verdicts say of a new classifier: whether it may serve, and below which probability asking is worth it.
// Pure and deterministic.
#pragma once

#include <cstdint>
#include <span>

namespace pointsman::learn {

// One verdict that judged both.
struct JudgedTwice {
  bool wrong_before = false;
  bool wrong_after = false;
};

// Whether the verdicts prove, but for a chance of `risk`, that the new classifier is wrong at most `worse` more often:
// the mean of paired differences, by betting (mean_bet.h). Nothing is proved from no rows.
bool proves_not_worse(std::span<const JudgedTwice> rows, double worse, double risk, std::uint64_t seed);

// A verdict beside the classifier's largest probability; `weight` is how many requests it stands for.
struct Agreement {
  float probability = 0;
  bool wrong = false;
  double weight = 1;
};

// The probability below which the small model would correct at least `price` more than where the classifier is surest
// (there it cannot, or the model itself is wrong). Rates are those of the rows nearby, drawn towards what the
// probabilities say by twenty rows' worth of belief. In [0.2, 0.95].
float ask_below(std::span<const Agreement> rows, double price);

}  // namespace pointsman::learn
