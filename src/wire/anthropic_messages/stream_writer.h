// Neutral events into a stream of this protocol. One per stream, on its thread.
//
// Blocks never interleave here: while one is open, later ones are held back and follow when it ends (parallel calls of
// other protocols). At most kMostHeld bytes wait; an answer that needs more ends in an error event. One message holds
// one choice: others are a loss. Says message_start with what is known of the prompt, and at the end message_delta with
// the whole usage and message_stop; pings are not needed. Calls of tools that take free text are given as
// {"input": text}; refusals are text, and the stop reason says so.
#pragma once

#include <cstddef>
#include <memory>

#include "llm/answer.h"
#include "llm/answer_context.h"

namespace pointsman::wire::anthropic_messages {

inline constexpr std::size_t kMostHeld = 8U << 20;
inline constexpr std::size_t kMostBlocks = 1024;  // that wait at the same time

std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context);

}  // namespace pointsman::wire::anthropic_messages
