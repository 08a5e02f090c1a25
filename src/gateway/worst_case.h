// The most that one attempt can cost: what is set aside before it is made.
// Pure functions.
#pragma once

#include "gateway/decision.h"
#include "limits/quota_outcome.h"
#include "llm/chat_request.h"
#include "route/market.h"

namespace pointsman::gateway {

// Tokens of one answer, at most: the client's own limit, else the model's, else what its window leaves. Nothing if
// nobody knows.
std::optional<std::int64_t> output_bound(const llm::ChatRequest& request, const route::Model& model);

// Tokens that a prompt may have with that model beside so much of an answer; nothing if that is not known.
std::optional<std::int64_t> room_of(const route::Model& model, std::int64_t output);

// A further attempt of a request that has its place. `nanos` is absent where price or bound are unknown.
// The prompt counts with the most that it may have with that model.
limits::Demand worst_case(const llm::ChatRequest& request, const Decision& decision, const route::Market& market,
                          route::ModelIndex model);

}  // namespace pointsman::gateway
