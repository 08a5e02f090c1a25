// The answer of POST /v1/route, and what `pointsman route` prints: the decision, its reasons and what it was made from.
// Pure; appends to the caller's string.
#pragma once

#include <string>

#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

// Appends one JSON object: category, confidence, stage, threshold, reason, model, fallback, candidates (best first,
// with expected cost in dollars), excluded (with the requirement that ruled each out), requirements, probabilities,
// rule_hits, versions, encoder (how asking it went, and how long it took), llm (where a small model may be asked: how
// that went, what it said, what both opinions together came to), classify_us.
void write_route_body(const Snapshot& snapshot, const llm::ChatRequest& request, const Decision& decision,
                      std::string& out);

}  // namespace pointsman::gateway
