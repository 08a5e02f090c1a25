// Writes a neutral answer as a whole Chat Completions answer (openapi.yaml: CreateChatCompletionResponse).
//
// Pure. What was thought goes out as "reasoning_content", which clients read though the schema has no such member.
#pragma once

#include <string>

#include "llm/answer.h"
#include "llm/answer_context.h"

namespace pointsman::wire::openai_chat {

// Appends the body to `out` and returns what it cannot express. Unknown usage is left out, never zero.
llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out);

}  // namespace pointsman::wire::openai_chat
