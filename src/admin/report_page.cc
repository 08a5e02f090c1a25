#include "admin/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <vector>

#include "cli/html_table.h"
#include "cli/svg_plot.h"
#include "learn/evaluate.h"

namespace pointsman::admin {
namespace {

namespace json = boost::json;
using cli::Axis;
using cli::html_text;
using cli::HtmlTable;
using cli::PlotPoint;
using cli::SvgPlot;

constexpr std::size_t kNameColumns = 40;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Pointsman: report</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6675; --paper: #fff; --card: #f5f7fa; --grid: #dde3ea;
  --good: #1f6fb2; --bad: #b3471d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a5b0bd; --paper: #14181e; --card: #1d232b;
  --grid: #343d49; --good: #6fb3ea; --bad: #f0976c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0 0 .3rem; } p { margin: .3rem 0 .8rem; max-width: 46rem; }
section { background: var(--card); border-radius: .5rem; padding: 1rem; margin: 1rem 0; overflow-x: auto; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.pictures section { margin: 0; } .hero { font-size: 2.2rem; font-weight: 600; margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
small, summary, .soft { color: var(--soft); } summary { cursor: pointer; }
svg { max-width: 100%; height: auto; } svg.plot { width: 34rem; }
svg text { font-size: 11px; fill: var(--soft); } svg .label { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--grid); fill: none; } .ideal { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; }
.paid { stroke: var(--good); stroke-width: 2; fill: none; } .baseline { stroke: var(--bad); stroke-width: 2; fill: none; }
.point { fill: var(--good); } .other { fill: var(--bad); } .whisker { stroke: var(--good); fill: none; }
.key { display: inline-block; width: .8em; height: .2em; vertical-align: middle; }
.key.good { background: var(--good); } .key.bad { background: var(--bad); }
</style>
</head>
<body>
)";

double number(const json::value& value) {
  return value.is_null() ? 0 : value.to_number<double>();
}

std::string name_of(const json::value& value) {
  if (value.is_null()) return "none";
  const auto text = std::string_view(value.as_string());
  return "<bdi>" + html_text(text.empty() ? "none" : text, kNameColumns) + "</bdi>";
}

std::string dollars(double amount) {
  const char* const sign = amount < 0 ? "-" : "";
  const double size = std::abs(amount);
  return size >= 100 ? fmt::format("{}${:.0f}", sign, size) : fmt::format("{}${:.2f}", sign, size);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

std::string micros(const json::value& value) {
  return value.is_null() ? "-" : fmt::format("{:.0f} us", number(value));
}

std::string section(std::string_view title, std::string_view explanation, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n", title, explanation, content);
}

std::string saved(const json::value& savings) {
  const json::value& total = savings.at("total");
  const double saved = number(total.at("saved_usd"));
  std::string sure = "There are too few conversations to say how sure that is.";
  if (!total.at("interval_95").is_null()) {
    const json::array& range = total.at("interval_95").as_array();
    sure =
        fmt::format("With 95 % certainty the share that is saved lies between {} and {}{}.", percent(number(range[0])),
                    percent(number(range[1])), total.at("low_sample").as_bool() ? " (low sample)" : "");
  }
  std::string out = fmt::format("<p class=\"hero\">{}{} saved ({})</p>\n", saved >= 0 ? "+" : "", dollars(saved),
                                total.at("saved_share").is_null() ? "-" : percent(number(total.at("saved_share"))));
  out += fmt::format(
      "<p>{} paid for {} requests; the stated baseline would have cost {}. Of what was paid, {} went into classifying, "
      "judging and answers that were thrown away. {} requests are left out, because nobody knows what they cost. "
      "{}</p>\n",
      dollars(number(total.at("cost_usd"))), total.at("requests").to_number<std::int64_t>(),
      dollars(number(total.at("baseline_usd"))),
      dollars(number(total.at("of_cost").at("discarded_usd")) + number(total.at("of_cost").at("classification_usd")) +
              number(total.at("of_cost").at("summaries_usd"))),
      total.at("excluded").to_number<std::int64_t>(), sure);
  HtmlTable table({"", "requests", "paid", "baseline", "saved", "share"});
  for (const json::value& line : savings.at("lines").as_array()) {
    table.add({name_of(line.at("name")), fmt::format("{}", line.at("requests").to_number<std::int64_t>()),
               dollars(number(line.at("cost_usd"))), dollars(number(line.at("baseline_usd"))),
               dollars(number(line.at("saved_usd"))),
               line.at("saved_share").is_null() ? "-" : percent(number(line.at("saved_share")))});
  }
  return section("Saved", "Against the model that would have answered without routing, for each category.",
                 out + table.table());
}

// Sums from the beginning of the period on.
std::string spending(const json::value& overview) {
  const json::array& points = overview.at("points").as_array();
  std::vector<PlotPoint> paid{{0, 0}};
  std::vector<PlotPoint> baseline{{0, 0}};
  double total = 0;
  double held = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    total += number(points[i].at("cost_usd"));
    held += number(points[i].at("baseline_usd"));
    paid.push_back({static_cast<double>(i + 1), total});
    baseline.push_back({static_cast<double>(i + 1), held});
  }
  const double most = std::max({total, held, 1e-6});
  SvgPlot plot("money paid, and what the baseline would have cost, from the beginning of the period",
               {.label = fmt::format("steps of {} s", overview.at("step_seconds").to_number<std::int64_t>()),
                .low = 0,
                .high = std::max<double>(1, static_cast<double>(points.size())),
                .percent = false},
               {.label = "dollars in all", .low = 0, .high = cli::round_up_nicely(most), .percent = false});
  plot.line(baseline, "baseline");
  plot.line(paid, "paid");
  return section(
      "Money over time",
      "<span class=\"key good\"></span> paid, <span class=\"key bad\"></span> the baseline; requests of unknown "
      "cost in neither.",
      plot.finish());
}

std::string shares(const json::value& overview, std::string_view of, std::string_view title) {
  const double all = std::max(1.0, number(overview.at("requests")));
  HtmlTable table({"", "requests", "share", "paid"});
  for (const json::value& line : overview.at(of).as_array()) {
    const double requests = number(line.at("requests"));
    table.add({name_of(line.at("name")), fmt::format("{:.0f}", requests), percent(requests / all),
               line.at("cost_usd").is_null() ? "unknown" : dollars(number(line.at("cost_usd")))});
  }
  return section(title, "", table.table());
}

std::string traffic(const json::value& overview) {
  const double all = std::max(1.0, number(overview.at("requests")));
  HtmlTable table({"measure", "value"});
  table.add({"requests", fmt::format("{:.0f}", number(overview.at("requests")))});
  table.add({"errors", percent(number(overview.at("errors")) / all)});
  table.add({"in doubt, so to the fallback", percent(number(overview.at("fallbacks")) / all)});
  table.add({"added by the gateway, median", micros(overview.at("overhead_us").at("p50"))});
  table.add({"added by the gateway, 99 %", micros(overview.at("overhead_us").at("p99"))});
  return section("Traffic", "", table.table());
}

std::string calibration(const json::value& quality) {
  SvgPlot plot("how often decisions are right, by how sure they were", {.label = "confidence"}, {.label = "right"});
  const std::vector<PlotPoint> ideal{{0, 0}, {1, 1}};
  plot.line(ideal, "ideal");
  HtmlTable table({"confidence", "labels", "right"});
  for (const json::value& bin : quality.at("calibration").as_array()) {
    const auto count = bin.at("count").to_number<std::size_t>();
    if (count == 0) continue;
    const auto right = bin.at("right").to_number<std::size_t>();
    const learn::Share share{right, count};
    const double confidence = number(bin.at("confidence"));
    plot.whisker(confidence, share.low(), share.high(), "whisker");
    plot.dot({confidence, share.value()}, "point");
    table.add({percent(confidence), fmt::format("{}", count),
               fmt::format("{} ({} to {})", right, percent(share.low()), percent(share.high()))});
  }
  if (table.empty()) return section("Calibration", "No decision of this period has been labelled.", "");
  return section("Calibration", "On the line: as right as it is sure. Bars are 95 % intervals.",
                 plot.finish() + table.folded());
}

std::string coverage(const json::value& quality) {
  std::vector<PlotPoint> points;
  const double all = std::max(1.0, number(quality.at("requests")));
  for (const json::value& point : quality.at("curve").as_array()) {
    const double kept = number(point.at("labelled_kept"));
    if (kept > 0) points.push_back({number(point.at("kept")) / all, number(point.at("labelled_wrong")) / kept});
  }
  if (points.empty()) return section("Risk and coverage", "No decision of this period has been labelled.", "");
  double most = 0;
  for (const PlotPoint& point : points) most = std::max(most, point.y);
  SvgPlot plot("share of wrong decisions among those that are kept, by the share that is kept", {.label = "kept"},
               {.label = "wrong among kept", .low = 0, .high = std::max(0.1, std::ceil(most * 10) / 10)});
  plot.line(points, "paid");
  return section("Risk and coverage",
                 "A lower threshold keeps more decisions from the fallback, and more of them are wrong.",
                 plot.finish());
}

std::string categories(const json::value& quality) {
  HtmlTable table({"category", "labels", "precision", "recall"});
  const auto share = [](std::size_t hits, std::size_t of) -> std::string {
    if (of == 0) return "-";
    const learn::Share found{hits, of};
    return fmt::format("{} ({} to {}){}", percent(found.value()), percent(found.low()), percent(found.high()),
                       of < learn::kLowSample ? " low sample" : "");
  };
  for (const json::value& one : quality.at("categories").as_array()) {
    const auto right = one.at("right").to_number<std::size_t>();
    table.add({name_of(one.at("name")), fmt::format("{}", one.at("support").to_number<std::size_t>()),
               share(right, one.at("called").to_number<std::size_t>()),
               share(right, one.at("support").to_number<std::size_t>())});
  }
  const json::value& accuracy = quality.at("accuracy");
  const std::string all =
      accuracy.at("value").is_null()
          ? "Nobody has labelled a decision of this period."
          : fmt::format("Of {} labelled decisions {} are right ({} to {}).",
                        accuracy.at("of").to_number<std::int64_t>(), percent(number(accuracy.at("value"))),
                        percent(number(accuracy.at("low"))), percent(number(accuracy.at("high"))));
  return section("Quality", all, table.empty() ? "" : table.table());
}

std::string frontier(const json::value& answer) {
  const json::array& points = answer.at("points").as_array();
  double most = 1e-6;
  for (const json::value& point : points) most = std::max(most, number(point.at("cost_usd")));
  SvgPlot plot("what ways of routing would have cost, and how often they would have been good enough",
               {.label = "dollars", .low = 0, .high = cli::round_up_nicely(most), .percent = false},
               {.label = "good enough"});
  HtmlTable table({"", "cost", "good enough"});
  for (const json::value& point : points) {
    const double of = number(point.at("of"));
    const double good = of > 0 ? number(point.at("good")) / of : 0;
    const bool ours = point.at("name").as_string() == "current";
    if (of > 0) plot.dot({number(point.at("cost_usd")), good}, ours ? "point" : "other");
    table.add({name_of(point.at("label")), dollars(number(point.at("cost_usd"))),
               of > 0 ? fmt::format("{} of {} ({})", number(point.at("good")), of, percent(good)) : "no labels"});
  }
  std::vector<PlotPoint> curve;
  for (const json::value& step : answer.at("curve").as_array()) {
    curve.push_back({number(step.at("cost_usd")), number(step.at("quality"))});
  }
  plot.line(curve, "paid");
  return section(
      "Cost against quality",
      "<span class=\"key good\"></span> this router at each threshold, the dot as it is; "
      "<span class=\"key bad\"></span> others. Above the line between the cheapest and the strongest is worth "
      "having.",
      plot.finish() + table.table());
}

}  // namespace

base::Result<std::string> report_page(const ReportParts& parts) {
  try {
    const json::value savings = json::parse(parts.savings);
    const json::value overview = json::parse(parts.overview);
    const json::value quality = json::parse(parts.quality);
    const json::value front = json::parse(parts.frontier);
    std::string out(kHead);
    out += fmt::format("<h1>Pointsman, {} to {}</h1>\n",
                       html_text(std::string_view(overview.at("since").as_string()).substr(0, 16)),
                       html_text(std::string_view(overview.at("until").as_string()).substr(0, 16)));
    out += saved(savings);
    out += "<div class=\"pictures\">\n" + spending(overview) + traffic(overview) +
           shares(overview, "categories", "Categories") + shares(overview, "models", "Models") + "</div>\n";
    out += categories(quality);
    out += "<div class=\"pictures\">\n" + calibration(quality) + coverage(quality) + "</div>\n";
    out += frontier(front);
    out += fmt::format("<p class=\"soft\">Times are UTC. Made by pointsman {}.</p>\n</body>\n</html>\n",
                       html_text(parts.version));
    return out;
  } catch (const std::exception& broken) {  // Boost.JSON's way to say that a member is missing or of another kind
    return base::fail(base::ErrorCode::kParse, std::string("the report's figures cannot be read: ") + broken.what());
  }
}

}  // namespace pointsman::admin
