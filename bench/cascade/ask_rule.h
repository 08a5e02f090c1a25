// Whom to ask when only so many may be asked: rules that put requests in an order, by what the classifier says alone.
// Pure and deterministic.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "learn/linear_head.h"

namespace pointsman::bench {

enum class AskRule { kProbability, kMargin, kEntropy, kGain, kCoin };
inline constexpr AskRule kAskRules[] = {AskRule::kProbability, AskRule::kMargin, AskRule::kEntropy, AskRule::kGain,
                                        AskRule::kCoin};
std::string_view to_string(AskRule rule);

// What asking is expected to gain: P(the classifier is wrong) - P(both together are wrong), each a logistic regression
// over the two largest probabilities, their distance, the entropy and the doubt.
class GainRule {
 public:
  struct Taught {
    std::span<const float> local;
    bool local_wrong = false;
    bool pooled_wrong = false;
  };
  static GainRule fit(std::span<const Taught> rows);
  double gain(std::span<const float> local) const;

 private:
  learn::LinearHead local_;
  learn::LinearHead pooled_;
};

// One number for a request; the larger, the sooner it is asked about. `row` is what a coin goes by.
double urgency(AskRule rule, std::span<const float> local, const GainRule& gain, std::size_t row);

}  // namespace pointsman::bench
