#include "route/cost.h"

#include <algorithm>

namespace pointsman::route {

std::optional<Cost> cost_of(const llm::Usage& usage, const Prices& prices) {
  if (!usage.known() || !prices.known()) return std::nullopt;
  const std::int64_t cached = usage.cached_input_tokens.value_or(0);
  const bool sound =
      *usage.input_tokens >= 0 && *usage.output_tokens >= 0 && cached >= 0 && cached <= *usage.input_tokens;
  if (!sound || (cached > 0 && !prices.cached_input)) return std::nullopt;
  Cost cost;
  cost.input = prices.input->times(*usage.input_tokens - cached);
  if (cached > 0) cost.cached_input = prices.cached_input->times(cached);
  cost.output = prices.output->times(*usage.output_tokens);
  return cost;
}

std::int64_t expected_output(const llm::Requirements& needs, std::int64_t typical) {
  return needs.output_tokens > 0 ? std::min(needs.output_tokens, typical) : typical;
}

std::optional<base::Money> expected_cost(const llm::Requirements& needs, const Prices& prices,
                                         std::int64_t typical_output) {
  if (!prices.known()) return std::nullopt;
  return prices.input->times(needs.input_tokens) + prices.output->times(expected_output(needs, typical_output));
}

}  // namespace pointsman::route
