// What one request cost in all, and what for: the answer, answers that were paid and thrown away, asking the small
// model, summing up what was trimmed. Pure.
//
// Unknown stays unknown (I6): if one part is, so is the sum. A part that did not happen costs nothing.
#pragma once

#include <optional>

#include "base/money.h"
#include "ledger/entry.h"

namespace pointsman::ledger {

struct CostParts {
  std::optional<base::Money> answer;          // of the answer that was released
  std::optional<base::Money> discarded;       // of answers that were not: escalations, speculations, broken JSON
  std::optional<base::Money> classification;  // asking the small model
  std::optional<base::Money> summary;

  // Of everything; nothing if something is unknown.
  std::optional<base::Money> total() const;
};

// The parts of an entry. Their total is total_cost(entry).
CostParts cost_parts(const Entry& entry);

// entry.cost, which has discarded answers in it already, and what was asked besides.
std::optional<base::Money> total_cost(const Entry& entry);

}  // namespace pointsman::ledger
