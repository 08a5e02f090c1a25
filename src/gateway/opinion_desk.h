// Where a worker asks the small model: one question at a time for the same text, answers kept for a while, and calls
// that are bounded in number, time and money, so that a sick model never slows or breaks routing (I9).
//
// Belongs to one loop. What is configured for the whole process (calls under way, answers kept, money) is divided
// evenly among the workers, so that nothing is shared between threads. A question goes on when its client has left:
// what was paid for is kept. What was learnt of a model survives a reload that asks it in the same way.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "gateway/opinion_call.h"

namespace pointsman::gateway {

class OpinionDesk {
 public:
  // All outlive it.
  OpinionDesk(net::Loop& loop, http::ClientPool& pool, telemetry::Shard& shard, std::uint64_t seed, int workers);
  ~OpinionDesk();
  OpinionDesk(const OpinionDesk&) = delete;
  OpinionDesk& operator=(const OpinionDesk&) = delete;

  // `consultant` may be null: nobody is asked. `breaker` as for the models that answer requests.
  void use(ConsultantPtr consultant, const limits::BreakerOptions& breaker);

  // A question that was put: what there is to hear at once, or else the call that will bring it.
  struct Asked {
    Heard heard;
    std::shared_ptr<OpinionCall> call;  // null: it need not be waited for
    bool first = false;                 // nobody else had asked the same

    // Waits at most until the consultant's deadline, or for `cancel`.
    net::Awaitable<Heard> answer(net::CancelToken& cancel);
  };
  // Asks what the small model says of `text`, given what the classifier thinks of it (`local`, one per category; may be
  // empty). `by` is the one in use; another asks nobody (kNone).
  Asked put(ConsultantPtr by, std::string_view text, std::span<const float> local);
  // Both in one.
  net::Awaitable<Heard> ask(ConsultantPtr by, std::string_view text, std::span<const float> local,
                            net::CancelToken& cancel);

  // Gives up all calls under way; their questions end as cancelled.
  void stop();

 private:
  net::Loop& loop_;
  http::ClientPool& pool_;
  telemetry::Shard& shard_;
  std::uint64_t seed_;
  int workers_;
  limits::BreakerOptions breaker_;
  ConsultantPtr consultant_;
  std::shared_ptr<OpinionRoom> room_;
};

}  // namespace pointsman::gateway
