#include "gateway/likely_model.h"

#include <algorithm>

namespace pointsman::gateway {

std::optional<route::ModelIndex> likely_model(const Snapshot& snapshot, const llm::ChatRequest& request,
                                              const Decision& decision, route::Conditions conditions) {
  const std::vector<float>& probabilities = decision.evidence.probabilities;
  if (probabilities.empty()) return std::nullopt;
  const auto likeliest = std::ranges::max_element(probabilities);
  const auto category = static_cast<std::size_t>(likeliest - probabilities.begin());
  const config::CategoryConfig& wish = snapshot.config.categories[category];
  if (!wish.speculate || *likeliest < *wish.speculate) return std::nullopt;
  if (wish.pooled_threshold > 1 || wish.strategy == route::Strategy::kEscalate) return std::nullopt;
  classify::Verdict confirmed;
  confirmed.category = static_cast<int>(category);
  confirmed.stage = classify::Stage::kLlm;
  conditions.conversation = request.conversation;
  route::Ranked ranked;
  if (!route::rank(request.needs, confirmed, snapshot.market, conditions, ranked)) return std::nullopt;
  const route::Candidate& first = ranked.candidates.front();
  if (first.source != route::Source::kCategory || !first.healthy) return std::nullopt;
  return first.model;
}

}  // namespace pointsman::gateway
