// An answer that has committed: its status is one the client should see, and the first byte of its body is here (I2).
// Plain values; owned by the request it was made for.
#pragma once

#include <cstddef>
#include <vector>

#include "gateway/upstream_request.h"
#include "llm/chat_request.h"
#include "upstream/call.h"

namespace pointsman::gateway {

struct Dispatched {
  upstream::AnswerPtr answer;
  int model = -1;
  Sent sent;                   // what the model was asked with
  std::size_t attempt = 0;     // its place among the entry's attempts
  bool to_judge = false;       // a better model could still be asked (judge.h)
  bool hide_logprobs = false;  // it has log-probabilities that the client did not ask for
  // Where those are in the body, once it is known.
  std::vector<llm::ByteRange> hidden{};
};

}  // namespace pointsman::gateway
