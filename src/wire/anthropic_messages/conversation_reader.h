// A Messages request in neutral form, for models that speak another protocol. Pure.
//
// Members as in the provider's published types (MessageCreateParams). What the neutral form has no place for is a loss:
// tools of the provider's own and their blocks, containers, MCP servers, context management, ... A tool's results
// become messages of their own, in order; an effort of "max" stays "max"; the service tier "standard_only" is "default"
// there.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/conversation.h"

namespace pointsman::wire::anthropic_messages {

// Sets `out` to the body's content. max_tokens may be absent (count_tokens). Errors are the client's: kParse with the
// position, kTooLarge, or kInvalidArgument whose place() is the JSON pointer of the offending member.
base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out);

}  // namespace pointsman::wire::anthropic_messages
