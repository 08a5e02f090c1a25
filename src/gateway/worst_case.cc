#include "gateway/worst_case.h"

#include <algorithm>

#include "gateway/bill.h"
#include "route/cost.h"

namespace pointsman::gateway {

std::optional<std::int64_t> output_bound(const llm::ChatRequest& request, const route::Model& model) {
  if (request.needs.output_tokens > 0) {
    return model.max_output ? std::min(request.needs.output_tokens, *model.max_output) : request.needs.output_tokens;
  }
  if (model.max_output) return model.max_output;
  if (!model.context_window) return std::nullopt;
  return std::max<std::int64_t>(*model.context_window - request.needs.input_tokens, 1);
}

std::optional<std::int64_t> room_of(const route::Model& model, std::int64_t output) {
  std::optional<std::int64_t> room = model.max_input;
  if (model.context_window) {
    const std::int64_t rest = *model.context_window - std::max<std::int64_t>(output, 1);
    room = room ? std::min(*room, rest) : rest;
  }
  return room;
}

limits::Demand worst_case(const llm::ChatRequest& request, const Decision& decision, const route::Market& market,
                          route::ModelIndex index) {
  const route::Model& model = market.model(index);
  const std::int64_t prompt = route::most_tokens(request.needs, decision.prompts, index);
  const std::int64_t choices = request.choices;
  limits::Demand demand{.tokens = prompt, .requests = 0};
  const auto bound = output_bound(request, model);
  if (!bound) return demand;
  demand.tokens += *bound * choices;
  const auto most = route::worst_case(prompt, *bound, model.prices, choices, pictures_of(request), request.priority);
  if (most) demand.nanos = most->nanos;
  return demand;
}

}  // namespace pointsman::gateway
