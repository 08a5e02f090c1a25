// Watches a canary while it serves: counts the conversations that go badly on either side and what they cost, and says
// when it must be stopped, or has been watched for long enough (watch/canary_trial.h).
//
// Belongs to the main thread; reads no clock. What it has seen survives a restart in a file beside the registry: the
// same trial goes on. A conversation counts as over when nothing was asked in it for a while.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "gateway/trial_feed.h"
#include "ledger/classifier_registry.h"
#include "ledger/feedback_store.h"
#include "watch/canary_trial.h"

namespace pointsman::app {

struct TrialPlan {
  std::string canary;  // versions
  std::string champion;
  double share = 0.1;
  base::WallTime since{};
  std::uint64_t enough = 500;  // of its conversations
  double most_money = 1;       // dollars that a conversation counts for at most
};

class TrialWatch {
 public:
  static constexpr std::chrono::minutes kOver{2};  // without a request, a conversation is over
  static constexpr std::size_t kOpen = 100'000;    // conversations that are followed at a time

  // `state_file` is read, if it is about the same trial.
  static base::Result<std::unique_ptr<TrialWatch>> begin(TrialPlan plan, std::string state_file);

  void take(const gateway::TrialEvent& event, base::MonoTime now);
  // Feedback that came since it last looked: who says that a decision was wrong, or its model too weak, speaks of a
  // conversation that went badly.
  base::Result<void> read(ledger::FeedbackStore& store);
  // Ends conversations that are over by now.
  void look(base::MonoTime now);

  watch::CanaryVerdict verdict() const { return trial_.verdict(); }
  const watch::CanaryTrial& trial() const { return trial_; }
  const TrialPlan& plan() const { return plan_; }
  // Writes the state down, if it is another than was last written.
  base::Result<void> save();

 private:
  struct Open {
    std::uint64_t conversation = 0;
    watch::Arm arm = watch::Arm::kChampion;
    bool counts = false;  // it began under the trial
    bool priced = true;
    double cost = 0;
    base::MonoTime last{};
  };
  TrialWatch(TrialPlan plan, std::string state_file, watch::CanaryTrial trial)
      : plan_(std::move(plan)), state_file_(std::move(state_file)), trial_(std::move(trial)) {}
  std::string header() const;
  void end(const Open& open);

  TrialPlan plan_;
  std::string state_file_;
  watch::CanaryTrial trial_;
  std::string saved_;     // what the file holds, as far as this object wrote it
  base::Uuid heard_;      // the last feedback
  std::list<Open> open_;  // the longest silent first
  std::unordered_map<std::uint64_t, std::list<Open>::iterator> by_conversation_;
};

}  // namespace pointsman::app
