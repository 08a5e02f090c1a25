// The OpenAI way to ask for a label, and vLLM's additions to it: a strict JSON schema with an enumeration, a list of
// choices (structured_outputs.choice, guided_choice), or a single token (max_tokens 1).
// Pure.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>

#include "simulate/label_question.h"

namespace pointsman::simulate {

// Nothing if the request asks in none of these ways. `max_tokens` is what the request allows, by either name.
std::optional<LabelQuestion> read_chat_labels(simdjson::dom::object members, std::optional<std::uint32_t> max_tokens);

}  // namespace pointsman::simulate
