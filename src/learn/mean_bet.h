// Is a mean below zero? A test that is valid for any bounded values and any number of them.
//
// By betting (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting", JRSS B 86): who
// claims that the mean is zero or more must accept bets against it on fair terms. Capital starts at 1 and is multiplied
// by 1 - stake x value for each value in turn; the stake may depend on earlier values only and never risks more than
// there is. If the claim were true, capital would reach 1 / delta with probability at most delta (Ville 1939). Stakes
// aim at what is still missing in the values still to come (Voracek and Orabona 2025, "STaR-Bets", arXiv 2505.22422),
// which comes near the width of a normal approximation without being one; any other stakes would be as valid.
// Assumption: the values are drawn independently and alike. Their order must not depend on them: shuffle first.
#pragma once

#include <span>

namespace pointsman::learn {

// Whether the values prove, at level `delta`, that the mean they are drawn from is below 0. No value may exceed `most`.
bool proves_negative_mean(std::span<const double> values, double most, double delta);

}  // namespace pointsman::learn
