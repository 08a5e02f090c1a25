// The named edits that turn a client's Responses body into the one that a provider of the same protocol gets.
//
// Pure. Everything but the edits goes out byte for byte: order of members, spelling of numbers, unknown members.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "json/splice.h"
#include "llm/chat_request.h"

namespace pointsman::wire::openai_responses {

// Fills `out` for the body `request` was read from, with the name the upstream knows in place of the model's. Reasoning
// items that another provider proved (sealed.h), from earlier turns of the same conversation, are left out: no
// provider of this protocol could open them and it would refuse the request. The answer says how many those are.
// kInternal if `request` does not belong to its body.
base::Result<std::size_t> forward_body(const llm::ChatRequest& request, std::string_view upstream_model,
                                       json::Document& document, json::Splices& out);

}  // namespace pointsman::wire::openai_responses
