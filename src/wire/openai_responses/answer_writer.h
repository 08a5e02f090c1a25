// Writes a neutral answer as the body of a response.
// Pure; the members of the request that a response repeats come from the context.
#pragma once

#include <string>

#include "llm/answer.h"
#include "llm/answer_context.h"
#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

// Appends the body, and gives what it has no place for: further choices, images and audio, a pause.
llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out);

}  // namespace pointsman::wire::openai_responses
