// Two classifiers judged on the same rows: has the second become worse, and by how much at most?
//
// What the rows say is in those on which the two differ: `broken` were right before and are wrong now, `mended` the
// other way round. The fall is their difference as a share of the rows.
//   fell       exact McNemar test: of rows that differ, as many break as mend (Fagerland, Lydersen and Laake 2013, BMC
//              Medical Research Methodology 13:91, review it; mid-p is not used, so it is never too bold).
//   not worse  exact unconditional test that the fall is below a margin (Sidik 2003, Statistics in Medicine 22): rows
//              as far out as those seen, in the order of Tango's score (1998, Statistics in Medicine 17), summed over
//              the trinomial distribution; the largest such sum over what the share of mended rows may be, limited to
//              its exact 99.99 % interval at the price of 0.0001 (Berger and Boos 1994, JASA 89).
//   weighted   where rows stand for different numbers of requests, or losses are not 0 or 1: by betting (mean_bet.h).
// Pure, deterministic, nothing is approximated by a normal distribution but the estimates of how many rows are missing.
// Assumption: the rows are drawn independently from what they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pointsman::learn {

struct PairedCounts {
  std::size_t rows = 0;
  std::size_t mended = 0;
  std::size_t broken = 0;
  double fall() const;  // of accuracy; negative: it rose. 0 for no rows
};

struct Interval {
  double low = -1;
  double high = 1;
};

// Small when so many broken rows would be surprising if it had not become worse.
double fell_p_value(const PairedCounts& counts);

// Small when so few broken rows would be surprising if the fall were `margin` or more; `margin` in (-1, 1). 1 for no
// rows.
double not_worse_p_value(const PairedCounts& counts, double margin);

// Of the fall; each end holds with confidence 1 - alpha.
Interval fall_interval(const PairedCounts& counts, double alpha);

// Rows that prove a fall below `margin` if nothing breaks.
std::size_t rows_if_faultless(double margin, double alpha);

// Rows at which a fall of `fall` would be noticed by fell_p_value at level alpha if nothing is mended.
std::size_t rows_to_notice(double fall, double alpha);

// About how many rows it takes to prove a fall below `margin` if shares stay what they are: at least rows_if_faultless.
// Nothing when no number of rows does.
std::optional<std::size_t> rows_to_prove(const PairedCounts& counts, double margin, double alpha);

// One row's loss after less its loss before, in [-1, 1], and how many requests the row stands for.
struct Difference {
  double value = 0;
  double weight = 1;
};

class WeightedDifferences {
 public:
  // The order of the rows does not matter: they are sorted, then shuffled by the seed.
  WeightedDifferences(std::vector<Difference> rows, std::uint64_t seed);

  double mean() const { return mean_; }  // 0 for no rows
  bool proves_below(double margin, double alpha) const;
  // Each end with confidence 1 - alpha.
  Interval interval(double alpha) const;
  // As above, by a normal approximation.
  std::optional<std::size_t> rows_to_prove(double margin, double alpha) const;

 private:
  bool proves(double sign, double margin, double alpha) const;

  std::vector<Difference> rows_;
  double heaviest_ = 0;
  double mean_ = 0;
};

}  // namespace pointsman::learn
