// A whole message of this protocol in neutral form. Pure.
//
// Members as in the provider's published types (Message, ContentBlock). Blocks of the provider's own tools, citations
// and containers are losses; a missing `input` of a call is {}.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

// Sets `out`. kParse, kTooLarge or kInvalidArgument with the place, blamed on the upstream, if the body is no message.
base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out);

}  // namespace pointsman::wire::anthropic_messages
