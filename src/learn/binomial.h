// Exact binomial tails and what risk control needs of them: p-values and bounds for a mean that lies in [0, 1].
//
// Pure, thread-safe. Tails are regularised incomplete beta functions (DLMF 8.17.22 by modified Lentz), good to about
// twelve digits; nothing is approximated by a normal distribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pointsman::learn {

// What one row can lose: 0 or 1 alone, or anything between. Which test is valid depends on it.
enum class LossKind : std::uint8_t { kZeroOne, kBounded };

// P(X <= k) for X ~ Binomial(n, p). `p` in [0, 1]. 1 for k >= n.
double binomial_cdf(std::size_t k, std::size_t n, double p);

// A valid p-value of the hypothesis "the mean loss is above `mean`" given `total` lost by `n` independent rows: small
// when so little loss would be surprising. Exact binomial for kZeroOne (`total` is then a count); the Hoeffding-Bentkus
// inequality (Bates, Angelopoulos, Lei, Malik, Jordan 2021, "Distribution-free, risk-controlling prediction sets",
// section 3.1) for kBounded. 1 for no rows.
double risk_p_value(double total, std::size_t n, double mean, LossKind kind);

// The largest mean that risk_p_value does not reject at level `delta`: for kZeroOne the one-sided Clopper-Pearson
// bound. 1 for no rows.
double risk_upper_bound(double total, std::size_t n, double delta, LossKind kind);

// About how many rows it takes to show, at level `delta`, that the mean is at most `mean` when rows lose `rate` on
// average: the smallest n at which a total of ceil(n x rate) is enough. Nothing when no number of rows is (rate >=
// mean) or ten million are not.
std::optional<std::size_t> rows_needed(double rate, double mean, double delta, LossKind kind);

// The largest rate of loss at which `n` rows show that the mean is at most `mean`; negative when even none at all is
// not enough.
double provable_rate(std::size_t n, double mean, double delta, LossKind kind);

}  // namespace pointsman::learn
