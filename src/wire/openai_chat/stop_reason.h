// Why a choice ended, in the words of Chat Completions and back (openapi.yaml: finish_reason).
// Pure; unknown words are told apart from silence.
#pragma once

#include <optional>
#include <string_view>

#include "llm/answer.h"

namespace pointsman::wire::openai_chat {

// Nothing for a word that nobody is known to use.
std::optional<llm::StopReason> stop_of(std::string_view finish_reason);

// What the rest of a choice says about its stop: servers, OpenAI's among them where a tool was forced, say "stop" of
// choices that end in calls, and of refusals; some say nothing, or a word of their own.
llm::StopReason settle_stop(llm::StopReason said, bool has_calls, bool has_refusal);

// "function_call" instead of "tool_calls" with `old_functions`. A refusal without a text of its own is told by
// "content_filter", for "stop" would sell it as an answer; a pause by "length".
std::string_view finish_reason_of(llm::StopReason stop, bool has_refusal, bool old_functions);

}  // namespace pointsman::wire::openai_chat
