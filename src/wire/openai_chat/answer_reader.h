// Reads a whole Chat Completions answer, whichever server it is from, into neutral form.
//
// Pure. Lenient where servers differ (reasoning.h, tool_call.h, numbers of choices); an answer that is none is an
// error, never an empty answer.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_chat {

// Sets `out` and returns what it has no place for. Errors are the upstream's, and another target may help: kParse for
// what is not JSON, kUpstreamStatus for an error under a 200, kCorrupt for an object without choices.
base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out);

}  // namespace pointsman::wire::openai_chat
