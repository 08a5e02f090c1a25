// Tries the candidates of a decision in their order until one commits: it answered with a status the client should see,
// and the first byte of its body is here (I2). After that there is no retry and no fallback.
#pragma once

#include "gateway/decision.h"
#include "gateway/health.h"
#include "gateway/measure.h"
#include "gateway/request_state.h"
#include "gateway/snapshot.h"
#include "http/exchange.h"
#include "upstream/call.h"

namespace pointsman::gateway {

// What one attempt's end means for the next step. Pure; see the table in its test.
enum class Next : std::uint8_t {
  kCommit,    // pass this answer on
  kTryOther,  // another candidate may do better; if there is none, pass this answer on
  kMisused,   // our own configuration is at fault (key, model name): another candidate, and never this answer's body
};
Next next_after_status(int status);

struct Dispatched {
  upstream::AnswerPtr answer;
  int model = -1;
  bool hide_usage = false;
};

class Dispatcher {
 public:
  Dispatcher(http::Exchange& exchange, const Snapshot& snapshot, RequestState& state, http::ClientPool& pool,
             Health& health, Measure& measure)
      : exchange_(exchange), snapshot_(snapshot), state_(state), pool_(pool), health_(health), measure_(measure) {}

  // Fails with the last attempt's error when no candidate answered, or with kCancelled. Every attempt is in the entry.
  net::Awaitable<base::Result<Dispatched>> attempt();
  // Time spent waiting for upstreams.
  base::Duration waited() const { return waited_; }

 private:
  struct Tried {
    upstream::AnswerPtr answer;  // null if the attempt failed without one
    std::optional<base::Error> error;
    Next next = Next::kTryOther;
    bool hide_usage = false;
  };
  net::Awaitable<Tried> try_one(int model);
  base::Result<bool> write_request(int model);
  void note_answer(int model, const upstream::Answer& answer, Tried& tried);
  void note_failure(int model, const base::Error& error);
  base::Error misused(int model, int status) const;

  http::Exchange& exchange_;
  const Snapshot& snapshot_;
  RequestState& state_;
  http::ClientPool& pool_;
  Health& health_;
  Measure& measure_;
  base::Duration waited_{};
};

}  // namespace pointsman::gateway
