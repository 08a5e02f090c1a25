// The named edits that turn a client's Chat Completions body into the one the upstream gets.
//
// Pure. Everything but the edits goes out byte for byte: order of members, spelling of numbers, unknown members.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/splice.h"
#include "llm/chat_request.h"

namespace pointsman::wire::openai_chat {

struct Edits {
  std::string_view model;  // the name the upstream knows; copied
  bool ask_usage = false;  // have the upstream report usage at the end of a stream, though the client did not ask
  // Have the upstream tell how probable its tokens were, though the client did not ask: only where the answer's
  // "logprobs" will be taken out again (answer_facts.h).
  bool ask_logprobs = false;
};

// Fills `out` for the body `request` was read from. The answer says whether a report of usage is now coming that the
// client did not ask for, and that must not reach it (usage_meter.h). kInternal if `request` does not belong to its
// body.
base::Result<bool> forward_body(const llm::ChatRequest& request, const Edits& edits, json::Splices& out);

}  // namespace pointsman::wire::openai_chat
