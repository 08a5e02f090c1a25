#include "cli/off_policy_text.h"

#include "cli/table.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using learn::Estimate;
using learn::OffPolicy;
using Align = Table::Align;

std::string shown(const Estimate& one) {
  return fmt::format("{:.5g} [{:.5g}, {:.5g}]", one.value, one.low, one.high);
}

std::string rewarded_share(const OffPolicyReport& report, const std::string& model) {
  const auto found = report.rewarded.find(model);
  if (found == report.rewarded.end() || found->second.first == 0) return "-";
  return percent(static_cast<double>(found->second.second) / static_cast<double>(found->second.first));
}

void print_head(const OffPolicyReport& report, std::string_view what, Output& out) {
  out.print("{}\n", out.bold(fmt::format("off-policy: {}", what.empty() ? "without exploring" : what)));
  out.print("  {} of {}, {} of them explored\n",
            count_of(report.result.overlap.rows, "logged choice", "logged choices"),
            count_of(report.entries, "request", "requests"), report.explored);
  if (report.without_propensity > 0) {
    out.print("  {} not: no propensity was recorded (router.explore was off, or the client named the model)\n",
              report.without_propensity);
  }
  if (report.without_reward > 0) out.print("  {} not: no reward is known\n", report.without_reward);
  for (std::size_t i = 0; i < kNotReplayedReasons; ++i) {
    if (report.not_replayed[i] == 0) continue;
    out.print("  {} not: {}\n", report.not_replayed[i], describe(static_cast<NotReplayed>(i)));
  }
}

void print_overlap(const OffPolicyReport& report, Output& out) {
  const learn::Overlap& overlap = report.result.overlap;
  if (overlap.rows == 0) return;
  out.write("\n");
  Table table({{"model"},
               {"wanted", Align::kRight},
               {"covered", Align::kRight},
               {"choices", Align::kRight},
               {"effective", Align::kRight},
               {"rewarded", Align::kRight}},
              2);
  for (const learn::ActionOverlap& one : overlap.actions) {
    table.add({printable(one.name, 32), percent(one.wanted), percent(one.covered), std::to_string(one.taken),
               fmt::format("{:.1f}", one.effective), rewarded_share(report, one.name)});
  }
  table.print(out);
  out.print("  effective choices {:.1f} of {} in {}; largest weight {:.4g}\n", overlap.effective, overlap.rows,
            count_of(overlap.clusters, "conversation", "conversations"), overlap.largest_weight);
}

void write(json::Writer& json, const Estimate& one) {
  json.begin_object().member("value", one.value).member("low", one.low).member("high", one.high).end_object();
}

void write_overlap(json::Writer& json, const OffPolicyReport& report) {
  const learn::Overlap& overlap = report.result.overlap;
  json.begin_object().member("choices", overlap.rows).member("conversations", overlap.clusters);
  json.member("effective", overlap.effective).member("largest_weight", overlap.largest_weight);
  json.member("mean_weight", overlap.mean_weight).key("models").begin_array();
  for (const learn::ActionOverlap& one : overlap.actions) {
    json.begin_object().member("model", one.name).member("wanted", one.wanted).member("covered", one.covered);
    json.member("choices", one.taken).member("effective", one.effective).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

void print_off_policy(const OffPolicyReport& report, std::string_view what, std::string_view rewards, Output& out) {
  print_head(report, what, out);
  print_overlap(report, out);
  const OffPolicy& result = report.result;
  out.write("\n");
  if (result.refused()) {
    out.print("{}\n", out.bold("refused: the log cannot tell"));
    for (const std::string& one : result.missing) out.print("  {}\n", printable(one, 300));
    return;
  }
  Table table({{std::string(rewards) + " a request"}, {"value"}, {"over what was logged"}}, 2);
  table.add({"logged", shown(result.logged), ""});
  for (const learn::OffPolicyEstimate& one : result.estimates) {
    table.add({std::string(to_string(one.estimator)), shown(one.value), shown(one.gain)});
  }
  table.print(out);
  out.write("\nnote: intervals are 95 %; whether a request has a reward must not depend on which model answered\n");
}

std::string off_policy_json(const OffPolicyReport& report, std::string_view what, std::string_view rewards) {
  std::string text;
  json::Writer json(text);
  json.begin_object().member("change", what).member("estimated", rewards).member("requests", report.entries);
  json.member("without_propensity", report.without_propensity).member("without_reward", report.without_reward);
  json.key("not_replayed").begin_object();
  for (std::size_t i = 0; i < kNotReplayedReasons; ++i) {
    json.member(key_of(static_cast<NotReplayed>(i)), report.not_replayed[i]);
  }
  json.end_object().member("explored", report.explored).key("overlap");
  write_overlap(json, report);
  json.member("refused", report.result.refused()).key("missing").begin_array();
  for (const std::string& one : report.result.missing) json.value(one);
  json.end_array().key("logged");
  write(json, report.result.logged);
  json.key("estimates").begin_object();
  for (const learn::OffPolicyEstimate& one : report.result.estimates) {
    json.key(to_string(one.estimator)).begin_object().key("value");
    write(json, one.value);
    json.key("gain");
    write(json, one.gain);
    json.end_object();
  }
  json.end_object().end_object();
  return text + "\n";
}

}  // namespace pointsman::cli
