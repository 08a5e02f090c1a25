// Writes a neutral conversation as the body of a Chat Completions request.
//
// Pure. Only members of openapi.yaml (CreateChatCompletionRequest) go out, but for what the context says that the
// server takes besides. What does not fit a message of this protocol moves to the nearest that does, and is told: the
// images of a tool's result follow in a user message.
#pragma once

#include <string>

#include "base/result.h"
#include "llm/answer_context.h"
#include "llm/conversation.h"

namespace pointsman::wire::openai_chat {

// Appends the body to `out` and returns what it cannot express. kInvalidArgument of the client for a conversation that
// this protocol has no form of at all: one without messages.
base::Result<llm::Losses> write_request(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out);

}  // namespace pointsman::wire::openai_chat
