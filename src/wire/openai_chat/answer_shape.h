// What the two writers of answers share: ids, what a client's old request wants, texts on one line.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "llm/answer.h"
#include "llm/answer_context.h"
#include "wire/loss_set.h"

namespace pointsman::wire::openai_chat {

// "chatcmpl-" and the answer's id; the context's where the answer has none.
std::string completion_id(std::string_view id, const llm::AnswerContext& context);
// Whether the client's request has "functions" and no "tools": its answers have "function_call" instead of
// "tool_calls".
bool wants_old_functions(std::string_view request);
// The id of a call whose provider gave none.
std::string call_id(std::string_view answer, std::uint32_t choice, std::size_t call);
// Appends JSON text with its line ends as spaces: they can only stand between tokens, and would end a "data:" line.
void append_one_line(std::string_view json, std::string& out);
// What of a part no message of this protocol has.
void note_part_losses(const llm::Part& part, LossSet& losses);

}  // namespace pointsman::wire::openai_chat
