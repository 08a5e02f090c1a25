// Keys and owners as the dashboard shows them: limits, budgets of the present period, spend by day.
#include <algorithm>
#include <map>

#include "admin/calendar.h"
#include "admin/json_parts.h"
#include "admin/keys.h"
#include "cli/key_parts.h"
#include "gateway/access.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Key;
using ledger::Spend;
using limits::Period;

constexpr std::size_t kDays = 31;

struct KeyDay {
  CalendarDay day;
  std::vector<ledger::KeySpend> spent;
};

struct Book {
  base::WallTime now{};
  limits::TimeZone zone;
  std::vector<Key> keys;
  std::vector<ledger::KeyEvent> events;
  std::vector<KeyDay> days;
  std::vector<limits::NodeReport> counted;  // by the running gateway
  ledger::SpendReader& spend;
};

// A budget of a key or of an owner.
struct Limit {
  Period period = Period::kMonth;
  std::optional<base::Money> money;
  std::optional<std::int64_t> tokens;
};

static_assert(static_cast<int>(ledger::KeyPeriod::kTotal) == static_cast<int>(config::BudgetPeriod::kTotal));
Period period_of(int number) {
  constexpr Period kPeriods[] = {Period::kDay, Period::kWeek, Period::kMonth, Period::kTotal};
  return kPeriods[number];
}

std::optional<base::WallTime> begin_of(Period period, const Book& book) {
  if (period == Period::kTotal) return std::nullopt;
  return limits::period_at(period, book.now, book.zone).begin;
}

void write_spend(json::Writer& json, const Spend& spend) {
  json.begin_object();
  write_dollars(json.key("dollars"), base::Money{spend.nanos});
  json.member("tokens", spend.tokens).member("requests", spend.requests).member("of_unknown_cost", spend.unknown);
  json.end_object();
}

base::Money reserved_of(const Book& book, std::string_view node, Period period) {
  const auto found = std::ranges::find(book.counted, node, &limits::NodeReport::name);
  if (found == book.counted.end()) return {};
  const auto budget = std::ranges::find(found->current, period, &limits::BudgetReport::period);
  return budget == found->current.end() ? base::Money{} : base::Money{budget->money.reserved};
}

void write_budget(json::Writer& json, const Limit& limit, const Spend& spent, base::Money reserved, const Book& book) {
  json.begin_object().member("period", to_string(limit.period));
  write_dollars(json.key("dollars"), limit.money);
  json.key("tokens");
  write_or_null(json, limit.tokens);
  const bool ends = limit.period != Period::kTotal;
  const limits::PeriodSpan span = limits::period_at(limit.period, book.now, book.zone);
  write_time(json.key("begins"), ends ? std::optional(span.begin) : std::nullopt);
  write_time(json.key("ends"), ends ? std::optional(span.end) : std::nullopt);
  write_spend(json.key("spent"), spent);
  write_dollars(json.key("reserved_usd"), reserved);
  json.end_object();
}

void write_day(json::Writer& json, const CalendarDay& day, const Spend& spend) {
  json.begin_object().member("day", day.date);
  write_dollars(json.key("dollars"), base::Money{spend.nanos});
  json.member("tokens", spend.tokens).end_object();
}

// What one key or owner spent: in the present period of each of its budgets, in this month, and day by day.
struct Spent {
  std::vector<Spend> budgets;
  Spend month;
  std::vector<Spend> days;
};

// What the key spent on a day. A day that it did not all exist is asked for by itself: a namesake may have the rest.
Result<Spend> spent_on(const Key& key, const KeyDay& one, const Book& book) {
  const limits::PeriodSpan& span = one.day.span;
  if (key.created >= span.end || (key.revoked && *key.revoked < span.begin)) return Spend();
  if (key.created > span.begin || (key.revoked && *key.revoked < span.end)) {
    ledger::SpendTime time = cli::own_time(key, span.begin);
    time.until = std::min(time.until.value_or(span.end), span.end);
    return book.spend.sum({.owner = {}, .key = key.name}, time);
  }
  Spend out;
  for (const ledger::KeySpend& row : one.spent) {
    if (row.key == key.name) out += row.spend;
  }
  return out;
}

Result<Spent> spent_by(const Key& key, const Book& book) {
  const ledger::SpendScope scope{.owner = {}, .key = key.name};
  Spent out;
  for (const ledger::KeyBudget& one : key.budgets) {
    const auto begin = begin_of(period_of(static_cast<int>(one.period)), book);
    PM_TRY(const Spend sum, book.spend.sum(scope, cli::own_time(key, begin)));
    out.budgets.push_back(sum);
  }
  PM_TRY(out.month, book.spend.sum(scope, cli::own_time(key, begin_of(Period::kMonth, book))));
  for (const KeyDay& one : book.days) {
    PM_TRY(const Spend sum, spent_on(key, one, book));
    out.days.push_back(sum);
  }
  return out;
}

bool belongs_to(std::string_view owner, std::string_view above) {
  return owner == above || (owner.size() > above.size() && owner.starts_with(above) && owner[above.size()] == '/');
}

Result<Spent> spent_by(const config::OwnerConfig& owner, const Book& book) {
  Spent out;
  for (const config::BudgetConfig& one : owner.budgets) {
    const auto begin = begin_of(period_of(static_cast<int>(one.period)), book);
    PM_TRY(const Spend sum, book.spend.sum({.owner = owner.name, .key = {}}, {.since = begin, .until = {}}));
    out.budgets.push_back(sum);
  }
  for (const KeyDay& one : book.days) {
    Spend sum;
    for (const ledger::KeySpend& row : one.spent) {
      if (belongs_to(row.owner, owner.name)) sum += row.spend;
    }
    out.days.push_back(sum);
  }
  return out;
}

void write_days(json::Writer& json, const Spent& spent, const Book& book) {
  json.key("days").begin_array();
  for (std::size_t i = 0; i < book.days.size(); ++i) write_day(json, book.days[i].day, spent.days[i]);
  json.end_array();
}

void write_names(json::Writer& json, std::string_view name, const std::vector<std::string>& names) {
  json.key(name).begin_array();
  for (const std::string& one : names) json.value(one);
  json.end_array();
}

void write_terms(json::Writer& json, const Key& key, base::WallTime now) {
  json.begin_object().member("id", key.id.to_string()).member("name", key.name).member("owner", key.owner);
  json.member("state", key.revoked ? "revoked" : key.live(now) ? "live" : "expired").member("ends_with", key.tail);
  write_time(json.key("created"), key.created);
  write_time(json.key("expires"), key.expires);
  write_time(json.key("revoked"), key.revoked);
  write_names(json, "models", key.models);
  write_names(json, "categories", key.categories);
}

void write_events(json::Writer& json, const Key& key, const std::vector<ledger::KeyEvent>& events) {
  json.key("events").begin_array();
  for (const ledger::KeyEvent& one : events) {
    if (one.key != key.id) continue;
    write_time(json.begin_object().key("at"), one.at);
    json.member("who", one.who).member("kind", one.kind).member("detail", one.detail).end_object();
  }
  json.end_array();
}

void write_key(json::Writer& json, const Key& key, const Spent& spent, const Book& book) {
  write_terms(json, key, book.now);
  json.key("budgets").begin_array();
  for (std::size_t i = 0; i < key.budgets.size(); ++i) {
    const ledger::KeyBudget& one = key.budgets[i];
    const Limit limit{period_of(static_cast<int>(one.period)), one.money, one.tokens};
    const bool live = key.live(book.now);
    const base::Money reserved = live ? reserved_of(book, gateway::node_of(key), limit.period) : base::Money{};
    write_budget(json, limit, spent.budgets[i], reserved, book);
  }
  json.end_array().key("requests_per_minute");
  write_or_null(json, key.rates.requests_per_minute);
  write_or_null(json.key("tokens_per_minute"), key.rates.tokens_per_minute);
  write_or_null(json.key("concurrent"), key.rates.concurrent);
  write_spend(json.key("spent_this_month"), spent.month);
  write_days(json, spent, book);
  write_events(json, key, book.events);
  json.end_object();
}

void write_owner(json::Writer& json, const config::OwnerConfig& owner, const Spent& spent, const Book& book) {
  json.begin_object().member("name", owner.name).key("budgets").begin_array();
  for (std::size_t i = 0; i < owner.budgets.size(); ++i) {
    const config::BudgetConfig& one = owner.budgets[i];
    const Limit limit{period_of(static_cast<int>(one.period)), one.money, one.tokens};
    write_budget(json, limit, spent.budgets[i], reserved_of(book, owner.name, limit.period), book);
  }
  json.end_array();
  write_days(json, spent, book);
  json.end_object();
}

Result<Book> open_book(Call& call, const config::Config& config) {
  PM_TRY(ledger::KeyStore * store, call.books.keys());
  PM_TRY(ledger::SpendReader * spend, call.books.spend());
  Book book{.now = call.request.at,
            .zone = zone_of(config.access),
            .keys = {},
            .events = {},
            .days = {},
            .counted = call.world.quotas(),
            .spend = *spend};
  PM_TRY(book.keys, store->keys());
  PM_TRY(book.events, store->events(std::nullopt));
  for (const CalendarDay& day : whole_days(kDays, book.now, book.zone)) {
    PM_TRY(auto spent, spend->by_key({.since = day.span.begin, .until = day.span.end}));
    book.days.push_back({day, std::move(spent)});
  }
  return book;
}

// A writer that is left half way is a fault, so all that can fail comes before.
template <class Rows>
Result<std::vector<Spent>> spent_by_all(const Rows& rows, const Book& book) {
  std::vector<Spent> out;
  for (const auto& one : rows) {
    PM_TRY(Spent spent, spent_by(one, book));
    out.push_back(std::move(spent));
  }
  return out;
}

}  // namespace

Result<Answer> get_keys(Call& call) {
  const config::Config config = call.world.configured();
  PM_TRY(const Book book, open_book(call, config));
  PM_TRY(const std::vector<Spent> by_key, spent_by_all(book.keys, book));
  PM_TRY(const std::vector<Spent> by_owner, spent_by_all(config.owners, book));
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("keys").begin_array();
  for (std::size_t i = 0; i < book.keys.size(); ++i) write_key(json, book.keys[i], by_key[i], book);
  json.end_array().key("owners").begin_array();
  for (std::size_t i = 0; i < config.owners.size(); ++i) write_owner(json, config.owners[i], by_owner[i], book);
  json.end_array().end_object();
  return out;
}

}  // namespace pointsman::admin
