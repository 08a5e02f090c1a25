// The names this protocol gives to the reasons for which an answer ends (the provider's type StopReason).
// Pure functions, any thread.
#pragma once

#include <string_view>

#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

// kUnknown for a name that is new to us.
llm::StopReason stop_reason_from(std::string_view name);
// The reason as this protocol sees it: other providers also say "done" of an answer that calls tools or refuses.
llm::StopReason completed(llm::StopReason reason, bool has_call, bool has_refusal);
// "end_turn" for kUnknown: a finished message always has a reason here.
std::string_view stop_reason_name(llm::StopReason reason);

}  // namespace pointsman::wire::anthropic_messages
