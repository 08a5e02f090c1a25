#include "app/runtime.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <thread>

#include "app/host_name.h"
#include "app/needs_restart.h"
#include "app/shared_budgets.h"
#include "app/worker_thread.h"
#include "base/log.h"
#include "cli/exact_counters.h"
#include "config/overlay.h"
#include "gateway/cache_visit.h"
#include "ledger_drivers/open.h"
#include "net/dns.h"
#include "telemetry/process_facts.h"

namespace pointsman::app {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kLook{20};  // how often a stop looks whether it may go on
// How often it is kept what is known of how models count: what is lost with the process is worth little.
constexpr std::chrono::seconds kKeepCalibrations{10};
constexpr std::chrono::seconds kLastSpans{2};  // how long the last traces may take to be sent

http::ServerLimits server_limits(const config::LimitsConfig& from, std::size_t workers) {
  http::ServerLimits limits;
  limits.head.head_bytes = static_cast<std::size_t>(from.max_header_bytes);
  limits.head.fields = static_cast<std::size_t>(from.max_headers);
  limits.max_body = static_cast<std::size_t>(from.max_body);
  limits.max_connections = std::max<std::size_t>(1, static_cast<std::size_t>(from.max_connections) / workers);
  limits.header_timeout = from.header_timeout;
  limits.body_timeout = from.body_timeout;
  limits.write_timeout = from.write_timeout;
  limits.idle_timeout = from.idle_timeout;
  return limits;
}

std::uint64_t seed_from(std::random_device& entropy) {
  return (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
}

Result<gateway::FeedbackBooks> open_books(const ledger::Backend& ledger) {
  gateway::FeedbackBooks books;
  PM_TRY(books.store, ledger.feedback(ledger::Access::kWriting));
  PM_TRY(books.ledger, ledger.reader());
  return books;
}

}  // namespace

Runtime::Runtime(RuntimeOptions options) : options_(std::move(options)), shelf_(options_.load_encoder) {}

Result<std::unique_ptr<Runtime>> Runtime::start(config::Config config, RuntimeOptions options) {
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(options)));
  PM_CHECK(runtime->open(std::move(config)));
  return runtime;
}

Runtime::~Runtime() {
  static const std::atomic<bool> kHurry{true};
  stop(kHurry);
  resolver_.reset();
}

Result<void> Runtime::open(config::Config config) {
  configured_ = std::move(config);
  const std::size_t workers = worker_count(configured_);
  PM_CHECK(open_ledger(workers));
  changes_ = std::make_unique<LedgerChanges>(*ledger_, clock_);
  watch_ = std::make_unique<ClassifierWatch>(ledger_);
  PM_TRY(roles_, watch_->roles());
  PM_TRY(lineup_, build_lineup(configured_, roles_));
  snapshot_ = lineup_.champion;
  keys_ = std::make_unique<AccessWatch>(ledger_, quotas_, clock_);
  if (configured_.admin) {
    PM_TRY(ledger::Key own, office_.make_key());
    keys_->add_own(std::move(own));
  }
  PM_TRY(access_, keys_->read(configured_));
  office_.admit_by(access_);
  std::random_device entropy;
  budgets_ = std::make_unique<BudgetWatch>(quotas_, clock_, registry_, seed_from(entropy));
  PM_CHECK(budgets_->follow(configured_));
  spans_ = std::make_unique<courier::SpanCourier>(registry_.add_shard(), options_.version, host_name(),
                                                  courier::SpanOptions{.seed = seed_from(entropy)});
  resolver_ = std::make_unique<net::Resolver>();
  feedback_.start([ledger = ledger_] { return open_books(*ledger); }, clock_, registry_.add_shard(),
                  seed_from(entropy));
  keep_leases(leases_, quotas_, configured_.ledger, ledger_, keys_->births(),
              base::UuidGenerator(seed_from(entropy)).next(clock_.wall()), registry_);
  PM_CHECK(open_office(seed_from(entropy)));
  make_workers(workers, entropy);
  PM_CHECK(spans_->follow(configured_.telemetry));
  PM_CHECK(shared_.start(configured_.shared.redis, seed_from(entropy), [this](const limits::FailureHint& hint) {
    for (const auto& worker : workers_) worker->warn(hint);
  }));
  PM_CHECK(listen());
  introduce();
  publish_facts();
  warn_of_old_facts();
  adopt(lineup_);
  learning_ = std::make_unique<LearningWatch>(ledger_, *changes_, configured_.ledger.path, options_.config_file, feed_,
                                              registry_);
  learning_->follow(lineup_, roles_);
  recall();
  restore_calibrations();
  for (const auto& worker : workers_) worker->start(lineup_, access_);
  calibrate();
  ready_ = true;
  return {};
}

void Runtime::make_workers(std::size_t count, std::random_device& entropy) {
  for (std::size_t i = 0; i < count; ++i) {
    auto loop = std::make_unique<net::Loop>();
    gateway::WorkerParts parts{*loop,
                               *resolver_,
                               office_.watched(store_->sink(i)),
                               registry_.add_shard(),
                               registry_,
                               clock_,
                               encoders_,
                               feedback_,
                               quotas_,
                               load_};
    parts.ready = [this] { return ready_ && !store_->failed(); };
    parts.feed = &feed_;
    parts.conversations = &conversations_;
    parts.news = shared_.news(configured_.shared.redis);
    parts.replicas_answers = shared_.answers(configured_.shared.redis);
    parts.answers = &answers_;
    parts.summaries = &summaries_;
    if (configured_.ledger.postgres) parts.leases = &leases_;
    parts.spans = &spans_->add_ring();
    parts.usage = usage_.emplace_back(std::make_unique<gateway::UsageFeed>()).get();
    parts.workers = static_cast<int>(count);
    parts.max_body = static_cast<std::size_t>(snapshot_->config.limits.max_body);
    parts.seed = seed_from(entropy);
    workers_.push_back(std::make_unique<WorkerThread>(std::move(parts), std::move(loop)));
  }
}

Result<void> Runtime::open_office(std::uint64_t seed) {
  PM_CHECK(office_.admit(configured_.admin));
  office_.connect({.ledger_failure = [this] { return store_->failed() ? store_->failure() : std::string(); },
                   .model_health = [this] { return model_health(); },
                   .quotas = [this] { return quotas_.report(); },
                   .load_classifier = options_.load_classifier,
                   .commit_ledger = [this] { return store_->flush(); }});
  office_.open(ledger_, seed);
  return {};
}

void Runtime::warn_of_old_facts() const {
  const auto catalogue = route::Catalogue::built_in();
  if (!catalogue) return;
  const auto today = std::chrono::floor<std::chrono::days>(clock_.wall());
  const auto found = concerns(*catalogue, config::configured_models(configured_), today, route::kOldAfter);
  const auto old = std::ranges::count(found, route::CatalogueConcern::kOld, &route::ModelConcern::concern);
  if (old == 0) return;
  base::log_warn(
      "the catalogue's facts about {} of the models are more than {} days old; see `pointsman catalogue check`", old,
      route::kOldAfter.count());
}

void Runtime::publish_facts() {
  telemetry::add_process_facts(registry_);
  registry_.info("pointsman_build_info", options_.version);
  const auto connections = [this](std::string_view state, std::size_t WorkerThread::Load::* which) {
    registry_.callback("pointsman_connections", {{"state", std::string(state)}}, [this, which] {
      std::size_t total = 0;
      for (const auto& worker : workers_) total += worker->last_load().*which;
      return static_cast<double>(total);
    });
  };
  connections("open", &WorkerThread::Load::connections);
  connections("active", &WorkerThread::Load::active);
  registry_.callback("pointsman_reloads_total", {{"result", "ok"}},
                     [this] { return static_cast<double>(reloads_.load()); });
  registry_.callback("pointsman_reloads_total", {{"result", "failed"}},
                     [this] { return static_cast<double>(failed_reloads_.load()); });
  registry_.callback("pointsman_encoder_queue_length", {}, [this] { return static_cast<double>(encoders_.waiting()); });
  registry_.callback("pointsman_ledger_queue_depth", {},
                     [this] { return static_cast<double>(store_->waiting_rows()); });
  registry_.callback("pointsman_cache_bytes", {}, [this] { return static_cast<double>(answers_.bytes()); });
  registry_.callback("pointsman_feedback_queue_length", {},
                     [this] { return static_cast<double>(feedback_.waiting()); });
}

Result<void> Runtime::open_ledger(std::size_t workers) {
  const config::LedgerConfig& from = configured_.ledger;
  journal::StoreOptions options;
  options.directory = from.path;
  options.workers = workers;
  const bool texts = from.store_prompts == config::StorePrompts::kFull;
  options.max_record = texts ? 32U << 10 : from.store_features ? 8U << 10 : 4U << 10;
  // Room for every connection's open request, as far as the disk space is worth it.
  const std::size_t connections = static_cast<std::size_t>(configured_.limits.max_connections) / workers;
  options.ring_bytes = std::clamp<std::size_t>(connections * options.max_record, 8U << 20, 64U << 20);
  options.writer.clock = &clock_;
  options.writer.retention.max_age = std::chrono::duration_cast<std::chrono::seconds>(from.retention);
  options.writer.retention.max_bytes = static_cast<std::uint64_t>(from.max_size);
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::absolute(from.path).parent_path(), failed);
  if (failed) {
    return base::fail(ErrorCode::kIo, "cannot make the folder for the ledger '" + from.path + "': " + failed.message());
  }
  ledger_ = ledger_drivers::backend_of(from);
  auto store = ledger_drivers::open_store(from, std::move(options));
  if (!store) return base::fail(std::move(store).error().in("ledger '" + ledger_->place() + "'"));
  store_ = std::move(*store);
  if (store_->recovered() > 0) {
    base::log_info("ledger: recovered {} entries that an earlier process had not committed", store_->recovered());
  }
  return {};
}

Result<void> Runtime::listen() {
  const config::Config& config = snapshot_->config;
  for (const config::ListenerConfig& listener : config.listeners) PM_CHECK(listen_on(listener, For::kClients));
  if (config.admin) PM_CHECK(listen_on({config.admin->address, std::nullopt}, For::kOperators));
  return {};
}

Result<void> Runtime::listen_on(const config::ListenerConfig& listener, For whom) {
  const http::ServerLimits limits = server_limits(snapshot_->config.limits, workers_.size());
  net::SslContext tls;
  if (listener.tls) {
    PM_TRY(tls, net::make_server_tls(listener.tls->cert, listener.tls->key));
  }
  std::uint16_t port = listener.address.port;
  const std::string host = listener.address.host == "localhost" ? "127.0.0.1" : listener.address.host;
  for (const auto& worker : workers_) {
    if (whom == For::kOperators) {
      PM_TRY(port, worker->listen_admin(host, port, limits, office_.for_handlers()));
    } else {
      PM_TRY(port, worker->listen(host, port, limits, tls));
    }
  }
  ports_.push_back(port);
  if (whom == For::kClients && !listener.address.is_loopback() && !access_->needs_key) {
    base::log_warn("listening on {}, which others can reach, and nobody needs a key: `pointsman keys create` makes one",
                   listener.address.to_string());
  }
  return {};
}

Result<gateway::SnapshotPtr> Runtime::build(config::Config config, const gateway::SnapshotPtr& previous) {
  const consult::Counters counters = cli::exact_counters(config);
  const auto load = [this](const std::string& name) { return watch_->load(name, options_.load_classifier); };
  return gateway::build_snapshot(std::move(config), load, previous, shelf_.loader(), counters);
}

Result<gateway::Lineup> Runtime::build_lineup(const config::Config& config, const Roles& roles) {
  gateway::Lineup out;
  out.memory = lineup_.memory;
  PM_TRY(config::Config champion, with_classifier(config, roles.champion));
  auto built = build(std::move(champion), snapshot_);
  if (!built) {
    if (roles.champion.version.empty()) return base::fail(std::move(built).error());
    return base::fail(std::move(built).error().in("the classifier " + roles.champion.version.substr(0, 12) +
                                                  ", which was promoted (`pointsman rollback` takes it back)"));
  }
  out.champion = std::move(*built);
  if (!roles.canary.version.empty()) {
    PM_TRY(config::Config canary, with_classifier(config, roles.canary));
    PM_TRY(out.canary, build(std::move(canary), out.champion));
    out.share = roles.share;
  }
  if (!roles.shadow.version.empty()) {
    if (lineup_.shadow && lineup_.shadow->version() == roles.shadow.version &&
        lineup_.champion->config.version == config.version) {
      out.shadow = lineup_.shadow;
      return out;
    }
    PM_TRY(config::Config shadow, with_classifier(config, roles.shadow));
    PM_TRY(gateway::SnapshotPtr snapshot, build(std::move(shadow), out.champion));
    out.shadow = std::make_shared<gateway::Shadow>(std::move(snapshot));
  }
  return out;
}

void Runtime::adopt(gateway::Lineup lineup) {
  lineup_ = std::move(lineup);
  snapshot_ = lineup_.champion;
  office_.show(lineup_, configured_);
  if (learning_) learning_->follow(lineup_, roles_);
  for (const gateway::SnapshotPtr& one : {lineup_.champion, lineup_.canary}) {
    if (!one) continue;
    auto kept = store_->save_policy(one->policy_version, one->policy_document);
    if (!kept) base::log_warn("ledger: a policy could not be kept, explain cannot replay: {}", kept.error().message());
  }
  adopt_answers();
  const auto& risk = snapshot_->config.router.risk;
  if (risk && !risk->proved.certified) {
    base::log_warn("{}: nothing is certified, so all that the classifier would decide goes to the fallback; {}",
                   risk->place, risk->proved.next);
  }
  adopt_encoder();
  adopt_small_model();
  registry_.info("pointsman_config_info", snapshot_->policy_version.substr(0, 12));
  registry_.info("pointsman_classifier_info", snapshot_->classifier_version.substr(0, 12));
  publish_shadow();
}

// What was answered under another configuration is never found again, so its memory is free.
void Runtime::adopt_answers() {
  std::vector<std::uint64_t> marks{gateway::cache_mark(*lineup_.champion)};
  if (lineup_.canary) marks.push_back(gateway::cache_mark(*lineup_.canary));
  answers_.keep_only(marks);
  answers_.resize(static_cast<std::size_t>(lineup_.champion->config.router.cache_size));
}

void Runtime::adopt_small_model() const {
  if (!snapshot_->consultant_note.empty()) base::log_warn("{}", snapshot_->consultant_note);
  const auto& llm = snapshot_->config.router.llm;
  if (!snapshot_->consultant || llm->paired.certified) return;
  base::log_warn("{}: nothing is certified, so all that the classifier would decide goes to the fallback; {}",
                 llm->place, llm->paired.next);
}

void Runtime::adopt_encoder() {
  if (!snapshot_->encoder_note.empty()) base::log_warn("{}", snapshot_->encoder_note);
  registry_.info("pointsman_encoder_info", snapshot_->encoder ? snapshot_->encoder->id().substr(0, 12) : "none");
  if (!snapshot_->encoder) return;  // threads of an earlier snapshot stay, for its requests; idle ones cost nothing
  const config::EncoderConfig& from = *snapshot_->config.router.encoder;
  encoders_.configure({.threads = static_cast<std::size_t>(from.threads),
                       .queue = static_cast<std::size_t>(from.queue),
                       .batch = static_cast<std::size_t>(from.batch)});
}

Result<std::vector<std::string>> Runtime::reload(config::Config config) {
  PM_TRY(Roles roles, watch_->roles());
  auto next = build_lineup(config, roles);
  if (!next) {
    ++failed_reloads_;
    return base::fail(std::move(next).error());
  }
  PM_CHECK(store_->flush());
  PM_TRY(access_, keys_->read(config));
  office_.admit_by(access_);
  PM_CHECK(spans_->follow(config.telemetry));
  PM_CHECK(budgets_->follow(config));
  PM_CHECK(office_.admit(config.admin));
  auto restart = needs_restart(configured_, config);
  configured_ = std::move(config);
  roles_ = std::move(roles);
  adopt(*next);
  for (const auto& worker : workers_) {
    worker->use(*next);
    worker->admit_by(access_);
  }
  ++reloads_;
  return restart;
}

Result<bool> Runtime::follow_registry() {
  if (!changes_->classifiers()) return false;
  PM_TRY(const bool changed, watch_->changed());
  if (!changed) return false;
  PM_TRY(Roles roles, watch_->roles());
  if (roles == roles_) return false;  // only something was written down
  auto next = build_lineup(configured_, roles);
  if (!next) {
    ++failed_reloads_;
    return base::fail(std::move(next).error());
  }
  roles_ = std::move(roles);
  adopt(*next);
  for (const auto& worker : workers_) worker->use(*next);
  ++reloads_;
  return true;
}

Result<bool> Runtime::follow_keys() {
  keys_->restore_missing();
  budgets_->tick();
  PM_TRY(const bool changed, keys_->changed(changes_->keys()));
  if (!changed) return false;
  PM_TRY(access_, keys_->read(configured_));
  office_.admit_by(access_);
  for (const auto& worker : workers_) worker->admit_by(access_);
  return true;
}

bool Runtime::recall() {
  learning_->tick(configured_.learn, clock_.mono(), clock_.wall());
  auto memory = learning_->take_memory();
  if (!memory) return false;
  lineup_.memory = std::move(*memory);
  return true;
}

void Runtime::learn() {
  if (!learning_) return;
  if (office_.take_wish()) {
    const auto started = learning_->train();
    if (!started) base::log_warn("learning: {}", started.error().message());
  }
  const bool changed = recall();
  office_.show(learning_->training(), learning_->trial());
  if (!changed) return;
  for (const auto& worker : workers_) worker->use(lineup_);
}

void Runtime::restore_calibrations() {
  const auto kept = ledger_->calibrations();
  const auto restored = kept ? calibrations_.restore(*kept) : base::fail(kept.error());
  if (!restored) base::log_warn("what is known of how models count tokens: {}", restored.error().message());
}

void Runtime::keep_calibrations() {
  calibrations_kept_ = clock_.mono();
  const auto changed = calibrations_.take_changed();
  if (changed.empty()) return;
  const auto kept = store_->save_calibrations(changed);
  if (!kept) base::log_warn("how models count tokens could not be kept: {}", kept.error().message());
}

void Runtime::calibrate() {
  for (const auto& feed : usage_) calibrations_.absorb(*feed, snapshot_->market);
  const gateway::CalibrationTablePtr table = calibrations_.publish(snapshot_->market);
  if (table) {
    for (const auto& worker : workers_) worker->calibrate_by(table);
  }
  if (clock_.mono() - calibrations_kept_ >= kKeepCalibrations) keep_calibrations();
}

Result<void> Runtime::flush_ledger() {
  return store_->flush();
}

template <class Busy>
void Runtime::wait_while(Busy busy, std::chrono::steady_clock::time_point deadline, const std::atomic<bool>& hurry) {
  const auto any = [&] {
    return std::ranges::any_of(workers_, [&](const auto& worker) {
      const auto load = worker->load();
      return !load || busy(*load);  // who cannot answer is busy
    });
  };
  while (!hurry && any() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(kLook);
}

void Runtime::stop(const std::atomic<bool>& hurry, std::chrono::milliseconds linger) {
  if (stopped_) return;
  stopped_ = true;
  ready_ = false;
  const auto patience = snapshot_ ? snapshot_->config.limits.drain_timeout : config::Milliseconds(0);
  const auto begin = std::chrono::steady_clock::now();
  const auto deadline = begin + patience;
  for (const auto& worker : workers_) worker->retire();
  const auto heard = std::min<std::chrono::steady_clock::time_point>(begin + linger, deadline);
  while (!hurry && std::chrono::steady_clock::now() < heard) std::this_thread::sleep_for(kLook);
  wait_while([](const WorkerThread::Load& load) { return load.active > 0; }, deadline, hurry);
  for (const auto& worker : workers_) worker->drain();
  wait_while([](const WorkerThread::Load& load) { return load.connections > 0; }, deadline, hurry);
  for (const auto& worker : workers_) worker->close_all();
  office_.close();  // asks the workers
  for (const auto& worker : workers_) worker->stop();
  shared_.stop();
  encoders_.stop();
  feedback_.stop();
  leases_.stop();
  if (budgets_) budgets_->stop();
  if (spans_) spans_->stop(kLastSpans);
  if (store_ && snapshot_) {
    for (const auto& feed : usage_) calibrations_.absorb(*feed, snapshot_->market);
    keep_calibrations();
  }
  if (store_) {
    auto closed = store_->close();
    if (!closed) base::log_error("ledger: {}", closed.error().message());
  }
}

}  // namespace pointsman::app
