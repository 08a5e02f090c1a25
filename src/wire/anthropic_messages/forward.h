// The edits that turn a client's Messages body into the one the upstream gets: the model's name, and without the
// thinking of other models, which Anthropic refuses (unsigned_thinking.h).
//
// Pure. All else goes out byte for byte: order of members, spelling of numbers, unknown members, cache markers.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/splice.h"
#include "llm/chat_request.h"

namespace pointsman::wire::anthropic_messages {

// Fills `out` for the body `request` was read from; `upstream_model` is copied. kInternal if `request` does not belong
// to its body.
base::Result<void> forward_body(const llm::ChatRequest& request, std::string_view upstream_model, json::Splices& out);

}  // namespace pointsman::wire::anthropic_messages
