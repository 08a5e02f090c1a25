// Evidence that one of two sides has more, or fewer, bad conversations than the other, when each conversation was given
// to a side by lot.
//
// Of the conversations that went bad, each is the canary's with probability p r / (p r + 1 - p), where p is the share
// that the lot gives it and r how many times the champion's rate its own is (Przyborowski and Wilenski 1940 compare two
// counts so). If r is at most R, a bet that pays more on the canary's conversations than is fair at R loses on average.
// Bets for a few larger r are kept side by side and averaged, a mixture with point masses (Robbins 1970, "Statistical
// methods related to the law of the iterated logarithm", Ann. Math. Statist. 41). The average of 1 at the start ever
// reaches 1 / alpha with probability at most alpha (Ville 1939), however often one looks. Lindon and Malek 2022
// ("Anytime-Valid Inference for Multinomial Count Data", NeurIPS) test software canaries by the same counts.
// Pure; the order of the conversations does not matter, so two counts are the whole state.
#pragma once

#include <cstdint>

namespace pointsman::watch {

enum class Side : std::uint8_t {
  kAbove,  // evidence that the ratio is above the bound
  kBelow,  // that it is below
};

struct BadCounts {
  std::uint64_t canary = 0;  // conversations that went bad
  std::uint64_t champion = 0;
};

// The logarithm of an e-value against "the canary's rate of bad conversations is at most (kBelow: at least) `bound`
// times the champion's". `share` of all conversations is the canary's, between 0 and 1; `bound` is positive.
double log_rate_evidence(const BadCounts& bad, double share, double bound, Side side);

}  // namespace pointsman::watch
