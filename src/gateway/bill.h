// What a request costs at the prices of one snapshot, and the model that its cost is held against.
// Pure functions over snapshots; for the flow of one request, on its thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"
#include "llm/usage.h"

namespace pointsman::gateway {

// Pictures in the prompt: none, or unknown how many. They matter only where a model bills them apart.
std::optional<std::int64_t> pictures_of(const llm::ChatRequest& request);

// What that usage cost with the model; nothing if unknown.
std::optional<base::Money> cost_with(const route::Model& model, const llm::ChatRequest& request,
                                     const llm::Usage& usage);
// What it would have cost with a model that did not answer (route::counterfactual_cost).
std::optional<base::Money> cost_instead(const route::Model& model, const llm::ChatRequest& request,
                                        const llm::Usage& usage);

// The model that a request's cost is held against: the one the client named, else the stated baseline of the category,
// else the router's, else the first of the fallback.
route::ModelIndex baseline_of(const Snapshot& snapshot, const Decision& decision);

// What the first candidate is expected to take; nothing if its price is unknown or there is none.
std::optional<base::Money> expected_cost_of(const Snapshot& snapshot, const llm::ChatRequest& request,
                                            const Decision& decision);

}  // namespace pointsman::gateway
