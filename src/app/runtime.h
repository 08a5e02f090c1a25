// The running gateway: worker threads with their loops and listeners, the ledger, and the snapshot they serve by. The
// one place that names concrete drivers and puts them together.
//
// Made, reloaded and stopped by the main thread. Workers share nothing but snapshots, the name resolver and what the
// ledger's writer and the metrics' reader take from them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "answers/response_cache.h"
#include "app/access_watch.h"
#include "app/admin_office.h"
#include "app/budget_watch.h"
#include "app/classifier_watch.h"
#include "app/encoder_shelf.h"
#include "app/learning_watch.h"
#include "app/ledger_changes.h"
#include "app/memory_watch.h"
#include "app/shared_state.h"
#include "base/result.h"
#include "config/config.h"
#include "courier/span_courier.h"
#include "gateway/calibration_desk.h"
#include "gateway/encoder_pool.h"
#include "gateway/feedback_desk.h"
#include "gateway/front_door.h"
#include "gateway/lease_keeper.h"
#include "gateway/lineup.h"
#include "gateway/snapshot.h"
#include "ledger/backend.h"
#include "route/conversation_memory.h"
#include "telemetry/registry.h"

namespace pointsman::journal {
class Store;
}

namespace pointsman::app {

class WorkerThread;

struct RuntimeOptions {
  std::string version;
  gateway::ClassifierLoader load_classifier;
  gateway::EncoderLoader load_encoder{};
  std::string config_file{};  // for training by schedule; empty: there is none
};

class Runtime {
 public:
  // Opens the ledger, builds the snapshot, listens, and starts the workers. Returns when requests are being answered.
  static base::Result<std::unique_ptr<Runtime>> start(config::Config config, RuntimeOptions options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Builds a new snapshot and hands it to all workers; requests in flight keep theirs. On failure nothing changes.
  // Listeners, workers, limits and the ledger's place stay as they were at the start; the result names those that
  // differ and need a restart.
  base::Result<std::vector<std::string>> reload(config::Config config);

  // Looks whether another process changed which classifiers serve, and if so hands the new lineup to all workers.
  // False: nothing changed. On failure what served keeps serving, and the same is not tried again until it changes.
  base::Result<bool> follow_registry();
  // Tells of budgets that were used up, and looks whether another process changed keys, and hands them to all workers.
  // False: no keys have changed.
  base::Result<bool> follow_keys();
  // Hears what upstreams reported of prompts, hands what follows from it to all workers, and keeps it from time to
  // time; call a few times a second.
  void calibrate();
  // What there is to do about learning; call a few times a second.
  void learn();
  // Frees answers and summaries that are too old to be given again; call now and then.
  void tidy() {
    answers_.sweep(clock_.mono());
    summaries_.sweep(clock_.mono());
    load_.memory_short = memory_.is_short(snapshot_->config.limits.overload.memory);
  }

  // Not ready from now on, and says so; still answers what comes, so that nobody is turned away who has not heard yet.
  // When that has gone on for `linger` and no request is open, or the configured time is over, accepts no more, cuts
  // what is left and commits the ledger. `hurry` set to true from elsewhere ends the waiting.
  void stop(const std::atomic<bool>& hurry, std::chrono::milliseconds linger = {});

  // Whether every worker's event loop answers within a second. Waits for them.
  bool responsive();

  // Ports in the order of the configuration's listeners (the admin listener last).
  const std::vector<std::uint16_t>& ports() const { return ports_; }
  const gateway::Snapshot& snapshot() const { return *snapshot_; }
  gateway::QuotaDesk& quotas() { return quotas_; }
  // Where the dashboard is ("http://127.0.0.1:9090/dashboard/"); empty without an admin listener.
  std::string dashboard() const;
  // The password of its user "admin", where no people are configured; else empty.
  const base::Secret& dashboard_password() const { return office_.password(); }
  answers::ResponseCache& answers() { return answers_; }
  base::Result<void> flush_ledger();

 private:
  explicit Runtime(RuntimeOptions options);
  base::Result<void> open(config::Config config);
  base::Result<void> open_ledger(std::size_t workers);
  void make_workers(std::size_t count, std::random_device& entropy);
  // The operators' API.
  base::Result<void> open_office(std::uint64_t seed);
  base::Result<void> listen();
  enum class For : std::uint8_t { kClients, kOperators };
  base::Result<void> listen_on(const config::ListenerConfig& listener, For whom);
  base::Result<gateway::Lineup> build_lineup(const config::Config& config, const Roles& roles);
  base::Result<gateway::SnapshotPtr> build(config::Config config, const gateway::SnapshotPtr& previous);
  void adopt(gateway::Lineup lineup);
  // Whether other corrections take effect from now on, in lineup_.
  bool recall();
  void adopt_answers();
  void restore_calibrations();
  void keep_calibrations();
  void adopt_encoder();
  void adopt_small_model() const;
  void publish_shadow();
  // Asks all workers.
  std::vector<admin::ModelHealth> model_health();
  // Tells the operators' API who we are.
  void introduce();
  void publish_facts();
  void warn_of_old_facts() const;
  // Waits until `busy` is false for all workers.
  template <class Busy>
  void wait_while(Busy busy, std::chrono::steady_clock::time_point deadline, const std::atomic<bool>& hurry);

  RuntimeOptions options_;
  base::SystemClock clock_;
  telemetry::Registry registry_;
  ledger::BackendPtr ledger_;  // null until the ledger is open
  std::unique_ptr<journal::Store> store_;
  // All of these post to the workers' loops: their threads end before the loops go.
  std::unique_ptr<net::Resolver> resolver_;
  gateway::EncoderPool encoders_;
  gateway::FeedbackDesk feedback_;
  gateway::QuotaDesk quotas_{clock_};
  gateway::LeaseKeeper leases_{quotas_, clock_};
  route::ConversationMemory conversations_;  // outlives snapshots, and with the process is forgotten
  SharedState shared_{quotas_, registry_, clock_, conversations_};
  gateway::LoadGauge load_;
  MemoryWatch memory_;
  AdminOffice office_{clock_};
  EncoderShelf shelf_;
  std::unique_ptr<LedgerChanges> changes_;       // null until the ledger is open
  std::unique_ptr<AccessWatch> keys_;            // likewise
  std::unique_ptr<BudgetWatch> budgets_;         // likewise
  std::unique_ptr<courier::SpanCourier> spans_;  // likewise
  gateway::AccessPtr access_;
  std::unique_ptr<ClassifierWatch> watch_;  // null until the ledger is open
  config::Config configured_;               // as loaded: before any classifier of the registry took its place
  Roles roles_;                             // that lineup_ is made for
  gateway::Lineup lineup_;
  gateway::TrialFeed feed_;
  answers::ResponseCache answers_{0};            // outlives snapshots, and with the process is forgotten
  answers::ResponseCache summaries_{16U << 20};  // of turns that were left out of prompts; likewise
  gateway::CalibrationDesk calibrations_;
  base::MonoTime calibrations_kept_{};
  std::vector<std::unique_ptr<gateway::UsageFeed>> usage_;  // one for each worker
  std::unique_ptr<LearningWatch> learning_;                 // null until the workers are about to serve
  gateway::SnapshotPtr snapshot_;                           // the champion's
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  std::vector<std::uint16_t> ports_;
  std::atomic<bool> ready_{false};
  std::atomic<std::uint64_t> reloads_{0};
  std::atomic<std::uint64_t> failed_reloads_{0};
  bool stopped_ = false;
};

}  // namespace pointsman::app
