// Calls the likely model of an unsure request while the small model is still being asked about it, and releases that
// answer or gives it up once the decision stands (speculate).
//
// One per request, on its loop. The decision is made as if nothing had been called: an answer is released only where
// the decision would have made just this call first (I9), and not before it stands (I2). Every call is one attempt of
// the entry (I1), with what it cost if it was not released; that is unknown unless all of the answer had come (I6).
#pragma once

#include <optional>
#include <string_view>

#include "gateway/dispatched.h"
#include "gateway/early_call.h"
#include "http/exchange.h"

namespace pointsman::gateway {

class Speculation {
 public:
  enum class Outcome : std::uint8_t {
    kNone,       // nobody was called early
    kReleased,   // its answer was passed on
    kCancelled,  // it was not wanted, or the client left
    kFailed,     // it had no answer that could be passed on
  };

  // All outlive it, but for its end.
  Speculation(http::Exchange& exchange, RequestState& state, http::ClientPool& pool)
      : exchange_(exchange), state_(state), pool_(pool) {}
  ~Speculation() { give_up(); }
  Speculation(const Speculation&) = delete;
  Speculation& operator=(const Speculation&) = delete;

  // Before the small model's opinion: calls the model that the request will probably go to, if its category asks for
  // that. `generation` is the one that decides, `conditions` as it would have them now.
  void begin(GenerationPtr generation, const route::Conditions& conditions);
  // The decision stands, or (`decided` false) there is none. A call that it would not make first is given up, and on
  // record.
  void stand(bool decided);
  // Whether the call under way, or its answer, is the one that the decision makes first.
  bool wanted() const { return wanted_; }
  // While wanted(), once: waits for the answer, and puts the call on record. Nothing if it failed or the client left.
  net::Awaitable<std::optional<Dispatched>> release();

  Outcome outcome() const { return outcome_; }
  // The first attempt on record is a call that the decision did not make first: no part of the way to its answer.
  bool went_astray() const { return astray_; }
  // A model that was called in vain: to ask it again would be needless. -1 if there is none.
  int failed_model() const { return outcome_ == Outcome::kFailed ? model_ : -1; }
  // Time spent waiting for the upstream. Of an answer that was released that is all from its call to its first byte:
  // what the decision took meanwhile made nobody wait.
  base::Duration waited() const { return waited_; }

 private:
  void give_up();
  void put_on_record(Outcome outcome);
  // What is known of the price of an answer that is not released.
  void bill(ledger::Judgement& judged);

  http::Exchange& exchange_;
  GenerationPtr generation_;  // since begin()
  RequestState& state_;
  http::ClientPool& pool_;
  EarlyCallPtr call_;
  int model_ = -1;
  Sent sent_;
  bool wanted_ = false;
  bool astray_ = false;
  Outcome outcome_ = Outcome::kNone;
  base::Duration waited_{};
};
// "released", "cancelled", "failed"; empty: kNone.
std::string_view to_string(Speculation::Outcome outcome);

}  // namespace pointsman::gateway
