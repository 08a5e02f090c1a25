// OpenAI's strict mode: an answer is sure to follow its schema, but a request with a schema of another kind is refused.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string_view>

#include "llm/conversation.h"
#include "wire/loss_set.h"

namespace pointsman::wire {

// Source: OpenAI's guide "Structured outputs", supported schemas: the root is an object, every object demands all of
// its properties and forbids others, and no keyword but the supported ones is used. Unsure is no: the schema is then
// sent without `strict`. Not counted: the limits on how many properties and levels there may be.
bool is_strict_schema(std::string_view schema);

// The member `strict` for this format, if it is to have one: what the client said; where its protocol guarantees every
// schema, true for those that strict mode takes, and a minor loss for the others.
std::optional<bool> strict_of(const llm::ResponseFormat& format, LossSet& losses);

}  // namespace pointsman::wire
