#include "cli/top_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace pointsman::cli {
namespace {

constexpr double kHour = 3600;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : kUnknown;
}

void put_in_order(std::vector<TopShare>& shares) {
  double all = 0;
  for (const TopShare& one : shares) all += one.per_second;
  for (TopShare& one : shares) one.share = ratio(one.per_second, all);
  std::ranges::sort(shares, [](const TopShare& a, const TopShare& b) {
    return std::tie(b.per_second, a.name) < std::tie(a.per_second, b.name);
  });
}

// By one label, what grew.
std::map<std::string, double> grown(const MetricsText& before, const MetricsText& now, std::string_view name,
                                    std::string_view label) {
  const auto old = before.by(name, label);
  std::map<std::string, double> out;
  for (const auto& [value, count] : now.by(name, label)) {
    const auto found = old.find(value);
    const double by = growth(found == old.end() ? 0 : found->second, count);
    if (by > 0) out[value] = by;
  }
  return out;
}

double exact_quantile(std::vector<double> values, double share) {
  if (values.empty()) return kUnknown;
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

double seconds_of(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

TopView view_between(const MetricsText& before, const MetricsText& now, double seconds) {
  TopView out;
  out.seconds = seconds;
  out.version = now.label("pointsman_build_info", "version");
  const auto grew = [&](std::string_view name,
                        const std::function<bool(const MetricsText::Labels&)>& wanted = nullptr) {
    return growth(before.sum(name, wanted), now.sum(name, wanted));
  };
  const auto code = [](char first) {
    return [first](const MetricsText::Labels& labels) {
      const auto found = labels.find("code");
      return found != labels.end() && found->second.starts_with(first);
    };
  };
  const double requests = grew("pointsman_requests_total");
  out.requests = seconds > 0 ? requests / seconds : 0;
  out.errors = ratio(grew("pointsman_requests_total", code('5')), requests);
  out.refused = ratio(grew("pointsman_requests_total", code('4')), requests);
  const double decided = grew("pointsman_decisions_total", [](const MetricsText::Labels& labels) {
    const auto found = labels.find("stage");
    return found == labels.end() || found->second != "passthrough";
  });
  out.fallback = ratio(grew("pointsman_fallbacks_total"), decided);
  const auto between = [&](std::string_view name, double share) {
    return quantile_between(before.buckets(name), now.buckets(name), share);
  };
  out.p50 = between("pointsman_request_duration_seconds", 0.5);
  out.p99 = between("pointsman_request_duration_seconds", 0.99);
  out.first_p50 = between("pointsman_time_to_first_token_seconds", 0.5);
  out.first_p99 = between("pointsman_time_to_first_token_seconds", 0.99);
  out.overhead_p99 = between("pointsman_overhead_duration_seconds", 0.99);
  const double to_hour = seconds > 0 ? kHour / seconds : 0;
  const double spent = grew("pointsman_cost_usd_total") + grew("pointsman_llm_cost_usd_total");
  out.spent = spent * to_hour;
  out.saved = (grew("pointsman_baseline_cost_usd_total") - spent) * to_hour;
  for (const auto& [name, count] : grown(before, now, "pointsman_requests_total", "route")) {
    out.routes.push_back({.name = name, .per_second = count / seconds});
  }
  const auto dollars = grown(before, now, "pointsman_cost_usd_total", "model");
  for (const auto& [name, count] : grown(before, now, "pointsman_requests_total", "model")) {
    const auto found = dollars.find(name);
    const double cost = found == dollars.end() ? 0 : found->second;
    out.models.push_back({.name = name, .per_second = count / seconds, .per_hour = cost * to_hour});
  }
  put_in_order(out.routes);
  put_in_order(out.models);
  if (now.has("pointsman_connections")) {
    out.connections = now.sum("pointsman_connections", [](const auto& labels) { return labels.at("state") == "open"; });
  }
  if (now.has("pointsman_ledger_queue_depth")) out.ledger_waiting = now.sum("pointsman_ledger_queue_depth");
  for (const auto& [model, state] : now.by("pointsman_breaker_state", "model")) {
    if (state >= 2) out.resting.push_back(model);
  }
  return out;
}

void TopFold::add(const ledger::Entry& entry) {
  ++requests_;
  if (entry.status >= 500) ++errors_;
  if (entry.status >= 400 && entry.status < 500) ++refused_;
  if (entry.stage != "passthrough") ++decided_;
  if (entry.stage == "fallback") ++fallback_;
  const double cost = entry.cost ? entry.cost->dollars() : 0;
  cost_ += cost;
  if (entry.consultation.cost) asked_ += entry.consultation.cost->dollars();
  if (entry.cost && entry.baseline_cost) baseline_ += entry.baseline_cost->dollars();
  ++routes_[entry.category.empty() ? "none" : entry.category].count;
  Sum& model = models_[entry.model.empty() ? "none" : entry.model];
  ++model.count;
  model.dollars += cost;
  total_.push_back(seconds_of(entry.total));
  overhead_.push_back(seconds_of(entry.overhead));
  if (entry.stream && entry.first_byte.count() > 0) first_.push_back(seconds_of(entry.first_byte));
}

TopView TopFold::view(double seconds) const {
  TopView out;
  out.seconds = seconds;
  out.requests = requests_ / seconds;
  out.errors = ratio(errors_, requests_);
  out.refused = ratio(refused_, requests_);
  out.fallback = ratio(fallback_, decided_);
  out.p50 = exact_quantile(total_, 0.5);
  out.p99 = exact_quantile(total_, 0.99);
  out.first_p50 = exact_quantile(first_, 0.5);
  out.first_p99 = exact_quantile(first_, 0.99);
  out.overhead_p99 = exact_quantile(overhead_, 0.99);
  const double to_hour = kHour / seconds;
  out.spent = (cost_ + asked_) * to_hour;
  out.saved = (baseline_ - cost_ - asked_) * to_hour;
  for (const auto& [name, sum] : routes_) out.routes.push_back({.name = name, .per_second = sum.count / seconds});
  for (const auto& [name, sum] : models_) {
    out.models.push_back({.name = name, .per_second = sum.count / seconds, .per_hour = sum.dollars * to_hour});
  }
  put_in_order(out.routes);
  put_in_order(out.models);
  return out;
}

}  // namespace pointsman::cli
