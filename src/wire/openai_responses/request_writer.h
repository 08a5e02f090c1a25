// Writes a neutral conversation as a Responses request, for providers that speak only this protocol.
//
// Pure. The provider is told to keep nothing ("store": false); a first system message becomes "instructions".
#pragma once

#include <string>

#include "base/result.h"
#include "llm/answer_context.h"
#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

// Appends the body, and gives what it has no place for. kInvalidArgument for a conversation without messages.
base::Result<llm::Losses> write_request(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out);

}  // namespace pointsman::wire::openai_responses
