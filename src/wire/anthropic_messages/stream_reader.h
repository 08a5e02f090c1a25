// A stream of this protocol into neutral events. One per stream, on its thread.
//
// Takes what really comes: members in any order, a block's content in its start event, duplicated or spliced
// message_start (what was open is closed, and the parts of the second message follow), usage that restates the prompt,
// deltas without their block's start, unknown events and blocks (losses). At most kMostOpen blocks are open at a time;
// more are no stream of this protocol, and the oldest is closed.
#pragma once

#include <cstddef>
#include <memory>

#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

inline constexpr std::size_t kMostOpen = 64;

// `document` is the thread's; it must outlive the reader, and is free again when an event is given out.
std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document);

}  // namespace pointsman::wire::anthropic_messages
