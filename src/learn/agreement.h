// How far people agree who label: Cohen's kappa for each pair of them, and over all pairs.
//
// Kappa is the agreement beyond what the two would reach by chance (Cohen 1960): 1 is always, 0 no more than chance.
// A pair's interval is the large-sample one of Fleiss, Cohen and Everitt (1969, equation 13); over all pairs kappa is
// pooled (De Vries, Elliott, Kanouse and Teleki 2008: expected and observed agreement are averaged over the pairs
// before the quotient), and its interval is the percentile bootstrap over items (Efron and Tibshirani 1993, chapter
// 13), since one item may count for several pairs. Pure and deterministic for a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "learn/evaluate.h"

namespace pointsman::learn {

// What one person said of one item. What is said last counts.
struct SaidLabel {
  std::string annotator;
  std::string item;
  std::string category;  // empty: none of them
};

struct Kappa {
  double value = 0;
  double low = -1;  // 95 %
  double high = 1;
};

struct PairAgreement {
  std::string first;  // before `second` in the alphabet
  std::string second;
  Share same;                  // of the items that both labelled
  double expected = 0;         // of that share, by chance
  std::optional<Kappa> kappa;  // nothing where chance alone would always agree, or nothing was labelled twice
};

struct AgreementReport {
  std::vector<PairAgreement> pairs;  // that share an item, by name
  std::size_t items = 0;             // labelled by more than one person
  Share same;                        // over all pairs
  std::optional<Kappa> overall;
};

struct AgreementOptions {
  int resamples = 1000;
  std::uint64_t seed = 1;
};

AgreementReport measure_agreement(std::span<const SaidLabel> labels, const AgreementOptions& options = {});

}  // namespace pointsman::learn
