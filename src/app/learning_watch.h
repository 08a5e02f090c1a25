// What a running gateway does about learning, beside following the registry: trains by schedule, watches the canary and
// ends its trial one way or the other, keeps what people corrected in memory, and tells when requests have changed.
//
// Of several replicas only the one that leads trains and ends trials, by what it sees of them itself; the others follow
// the registry. Belongs to the main thread, which has nothing else to do; nothing here is on the way of a request. Its
// failures are logged and leave serving alone.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "admin/live_state.h"
#include "app/classifier_watch.h"
#include "app/correction_keeper.h"
#include "app/drift_watch.h"
#include "app/training_schedule.h"
#include "app/trial_watch.h"
#include "gateway/lineup.h"
#include "gateway/trial_feed.h"
#include "telemetry/registry.h"

namespace pointsman::app {

class LearningWatch {
 public:
  // All four outlive it. `directory` is for the drift's profile; `config_file` may be empty: nothing is trained then.
  LearningWatch(ledger::BackendPtr backend, LedgerChanges& changes, std::string directory, std::string config_file,
                gateway::TrialFeed& feed, telemetry::Registry& metrics);
  ~LearningWatch();
  LearningWatch(const LearningWatch&) = delete;
  LearningWatch& operator=(const LearningWatch&) = delete;

  // Another lineup serves, for these roles.
  void follow(const gateway::Lineup& lineup, const Roles& roles);
  // Call a few times a second.
  void tick(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall);
  // Trains now, in a child. kOverloaded while one runs, kUnsupported without a configuration file.
  base::Result<void> train();
  // What goes on, for the operators' API.
  admin::TrainingState training() const;
  std::optional<admin::TrialState> trial() const;
  // What corrections to serve with, if tick() found others than before (null: none).
  std::optional<cli::MemoryPtr> take_memory() { return std::exchange(memory_, std::nullopt); }

 private:
  base::Result<void> work(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall);
  base::Result<void> remember(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall);
  void complain(const base::Result<void>& done, base::MonoTime now);
  base::Result<void> open_stores();
  base::Result<void> watch_trial(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall);
  base::Result<void> stop_trial(const watch::CanaryVerdict& verdict, base::WallTime wall);
  base::Result<void> promote(const watch::CanaryVerdict& verdict, base::WallTime wall);
  base::Result<void> withdraw(std::string_view kind, std::string reason, base::WallTime wall);
  void watch_drift(const std::vector<gateway::SeenRequest>& seen);
  void publish(telemetry::Registry& metrics);

  const ledger::BackendPtr backend_;
  LedgerChanges& changes_;
  const std::string directory_;
  gateway::TrialFeed& feed_;
  TrainingSchedule schedule_;
  CorrectionKeeper corrections_;
  std::optional<cli::MemoryPtr> memory_;             // nothing: it was taken
  std::unique_ptr<ledger::FeedbackStore> feedback_;  // null until they are needed
  std::unique_ptr<ledger::ClassifierRegistry> registry_;
  std::unique_ptr<TrialWatch> trial_;  // null: no canary
  std::optional<base::WallTime> training_since_;
  std::unique_ptr<DriftWatch> drift_;  // null: there is no classifier
  bool ended_ = false;                 // the trial; what serves is about to follow
  base::MonoTime looked_{};            // at feedback
  base::MonoTime complained_{};
  // For the metrics' reader, who has a thread of its own.
  std::atomic<std::size_t> remembered_{0};
  std::array<std::atomic<bool>, 4> raised_{};
  std::array<std::atomic<std::uint64_t>, 2> conversations_{};
  std::array<std::atomic<std::uint64_t>, 2> bad_{};
};

}  // namespace pointsman::app
