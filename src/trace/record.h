// What is to be told of one request as a trace: its ids, times, decision and calls. No text of a prompt or an answer,
// and no name of a key, an owner or a user.
//
// Plain values. Filled by the worker that served the request, in a place that is used again and again (Ring), so that
// filling it allocates nothing once its strings have grown; read by the thread that sends traces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "llm/usage.h"
#include "trace/context.h"

namespace pointsman::trace {

// In microseconds; of those inside of a request since its beginning.
struct Interval {
  std::int64_t began = 0;
  std::int64_t ended = 0;
};

// One call of a model: an attempt at answering, or a question to the small model.
struct Call {
  SpanId id;
  Interval time;
  std::int64_t first_byte = 0;  // microseconds from sending to the first byte; 0: none came
  std::string model;            // by the gateway's name
  std::string upstream_model;   // what its provider calls it
  std::string provider;
  std::string address;  // of the provider; empty: unknown
  int port = 0;
  int status = 0;          // upstream's HTTP status, 0 if it never answered
  std::string error;       // empty: all went well
  bool failed = false;     // and it was not we who gave it up
  std::string worth;       // what its answer was held to be worth (ledger::Judgement); empty: not judged
  bool discarded = false;  // not released, though it may have been paid for
  bool hedged = false;     // of a question: a second call was made because the first took long
  llm::Usage usage;
  std::optional<base::Money> cost;
};

enum class Operation : std::uint8_t { kChat, kTextCompletion, kEmbeddings };

// How the model was chosen.
struct Choice {
  SpanId id;
  Interval time;
  std::string route;   // the category; empty: none
  std::string stage;   // that decided
  std::string reason;  // without details
  bool fallback = false;
  std::optional<float> confidence;
  float threshold = 0;
  std::string router_version;
  std::string classifier_version;
  std::string encoder;  // how asking the sentence encoder went; empty: none is configured
  std::string opinion;  // how asking the small model went; empty: likewise
};

struct Record {
  TraceId trace;
  SpanId id;
  SpanId parent;           // the client's; 0: it named none
  std::string state;       // the client's tracestate
  std::int64_t start = 0;  // microseconds since the Unix epoch
  std::int64_t took = 0;
  std::int64_t first_byte = 0;  // since the start; 0: none went out
  std::int64_t overhead = 0;    // of that, our own share
  Operation operation = Operation::kChat;
  bool stream = false;
  std::string decision;   // its id
  std::string asked_for;  // the model that the client named
  std::string model;      // that answered, or was tried last; empty: nobody was asked
  std::string provider;
  std::int64_t max_tokens = 0;  // 0: no limit was set
  int status = 0;               // what the client got
  std::string outcome;
  std::string error;    // its name alone; empty: all went well
  bool failed = false;  // and it was not the client who erred
  llm::Usage usage;
  std::optional<base::Money> cost;
  std::optional<base::Money> baseline_cost;
  std::string context;  // how a prompt that was too long was made to fit; empty: it fitted
  std::string cache;    // of answers given again: "hit"; empty: a model answered
  Choice choice;
  bool asked_opinion = false;
  Call opinion;             // while asked_opinion
  std::vector<Call> calls;  // the first call_count are of this request; the others keep their memory
  std::size_t call_count = 0;

  // The next call to be filled in, with what an earlier request left in it.
  Call& add_call() {
    if (call_count == calls.size()) calls.emplace_back();
    return calls[call_count++];
  }
  // Spans that it becomes.
  std::size_t spans() const { return 2 + (asked_opinion ? 1 : 0) + call_count; }
};

}  // namespace pointsman::trace
