// Reads the stream of a Chat Completions server, whichever it is, into neutral events.
//
// One per stream, on its thread. Takes what servers really send: tool calls whose index starts at 1, is missing, or is
// the same for all; names that are repeated, empty or late; whole arguments in one delta; several calls in one delta;
// chunks without choices first or last; usage beside or behind the last choice; a finish_reason on every chunk; whole
// messages instead of deltas; errors under a 200; several choices mixed.
//
// The last word is [DONE]. Where a server does not say it, a stream all of whose choices have a finish_reason is
// complete; any other that ends is not, and gets no kEnd. A choice's kStop waits for that end, or for the report of
// usage: servers exist that speak on after a finish_reason.
#pragma once

#include <memory>

#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_chat {

// `document` is the thread's and outlives the reader. kLogprobs of a refusal's tokens has the part_kind kRefusal.
std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document);

}  // namespace pointsman::wire::openai_chat
