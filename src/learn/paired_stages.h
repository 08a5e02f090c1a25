// Thresholds for two stages at once, with one promise about both: the classifier decides what it is sure of; of the
// rest a small model is asked, and both together decide what they are sure of; what then remains goes to the fallback
// model. Of all requests at most a stated share is decided wrongly by either stage, and of all thresholds that keep
// that promise those are taken which cost least money.
//
// Learn then Test (Angelopoulos, Bates, Candes, Jordan, Lei 2021) with several sequences of fixed order: one in which
// nobody is asked, along the classifier's path, and one for each of a few levels at which the classifier may decide,
// along the path of both together. The confidence is split over the sequences (Bonferroni), the larger part going to
// the one that looked best on the shape rows, so that all that is certified holds together and the cheapest may be
// chosen. Paths, levels and the split come from the shape rows alone. Assumption: exchangeability, as for risk.h; and
// neither the classifier nor the pool's weights have learnt from the rows that are tested.
// Pure and deterministic; the order of the rows does not matter.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classify/pairing.h"
#include "learn/risk.h"

namespace pointsman::learn {

// What the classifier would call a text, and what both together would; nothing: no opinion came, or none that counts.
struct PairedCall {
  Call local;
  std::optional<Call> pooled;
};

// Money for one request, in any unit.
struct Prices {
  double question = 0;           // for asking the small model
  std::vector<double> category;  // for an answer by the model of each category
  double fallback = 0;           // for an answer by the fallback model
};

struct PairOptions {
  // Shares of the requests that the classifier leaves undecided at each level, on the shape rows.
  std::vector<double> levels{0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1};
  double favourite = 0.5;  // of the risk of being wrong, for the sequence that looked best; the others share the rest
};

// Where one sequence of tests ended.
struct TestedPair {
  std::optional<std::uint32_t> local;   // step of the classifier's path; nothing: it decides nothing
  std::optional<std::uint32_t> pooled;  // step of the path of both; nothing: nobody is asked
  double confidence = 0;                // that this sequence was tested with
  bool certified = false;
  std::size_t asked = 0;
  std::size_t kept_local = 0;
  std::size_t kept_pooled = 0;
  double lost = 0;
  double money = 0;  // for one request, on average
};

struct CertifiedPair {
  Promise promise;
  LossKind loss = LossKind::kZeroOne;
  std::size_t rows = 0;
  bool certified = false;
  std::vector<float> local;  // thresholds, one per category; all kNeverKept when nothing is certified
  std::vector<float> pooled;
  TestedPair best;                // the cheapest of `tried` that is certified
  double bound = 1;               // the least risk that the same test would have promised for these thresholds
  double money_fallback = 0;      // for one request, if all went to the fallback model
  std::vector<TestedPair> tried;  // the sequence without questions first
};

// The paths along which is tested; both made from `shape`. Rows with a common opinion shape the second.
struct PairedPaths {
  ThresholdPath local;
  ThresholdPath pooled;
};
PairedPaths fit_paths(const LossMatrix& losses, std::span<const PairedCall> shape);

// `shape` and `rows` have no row in common. The prices name as many categories as `losses`.
CertifiedPair certify_pair(const PairedPaths& paths, std::span<const PairedCall> shape,
                           std::span<const PairedCall> rows, const Prices& prices, const Promise& promise,
                           LossKind kind, const PairOptions& options = {});

// Who was paired, and what was measured beside the thresholds.
struct PairingSubject {
  std::string classifier;      // content hash; empty: there is none
  std::string model;           // the small model
  std::string prompt_version;  // of the question
  classify::Combination opinions;
  classify::RiskKind kind = classify::RiskKind::kUnderRouting;
  std::string method;  // how the rows relate to the classifier: "held-out"
  std::string data;    // SHA-256 of the labelled requests
  classify::TrafficProfile traffic;
};

// The file that a router loads.
classify::Pairing pairing_of(const CertifiedPair& pair, const LossMatrix& losses, PairingSubject subject);

}  // namespace pointsman::learn
