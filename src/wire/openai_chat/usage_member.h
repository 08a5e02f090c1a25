// The "usage" of an answer, written (openapi.yaml: CompletionUsage).
// Pure.
#pragma once

#include "json/writer.h"
#include "llm/usage.h"

namespace pointsman::wire::openai_chat {

// The object. Only for usage.known(): the schema demands both counts, and unknown is never zero.
void write_usage(const llm::Usage& usage, json::Writer& writer);

}  // namespace pointsman::wire::openai_chat
