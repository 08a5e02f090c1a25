#include "ledger/savings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "json/writer.h"
#include "ledger/total_cost.h"

namespace pointsman::ledger {
namespace {

constexpr std::array<std::string_view, 5> kBy = {"route", "model", "day", "key", "owner"};

std::string day_of(const Entry& entry) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(entry.id.time()));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string or_else(const std::string& name, std::string_view otherwise) {
  return name.empty() ? std::string(otherwise) : name;
}

std::string route_of(const Entry& entry) {
  if (!entry.category.empty()) return entry.category;
  return entry.stage == "passthrough" ? "(model named)" : "(fallback)";
}

std::string name_of(const Entry& entry, SavingsBy by) {
  switch (by) {
    case SavingsBy::kRoute:
      return route_of(entry);
    case SavingsBy::kModel:
      return or_else(entry.model, "(none)");
    case SavingsBy::kDay:
      return day_of(entry);
    case SavingsBy::kKey:
      return or_else(entry.key, "(none)");
    case SavingsBy::kOwner:
      return or_else(entry.bill.owner, "(none)");
  }
  return "";
}

// Student's t at 97.5 %: the first terms of Abramowitz and Stegun 26.7.5, exact ones where that is not good enough.
double student_975(std::size_t degrees) {
  constexpr std::array<double, 4> kFew = {12.7062, 4.3027, 3.1824, 2.7764};
  if (degrees <= kFew.size()) return kFew[degrees - 1];
  constexpr double kNormal = 1.959963984540054;
  const auto n = static_cast<double>(degrees);
  const double x = kNormal;
  const double x3 = x * x * x;
  const double x5 = x3 * x * x;
  const double x7 = x5 * x * x;
  return x + (x3 + x) / (4 * n) + (5 * x5 + 16 * x3 + 3 * x) / (96 * n * n) +
         (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * n * n * n);
}

void write_line(const Savings& line, json::Writer& json) {
  json.begin_object().member("name", line.name).key("baseline_models").begin_array();
  for (const std::string& one : line.baselines) json.value(one);
  json.end_array().member("requests", line.requests).member("excluded", line.excluded);
  json.member("replayed", line.replayed).member("conversations", line.conversations);
  json.member("low_sample", line.is_low_sample());
  json.key("cost_usd").raw(line.actual.to_string());
  json.key("of_cost").begin_object().key("discarded_usd").raw(line.discarded.to_string());
  json.key("classification_usd").raw(line.classification.to_string());
  json.key("summaries_usd").raw(line.summaries.to_string()).end_object();
  json.key("baseline_usd").raw(line.baseline.to_string()).key("saved_usd").raw(line.saved().to_string());
  json.key("saved_share");
  line.share ? json.value(*line.share) : json.null();
  json.key("interval_95");
  if (line.interval) {
    json.begin_array().value(line.interval->first).value(line.interval->second).end_array();
  } else {
    json.null();
  }
  json.end_object();
}

void write_lines(std::string_view name, const std::vector<Savings>& lines, json::Writer& json) {
  json.key(name).begin_array();
  for (const Savings& one : lines) write_line(one, json);
  json.end_array();
}

}  // namespace

std::string_view to_string(SavingsBy by) {
  return kBy[static_cast<std::size_t>(by)];
}

std::optional<SavingsBy> savings_by_from(std::string_view name) {
  for (std::size_t i = 0; i < kBy.size(); ++i) {
    if (kBy[i] == name) return static_cast<SavingsBy>(i);
  }
  return std::nullopt;
}

void SavingsFold::add(const Entry& entry) {
  add_to(total_, entry);
  add_to(lines_[name_of(entry, by_)], entry);
  add_to(days_[day_of(entry)], entry);
}

void SavingsFold::add_to(Line& line, const Entry& entry) {
  Savings& sums = line.sums;
  ++sums.requests;
  if (!entry.bill.replayed.empty()) ++sums.replayed;
  const auto cost = total_cost(entry);
  if (!cost || !entry.baseline_cost) {
    ++sums.excluded;
    return;
  }
  if (!entry.bill.baseline.empty()) sums.baselines.insert(entry.bill.baseline);
  const CostParts parts = cost_parts(entry);
  sums.actual += *cost;
  sums.baseline += *entry.baseline_cost;
  sums.discarded += parts.discarded.value_or(base::Money{});
  sums.classification += parts.classification.value_or(base::Money{});
  sums.summaries += parts.summary.value_or(base::Money{});
  Unit& unit = entry.conversation == 0 ? line.loners.emplace_back() : line.conversations[entry.conversation];
  unit.cost += cost->dollars();
  unit.baseline += entry.baseline_cost->dollars();
}

Savings SavingsFold::finished(const Line& line) {
  Savings out = line.sums;
  out.conversations = line.loners.size() + line.conversations.size();
  if (out.baseline.nanos <= 0) return out;
  const double ratio = out.actual.dollars() / out.baseline.dollars();
  out.share = 1 - ratio;
  if (out.conversations < 2) return out;
  double squares = 0;
  const auto add = [&](const Unit& unit) {
    const double off = unit.cost - ratio * unit.baseline;
    squares += off * off;
  };
  for (const Unit& one : line.loners) add(one);
  for (const auto& [conversation, one] : line.conversations) add(one);
  const auto n = static_cast<double>(out.conversations);
  const double error = std::sqrt(n / (n - 1) * squares) / out.baseline.dollars();
  const double reach = student_975(out.conversations - 1) * error;
  out.interval = {*out.share - reach, std::min(1.0, *out.share + reach)};
  return out;
}

SavingsReport SavingsFold::report() const {
  SavingsReport out{.by = by_, .lines = {}, .days = {}, .total = finished(total_)};
  out.total.name = "total";
  const auto take = [](const std::map<std::string, Line>& from, std::vector<Savings>& to) {
    for (const auto& [name, line] : from) {
      to.push_back(finished(line));
      to.back().name = name;
    }
  };
  take(lines_, out.lines);
  take(days_, out.days);
  return out;
}

void append_json(std::string& out, const SavingsReport& report) {
  json::Writer json(out);
  json.begin_object().member("by", to_string(report.by)).key("total");
  write_line(report.total, json);
  write_lines("lines", report.lines, json);
  write_lines("days", report.days, json);
  json.end_object();
}

}  // namespace pointsman::ledger
