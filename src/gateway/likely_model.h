// Which model is worth calling before the small model has said what it thinks of a request (speculate).
//
// Pure: what the decision would be, were the classifier's likeliest category confirmed under the same conditions.
#pragma once

#include <optional>

#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

// The model that would then be called first; `decision` has the evidence, as Decider::look() and hear() left it.
// Nothing unless that category asks for it, the classifier is sure enough for its wish, and both opinions together
// could decide for it. Nor if that model is sick, or if its answer would be judged before it is released.
std::optional<route::ModelIndex> likely_model(const Snapshot& snapshot, const llm::ChatRequest& request,
                                              const Decision& decision, route::Conditions conditions);

}  // namespace pointsman::gateway
