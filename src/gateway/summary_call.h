// One call under way to a model that sums up turns which a trimmed conversation lost, and what a worker knows about
// such calls.
//
// On one loop. A call lives as long as it is under way; those who asked wait for it and may leave. Nothing of it is an
// attempt to answer: it has a bill of its own in the entry of the request that it was made for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "answers/response_cache.h"
#include "base/rng.h"
#include "gateway/prompt_fit.h"
#include "gateway/trial.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::gateway {

// What came of the wish for a summary; its name is what the ledger keeps.
enum class SummaryOutcome : std::uint8_t {
  kNone,       // none was wished for
  kUsed,       // it was made, and stands in the prompt
  kCached,     // likewise, but made for an earlier request, or for another one at the same time
  kNoRoom,     // the window has no room for one, or the model that makes them has none for what was removed
  kNoBudget,   // a budget has no room for what it may cost
  kBusy,       // too many are being made
  kResting,    // the model failed lately
  kLate,       // not within its deadline
  kFailed,     // the model failed, or said nothing of use
  kCancelled,  // the client left, or we are stopping
};
std::string_view to_string(SummaryOutcome outcome);  // "", "used", "cached", "no_room", "no_budget", "busy", ...

struct SummaryOrder {
  GenerationPtr generation;
  int model = -1;
  answers::AnswerKey key{};
  std::string conversation;        // what is to be summed up
  std::int64_t prompt_tokens = 0;  // at most, as the model counts
  std::int64_t max_tokens = 0;     // of the answer
  std::int64_t room = 0;           // tokens of the summary by our own count, at most
  base::Duration deadline{};
};

// What it used and cost. As long as the call is under way, or ended without saying what it used, the cost is unknown.
struct SummaryBill {
  llm::Usage usage;
  std::optional<base::Money> cost = base::Money{};
};

class SummaryCall;
using SummaryCallPtr = std::shared_ptr<SummaryCall>;

// Shared by the desk and its calls, so that a call may outlive the desk. What it points at outlives the loop.
struct SummaryRoom {
  SummaryRoom(PromptFit& counter, answers::ResponseCache* keeper, std::uint64_t seed)
      : prompts(counter), kept(keeper), rng(seed) {}

  // Of the model of that name, under the snapshot's settings.
  limits::CircuitBreaker& breaker(const Snapshot& snapshot, int model);

  PromptFit& prompts;
  answers::ResponseCache* kept;
  base::Rng rng;
  std::map<answers::AnswerKey, SummaryCallPtr> under_way;
  std::set<std::string> old_limit;  // models whose server only knows "max_tokens"

 private:
  struct Breaker {
    limits::BreakerOptions options;
    limits::CircuitBreaker breaker;
  };
  std::map<std::string, Breaker> breakers_;
};

class SummaryCall final : public std::enable_shared_from_this<SummaryCall> {
 public:
  SummaryCall(net::Loop& loop, http::ClientPool& pool, std::shared_ptr<SummaryRoom> room, SummaryOrder order);
  SummaryCall(const SummaryCall&) = delete;
  SummaryCall& operator=(const SummaryCall&) = delete;

  void start();
  // Until it is over, or `cancel`.
  net::Awaitable<> wait(net::CancelToken& cancel);
  // Ends it without a summary.
  void give_up(SummaryOutcome outcome);

  bool over() const { return over_; }
  // kUsed once there is a text; kCancelled as long as it is not over.
  SummaryOutcome outcome() const { return over_ ? outcome_ : SummaryOutcome::kCancelled; }
  const std::string& text() const { return text_; }
  const SummaryBill& bill() const { return bill_; }

 private:
  struct Got {
    std::string body;
    int status = 0;
  };
  net::Awaitable<> run();
  // Asks until the server knows the limit by its name.
  net::Awaitable<base::Result<std::string>> ask();
  net::Awaitable<base::Result<Got>> post(const std::string& body);
  void take(base::Result<std::string> said);
  void end();

  const Snapshot& snapshot() const { return *order_.generation->snapshot; }
  const route::Model& model() const { return snapshot().market.model(static_cast<route::ModelIndex>(order_.model)); }
  const upstream::Provider& provider() const;

  net::Loop& loop_;
  http::ClientPool& pool_;
  std::shared_ptr<SummaryRoom> room_;
  const SummaryOrder order_;
  net::CancelToken cancel_;
  net::Timer deadline_;
  std::vector<std::shared_ptr<net::Event>> waiting_;
  bool over_ = false;
  SummaryOutcome outcome_ = SummaryOutcome::kFailed;
  std::string text_;
  SummaryBill bill_;
};

}  // namespace pointsman::gateway
