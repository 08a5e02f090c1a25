// Writes neutral messages as the "instructions" and "input" of a Responses request.
// Pure (openapi.yaml: InputItem).
#pragma once

#include <span>

#include "json/writer.h"
#include "llm/conversation.h"
#include "wire/loss_set.h"

namespace pointsman::wire::openai_responses {

// Writes the two members into the object that the writer is in.
void write_messages(std::span<const llm::Message> messages, json::Writer& writer, LossSet& losses);

}  // namespace pointsman::wire::openai_responses
