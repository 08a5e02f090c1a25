#include "app/budget_history.h"

#include <charconv>

#include "limits/quota_definition.h"

namespace pointsman::app {

using base::Result;

void KeyBirths::set(Map made) {
  auto fresh = std::make_shared<const Map>(std::move(made));
  const std::lock_guard lock(mutex_);
  made_ = std::move(fresh);
}

std::optional<base::WallTime> KeyBirths::of(std::string_view key) const {
  const auto made = [&] {
    const std::lock_guard lock(mutex_);
    return made_;
  }();
  const auto found = made->find(key);
  return found == made->end() ? std::nullopt : std::optional(found->second);
}

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

Result<ledger::Spend> spent_in(ledger::SpendReader& ledger, const KeyBirths& births, std::string_view node,
                               limits::Period period, const limits::PeriodSpan& span) {
  ledger::SpendTime time;
  if (period != limits::Period::kTotal) time.since = span.begin;
  const ledger::SpendScope scope = scope_of(node);
  const auto made = births.of(scope.key);
  if (made && (!time.since || *time.since < *made)) time.since = *made;
  return ledger.sum(scope, time);
}

std::int64_t LedgerHistory::born(std::string_view node) {
  const auto made = births_.of(scope_of(node).key);
  return made ? made->time_since_epoch().count() : 0;
}

Result<std::int64_t> LedgerHistory::spent(const limits::LeaseAccount& account) {
  PM_TRY(const ledger::Spend sum, spent_in(*ledger_, births_, account.node, account.period, account.span));
  return account.limit == limits::LimitKind::kMoney ? sum.nanos : sum.tokens;
}

}  // namespace pointsman::app
