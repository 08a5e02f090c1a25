// Where a worker has removed turns summed up: one call at a time for the same turns, bounded in number, with a breaker
// for each model, and what came of them kept for all workers.
//
// Belongs to one loop; only the kept summaries are shared with others (answers/response_cache.h). A call goes on when
// its client has left: what was paid for is kept. Whoever waits for one does so until its deadline at most.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answers/response_cache.h"
#include "gateway/prompt_fit.h"
#include "gateway/summary_call.h"

namespace pointsman::gateway {

class SummaryDesk {
 public:
  // How long a summary is kept that nobody needs meanwhile, and calls that one worker has under way.
  static constexpr std::chrono::hours kLifetime{24};
  static constexpr std::size_t kMostUnderWay = 32;

  // All outlive it. `kept` may be null: then nothing is kept.
  SummaryDesk(net::Loop& loop, http::ClientPool& pool, PromptFit& prompts, answers::ResponseCache* kept,
              std::uint64_t seed);
  ~SummaryDesk();
  SummaryDesk(const SummaryDesk&) = delete;
  SummaryDesk& operator=(const SummaryDesk&) = delete;

  // A summary that was made before.
  std::optional<std::string> find(const answers::AnswerKey& key);
  // The call that somebody else is waiting for; null: there is none.
  SummaryCallPtr under_way(const answers::AnswerKey& key) const;
  // Whether begin() would make a call of that model now: kNone, or why not.
  SummaryOutcome refusal(const SummaryOrder& order) const;
  // Makes the call. kBusy or kResting where none may be made.
  std::expected<SummaryCallPtr, SummaryOutcome> begin(SummaryOrder order);

  // Gives up all calls under way.
  void stop();

 private:
  net::Loop& loop_;
  http::ClientPool& pool_;
  std::shared_ptr<SummaryRoom> room_;
};

}  // namespace pointsman::gateway
