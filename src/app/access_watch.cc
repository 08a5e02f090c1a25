#include "app/access_watch.h"

#include <algorithm>

#include "base/log.h"

namespace pointsman::app {

using base::Result;

namespace {

constexpr std::size_t kUsersMet = 2000;  // end users of one key that are known from the start
constexpr std::chrono::days kUsersSince{31};

std::string user_id(std::uint64_t user) {
  char text[17];
  const int size = std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(user));
  return std::string(text, static_cast<std::size_t>(size));
}

// The limits of each end user of that node: those of the nearest node above that has some. Null: none.
const limits::NodeLimits* end_user_limits(const limits::QuotaDefinition& quotas, std::string_view node) {
  while (!node.empty()) {
    const auto at = std::ranges::find(quotas.nodes, node, &limits::NodeDefinition::name);
    if (at == quotas.nodes.end()) return nullptr;
    if (at->end_users) return &*at->end_users;
    node = at->parent;
  }
  return nullptr;
}

}  // namespace

Result<ledger::KeyStore*> AccessWatch::store() {
  if (store_) return store_.get();
  auto opened = backend_->keys(ledger::Access::kReading);
  if (opened) {
    store_ = std::move(*opened);
    return store_.get();
  }
  if (opened.error().code() == base::ErrorCode::kNotFound) return nullptr;
  return base::fail(std::move(opened).error());
}

Result<bool> AccessWatch::changed(bool worth_a_look) {
  if (next_expiry_ && *next_expiry_ <= clock_.wall()) return true;
  if (!worth_a_look) return false;
  PM_TRY(ledger::KeyStore* const store, this->store());
  if (store == nullptr) return false;
  PM_TRY(const std::int64_t version, store->version());
  return version != version_;
}

Result<gateway::AccessPtr> AccessWatch::read(const config::Config& config) {
  PM_TRY(ledger::KeyStore* const store, this->store());
  std::vector<ledger::Key> keys;
  std::int64_t version = 0;
  if (store != nullptr) {
    PM_TRY(version, store->version());  // first: what changes meanwhile is read again
    PM_TRY(keys, store->keys());
  }
  keys.insert(keys.end(), own_.begin(), own_.end());
  const base::WallTime now = clock_.wall();
  limits::QuotaDefinition quotas = gateway::make_quotas(config.access, config.owners, keys, now);
  quotas.shared_budgets = config.ledger.postgres.has_value();
  KeyBirths::Map made;
  for (const ledger::Key& one : keys) {
    if (!one.revoked) made[one.name] = one.created;
  }
  births_.set(std::move(made));
  PM_CHECK(quotas_.configure(quotas, gateway::make_caps(config.router)));
  version_ = version;
  next_expiry_.reset();
  for (const ledger::Key& one : keys) {
    if (one.revoked || !one.expires || *one.expires <= now) continue;
    next_expiry_ = std::min(next_expiry_.value_or(*one.expires), *one.expires);
  }
  restore_missing();
  if (!quotas.shared_budgets) meet_users(keys, quotas);
  gateway::Access access = gateway::make_access(config.access, config.owners, keys, now);
  for (gateway::KeyTerms& one : access.terms) one.node_ref = quotas_.find(one.node);
  return std::make_shared<const gateway::Access>(std::move(access));
}

// The tree takes an end user whom it has not seen for one who never spent anything, so this is done before the key can
// be used, and once: later the tree knows better.
void AccessWatch::meet_users(const std::vector<ledger::Key>& keys, const limits::QuotaDefinition& quotas) {
  for (const ledger::Key& one : keys) {
    const std::string node = gateway::node_of(one);
    const limits::NodeLimits* const limits = end_user_limits(quotas, node);
    if (limits == nullptr || limits->budgets.empty() || !one.live(clock_.wall()) || met_.contains(node)) continue;
    if (!open_spend()) return;
    if (const auto met = meet_users_of(one, *limits, quotas.zone); !met) {
      return base::log_error("budgets: what end users spent before is unknown: {}", met.error().message());
    }
    met_.insert(node);
  }
}

Result<void> AccessWatch::meet_users_of(const ledger::Key& key, const limits::NodeLimits& limits,
                                        const limits::TimeZone& zone) {
  const base::WallTime now = clock_.wall();
  ledger::SpendTime recent{.since = now - kUsersSince, .until = {}};
  const auto total = std::ranges::find(limits.budgets, limits::Period::kTotal, &limits::BudgetDefinition::period);
  if (total != limits.budgets.end()) recent = {};
  PM_TRY(const std::vector<ledger::UserSpend> users, spend_->by_user({.key = key.name}, recent, kUsersMet));
  for (const ledger::UserSpend& user : users) {
    const std::string node = gateway::node_of(key) + limits::kEndUserMark + user_id(user.user);
    for (const limits::BudgetDefinition& budget : limits.budgets) {
      const limits::MissingSpend missing{node, budget.period, limits::period_at(budget.period, now, zone)};
      PM_TRY(const ledger::Spend sum, spent(missing));
      quotas_.restore(missing, sum.nanos, sum.tokens);
    }
  }
  return {};
}

Result<ledger::Spend> AccessWatch::spent(const limits::MissingSpend& of) {
  return spent_in(*spend_, births_, of.node, of.period, of.span);
}

bool AccessWatch::open_spend() {
  if (spend_) return true;
  auto opened = backend_->spend();
  if (!opened) {
    base::log_error("budgets: what was spent before is unknown: {}", opened.error().message());
    return false;
  }
  spend_ = std::move(*opened);
  return true;
}

void AccessWatch::restore_missing() {
  const auto missing = quotas_.missing_spend();
  if (missing.empty() || !open_spend()) return;
  for (const limits::MissingSpend& one : missing) {
    const auto sum = spent(one);
    if (!sum) return base::log_error("budgets: what was spent before is unknown: {}", sum.error().message());
    quotas_.restore(one, sum->nanos, sum->tokens);
  }
}

}  // namespace pointsman::app
