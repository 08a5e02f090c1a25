// Chance in who answers, so that the ledger can tell what another router would have brought.
//
// For a small share of the requests that the classifier decided, a model that another decision would have put first is
// put first: the head of another category, or of the fallback list. Doubt never routes down (I9), and neither does
// chance, unless that is asked for: without `down` only models that are known to be more capable are tried. What was
// done is kept with its propensity, without which no estimate is possible (learn/off_policy.h).
// Pure: the same inputs and lot give the same choice. Who may be tried is settled before the lot is looked at, so that
// the propensity is exact, and depends on what is recorded and on what had been spent before, never on the answer.
#pragma once

#include <optional>
#include <vector>

#include "base/money.h"
#include "route/ranking.h"

namespace pointsman::route {

struct ExplorationRules {
  double share = 0;   // of the requests that may be explored
  bool down = false;  // also models that are not known to be more capable
  // What one request may be expected to cost more than it would have; a model of unknown cost is then never tried.
  std::optional<base::Money> affordable;
};

struct Explored {
  ModelIndex preferred = 0;  // first without exploration
  ModelIndex first = 0;      // first now
  double propensity = 1;     // with which `first` was put there
  base::Money extra;         // that `first` is expected to cost more, 0 where it costs less or is unknown

  bool moved() const { return first != preferred; }
};

// Whether `model` is known to be more capable than `other`: the fallback list before the tiers; what neither orders is
// not known.
bool more_capable(const Market& market, ModelIndex model, ModelIndex other);

// The models that may be tried instead of the first candidate; empty where nothing may be: the classifier did not
// decide, the answer would be judged before its release (strategy escalate), or no model is eligible. All are healthy
// and fit. `ranked` is the ranking of `verdict`; `work` is reused from request to request.
void find_alternatives(const llm::Requirements& needs, const classify::Verdict& verdict, const Market& market,
                       const Conditions& conditions, const ExplorationRules& rules, const Ranked& ranked, Ranked& work,
                       std::vector<ModelIndex>& out);

// Draws: `lot` is even over all 64 bits and independent of everything else. With probability rules.share one of the
// alternatives, each as likely as any other, is put first in `ranked`, which has candidates.
Explored explore(const std::vector<ModelIndex>& alternatives, const llm::Requirements& needs, const Market& market,
                 const ExplorationRules& rules, std::uint64_t lot, Ranked& ranked);

// Puts a model first, ahead of the others in their order; it is added if it is not among them.
void put_first(ModelIndex model, const llm::Requirements& needs, const Market& market, Ranked& ranked);

}  // namespace pointsman::route
