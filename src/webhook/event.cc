#include "webhook/event.h"

#include <fmt/format.h>

#include <array>

#include "base/money.h"
#include "json/writer.h"
#include "limits/quota_definition.h"

namespace pointsman::webhook {
namespace {

using limits::LimitKind;
using limits::Period;

constexpr std::array<std::string_view, 5> kTypes = {"budget.warning", "budget.exhausted", "budget.refused",
                                                    "fallback_cap.reached", "webhook.test"};

// RFC 3339 in UTC, milliseconds.
std::string time_text(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

bool in_money(const BudgetFigures& budget) {
  return budget.unit == LimitKind::kMoney;
}

// Dollars as decimal text, so that no reader rounds them; tokens as a number.
void amount(json::Writer& json, std::string_view name, std::int64_t value, const BudgetFigures& budget) {
  if (in_money(budget)) {
    json.member(name, base::Money{value}.to_string());
  } else {
    json.member(name, value);
  }
}

std::string amount_text(std::int64_t value, const BudgetFigures& budget) {
  return in_money(budget) ? "$" + base::Money{value}.to_string() : fmt::format("{} tokens", value);
}

void optional_text(json::Writer& json, std::string_view name, const std::string& text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_budget(json::Writer& json, const BudgetFigures& budget, EventType type) {
  if (type != EventType::kFallbackCapReached) {
    optional_text(json, "owner", budget.holder.owner);
    optional_text(json, "key", budget.holder.key);
    optional_text(json, "end_user", budget.holder.end_user);
  }
  json.member("period", to_string(budget.period));
  optional_text(json, "resets_at", budget.resets_at ? time_text(*budget.resets_at) : std::string());
  json.member("unit", in_money(budget) ? "usd" : "tokens");
  amount(json, "limit", budget.limit, budget);
  amount(json, "used", budget.used, budget);
  amount(json, "reserved", budget.reserved, budget);
  if (budget.asked) amount(json, "asked", *budget.asked, budget);
  if (budget.percent) json.member("threshold_percent", *budget.percent);
}

BudgetFigures figures_of(const limits::Refusal& refusal) {
  const limits::Denial& denial = refusal.denial;
  return {.holder = {},
          .period = denial.period.value_or(Period::kTotal),
          .resets_at = refusal.resets,
          .unit = denial.limit,
          .limit = denial.maximum,
          .used = denial.used,
          .reserved = denial.reserved,
          .asked = denial.asked,
          .percent = {}};
}

std::string name_of(const Holder& holder) {
  std::string out = holder.owner;
  if (!holder.key.empty()) out += (out.empty() ? "" : "@") + holder.key;
  if (!holder.end_user.empty()) out += limits::kEndUserMark + holder.end_user;
  return out;
}

}  // namespace

std::string_view to_string(EventType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

Holder holder_of(std::string_view node) {
  Holder out;
  if (const std::size_t mark = node.find(limits::kEndUserMark); mark != std::string_view::npos) {
    out.end_user = node.substr(mark + 1);
    node = node.substr(0, mark);
  }
  const std::size_t at = node.find('@');
  out.owner = node.substr(0, at);
  if (at != std::string_view::npos) out.key = node.substr(at + 1);
  return out;
}

Event event_of(const limits::ThresholdEvent& threshold, base::WallTime now) {
  BudgetFigures budget{.holder = holder_of(threshold.node),
                       .period = threshold.period,
                       .resets_at = threshold.span.end,
                       .unit = threshold.limit,
                       .limit = threshold.maximum,
                       .used = threshold.spent,
                       .reserved = threshold.reserved,
                       .asked = {},
                       .percent = threshold.percent};
  if (threshold.period == Period::kTotal) budget.resets_at.reset();
  const bool all = threshold.percent >= 100;
  return {all ? EventType::kBudgetExhausted : EventType::kBudgetWarning, now, std::move(budget)};
}

Event event_of(const limits::Refusal& refusal) {
  BudgetFigures budget = figures_of(refusal);
  budget.holder = holder_of(refusal.denial.node);
  return {EventType::kBudgetRefused, refusal.at, std::move(budget)};
}

Event event_of_cap(const limits::Refusal& refusal) {
  return {EventType::kFallbackCapReached, refusal.at, figures_of(refusal)};
}

std::string document(const Event& event, const base::Uuid& id, std::string_view instance) {
  std::string out;
  json::Writer json(out);
  json.begin_object()
      .member("id", id.to_string())
      .member("type", to_string(event.type))
      .member("version", kDocumentVersion)
      .member("time", time_text(event.time))
      .member("instance", instance);
  json.key("data").begin_object();
  if (event.budget) write_budget(json, *event.budget, event.type);
  json.end_object().end_object();
  return out;
}

std::string sentence(const Event& event) {
  if (!event.budget) return "webhook: a test";
  const BudgetFigures& budget = *event.budget;
  const std::string limit = amount_text(budget.limit, budget);
  const std::string_view period = to_string(budget.period);
  switch (event.type) {
    case EventType::kBudgetWarning:
    case EventType::kBudgetExhausted:
      return fmt::format("budget: {} % of {} ({}) is used by '{}'", budget.percent.value_or(0), limit, period,
                         name_of(budget.holder));
    case EventType::kBudgetRefused:
      return fmt::format("budget: '{}' has used {} of {} ({}), too much for what is asked: requests are refused",
                         name_of(budget.holder), amount_text(budget.used, budget), limit, period);
    case EventType::kFallbackCapReached:
      return fmt::format("router.fallback_cap: {} of {} ({}) is used; requests in doubt no longer go to the fallback",
                         amount_text(budget.used, budget), limit, period);
    case EventType::kTest:
      break;
  }
  return "webhook: a test";
}

}  // namespace pointsman::webhook
