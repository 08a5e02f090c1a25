// Everything `pointsman pair` finds out from labelled requests about which both were heard, before it is shown: what
// the small model's opinion is worth, the thresholds of both stages, and what they come to in money. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "classify/pairing.h"
#include "learn/paired_stages.h"
#include "learn/pool_fit.h"

namespace pointsman::cli {

// What became of asking about one labelled request.
enum class Hearing : std::uint8_t {
  kHeard,    // there is an opinion, usable or not: the gateway would have got the same
  kUnheard,  // nobody answered: whatever it would have said may have been wrong
};

struct MeasuredRow {
  std::vector<float> local;  // the classifier's, per category of the configuration; empty: there is none
  classify::Opinion opinion;
  Hearing hearing = Hearing::kHeard;
  std::size_t truth = 0;  // a category, or the number of categories: none of them
  bool shapes = false;    // teaches the pool and the paths; the others prove
};

// Whether the rows of this text are among those that teach: about `share` of all texts, always the same ones.
bool teaches(std::string_view text, double share);

struct MeasurementInput {
  const learn::LossMatrix& losses;      // of the promise, in its order
  std::vector<std::size_t> categories;  // for each of its categories, the place in the configuration
  learn::Promise promise;
  std::vector<MeasuredRow> rows;
  std::optional<learn::Prices> prices;  // dollars a request, categories in the order of `losses`
  // What opinions were found to be worth before, where the rows are too few to say; null: then nothing is measured.
  const classify::Combination* known = nullptr;
  learn::PairOptions options{};
};

struct OpinionWorth {
  classify::OpinionSource source = classify::OpinionSource::kBare;
  learn::PoolFit fit;
};

// One way to route, on the rows that prove.
struct RoutingLine {
  double asked = 0;  // shares
  double kept = 0;
  double lost = 0;
  double dollars = 0;  // a request; meaningless without prices
};

struct Measurement {
  std::vector<OpinionWorth> worth;
  std::size_t teaching = 0;
  std::size_t proving = 0;
  std::size_t unusable = 0;  // of all rows
  std::size_t unheard = 0;
  learn::CertifiedPair pair;
  RoutingLine both;
  RoutingLine alone;  // the classifier with a certificate of its own, under the same promise
  bool alone_certified = false;
  std::optional<double> fallback_dollars;  // a request, if everything went to the fallback
  classify::Pairing pairing;               // but for classifier, model and prompt_version
};

// kInvalidArgument if too few opinions can be used to say what they are worth.
base::Result<Measurement> measure(const MeasurementInput& input, classify::RiskKind kind, std::string data);

// Rows that must be there, at the least, for anything to be certified when a `share` of them teaches.
struct RowsNeeded {
  std::size_t teaching = 0;
  std::size_t proving = 0;
  std::size_t all = 0;
};
RowsNeeded rows_needed_for(const learn::Promise& promise, learn::LossKind kind, double share);

}  // namespace pointsman::cli
