// What is told of a request as a trace, from what its entry and its notes have: measured and decided, never what was
// said.
//
// Pure; fills a record in place, so that filling it again allocates nothing once its texts have grown. On the thread
// that served the request.
#pragma once

#include <string_view>

#include "gateway/snapshot.h"
#include "gateway/span_notes.h"
#include "ledger/entry.h"
#include "llm/protocol.h"
#include "trace/record.h"

namespace pointsman::gateway {

struct TracedRequest {
  const Snapshot& snapshot;
  const ledger::Entry& entry;
  const SpanNotes& notes;
  std::string_view decision;
  llm::Protocol protocol = llm::Protocol::kChatCompletions;
  base::MonoTime received{};
  base::MonoTime answered{};  // the clock's beginning: nothing was
  base::MonoTime now{};
  int released = -1;   // the attempt whose answer went out; none
  bool asked = false;  // this request put the question to the small model
};

void fill_record(const TracedRequest& request, trace::Record& out);

}  // namespace pointsman::gateway
