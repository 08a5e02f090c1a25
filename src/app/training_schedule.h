// Trains by the clock (`learn.every`): a process of its own, of the lowest priority, so that serving never notices.
//
// Belongs to the main thread; at most one child at a time. What the child registers goes on trial as a canary by itself
// where the configuration says so, and only through the gate, which runs in a child as well.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "ledger/classifier_registry.h"
#include "ledger/feedback_store.h"

namespace pointsman::app {

class TrainingSchedule {
 public:
  // `config_file` is given to the children; empty: the schedule never runs.
  explicit TrainingSchedule(std::string config_file) : config_file_(std::move(config_file)) {}
  ~TrainingSchedule();
  TrainingSchedule(const TrainingSchedule&) = delete;
  TrainingSchedule& operator=(const TrainingSchedule&) = delete;

  // Starts what is due, and notices what has ended. `idle` is false while a canary is on trial: then nothing new is
  // trained.
  base::Result<void> tick(const config::LearnConfig& learn, ledger::FeedbackStore& feedback,
                          ledger::ClassifierRegistry& registry, base::MonoTime now, bool idle);
  // Trains now, whatever the clock says. kOverloaded while a child runs, kUnsupported without a configuration file.
  base::Result<void> train();
  bool busy() const { return child_ > 0; }
  // What runs: "training", or "gate" while the candidate is judged.
  std::string_view stage() const { return !busy() ? "" : job_ == Job::kTrain ? "training" : "gate"; }
  // Why the last child failed; empty: it did not.
  const std::string& last_error() const { return last_error_; }

 private:
  enum class Job : std::uint8_t { kTrain, kTrial };
  base::Result<void> failed(std::string why);
  base::Result<void> start(Job job, const std::vector<std::string>& arguments);
  // Nothing while it runs; its exit code, or 128 and the signal.
  std::optional<int> ended();
  base::Result<void> start_training();
  base::Result<void> train_if_due(const config::LearnConfig& learn, ledger::FeedbackStore& feedback,
                                  ledger::ClassifierRegistry& registry, base::MonoTime now);

  std::string config_file_;
  std::optional<base::MonoTime> last_;
  pid_t child_ = 0;
  Job job_ = Job::kTrain;
  std::string last_error_;
};

}  // namespace pointsman::app
