#include "cli/what_if_cost.h"

#include <algorithm>

#include "route/cost.h"

namespace pointsman::cli {
namespace {

using base::Money;
using ledger::Entry;

std::optional<Money> sum_of(const std::optional<Money>& a, const std::optional<Money>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

// Of asking the small model; nothing is paid where it was not asked.
std::optional<Money> consultation_cost(const Entry& entry) {
  return entry.consultation.model.empty() ? Money{} : entry.consultation.cost;
}

}  // namespace

std::optional<Money> cost_as_happened(const Entry& entry) {
  return sum_of(entry.cost, consultation_cost(entry));
}

std::optional<Money> WhatIfCost::answer(const Entry& entry, const OtherDecision& decision, bool cached) {
  if (decision.same_model_first && cached) return entry.cost;
  if (decision.model == nullptr) return std::nullopt;
  llm::Usage usage = entry.usage;
  const auto with_cache = route::cost_of(usage, decision.model->prices);
  if (!cached) usage.cached_input_tokens.reset();
  const auto cost = route::cost_of(usage, decision.model->prices);
  if (!cost) return std::nullopt;
  if (!decision.same_model_first) return cost->total();
  // Only the cache is gone; what discarded answers cost stays.
  if (!with_cache || !entry.cost) return std::nullopt;
  return *entry.cost + (cost->total() - with_cache->total());
}

std::optional<Money> WhatIfCost::of(const Entry& entry, const OtherDecision& decision) {
  Conversation alone;
  Conversation& conversation = entry.conversation == 0 ? alone : conversations_[entry.conversation];
  const std::string model = decision.model != nullptr ? decision.model->name : entry.model;
  const bool known = std::ranges::find(conversation.models, model) != conversation.models.end();
  const bool cached = known || (decision.same_model_first && !conversation.diverged);
  if (!cached && entry.usage.cached_input_tokens.value_or(0) > 0) ++cache_lost_;
  if (!decision.same_model_first) conversation.diverged = true;
  if (!known) conversation.models.push_back(model);
  const std::optional<Money> asked = decision.small_model_asked ? consultation_cost(entry) : Money{};
  return sum_of(answer(entry, decision, cached), asked);
}

}  // namespace pointsman::cli
