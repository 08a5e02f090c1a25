// Tries the candidates of a decision in their order until one commits: it answered with a status the client should see,
// and the first byte of its body is here (I2). After that there is no retry and no fallback.
#pragma once

#include "gateway/decision.h"
#include "gateway/dispatched.h"
#include "gateway/generation.h"
#include "gateway/lease_keeper.h"
#include "gateway/request_state.h"
#include "gateway/speculation.h"
#include "gateway/trial.h"
#include "http/exchange.h"

namespace pointsman::gateway {

class Dispatcher {
 public:
  // All outlive it. `early`: the first candidate may have been called already. `leases` null: budgets are not shared.
  Dispatcher(http::Exchange& exchange, Generation& generation, RequestState& state, http::ClientPool& pool,
             Speculation& early, LeaseKeeper* leases)
      : exchange_(exchange),
        snapshot_(*generation.snapshot),
        state_(state),
        health_(generation.health),
        measure_(generation.measure),
        early_(early),
        leases_(leases),
        trial_(generation, pool, exchange.cancel()) {}

  // Fails with the last attempt's error when no candidate answered, or with kCancelled. Every attempt is in the entry.
  // Called again, it goes on with the candidate after the last one tried, and counts attempts anew. A call that was
  // made before the decision stood and failed is none of them. What it begins with is never a retry.
  net::Awaitable<base::Result<Dispatched>> attempt();
  // The most capable model, instead of `than`, whose answer was given up; kNoCandidate if that is it. No retry: the
  // budget of those is there for providers in trouble, which retries make worse, and this one did answer.
  net::Awaitable<base::Result<Dispatched>> attempt_strongest(int than);
  // Time spent waiting for upstreams.
  base::Duration waited() const { return waited_ + early_.waited(); }
  // The limit that refused the request, where that is why attempt() failed.
  const std::optional<limits::Denial>& denial() const { return denial_; }

 private:
  struct Attempted {
    Tried tried;
    Sent sent;
    bool ask_logprobs = false;
  };
  net::Awaitable<base::Result<Dispatched>> try_in_order();
  // `judged`: how sure the model was of its answer will be looked at.
  net::Awaitable<Attempted> try_one(std::size_t place, bool judged);
  // The next candidate that is worth trying, still to be taken; nothing when there is none left.
  std::optional<std::size_t> next_place();
  // The same, with its worst case set aside: candidates that no budget has room for are passed over, but for the first.
  std::optional<std::size_t> next_affordable(bool first);
  // A slice of a shared budget that is too small for that place is in short_, and is not refused yet.
  bool reserve(std::size_t place);
  // The same, where short_ says so: asks for more, and goes on with what comes after it.
  net::Awaitable<std::optional<std::size_t>> await_affordable(bool first);
  net::Awaitable<bool> reserve_patiently(std::size_t place);
  void note_denial(limits::Denial denial);
  bool is_too_small(std::size_t place) const;
  // Puts what was sent before the last attempt was answered on record, in front of it.
  void note_lost(const Tried& tried);
  // Gives back what was set aside for an attempt that nobody can have a bill for.
  void note_unbilled(std::size_t attempt, const Tried& tried);

  http::Exchange& exchange_;
  const Snapshot& snapshot_;
  RequestState& state_;
  Health& health_;
  Measure& measure_;
  Speculation& early_;
  LeaseKeeper* leases_;
  Trial trial_;
  std::size_t next_ = 0;        // among the candidates
  bool begun_ = false;          // the request is known to the retry budget
  std::int64_t too_small_ = 0;  // the largest window that the prompt did not fit, by its model's own words
  base::Duration waited_{};
  std::optional<limits::Denial> denial_;
  std::optional<limits::Denial> short_;
};

}  // namespace pointsman::gateway
