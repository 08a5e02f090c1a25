// A conversation as a Messages request. Pure.
//
// What the API demands and a client of another protocol did not say: max_tokens is the client's limit, else the most
// that the model can generate, else kDefaultMaxTokens (and the thinking budget on top). What the API does not have is a
// loss: seeds, penalties, several choices, log-probabilities, JSON without a schema, temperatures above 1 (sent as 1).
// How much a model thinks is said as its generation takes it (model_dialect.h).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "llm/answer_context.h"
#include "llm/conversation.h"

namespace pointsman::wire::anthropic_messages {

inline constexpr std::int64_t kDefaultMaxTokens = 4096;

// Appends the body. kInvalidArgument at /messages, and nothing is appended, if no message is left to send.
base::Result<llm::Losses> write_request(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out);

}  // namespace pointsman::wire::anthropic_messages
