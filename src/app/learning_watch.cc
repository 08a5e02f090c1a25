#include "app/learning_watch.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"

namespace pointsman::app {

using base::Result;
using ledger::Role;

namespace {

constexpr std::chrono::seconds kLookEvery{2};
constexpr std::chrono::minutes kComplainEvery{1};
constexpr std::string_view kWho = "the gateway";
constexpr std::array<watch::DriftKind, 4> kKinds = {watch::DriftKind::kInput, watch::DriftKind::kLabel,
                                                    watch::DriftKind::kConfidence, watch::DriftKind::kScope};

}  // namespace

LearningWatch::LearningWatch(ledger::BackendPtr backend, LedgerChanges& changes, std::string directory,
                             std::string config_file, gateway::TrialFeed& feed, telemetry::Registry& metrics)
    : backend_(std::move(backend)),
      changes_(changes),
      directory_(std::move(directory)),
      feed_(feed),
      schedule_(std::move(config_file)),
      corrections_(backend_, changes) {
  publish(metrics);
}

LearningWatch::~LearningWatch() {
  feed_.listen(false, false);
  if (!trial_) return;
  const auto saved = trial_->save();
  if (!saved) base::log_warn("canary: what it showed is lost: {}", saved.error().message());
}

void LearningWatch::publish(telemetry::Registry& metrics) {
  metrics.callback("pointsman_corrections_remembered", {}, [this] { return static_cast<double>(remembered_.load()); });
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    metrics.callback("pointsman_drift_raised", {{"kind", std::string(to_string(kKinds[i]))}},
                     [this, i] { return raised_[i] ? 1.0 : 0.0; });
  }
  for (const auto& [arm, i] : {std::pair{"champion", 0U}, {"canary", 1U}}) {
    metrics.callback("pointsman_trial_conversations_total", {{"arm", arm}},
                     [this, i] { return static_cast<double>(conversations_[i].load()); });
    metrics.callback("pointsman_trial_bad_conversations_total", {{"arm", arm}},
                     [this, i] { return static_cast<double>(bad_[i].load()); });
  }
}

void LearningWatch::follow(const gateway::Lineup& lineup, const Roles& roles) {
  const std::string& champion = lineup.champion->classifier_version;
  ended_ = false;
  if (!lineup.canary) {
    trial_.reset();
  } else if (!trial_ || trial_->plan().canary != roles.canary.version || trial_->plan().champion != champion ||
             trial_->plan().since != roles.canary_since) {
    TrialPlan plan{.canary = roles.canary.version,
                   .champion = champion,
                   .share = lineup.share,
                   .since = roles.canary_since,
                   .enough = static_cast<std::uint64_t>(lineup.champion->config.learn.canary_conversations)};
    auto begun = TrialWatch::begin(std::move(plan), directory_ + "/trial.state");
    if (begun) {
      trial_ = std::move(*begun);
    } else {
      base::log_error("canary: it cannot be watched: {}", begun.error().message());
    }
  }
  if (champion.empty()) {
    drift_.reset();
  } else if (!drift_ || drift_->classifier() != champion) {
    drift_ = std::make_unique<DriftWatch>(champion, lineup.champion->classifier->categories(),
                                          fmt::format("{}/drift-{:.12}.profile", directory_, champion),
                                          base::xxh3(champion));
    for (auto& one : raised_) one = false;
  }
  feed_.listen(trial_ != nullptr, drift_ != nullptr);
}

Result<void> LearningWatch::train() {
  return schedule_.train();
}

admin::TrainingState LearningWatch::training() const {
  admin::TrainingState out;
  out.running = schedule_.busy();
  out.stage = schedule_.stage();
  out.started = training_since_;
  out.last_error = schedule_.last_error();
  return out;
}

std::optional<admin::TrialState> LearningWatch::trial() const {
  if (!trial_) return std::nullopt;
  return admin::TrialState{.version = trial_->plan().canary,
                           .share = trial_->plan().share,
                           .verdict = trial_->verdict(),
                           .champion = trial_->trial().counts(watch::Arm::kChampion),
                           .canary = trial_->trial().counts(watch::Arm::kCanary)};
}

void LearningWatch::tick(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall) {
  if (!schedule_.busy()) {
    training_since_.reset();
  } else if (!training_since_) {
    training_since_ = wall;
  }
  complain(remember(learn, now, wall), now);
  complain(work(learn, now, wall), now);
}

void LearningWatch::complain(const Result<void>& done, base::MonoTime now) {
  if (done || now - complained_ < kComplainEvery) return;
  complained_ = now;
  base::log_warn("learning: {}", done.error().message());
}

Result<void> LearningWatch::remember(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall) {
  PM_TRY(std::optional<cli::MemoryPtr> memory, corrections_.look(learn.memory, now, wall));
  if (!memory) return {};
  remembered_ = *memory ? (*memory)->size() : 0;
  memory_ = std::move(memory);
  return {};
}

Result<void> LearningWatch::open_stores() {
  if (!feedback_) {
    PM_TRY(feedback_, backend_->feedback(ledger::Access::kWriting));
  }
  if (!registry_) {
    PM_TRY(registry_, backend_->classifiers(ledger::Access::kWriting));
  }
  return {};
}

Result<void> LearningWatch::work(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall) {
  const gateway::TrialFeed::Taken taken = feed_.take();
  watch_drift(taken.seen);
  if (trial_) {
    for (const gateway::TrialEvent& one : taken.events) trial_->take(one, now);
  }
  if (!trial_ && learn.every.count() == 0 && !schedule_.busy()) return {};
  // What another replica began is its own to end; a child of ours is waited for all the same.
  if (!changes_.leads() && !schedule_.busy()) return {};
  PM_CHECK(open_stores());
  if (trial_ && !ended_ && changes_.leads()) PM_CHECK(watch_trial(learn, now, wall));
  return schedule_.tick(learn, *feedback_, *registry_, now, trial_ == nullptr);
}

Result<void> LearningWatch::watch_trial(const config::LearnConfig& learn, base::MonoTime now, base::WallTime wall) {
  trial_->look(now);
  if (now - looked_ >= kLookEvery) {
    looked_ = now;
    PM_CHECK(trial_->read(*feedback_));
    PM_CHECK(trial_->save());
  }
  for (const watch::Arm arm : {watch::Arm::kChampion, watch::Arm::kCanary}) {
    const auto i = static_cast<std::size_t>(arm);
    conversations_[i] = trial_->trial().counts(arm).conversations;
    bad_[i] = trial_->trial().counts(arm).bad;
  }
  const watch::CanaryVerdict verdict = trial_->verdict();
  if (verdict.decision == watch::CanaryDecision::kStop) return stop_trial(verdict, wall);
  const bool enough = verdict.decision == watch::CanaryDecision::kEnough;
  if (!enough || learn.promote == config::Promote::kManual) return {};
  return promote(verdict, wall);
}

Result<void> LearningWatch::withdraw(std::string_view kind, std::string reason, base::WallTime wall) {
  const std::string& canary = trial_->plan().canary;
  return registry_->assign({Role::kCanary, "", 0, wall}, canary,
                           {.at = wall,
                            .kind = std::string(kind),
                            .version = canary,
                            .before = canary,
                            .who = std::string(kWho),
                            .reason = std::move(reason),
                            .detail = trial_->trial().write()});
}

Result<void> LearningWatch::stop_trial(const watch::CanaryVerdict& verdict, base::WallTime wall) {
  PM_CHECK(withdraw("stopped", verdict.to_text(), wall));
  ended_ = true;
  base::log_warn("canary {:.12} was stopped: {}", trial_->plan().canary, verdict.to_text());
  return {};
}

Result<void> LearningWatch::promote(const watch::CanaryVerdict& verdict, base::WallTime wall) {
  PM_TRY(const auto assignments, registry_->assignments());
  std::string before;
  for (const ledger::Assignment& one : assignments) {
    if (one.role == Role::kChampion) before = one.version;
  }
  const std::string& canary = trial_->plan().canary;
  PM_CHECK(registry_->assign({Role::kChampion, canary, 1, wall}, before,
                             {.at = wall,
                              .kind = "promoted",
                              .version = canary,
                              .before = before,
                              .who = std::string(kWho),
                              .reason = verdict.to_text(),
                              .detail = trial_->trial().write()}));
  PM_CHECK(withdraw("retired", "promoted", wall));
  ended_ = true;
  base::log_info("canary {:.12} is the champion now: {}", canary, verdict.to_text());
  return {};
}

void LearningWatch::watch_drift(const std::vector<gateway::SeenRequest>& seen) {
  if (!drift_) return;
  for (const gateway::SeenRequest& one : seen) {
    for (const std::string& news : drift_->see(one)) base::log_warn("drift: {}", news);
  }
  for (std::size_t i = 0; i < kKinds.size(); ++i) raised_[i] = drift_->raised(kKinds[i]);
}

}  // namespace pointsman::app
