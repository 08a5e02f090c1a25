#include "app/admin_office.h"

#include <array>

#include "base/kernel_random.h"
#include "ledger/key_text.h"

namespace pointsman::app {

using base::Result;

Result<void> AdminOffice::admit(const std::optional<config::AdminConfig>& config) {
  if (!config) return {};
  if (!config->users.empty()) {
    password_ = base::Secret();
    staff_.accounts.use(config->users);
    return {};
  }
  if (password_.empty()) {
    PM_TRY(std::string password, admin::make_password());
    PM_TRY(password_hash_, admin::hash_password(password));
    password_ = base::Secret(std::move(password));
  }
  staff_.accounts.use({{"admin", base::Secret(password_hash_), config::AdminRole::kAdmin}});
  return {};
}

void AdminOffice::show(const gateway::Lineup& lineup, const config::Config& configured) {
  const std::scoped_lock lock(mutex_);
  lineup_ = lineup;
  if (configured_.version != configured.version) facts_.loaded = clock_.wall();
  configured_ = configured;
}

void AdminOffice::introduce(admin::Facts facts) {
  const std::scoped_lock lock(mutex_);
  facts.loaded = facts_.loaded;
  facts_ = std::move(facts);
}

Result<ledger::Key> AdminOffice::make_key() {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  PM_CHECK(base::fill_from_kernel(random));
  own_key_ = ledger::key_text(random);
  ledger::Key out;
  out.id = base::Uuid::at(clock_.wall());
  out.name = gateway::kDashboardKey;
  out.created = clock_.wall();
  out.secrets = {{.digest = ledger::key_digest(own_key_.reveal()), .until = {}}};
  return out;
}

void AdminOffice::admit_by(const gateway::AccessPtr& access) {
  needs_key_ = access && access->needs_key;
}

void AdminOffice::show(admin::TrainingState training, std::optional<admin::TrialState> trial) {
  const std::scoped_lock lock(mutex_);
  training_ = std::move(training);
  trial_ = std::move(trial);
}

admin::TrainingState AdminOffice::training() const {
  const std::scoped_lock lock(mutex_);
  return training_;
}

std::optional<admin::TrialState> AdminOffice::trial() const {
  const std::scoped_lock lock(mutex_);
  return trial_;
}

Result<void> AdminOffice::train() {
  if (training().running || training_wished_.exchange(true)) {
    return base::fail(base::ErrorCode::kOverloaded, "training runs already");
  }
  if (!facts().config_file.empty()) return {};
  training_wished_ = false;
  return base::fail(base::ErrorCode::kUnsupported, "there is no configuration file to train by");
}

Result<cli::HttpAnswer> AdminOffice::ask(const admin::OwnRequest& request) const {
  if (own_port_ == 0) return base::fail(base::ErrorCode::kUnsupported, "all listeners for clients speak TLS");
  cli::BlockingClient client("127.0.0.1", own_port_, {.answer = request.patience, .bytes = request.most_answer});
  return client.request("POST", request.path, request.body,
                        "authorization: Bearer " + std::string(own_key_.reveal()) + "\r\n");
}

ledger::Sink& AdminOffice::watched(ledger::Sink& sink) {
  return *sinks_.emplace_back(std::make_unique<admin::WatchedSink>(sink, tail_));
}

admin::Facts AdminOffice::facts() const {
  const std::scoped_lock lock(mutex_);
  return facts_;
}

gateway::Lineup AdminOffice::lineup() const {
  const std::scoped_lock lock(mutex_);
  return lineup_;
}

config::Config AdminOffice::configured() const {
  const std::scoped_lock lock(mutex_);
  return configured_;
}

}  // namespace pointsman::app
