// What a provider of this protocol says went wrong, in neutral form.
//
// Pure; accepts any bytes.
#pragma once

#include <string_view>

#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

// Reads {"type":"error","error":{"type","message"}} and the shapes that servers in between send instead; of anything
// else the beginning of the text is the message. The message is never empty and at most 512 bytes; it may quote the
// request.
llm::AnswerError read_error(std::string_view body, json::Document& document);

}  // namespace pointsman::wire::anthropic_messages
