// Tries the candidates of a decision in their order until one commits: it answered with a status the client should see,
// and the first byte of its body is here (I2). After that there is no retry and no fallback.
#pragma once

#include "gateway/decision.h"
#include "gateway/generation.h"
#include "gateway/request_state.h"
#include "http/exchange.h"
#include "upstream/call.h"

namespace pointsman::gateway {

// What one attempt's end means for the next step. Pure; see the table in its test.
enum class Next : std::uint8_t {
  kCommit,    // pass this answer on
  kTryOther,  // another candidate may do better; if there is none, pass this answer on
  kMisused,   // our own configuration is at fault (key, credit, model name, address): another candidate, and never
              // this answer's body
};
Next next_after_status(int status);
// Whose fault that answer is, for the circuit breaker.
limits::Blame blame_of_answer(int status, bool web_page);

struct Dispatched {
  upstream::AnswerPtr answer;
  int model = -1;
  bool hide_usage = false;
  std::size_t attempt = 0;     // its place among the entry's attempts
  bool to_judge = false;       // a better model could still be asked (judge.h)
  bool hide_logprobs = false;  // it has log-probabilities that the client did not ask for
  // Where those are in the body, once it is known.
  std::vector<llm::ByteRange> hidden{};
};

class Dispatcher {
 public:
  // All outlive it.
  Dispatcher(http::Exchange& exchange, Generation& generation, RequestState& state, http::ClientPool& pool)
      : exchange_(exchange),
        snapshot_(*generation.snapshot),
        state_(state),
        pool_(pool),
        health_(generation.health),
        measure_(generation.measure) {}

  // Fails with the last attempt's error when no candidate answered, or with kCancelled. Every attempt is in the entry.
  // Called again, it goes on with the candidate after the last one tried, and counts attempts anew.
  net::Awaitable<base::Result<Dispatched>> attempt();
  // Time spent waiting for upstreams.
  base::Duration waited() const { return waited_; }

 private:
  struct Tried {
    upstream::AnswerPtr answer;  // null if the attempt failed without one
    std::optional<base::Error> error;
    Next next = Next::kTryOther;
    bool hide_usage = false;
    bool ask_logprobs = false;
  };
  net::Awaitable<Tried> try_one(std::size_t place);
  base::Result<void> write_request(std::size_t place, Tried& tried);
  void note_answer(int model, const upstream::Answer& answer, Tried& tried);
  void note_failure(int model, const base::Error& error);
  // The error that stands for an answer whose body is not for the client.
  base::Error unusable(int model, int status, bool web_page) const;

  http::Exchange& exchange_;
  const Snapshot& snapshot_;
  RequestState& state_;
  http::ClientPool& pool_;
  Health& health_;
  Measure& measure_;
  std::size_t next_ = 0;  // among the candidates
  base::Duration waited_{};
};

}  // namespace pointsman::gateway
