// Writes neutral events as the stream of chunks that clients of Chat Completions read (openapi.yaml:
// CreateChatCompletionStreamResponse).
//
// One per stream, on its thread. Every event goes out at once, each in a chunk of its own. The first delta of a choice
// names the role; with include_usage every chunk has a "usage" that is null, and a last one without choices carries the
// report, if usage is known; [DONE] ends a stream that ended in good order. Nothing follows an error.
#pragma once

#include <memory>

#include "llm/answer.h"
#include "llm/answer_context.h"

namespace pointsman::wire::openai_chat {

// Copies what it needs of the context.
std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context);

}  // namespace pointsman::wire::openai_chat
