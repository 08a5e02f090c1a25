#include "gateway/bill.h"

#include "route/cost.h"

namespace pointsman::gateway {
namespace {

std::optional<base::Money> total(const std::optional<route::Cost>& cost) {
  return cost ? std::optional(cost->total()) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> pictures_of(const llm::ChatRequest& request) {
  if (!request.needs.capabilities.has(llm::Capability::kVision)) return 0;
  return std::nullopt;
}

std::optional<base::Money> cost_with(const route::Model& model, const llm::ChatRequest& request,
                                     const llm::Usage& usage) {
  return total(route::cost_of(usage, model.prices, pictures_of(request)));
}

std::optional<base::Money> cost_instead(const route::Model& model, const llm::ChatRequest& request,
                                        const llm::Usage& usage) {
  return total(route::counterfactual_cost(usage, model.prices, pictures_of(request)));
}

route::ModelIndex baseline_of(const Snapshot& snapshot, const Decision& decision) {
  if (!decision.routed && !decision.ranked.candidates.empty()) return decision.ranked.candidates.front().model;
  const int category = decision.routed ? decision.verdict.category : -1;
  if (category < 0) return snapshot.baseline;
  return snapshot.baseline_of_category[static_cast<std::size_t>(category)];
}

std::optional<base::Money> expected_cost_of(const Snapshot& snapshot, const llm::ChatRequest& request,
                                            const Decision& decision) {
  if (decision.ranked.candidates.empty()) return std::nullopt;
  const route::Candidate& first = decision.ranked.candidates.front();
  if (first.expected_cost) return first.expected_cost;
  return route::cost_with(first.model, request.needs, snapshot.market, decision.prompts);
}

}  // namespace pointsman::gateway
