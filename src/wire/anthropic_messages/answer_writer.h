// A whole answer as a message of this protocol. Pure.
//
// One message holds one choice: others are a loss. A refusal is text, and the stop reason says that it is one. Answers
// whose provider names no id or model take the context's. Reasoning keeps its text; what only another provider can read
// travels as a redacted block, so that the client can give it back.
#pragma once

#include <string>

#include "llm/answer.h"
#include "llm/answer_context.h"

namespace pointsman::wire::anthropic_messages {

// Appends the body.
llm::Losses write_whole_answer(const llm::Answer& answer, const llm::AnswerContext& context, std::string& out);

}  // namespace pointsman::wire::anthropic_messages
