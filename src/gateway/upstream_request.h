// Makes of the client's request what a model gets: the same body but for named edits where both speak one protocol, a
// translated one where they do not. Pure but for the request's state, which keeps what is sent.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/request_state.h"
#include "gateway/snapshot.h"
#include "http/head.h"
#include "llm/protocol.h"

namespace pointsman::gateway {

struct Sent {
  llm::Protocol protocol = llm::Protocol::kChatCompletions;  // that the model speaks
  bool hide_usage = false;          // a report of usage is coming that the client did not ask for
  std::vector<std::string> losses;  // what the model does not get
};

// In state.pieces; they hold until the state is used for another model. kUnsupported, the client's, where the model
// cannot be asked in its protocol, or not without losing what router.on_unsupported says must not be lost.
base::Result<Sent> write_upstream_request(const Snapshot& snapshot, RequestState& state,
                                          const http::FieldList& client_fields, int model, bool ask_logprobs);

}  // namespace pointsman::gateway
