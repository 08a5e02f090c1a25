#include "app/access_watch.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/spend_reader.h"

namespace pointsman::app {

using base::Result;

namespace {

constexpr std::size_t kUsersMet = 2000;  // end users of one key that are known from the start
constexpr std::chrono::days kUsersSince{31};

// The node's name as access.h makes it, and the tree for end users: "acme/search@key#00f3...".
ledger::SpendScope scope_of(std::string_view node) {
  ledger::SpendScope scope;
  if (const std::size_t mark = node.find(limits::kEndUserMark); mark != std::string_view::npos) {
    const std::string_view id = node.substr(mark + 1);
    std::from_chars(id.data(), id.data() + id.size(), scope.user, 16);
    node = node.substr(0, mark);
  }
  const std::size_t at = node.find('@');
  if (at == std::string_view::npos) {
    scope.owner = node;
  } else {
    scope.key = node.substr(at + 1);
  }
  return scope;
}

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
  auto opened = ledger_sqlite::open_key_store(directory_, ledger_sqlite::OpenMode::kReadOnly);
  if (opened) {
    store_ = std::move(*opened);
    return store_.get();
  }
  if (opened.error().code() == base::ErrorCode::kNotFound) return nullptr;
  return base::fail(std::move(opened).error());
}

Result<bool> AccessWatch::changed() {
  if (next_expiry_ && *next_expiry_ <= clock_.wall()) return true;
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
  const limits::QuotaDefinition quotas = gateway::make_quotas(config.access, config.owners, keys, now);
  PM_CHECK(quotas_.configure(quotas, gateway::make_caps(config.router)));
  version_ = version;
  next_expiry_.reset();
  made_.clear();
  for (const ledger::Key& one : keys) {
    if (!one.revoked) made_[one.name] = one.created;
  }
  for (const ledger::Key& one : keys) {
    if (one.revoked || !one.expires || *one.expires <= now) continue;
    next_expiry_ = std::min(next_expiry_.value_or(*one.expires), *one.expires);
  }
  restore_missing();
  meet_users(keys, quotas);
  return std::make_shared<const gateway::Access>(gateway::make_access(config.access, config.owners, keys, now));
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
  ledger::SpendTime time;
  if (of.period != limits::Period::kTotal) time.since = of.span.begin;
  const ledger::SpendScope scope = scope_of(of.node);
  // A name may be used again: what its namesake spent is not this key's.
  const auto made = made_.find(scope.key);
  if (made != made_.end() && (!time.since || *time.since < made->second)) time.since = made->second;
  return spend_->sum(scope, time);
}

bool AccessWatch::open_spend() {
  if (spend_) return true;
  auto opened = ledger_sqlite::open_spend_reader(directory_);
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
