#include "gateway/access.h"

#include <algorithm>
#include <set>

#include "gateway/presented_key.h"
#include "limits/quota_definition.h"
#include "limits/time_zone.h"

namespace pointsman::gateway {
namespace {

using base::ErrorCode;
using base::Origin;

limits::Period period_of(config::BudgetPeriod period) {
  switch (period) {
    case config::BudgetPeriod::kDay:
      return limits::Period::kDay;
    case config::BudgetPeriod::kWeek:
      return limits::Period::kWeek;
    case config::BudgetPeriod::kMonth:
      return limits::Period::kMonth;
    case config::BudgetPeriod::kTotal:
      return limits::Period::kTotal;
  }
  return limits::Period::kTotal;
}

limits::Period period_of(ledger::KeyPeriod period) {
  return period_of(static_cast<config::BudgetPeriod>(period));
}
static_assert(static_cast<int>(ledger::KeyPeriod::kTotal) == static_cast<int>(config::BudgetPeriod::kTotal));

std::optional<std::int64_t> nanos_of(const std::optional<base::Money>& money) {
  return money ? std::optional(money->nanos) : std::nullopt;
}

// One for each period, however many are written; the lower amount where there are two.
void add_budget(limits::BudgetDefinition budget, limits::NodeLimits& out) {
  const auto lower = [](std::optional<std::int64_t>& kept, std::optional<std::int64_t> other) {
    if (other) kept = std::min({kept.value_or(*other), *other, limits::kLargestBudget});
  };
  auto at = std::ranges::find(out.budgets, budget.period, &limits::BudgetDefinition::period);
  if (at == out.budgets.end()) at = out.budgets.insert(at, {.period = budget.period, .nanos = {}, .tokens = {}});
  lower(at->nanos, budget.nanos);
  lower(at->tokens, budget.tokens);
}

// No key that was ever made may keep others from being taken up: more than a limit can hold is as good as none.
limits::RateDefinition rates_of(std::optional<std::int64_t> requests, std::optional<std::int64_t> tokens,
                                std::optional<std::int64_t> concurrent) {
  const auto most = [](std::optional<std::int64_t> rate) {
    return rate ? std::optional(std::min(*rate, limits::kLargestRate)) : rate;
  };
  return {most(requests), most(tokens), most(concurrent)};
}

limits::NodeLimits limits_of(const std::vector<config::BudgetConfig>& budgets, const config::RatesConfig& rates) {
  limits::NodeLimits out;
  for (const config::BudgetConfig& one : budgets) {
    add_budget({period_of(one.period), nanos_of(one.money), one.tokens}, out);
  }
  out.rates = rates_of(rates.requests_per_minute, rates.tokens_per_minute, rates.concurrent);
  return out;
}

limits::NodeLimits limits_of(const ledger::Key& key) {
  limits::NodeLimits out;
  for (const ledger::KeyBudget& one : key.budgets) {
    add_budget({period_of(one.period), nanos_of(one.money), one.tokens}, out);
  }
  out.rates = rates_of(key.rates.requests_per_minute, key.rates.tokens_per_minute, key.rates.concurrent);
  return out;
}

// "a/b/c" -> "a/b"; "a" -> "".
std::string_view parent_of(std::string_view path) {
  const std::size_t cut = path.rfind('/');
  return cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
}

const config::OwnerConfig* find(const std::vector<config::OwnerConfig>& owners, std::string_view name) {
  const auto at = std::ranges::find(owners, name, &config::OwnerConfig::name);
  return at == owners.end() ? nullptr : &*at;
}

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return list.empty() || std::ranges::find(list, name) != list.end();
}

KeyTerms terms_of(const ledger::Key& key, const std::vector<config::OwnerConfig>& owners) {
  KeyTerms terms{.node = node_of(key)};
  bool settled = false;  // the nearest owner decides
  std::optional<config::Priority> priority;
  for (std::string_view path = key.owner; !path.empty(); path = parent_of(path)) {
    const config::OwnerConfig* const owner = find(owners, path);
    if (owner == nullptr) continue;
    if (!settled) terms.downgrade = owner->on_budget == config::OnBudget::kDowngrade;
    settled = true;
    if (!priority) priority = owner->priority;
    if (!owner->models.empty()) terms.models.push_back(owner->models);
    if (!owner->categories.empty()) terms.categories.push_back(owner->categories);
  }
  terms.priority = priority.value_or(config::Priority::kNormal);
  return terms;
}

// Adds the nodes of a path that are not there yet, the root first.
void add_path(std::string_view path, const std::vector<config::OwnerConfig>& owners, std::set<std::string>& known,
              limits::QuotaDefinition& out) {
  if (path.empty() || !known.insert(std::string(path)).second) return;
  add_path(parent_of(path), owners, known, out);
  limits::NodeDefinition node{.name = std::string(path), .parent = std::string(parent_of(path))};
  if (const config::OwnerConfig* const owner = find(owners, path)) {
    node.limits = limits_of(owner->budgets, owner->limits);
    if (owner->end_users) node.end_users = limits_of(owner->end_users->budgets, owner->end_users->limits);
  }
  out.nodes.push_back(std::move(node));
}

}  // namespace

bool Caller::may_use(std::string_view model) const {
  if (key == nullptr) return true;
  return key->may_use_model(model) &&
         std::ranges::all_of(terms->models, [&](const auto& one) { return holds(one, model); });
}

bool Caller::may_ask_for(std::string_view category) const {
  if (key == nullptr) return true;
  return key->may_ask_for(category) &&
         std::ranges::all_of(terms->categories, [&](const auto& one) { return holds(one, category); });
}

std::string node_of(const ledger::Key& key) {
  return key.owner + "@" + key.name;
}

Access make_access(const config::AccessConfig& access, const std::vector<config::OwnerConfig>& owners,
                   std::span<const ledger::Key> keys, base::WallTime now) {
  Access out;
  out.looks = access.keys != config::KeyUse::kOff;
  out.user_header = access.user_header;
  if (!out.looks) return out;
  out.ring = KeyRing(keys, now);
  // Keys that have expired or were revoked count: who once had keys does not open the door when the last one ends.
  const bool any = std::ranges::any_of(keys, [](const ledger::Key& one) { return one.name != kDashboardKey; });
  out.needs_key = access.keys == config::KeyUse::kRequired || any;
  for (const ledger::Key& one : keys) out.terms.push_back(terms_of(one, owners));
  return out;
}

limits::QuotaDefinition make_quotas(const config::AccessConfig& access, const std::vector<config::OwnerConfig>& owners,
                                    std::span<const ledger::Key> keys, base::WallTime now) {
  limits::QuotaDefinition out;
  out.unknown_price = access.unknown_price == config::UnknownPrice::kAllow ? limits::UnknownPrice::kAllow
                                                                           : limits::UnknownPrice::kReject;
  const int warn = static_cast<int>(access.warn_at * 100 + 0.5);
  out.warn_at = warn >= 1 && warn < 100 ? std::vector<int>{warn, 100} : std::vector<int>{100};
  if (!access.zone_data.empty()) {
    // Checked when the configuration was loaded.
    if (auto zone = limits::TimeZone::parse(access.zone_data, access.time_zone)) out.zone = std::move(*zone);
  }
  if (access.keys == config::KeyUse::kOff) return out;
  std::set<std::string> known;
  for (const config::OwnerConfig& one : owners) add_path(one.name, owners, known, out);
  for (const ledger::Key& key : keys) {
    if (!key.live(now)) continue;
    add_path(key.owner, owners, known, out);
    out.nodes.push_back({.name = node_of(key), .parent = key.owner, .limits = limits_of(key), .end_users = {}});
  }
  return out;
}

std::vector<limits::SpendCapDefinition> make_caps(const config::RouterConfig& router) {
  std::vector<limits::SpendCapDefinition> out;
  if (router.fallback_cap) {
    out.push_back({limits::SpendKind::kFallback, limits::Period::kDay, router.fallback_cap->per_day.nanos});
  }
  return out;
}

base::Result<Caller> identify(const AccessPtr& access, const http::FieldList& fields, base::WallTime now) {
  Caller caller{.access = access};
  if (!access || !access->looks) return caller;
  // Clients have to send some key, and any will do where none is needed.
  const auto presented = presented_key(fields);
  if (!presented && access->needs_key) return base::fail(presented.error());
  const auto token = presented ? *presented : std::nullopt;
  if (!token) {
    if (!access->needs_key) return caller;
    return base::fail(base::Error(ErrorCode::kUnauthorized,
                                  "this gateway needs a key: send 'authorization: Bearer pm-...'", Origin::kClient)
                          .at("authorization"));
  }
  const auto found = access->ring.find(*token, now);
  if (!found) {
    if (!access->needs_key) return caller;
    return base::fail(refusal_error(found.error()));
  }
  caller.key = *found;
  caller.terms = &access->terms[caller.key->row];
  return caller;
}

}  // namespace pointsman::gateway
