// A call of a model that is under way while the decision is still open, and its answer until it is known whether anyone
// wants it.
//
// On one loop. Owns all it needs, so it may outlive its request: whoever does not want it any more gives it up and goes
// on at once. Nothing of its answer has reached a client (I2), and at most a block of it is held, where it arrived
// (I10).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/trial.h"
#include "net/cancel.h"
#include "net/event.h"

namespace pointsman::gateway {

class EarlyCall final : public std::enable_shared_from_this<EarlyCall> {
 public:
  // `pieces`, the request, are copied; the pool outlives everything on its loop. `stream`: one is asked for.
  EarlyCall(GenerationPtr generation, http::ClientPool& pool, int model, bool stream,
            std::span<const std::string_view> pieces);
  EarlyCall(const EarlyCall&) = delete;
  EarlyCall& operator=(const EarlyCall&) = delete;

  void start(net::Loop& loop);
  // Ends the call if it is under way; else it stays as it is.
  void give_up() { cancel_.request(); }
  // Until it is over; one may wait.
  net::Awaitable<> wait();

  int model() const { return model_; }
  bool over() const { return over_; }
  // Over, with an answer that may be passed on. One that broke off while nobody looked is none, and that is noted.
  bool answered();
  // Over, without such an answer, for other reasons than that it was given up.
  bool failed();
  // What it came to so far, as the ledger keeps it.
  const ledger::Attempt& record() const { return record_; }
  std::optional<ledger::Attempt> lost_before() const { return Trial::lost_before(record_, tried_); }
  // From its beginning until it was over.
  base::Duration took() const { return ended_at_ - began_at_; }
  base::MonoTime began_at() const { return began_at_; }
  base::MonoTime ended_at() const { return ended_at_; }

  // While answered(): what has come of the body, to look at.
  upstream::Answer& answer() { return *tried_.answer; }
  // While answered(), once: the answer is the caller's.
  upstream::AnswerPtr take();

 private:
  net::Awaitable<> run();
  void end();
  bool is_whole_or_goes_on() const;

  const GenerationPtr generation_;
  http::ClientPool& pool_;
  const int model_;
  const bool stream_;
  std::string request_;
  net::CancelToken cancel_;
  net::CancelToken gone_;  // of the upstream, while its answer is held
  ledger::Attempt record_;
  Tried tried_;
  net::Event ended_;
  bool over_ = false;
  base::MonoTime began_at_{};
  base::MonoTime ended_at_{};
};
using EarlyCallPtr = std::shared_ptr<EarlyCall>;

}  // namespace pointsman::gateway
