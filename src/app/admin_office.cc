#include "app/admin_office.h"

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
