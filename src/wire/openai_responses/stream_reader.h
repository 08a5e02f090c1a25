// Reads a stream of response events into neutral form.
//
// One per stream, on its thread. Items are told apart by their place in the output, not by their ids, which some
// providers change from event to event. What was not streamed is taken from the event that ends its item, or from the
// last one. What only OpenAI's own tools say is a loss.
#pragma once

#include <memory>

#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_responses {

// `document` is the thread's; it must outlive the reader.
std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document);

}  // namespace pointsman::wire::openai_responses
