#include "app/demo_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rng.h"
#include "json/writer.h"
#include "ledger/total_cost.h"

namespace pointsman::app {
namespace {

constexpr int kResamples = 2000;

double percentile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

// Percentile bootstrap over requests (Efron 1979) of 1 - sum(cost) / sum(baseline).
Interval bootstrap_saved(const std::vector<std::pair<double, double>>& money) {
  if (money.empty()) return {};
  base::Rng rng(20260101);
  std::vector<double> saved;
  for (int i = 0; i < kResamples; ++i) {
    double cost = 0;
    double baseline = 0;
    for (std::size_t j = 0; j < money.size(); ++j) {
      const auto& [one_cost, one_baseline] = money[rng.below(money.size())];
      cost += one_cost;
      baseline += one_baseline;
    }
    if (baseline > 0) saved.push_back(1 - cost / baseline);
  }
  return {percentile(saved, 0.025), percentile(saved, 0.975)};
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

int strength(const std::map<std::string, int>& of_model, const std::string& model) {
  const auto found = of_model.find(model);
  return found == of_model.end() ? 0 : found->second;
}

}  // namespace

DemoReport make_report(const std::vector<DemoRow>& rows, const std::map<std::string, std::string>& model_of_category,
                       const std::map<std::string, int>& strength_of_model, double seconds) {
  DemoReport report;
  report.requests = rows.size();
  report.seconds = seconds;
  std::size_t answered = 0, right = 0, sure = 0, sure_right = 0, fallback = 0, under = 0;
  std::vector<std::pair<double, double>> money;
  std::vector<double> overhead, classify;
  for (const DemoRow& row : rows) {
    const ledger::Entry& entry = row.entry;
    if (entry.status != 200) {
      ++report.failed;
      continue;
    }
    ++answered;
    const bool doubt = entry.stage == "fallback";
    ++report.by_category_and_model[doubt ? "(unsure)" : entry.category][entry.model];
    const bool correct = entry.category == row.label;
    right += correct ? 1 : 0;
    fallback += doubt ? 1 : 0;
    sure += doubt ? 0 : 1;
    sure_right += !doubt && correct ? 1 : 0;
    const auto own = model_of_category.find(row.label);
    if (own != model_of_category.end()) {
      under += strength(strength_of_model, entry.model) < strength(strength_of_model, own->second) ? 1 : 0;
    }
    if (const auto cost = ledger::total_cost(entry); cost && entry.baseline_cost) {
      money.emplace_back(cost->dollars(), entry.baseline_cost->dollars());
      report.cost_usd += cost->dollars();
      report.baseline_usd += entry.baseline_cost->dollars();
    } else {
      ++report.cost_unknown;
    }
    overhead.push_back(static_cast<double>(entry.overhead.count()));
    classify.push_back(static_cast<double>(entry.classify_time.count()));
    if (report.example_id.empty() && doubt) report.example_id = entry.id.to_string();
  }
  if (report.example_id.empty() && !rows.empty()) report.example_id = rows.front().entry.id.to_string();
  report.accuracy = share(right, answered);
  report.sure_accuracy = share(sure_right, sure);
  report.fallback_share = share(fallback, answered);
  report.under_routed = share(under, answered);
  report.saved = report.baseline_usd > 0 ? 1 - report.cost_usd / report.baseline_usd : 0;
  report.saved_interval = bootstrap_saved(money);
  report.overhead_p50_us = percentile(overhead, 0.5);
  report.overhead_p99_us = percentile(overhead, 0.99);
  report.classify_p50_us = percentile(classify, 0.5);
  return report;
}

std::string to_screen(const DemoReport& report, bool colour) {
  const std::string_view bold = colour ? "\x1b[1m" : "";
  const std::string_view green = colour ? "\x1b[32m" : "";
  const std::string_view plain = colour ? "\x1b[0m" : "";
  std::string out = fmt::format(
      "\n{}Pointsman demo{}: {} labelled prompts through the gateway in {:.1f} s "
      "(providers and prices are simulated)\n\n",
      bold, plain, report.requests, report.seconds);
  out += fmt::format("  {:<14} {:<12} {:>8} {:>7}\n", "category", "model", "requests", "share");
  const std::size_t answered = report.requests - report.failed;
  for (const auto& [category, models] : report.by_category_and_model) {
    for (const auto& [model, count] : models) {
      const double part = share(count, answered);
      out += fmt::format("  {:<14} {:<12} {:>8} {:>6.1f}% ", category, model, count, 100 * part);
      for (int i = 0; i < static_cast<int>(part * 40 + 0.5); ++i) out += "#";
      out += "\n";
    }
  }
  out += fmt::format("\n  right category     {:.1f} % of all, {:.1f} % where the classifier was sure\n",
                     100 * report.accuracy, 100 * report.sure_accuracy);
  out += fmt::format("  unsure             {:.1f} % went to the most capable model\n", 100 * report.fallback_share);
  out += fmt::format("  under-routed       {:.1f} % got a weaker model than their label asks for\n",
                     100 * report.under_routed);
  out += fmt::format("  money              ${:.4f} instead of ${:.4f} with the strongest model for everything\n",
                     report.cost_usd, report.baseline_usd);
  out += fmt::format("                     {}{}saved {:.1f} %{} (95 % interval {:.1f} to {:.1f} %)\n", bold, green,
                     100 * report.saved, plain, 100 * report.saved_interval.low, 100 * report.saved_interval.high);
  out += fmt::format("  added latency      p50 {:.0f} us, p99 {:.0f} us (classifying: p50 {:.0f} us)\n",
                     report.overhead_p50_us, report.overhead_p99_us, report.classify_p50_us);
  if (report.failed > 0) out += fmt::format("  failed             {} requests\n", report.failed);
  if (report.cost_unknown > 0) out += fmt::format("  cost unknown       {} requests, excluded\n", report.cost_unknown);
  return out;
}

std::string to_json(const DemoReport& report) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("demo", "pointsman").member("simulated", true);
  json.member("requests", report.requests).member("failed", report.failed).member("seconds", report.seconds);
  json.key("share").begin_object();
  for (const auto& [category, models] : report.by_category_and_model) {
    json.key(category).begin_object();
    for (const auto& [model, count] : models) json.member(model, count);
    json.end_object();
  }
  json.end_object();
  json.member("accuracy", report.accuracy).member("sure_accuracy", report.sure_accuracy);
  json.member("fallback_share", report.fallback_share).member("under_routed", report.under_routed);
  json.member("cost_usd", report.cost_usd).member("baseline_usd", report.baseline_usd);
  json.member("saved", report.saved);
  json.key("saved_interval_95").begin_array();
  json.value(report.saved_interval.low).value(report.saved_interval.high).end_array();
  json.member("cost_unknown", report.cost_unknown);
  json.member("overhead_p50_us", report.overhead_p50_us).member("overhead_p99_us", report.overhead_p99_us);
  json.member("classify_p50_us", report.classify_p50_us).end_object();
  return out;
}

}  // namespace pointsman::app
