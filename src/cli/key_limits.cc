#include "cli/key_limits.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/text_format.h"
#include "config/units.h"
#include "limits/quota_definition.h"

namespace pointsman::cli {
namespace {

using ledger::KeyBudget;
using ledger::KeyPeriod;

constexpr std::int64_t kMaxCount = 1'000'000'000'000;

std::unexpected<base::Error> refuse(std::string why) {
  return base::fail(base::ErrorCode::kInvalidArgument, std::move(why));
}

base::Result<base::WallTime> read_expiry(const std::string& text, base::WallTime now) {
  if (const auto lifetime = config::parse_duration(text)) return now + *lifetime;
  if (const auto instant = parse_instant(text, now)) return *instant;
  return refuse(fmt::format("'{}' is not a time; write 12h or 90d (from now), 2027-01-31 or 2027-01-31T15:04 (UTC)",
                            printable(text)));
}

// "month=50", "day=0.25".
base::Result<KeyBudget> read_budget(const std::string& text) {
  const std::size_t at = text.find('=');
  const auto period = ledger::key_period_from(text.substr(0, at));
  const auto money = at == std::string::npos ? std::nullopt : base::Money::parse(text.substr(at + 1));
  if (money && money->nanos > limits::kLargestBudget) {
    return refuse(fmt::format("'{}' is more than a budget can hold, 1152921504 dollars; leave it out for no limit",
                              printable(text)));
  }
  if (period && money) return KeyBudget{.period = *period, .money = money};
  return refuse(
      fmt::format("'{}' is not a budget; write PERIOD=DOLLARS, such as month=50: a period is day, week, month "
                  "or total",
                  printable(text)));
}

// The budget of that period, made if there is none.
KeyBudget& budget_of(ledger::Key& key, KeyPeriod period) {
  const auto at = std::ranges::find(key.budgets, period, &KeyBudget::period);
  if (at != key.budgets.end()) return *at;
  return key.budgets.emplace_back(KeyBudget{.period = period});
}

}  // namespace

void KeyLimits::add_options(CLI::App& command) {
  command.add_option("--expires", expires, "When it ends: 90d (from now), or a date (default: never)")
      ->type_name("TIME");
  command.add_option("--models", models, "Models that may answer (default: all)")->delimiter(',')->type_name("A,B");
  command.add_option("--categories", categories, "Categories that may be asked for (default: all)")
      ->delimiter(',')
      ->type_name("A,B");
  command.add_option("--budget", budgets, "Most dollars in a day, week, month or total; may be given for each")
      ->type_name("PERIOD=DOLLARS");
  const auto limit = [&](const char* name, std::optional<std::int64_t>& to, const char* what) {
    command.add_option(name, to, what)->check(CLI::Range(std::int64_t{1}, kMaxCount))->type_name("N");
  };
  limit("--tokens-per-day", tokens[0], "Most tokens in a day, prompts and answers");
  limit("--tokens-per-week", tokens[1], "... in a week, from Monday");
  limit("--tokens-per-month", tokens[2], "... in a month");
  limit("--tokens-in-total", tokens[3], "... ever");
  limit("--rpm", rates.requests_per_minute, "Most requests in a minute");
  limit("--tpm", rates.tokens_per_minute, "Most tokens in a minute");
  limit("--concurrent", rates.concurrent, "Most requests under way at a time");
}

void KeyLimits::add_clear_option(CLI::App& command) {
  command
      .add_option("--clear", cleared,
                  "Limits that end: expires, models, categories, budget=PERIOD, tokens=PERIOD, rpm, tpm, concurrent")
      ->delimiter(',')
      ->type_name("A,B");
}

base::Result<void> KeyLimits::clear(ledger::Key& key, const std::string& what) {
  const std::size_t at = what.find('=');
  const std::string limit = what.substr(0, at);
  const auto period = at == std::string::npos ? std::nullopt : ledger::key_period_from(what.substr(at + 1));
  if (period && (limit == "budget" || limit == "tokens")) {
    KeyBudget& budget = budget_of(key, *period);
    if (limit == "budget") budget.money.reset();
    if (limit == "tokens") budget.tokens.reset();
    if (!budget.money && !budget.tokens) {
      std::erase_if(key.budgets, [&](const KeyBudget& one) { return one.period == *period; });
    }
    return {};
  }
  if (what == "expires") return key.expires.reset(), base::Result<void>{};
  if (what == "models") return key.models.clear(), base::Result<void>{};
  if (what == "categories") return key.categories.clear(), base::Result<void>{};
  if (what == "rpm") return key.rates.requests_per_minute.reset(), base::Result<void>{};
  if (what == "tpm") return key.rates.tokens_per_minute.reset(), base::Result<void>{};
  if (what == "concurrent") return key.rates.concurrent.reset(), base::Result<void>{};
  return refuse(fmt::format(
      "'{}' is no limit; write expires, models, categories, budget=month, tokens=day, rpm, tpm or concurrent",
      printable(what)));
}

base::Result<void> KeyLimits::set_budgets(ledger::Key& key) const {
  std::vector<KeyPeriod> given_before;
  for (const std::string& text : budgets) {
    PM_TRY(const KeyBudget given, read_budget(text));
    if (std::ranges::find(given_before, given.period) != given_before.end()) {
      return refuse(fmt::format("there are two budgets for one period: {}", printable(text)));
    }
    given_before.push_back(given.period);
    budget_of(key, given.period).money = given.money;
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i]) budget_of(key, static_cast<KeyPeriod>(i)).tokens = tokens[i];
  }
  std::ranges::sort(key.budgets, {}, &KeyBudget::period);
  return {};
}

base::Result<void> KeyLimits::apply(ledger::Key& key, base::WallTime now) const {
  for (const std::string& what : cleared) PM_CHECK(clear(key, what));
  if (!expires.empty()) {
    PM_TRY(key.expires, read_expiry(expires, now));
  }
  if (!models.empty()) key.models = models;
  if (!categories.empty()) key.categories = categories;
  if (rates.requests_per_minute) key.rates.requests_per_minute = rates.requests_per_minute;
  if (rates.tokens_per_minute) key.rates.tokens_per_minute = rates.tokens_per_minute;
  if (rates.concurrent) key.rates.concurrent = rates.concurrent;
  return set_budgets(key);
}

}  // namespace pointsman::cli
