#include "app/training_schedule.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/log.h"
#include "cli/candidate_gate.h"

extern char** environ;

namespace pointsman::app {

using base::Result;

TrainingSchedule::~TrainingSchedule() {
  if (child_ <= 0) return;
  ::kill(child_, SIGTERM);
  ::waitpid(child_, nullptr, 0);
}

Result<void> TrainingSchedule::start(Job job, const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  std::vector<std::string> words{"pointsman"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--config", config_file_});
  for (std::string& one : words) pointers.push_back(one.data());
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);  // the gateway's own mask must not be the child's
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int failed = ::posix_spawn(&child_, "/proc/self/exe", nullptr, &attributes, pointers.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    child_ = 0;
    return base::fail(base::ErrorCode::kIo, fmt::format("cannot start a process: error {}", failed));
  }
  job_ = job;
  return {};
}

std::optional<int> TrainingSchedule::ended() {
  int status = 0;
  const pid_t done = ::waitpid(child_, &status, WNOHANG);
  if (done == 0) return std::nullopt;
  child_ = 0;
  if (done < 0) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<void> TrainingSchedule::train_if_due(const config::LearnConfig& learn, ledger::FeedbackStore& feedback,
                                            ledger::ClassifierRegistry& registry, base::MonoTime now) {
  if (config_file_.empty() || learn.every.count() == 0) return {};
  if (!last_) last_ = now;
  if (now - *last_ < learn.every) return {};
  last_ = now;
  PM_TRY(const auto versions, registry.versions());
  const base::Uuid until = versions.empty() ? base::Uuid{} : cli::learnt_until(versions.back().card);
  PM_TRY(const std::uint64_t labels, feedback.labels_since(until));
  if (labels < static_cast<std::uint64_t>(learn.min_new_labels)) return {};
  base::log_info("learning: {} new labels; training a candidate", labels);
  return start_training();
}

Result<void> TrainingSchedule::start_training() {
  return start(Job::kTrain, {"train", "--from-ledger", "--low-priority", "--child"});
}

Result<void> TrainingSchedule::train() {
  if (busy()) return base::fail(base::ErrorCode::kOverloaded, "training runs already");
  if (config_file_.empty()) {
    return base::fail(base::ErrorCode::kUnsupported, "there is no configuration file to train by");
  }
  return start_training();
}

Result<void> TrainingSchedule::failed(std::string why) {
  last_error_ = why;
  return base::fail(base::ErrorCode::kInternal, std::move(why));
}

Result<void> TrainingSchedule::tick(const config::LearnConfig& learn, ledger::FeedbackStore& feedback,
                                    ledger::ClassifierRegistry& registry, base::MonoTime now, bool idle) {
  if (child_ <= 0) return idle ? train_if_due(learn, feedback, registry, now) : Result<void>{};
  const auto code = ended();
  if (!code) return {};
  if (job_ == Job::kTrial) {
    if (*code == 3) base::log_info("learning: the gate did not let the candidate pass (`pointsman models` says why)");
    if (*code == 0 || *code == 3) return {};
    return failed(fmt::format("the gate ended with {}", *code));
  }
  if (*code != 0) return failed(fmt::format("training ended with {}", *code));
  last_error_.clear();
  PM_TRY(const auto versions, registry.versions());
  if (versions.empty()) return {};
  base::log_info("learning: candidate {:.12} is there", versions.back().version);
  if (learn.promote == config::Promote::kManual) return {};
  return start(Job::kTrial, {"promote", versions.back().version, "--as", "canary", "--share",
                             fmt::format("{}", learn.canary), "--reason", "by schedule"});
}

}  // namespace pointsman::app
