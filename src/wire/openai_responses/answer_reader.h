// Reads the body of a response into neutral form.
// Pure; accepts any bytes. Items that only OpenAI's own tools make are losses.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_responses {

// Errors are the upstream's: kParse for what is no response, kUpstreamStatus for one that failed, with its message.
base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out);

}  // namespace pointsman::wire::openai_responses
