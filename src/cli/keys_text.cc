#include "cli/keys_text.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/table.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using ledger::Key;

constexpr std::size_t kMinutes = 16;  // of "2026-01-02 10:00:00.123"

std::string minute(base::WallTime time) {
  return utc(time).substr(0, kMinutes);
}

std::string state_of(const Key& key, base::WallTime now) {
  if (key.revoked) return "revoked";
  return key.live(now) ? "live" : "expired";
}

std::string or_dash(std::string_view text) {
  return text.empty() ? "-" : printable(text, 40);
}

std::string spent(const std::optional<ledger::Spend>& spend) {
  if (!spend) return "-";
  const std::string money = "$" + base::Money{spend->nanos}.to_string();
  return spend->unknown == 0 ? money : fmt::format("{} ({} of unknown cost)", money, spend->unknown);
}

std::string all_or(const std::vector<std::string>& names) {
  if (names.empty()) return "all";
  return printable(fmt::format("{}", fmt::join(names, ", ")), 200);
}

std::string limit_of(const ledger::KeyBudget& budget) {
  std::string text = budget.money ? "$" + budget.money->to_string() : "";
  if (budget.tokens) text += (text.empty() ? "" : " and ") + fmt::format("{} tokens", *budget.tokens);
  return text +
         (budget.period == ledger::KeyPeriod::kTotal ? " in total" : fmt::format(" a {}", to_string(budget.period)));
}

std::string used_of(const ShownBudget& one) {
  std::string text = one.budget.money ? spent(one.spent) : "";
  if (one.budget.tokens) text += (text.empty() ? "" : " and ") + fmt::format("{} tokens", one.spent.tokens);
  return text;
}

void print_limits(const ShownKey& one, Output& out) {
  for (const ledger::KeyBudget& budget : one.key.budgets) {
    const auto at = std::ranges::find(one.budgets, budget.period, [](const ShownBudget& b) { return b.budget.period; });
    out.print("budget      {}{}\n", limit_of(budget), at == one.budgets.end() ? "" : ", used: " + used_of(*at));
  }
  const ledger::KeyRates& rates = one.key.rates;
  if (rates.requests_per_minute) out.print("limit       {} requests a minute\n", *rates.requests_per_minute);
  if (rates.tokens_per_minute) out.print("limit       {} tokens a minute\n", *rates.tokens_per_minute);
  if (rates.concurrent) out.print("limit       {} requests at a time\n", *rates.concurrent);
}

void print_secrets(const Key& key, base::WallTime now, Output& out) {
  out.print("secret      pm-...{}\n", printable(key.tail, 8));
  for (const ledger::KeySecret& secret : key.secrets) {
    if (secret.until && now < *secret.until)
      out.print("            an older one until {} UTC\n", minute(*secret.until));
  }
}

void write_time(json::Writer& json, std::string_view name, const std::optional<base::WallTime>& time) {
  json.key(name);
  time ? json.value(utc(*time)) : json.null();
}

void write_count(json::Writer& json, std::string_view name, const std::optional<std::int64_t>& count) {
  json.key(name);
  count ? json.value(*count) : json.null();
}

void write_names(json::Writer& json, std::string_view name, const std::vector<std::string>& names) {
  json.key(name).begin_array();
  for (const std::string& one : names) json.value(one);
  json.end_array();
}

void write_spend(json::Writer& json, std::string_view name, const std::optional<ledger::Spend>& spend) {
  json.key(name);
  if (!spend) {
    json.null();
    return;
  }
  json.begin_object().member("dollars", base::Money{spend->nanos}.to_string()).member("tokens", spend->tokens);
  json.member("requests", spend->requests).member("of_unknown_cost", spend->unknown).end_object();
}

void write_key(json::Writer& json, const ShownKey& one, base::WallTime now) {
  const Key& key = one.key;
  json.begin_object().member("id", key.id.to_string()).member("name", key.name).member("owner", key.owner);
  json.member("state", state_of(key, now)).member("ends_with", key.tail).member("created", utc(key.created));
  write_time(json, "expires", key.expires);
  write_time(json, "revoked", key.revoked);
  write_names(json, "models", key.models);
  write_names(json, "categories", key.categories);
  json.key("budgets").begin_array();
  for (const ledger::KeyBudget& budget : key.budgets) {
    json.begin_object().member("period", to_string(budget.period)).key("dollars");
    budget.money ? json.value(budget.money->to_string()) : json.null();
    write_count(json, "tokens", budget.tokens);
    json.end_object();
  }
  json.end_array();
  write_count(json, "requests_per_minute", key.rates.requests_per_minute);
  write_count(json, "tokens_per_minute", key.rates.tokens_per_minute);
  write_count(json, "concurrent", key.rates.concurrent);
  write_spend(json, "spent_this_month", one.month);
  json.end_object();
}

}  // namespace

void print_keys(std::span<const ShownKey> keys, base::WallTime now, Output& out) {
  using enum Table::Align;
  Table table({{"name"}, {"owner"}, {"ends with"}, {"state"}, {"created (UTC)"}, {"expires"}, {"this month", kRight}});
  for (const ShownKey& one : keys) {
    const Key& key = one.key;
    table.add({or_dash(key.name), or_dash(key.owner), or_dash(key.tail), state_of(key, now), minute(key.created),
               key.expires ? minute(*key.expires) : "never", spent(one.month)});
  }
  table.print(out);
}

void print_key(const ShownKey& one, std::span<const ledger::KeyEvent> events, base::WallTime now, Output& out) {
  const Key& key = one.key;
  out.print("{} ({})\n", out.bold(or_dash(key.name)), state_of(key, now));
  out.print("id          {}\nowner       {}\n", key.id.to_string(), or_dash(key.owner));
  print_secrets(key, now, out);
  out.print("expires     {}\n", key.expires ? minute(*key.expires) + " UTC" : "never");
  out.print("models      {}\ncategories  {}\n", all_or(key.models), all_or(key.categories));
  print_limits(one, out);
  out.print("this month  {}\n\n", spent(one.month));
  Table table({{"time (UTC)"}, {"what"}, {"who"}, {"how"}});
  for (const ledger::KeyEvent& event : events) {
    table.add({minute(event.at), or_dash(event.kind), or_dash(event.who), printable(event.detail, 200)});
  }
  table.print(out);
}

std::string keys_json(std::span<const ShownKey> keys, base::WallTime now) {
  std::string out;
  json::Writer json(out);
  json.begin_object().key("keys").begin_array();
  for (const ShownKey& one : keys) write_key(json, one, now);
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace pointsman::cli
