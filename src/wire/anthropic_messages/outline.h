// Reads the outline of a Messages request: its messages, their calls and results, where turns begin.
//
// Pure. For bodies that read_messages_request() accepted; others are refused just as clearly. A user's message may hold
// results of several calls, and other content besides: then it also begins a turn. The separate "system" is no item. A
// message with a compaction block pins its turn: the block stands for all that came before it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/outline.h"

namespace pointsman::wire::anthropic_messages {

// Errors are the client's: kParse with the position, kTooLarge, or kInvalidArgument whose place() is the JSON pointer
// of the member ("/messages/2/content/0/type").
base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out);

}  // namespace pointsman::wire::anthropic_messages
