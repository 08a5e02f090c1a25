// The operators' API of the running gateway: its desk, its people, its live tail, and what it sees of the gateway.
//
// Made by the runtime, which tells it of every change; the desk's threads ask it meanwhile, through what the runtime
// gave it. Outlives the workers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin/desk.h"
#include "admin/handler.h"
#include "admin/live_tail.h"
#include "admin/world.h"
#include "base/result.h"
#include "base/secret.h"
#include "gateway/access.h"
#include "gateway/snapshot.h"

namespace pointsman::app {

// How the office asks the rest of the gateway; each may be called from any thread.
struct AdminSources {
  std::function<std::string()> ledger_failure;
  std::function<std::vector<admin::ModelHealth>()> model_health;
  std::function<std::vector<limits::NodeReport>()> quotas;
  gateway::ClassifierLoader load_classifier;
  std::function<base::Result<void>()> commit_ledger;
};

class AdminOffice final : public admin::World {
 public:
  explicit AdminOffice(const base::Clock& clock) : clock_(clock) {}

  // Before open().
  void connect(AdminSources sources) { sources_ = std::move(sources); }
  // A key for the requests that the dashboard makes itself; kIo where the kernel gives no random bytes.
  base::Result<ledger::Key> make_key();

  // Who may sign in from now on. Where nobody is configured, "admin" may, with a password that is made once.
  base::Result<void> admit(const std::optional<config::AdminConfig>& config);
  // What decides from now on.
  void show(const gateway::Lineup& lineup, const config::Config& configured);
  void introduce(admin::Facts facts);
  // Where clients without TLS are served; 0: nowhere.
  void serve_at(std::uint16_t port) { own_port_ = port; }
  // Who needs keys from now on.
  void admit_by(const gateway::AccessPtr& access);
  void show(admin::TrainingState training, std::optional<admin::TrialState> trial);
  // Whether somebody wished for training since the last call.
  bool take_wish() { return training_wished_.exchange(false); }
  // Until then the API turns everybody away.
  void open(ledger::BackendPtr backend, std::uint64_t seed) {
    desk_.start(std::move(backend), *this, staff_, clock_, seed);
  }
  void close() { desk_.stop(); }

  admin::Office for_handlers() { return {desk_, staff_, tail_, clock_}; }
  // The sink of one worker, with the tail listening; lives as long as the office.
  ledger::Sink& watched(ledger::Sink& sink);
  // The password that was made for this run; empty: people are configured.
  const base::Secret& password() const { return password_; }

  admin::Facts facts() const override;
  gateway::Lineup lineup() const override;
  config::Config configured() const override;
  config::Environment environment() const override { return config::process_environment(); }
  std::string ledger_failure() const override { return sources_.ledger_failure(); }
  bool needs_key() const override { return needs_key_; }
  std::vector<admin::ModelHealth> model_health() const override { return sources_.model_health(); }
  std::vector<limits::NodeReport> quotas() const override { return sources_.quotas(); }
  admin::TrainingState training() const override;
  std::optional<admin::TrialState> trial() const override;
  base::Result<void> train() override;
  base::Result<std::shared_ptr<const classify::Classifier>> load_classifier(const std::string& name) const override {
    return sources_.load_classifier(name);
  }
  base::Result<void> commit_ledger() override { return sources_.commit_ledger(); }
  base::Result<cli::HttpAnswer> ask(const admin::OwnRequest& request) const override;

 private:
  const base::Clock& clock_;
  admin::Staff staff_;
  admin::LiveTail tail_;
  admin::Desk desk_;
  base::Secret password_;
  std::string password_hash_;
  std::vector<std::unique_ptr<admin::WatchedSink>> sinks_;
  AdminSources sources_;
  base::Secret own_key_;
  std::atomic<std::uint16_t> own_port_{0};
  std::atomic<bool> needs_key_{false};
  std::atomic<bool> training_wished_{false};

  mutable std::mutex mutex_;
  admin::Facts facts_;
  gateway::Lineup lineup_;
  config::Config configured_;
  admin::TrainingState training_;
  std::optional<admin::TrialState> trial_;
};

}  // namespace pointsman::app
