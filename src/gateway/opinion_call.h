// One question under way to the small model, and what a worker knows about that model.
//
// On one loop. A call lives as long as anything of it is under way; those who asked wait for it and may leave.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/expiring_lru.h"
#include "base/rng.h"
#include "gateway/consultant.h"
#include "gateway/opinion_note.h"
#include "http/client.h"
#include "limits/circuit_breaker.h"
#include "limits/running_quantile.h"
#include "limits/token_bucket.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"
#include "telemetry/metrics.h"

namespace pointsman::gateway {

struct Heard {
  classify::Opinion opinion;
  OpinionNote note;
  std::optional<base::Error> failure;  // where no answer came: the first thing that went wrong, if anything did
};

class OpinionCall;

// Shared by the desk and the calls it opened, so that a call may outlive the configuration it was made under.
struct OpinionRoom {
  OpinionRoom(const Consultant& by, const limits::BreakerOptions& breaker, std::uint64_t seed, int workers,
              telemetry::Shard& metrics, base::MonoTime now);

  // Takes over limits that were changed, and forgets what is spent.
  void limit(const Consultant& by, int workers, base::MonoTime now);
  // kUsed: the call may be made, and its most possible cost is put aside. Else why not.
  classify::OpinionOutcome admit(const Consultant& by, const llm::LabelQuestion& question, base::MonoTime now);
  // What was put aside for a call that cost `cost` (nothing: nobody knows).
  void settle(std::optional<base::Money> put_aside, std::optional<base::Money> cost, base::MonoTime now);
  void record(limits::Blame blame, base::MonoTime now, std::optional<base::Duration> retry_after = std::nullopt);

  telemetry::Shard& shard;
  base::Rng rng;
  limits::CircuitBreaker breaker;
  limits::RunningQuantile usual{0.95};
  limits::TokenBucket hedges;
  std::optional<limits::TokenBucket> money;  // nano-dollars
  base::ExpiringLru<std::string, classify::Opinion> answers;
  std::map<std::string, std::shared_ptr<OpinionCall>> under_way;
  // Have said what was wanted of them, and read the rest of what is billed.
  std::set<std::shared_ptr<OpinionCall>> reading_on;
  std::size_t most_under_way = 1;
  LabelDialect dialect;
};

class OpinionCall final : public std::enable_shared_from_this<OpinionCall> {
 public:
  OpinionCall(net::Loop& loop, http::ClientPool& pool, std::shared_ptr<OpinionRoom> room, ConsultantPtr by,
              llm::LabelQuestion question, std::vector<int> offered, std::string key);

  void start();
  // Until there is an answer, the call's deadline passes, or `cancel`. The one who asked first bears the cost.
  net::Awaitable<Heard> wait(net::CancelToken& cancel, bool first);
  // Ends the call without an answer.
  void give_up(classify::OpinionOutcome outcome);
  // Reads no further: what it will be billed for and has not said stays unknown.
  void stop_reading();
  // Of all its calls. May become known after the answer: the slower of two calls is read to its end, too.
  OpinionBill bill() const;

 private:
  struct Attempt {
    net::CancelToken cancel;
    bool over = false;
    OpinionBill bill{.usage = {}, .cost = base::Money{}};  // unknown from when something was sent until it is answered
  };
  struct Got {
    std::string body;
    int status = 0;
    std::optional<base::Duration> retry_after;
  };
  void spawn_attempt();
  void arm(net::Timer& timer, base::MonoTime at, void (OpinionCall::*then)());
  void hedge();
  void too_late();
  net::Awaitable<> attempt(std::size_t number);
  // Asks until the provider takes the request as it is.
  net::Awaitable<base::Result<llm::LabelAnswer>> ask(Attempt& attempt, int sample);
  net::Awaitable<base::Result<Got>> post(Attempt& attempt, std::string_view body);
  void take(llm::LabelAnswer answer);
  void fail(const base::Error& error);
  void conclude();
  void end(classify::Opinion opinion, std::string_view reason);
  bool is_reading() const;
  // When nothing is under way any more: what it did cost takes the place of what was put aside.
  void close_books();

  net::Loop& loop_;
  http::ClientPool& pool_;
  std::shared_ptr<OpinionRoom> room_;
  ConsultantPtr by_;
  llm::LabelQuestion question_;
  std::vector<int> offered_;
  std::string key_;
  base::MonoTime began_{};
  net::Timer deadline_;
  net::Timer hedge_at_;
  int wanted_ = 1;
  std::vector<std::shared_ptr<Attempt>> attempts_;
  std::vector<llm::LabelAnswer> answers_;
  std::vector<std::shared_ptr<net::Event>> waiting_;
  bool hedged_ = false;
  bool ended_ = false;
  bool closed_ = false;  // the books
  classify::Opinion opinion_;
  std::string_view reason_;
  std::optional<base::Error> failure_;
};

}  // namespace pointsman::gateway
