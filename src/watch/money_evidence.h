// Evidence that one of two sides costs more, or less, by conversation than the other, when each conversation was given
// to a side by lot.
//
// For a conversation that cost x and a guess g made before it, the number
//   z = (x - g) / p - m g              if it is the canary's,
//   z = -(1 + m) (x - g) / (1 - p) - m g   if it is the champion's
// is on average the canary's mean cost less (1 + m) times the champion's, whatever g is; a good guess only makes it
// vary less (inverse propensity with a control variate, as in Waudby-Smith, Wu, Ramdas, Karampatziakis, Mineiro 2024,
// "Anytime-valid off-policy inference for contextual bandits"). If the canary is not dearer than that, bets on z > 0
// lose on average (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting", JRSS B 86);
// stakes over a range of sizes are kept side by side and averaged (Robbins 1970). Their mean ever reaches 1 / alpha
// with probability at most alpha (Ville 1939). Costs are cut at `most`: the claim is about the means of what is left.
// Plain values, no memory of their own; belongs to one thread.
#pragma once

#include <array>
#include <cstddef>

#include "watch/rate_evidence.h"

namespace pointsman::watch {

struct MoneyClaim {
  double share = 0.1;  // of the conversations, the canary's; between 0 and 1
  double margin = 0;   // the canary may cost 1 + margin times as much
  double most = 1;     // a conversation counts as costing at most this; positive
  Side side = Side::kAbove;
};

class MoneyEvidence {
 public:
  static constexpr std::size_t kStakes = 8;
  using Capital = std::array<double, kStakes>;  // logarithms

  explicit MoneyEvidence(const MoneyClaim& claim, const Capital& capital = {}) : claim_(claim), capital_(capital) {}

  // A conversation that is over. `cost` in [0, most]; `guess` in [0, most] rests on earlier conversations only.
  void observe(bool canary, double cost, double guess);
  // The logarithm of the e-value against "at most (kBelow: at least) 1 + margin times the champion's mean cost".
  double log_value() const;
  const MoneyClaim& claim() const { return claim_; }
  const Capital& capital() const { return capital_; }

 private:
  MoneyClaim claim_;
  Capital capital_;
};

}  // namespace pointsman::watch
