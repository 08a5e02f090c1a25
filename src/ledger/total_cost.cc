#include "ledger/total_cost.h"

namespace pointsman::ledger {
namespace {

using base::Money;

std::optional<Money> plus(const std::optional<Money>& a, const std::optional<Money>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

std::optional<Money> discarded_cost(const Entry& entry) {
  std::optional<Money> sum = Money{};
  for (const Attempt& one : entry.attempts) {
    if (one.judged.discarded) sum = plus(sum, one.judged.cost);
  }
  return sum;
}

}  // namespace

std::optional<Money> CostParts::total() const {
  return plus(plus(answer, discarded), plus(classification, summary));
}

CostParts cost_parts(const Entry& entry) {
  CostParts parts;
  parts.discarded = discarded_cost(entry);
  if (entry.cost && parts.discarded) parts.answer = *entry.cost - *parts.discarded;
  parts.classification = entry.consultation.model.empty() ? Money{} : entry.consultation.cost;
  parts.summary = entry.fitting.summary_model.empty() ? Money{} : entry.fitting.summary_cost;
  return parts;
}

std::optional<Money> total_cost(const Entry& entry) {
  const CostParts parts = cost_parts(entry);
  return plus(entry.cost, plus(parts.classification, parts.summary));
}

}  // namespace pointsman::ledger
