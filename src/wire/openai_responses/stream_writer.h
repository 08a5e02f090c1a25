// Writes the events of a neutral answer as a stream of the Responses API.
//
// One per stream, on its thread. Keeps the answer's text, for the last event repeats all of it. The order, names and
// members of the events are those that the service's own streams have (openapi.yaml: ResponseStreamEvent); there is no
// [DONE]. An error in the middle ends the stream with "error" and "response.failed".
#pragma once

#include <memory>

#include "llm/answer.h"
#include "llm/answer_context.h"

namespace pointsman::wire::openai_responses {

// Of the context, only what the stream repeats is kept.
std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context);

}  // namespace pointsman::wire::openai_responses
