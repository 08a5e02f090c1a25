// Reads the outline of a Responses request: the items of "input", their calls and results, where turns begin.
//
// Pure. For bodies that read_responses_request() accepted; others are refused just as clearly. An "input" that is a
// string is one item that a user says. Items with a "call_id" are calls, or results if their type ends in "_output";
// only the outputs of functions and custom tools can be masked, since a text may stand for them. An item_reference pins
// its turn: we do not see whether it is a call. A compaction item stays, for it stands for what came before.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/outline.h"

namespace pointsman::wire::openai_responses {

// Errors are the client's: kParse with the position, kTooLarge, kInvalidArgument whose place() is the JSON pointer of
// the member ("/input/2/role"), or kUnsupported where part of the conversation is in the provider's store
// ("/previous_response_id", "/conversation", "/prompt"): what we do not see cannot be counted or trimmed.
base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out);

}  // namespace pointsman::wire::openai_responses
