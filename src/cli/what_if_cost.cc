#include "cli/what_if_cost.h"

#include <algorithm>

#include "ledger/total_cost.h"
#include "route/cost.h"

namespace pointsman::cli {
namespace {

using base::Money;
using ledger::Entry;

std::optional<Money> sum_of(const std::optional<Money>& a, const std::optional<Money>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

std::optional<std::int64_t> pictures_of(const Entry& entry) {
  if (!llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kVision)) return 0;
  return std::nullopt;
}

}  // namespace

OtherDecision other_decision(const Entry& entry, const Again& again) {
  OtherDecision out;
  out.same_model_first = again.first().name == entry.candidates.front();
  const route::Market& market = again.policy->market();
  if (!out.same_model_first) {
    out.model = &again.first();
  } else if (const auto answered = market.find(entry.model)) {
    out.model = &market.model(*answered);
  }
  const classify::Stage stage = again.decided.verdict.stage;
  out.small_model_asked = stage == classify::Stage::kLlm || stage == classify::Stage::kFallback;
  return out;
}

std::optional<Money> WhatIfCost::answer(const Entry& entry, const OtherDecision& decision, bool cached) {
  if (decision.same_model_first && cached) return entry.cost;
  if (decision.model == nullptr) return std::nullopt;
  llm::Usage usage = entry.usage;
  const auto with_cache = route::cost_of(usage, decision.model->prices, pictures_of(entry));
  if (!cached) usage.cached_input_tokens.reset();
  const auto cost = route::counterfactual_cost(usage, decision.model->prices, pictures_of(entry));
  if (!cost) return std::nullopt;
  if (!decision.same_model_first) return cost->total();
  // Only the cache is gone; what discarded answers cost stays.
  if (!with_cache || !entry.cost) return std::nullopt;
  return *entry.cost + (cost->total() - with_cache->total());
}

std::optional<Money> WhatIfCost::of(const Entry& entry, const OtherDecision& decision) {
  const ledger::CostParts paid = ledger::cost_parts(entry);
  const std::optional<Money> asked = decision.small_model_asked ? paid.classification : Money{};
  const std::optional<Money> besides = sum_of(asked, paid.summary);
  if (!entry.bill.replayed.empty()) return besides;
  Conversation alone;
  Conversation& conversation = entry.conversation == 0 ? alone : conversations_[entry.conversation];
  const std::string model = decision.model != nullptr ? decision.model->name : entry.model;
  const bool known = std::ranges::find(conversation.models, model) != conversation.models.end();
  const bool cached = known || (decision.same_model_first && !conversation.diverged);
  if (!cached && entry.usage.cached_input_tokens.value_or(0) > 0) ++cache_lost_;
  if (!decision.same_model_first) conversation.diverged = true;
  if (!known) conversation.models.push_back(model);
  return sum_of(answer(entry, decision, cached), besides);
}

}  // namespace pointsman::cli
