// Reads the outline of a Chat Completions request: its messages, their calls and results, where turns begin.
//
// Pure. For bodies that read_chat_request() accepted; others are refused just as clearly. A role "function" answers the
// nearest "function_call" before it, since neither has an id. Messages of unknown roles are kOther.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/outline.h"

namespace pointsman::wire::openai_chat {

// Errors are the client's: kParse with the position, kTooLarge, or kInvalidArgument whose place() is the JSON pointer
// of the member ("/messages/2/role").
base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out);

}  // namespace pointsman::wire::openai_chat
