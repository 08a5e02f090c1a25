// Holds an answer until it is known whether it is good enough, and asks the next candidate if it is not (strategy
// escalate). Nothing of an answer that was held has reached the client (I2), so the choice is still free.
//
// One per request, on its loop. An answer is held where it arrived, in its connection's input, at most `max_held` bytes
// of it (I10); the relay then finds it as if it had just come. Every answer judged is in the entry, and what one cost
// that was not released.
#pragma once

#include "gateway/dispatch.h"
#include "gateway/judge.h"

namespace pointsman::gateway {

class Escalation {
 public:
  // All outlive it; `dispatcher` made the first answer and knows which candidate is next.
  Escalation(http::Exchange& exchange, Generation& generation, RequestState& state, Dispatcher& dispatcher)
      : exchange_(exchange),
        snapshot_(*generation.snapshot),
        health_(generation.health),
        measure_(generation.measure),
        state_(state),
        dispatcher_(dispatcher) {}

  // The answer to release: the first good one, else that of the last candidate asked. A poor answer is released if
  // nobody after it has a better one. What broke off is replaced as far as the budget of retries goes. Fails with
  // kCancelled, or as the dispatcher if nothing can be released.
  net::Awaitable<base::Result<Dispatched>> settle(Dispatched first);
  // Time spent waiting for the rest of answers.
  base::Duration waited() const { return waited_; }

 private:
  struct Held {
    std::string body;
    bool too_long = false;
    std::optional<base::Error> error;  // it broke off
  };
  net::Awaitable<Held> hold(const Dispatched& from);
  // Whether it may be released without asking anyone else; notes in the entry what it is worth.
  bool weigh(const Held& held, Dispatched& from);
  bool may_retry(const base::Error& error);
  void discard(Dispatched& from);

  http::Exchange& exchange_;
  const Snapshot& snapshot_;
  Health& health_;
  Measure& measure_;
  RequestState& state_;
  Dispatcher& dispatcher_;
  base::Duration waited_{};
};

}  // namespace pointsman::gateway
