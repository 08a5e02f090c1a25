#include "cli/evaluation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/evaluation_text.h"
#include "cli/html_table.h"
#include "cli/svg_plot.h"

namespace pointsman::cli {
namespace {

using learn::CalibrationBin;
using learn::Coverage;
using learn::Evaluation;
using learn::kCalibrationBins;
using learn::Share;

constexpr std::size_t kNameColumns = 40;
constexpr std::size_t kMatrixCategories = 16;
constexpr std::size_t kMistakesShown = 30;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6675; --paper: #fff; --card: #f5f7fa; --grid: #dde3ea;
  --good: #1f6fb2; --bad: #b3471d; --other: #6b6f76; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a5b0bd; --paper: #14181e; --card: #1d232b;
  --grid: #343d49; --good: #6fb3ea; --bad: #f0976c; --other: #9aa1ab; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0 0 .3rem; } p { margin: .3rem 0 .8rem; max-width: 46rem; }
section { background: var(--card); border-radius: .5rem; padding: 1rem; margin: 1rem 0; overflow-x: auto; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.pictures section { margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
small, summary, .soft { color: var(--soft); } summary { cursor: pointer; }
svg { max-width: 100%; height: auto; } svg.plot { width: 34rem; }
svg.interval { width: 8rem; height: .8rem; }
svg text { font-size: 11px; fill: var(--soft); } svg .label { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--grid); fill: none; } .ideal { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; }
.curve { stroke: var(--good); stroke-width: 2; fill: none; } .point, .right { fill: var(--good); }
.whisker { stroke: var(--good); fill: none; } .wrong { fill: var(--bad); }
.outside { fill: none; stroke: var(--other); stroke-width: 2; } .on { fill: var(--good); } .off { fill: var(--bad); }
svg .count { fill: var(--ink); text-anchor: middle; }
.key { display: inline-block; width: .8em; height: .8em; }
.key.right { background: var(--good); } .key.wrong { background: var(--bad); }
.key.outside { border: 2px solid var(--other); box-sizing: border-box; }
</style>
)";

std::string name_of(const Evaluation& evaluation, std::size_t category) {
  return "<bdi>" + html_text(evaluation.categories[category].name, kNameColumns) + "</bdi>";
}

std::string example_of(const learn::Dataset& data, std::size_t row) {
  const learn::Example& example = data.examples[row];
  const std::string line = example.line == 0 ? "" : fmt::format("<small>line {}</small> ", example.line);
  return line + "<bdi>" + html_text(example.text) + "</bdi>";
}

std::string section(std::string_view title, std::string_view explanation, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n", title, explanation, content);
}

std::string summary(const EvaluationPage& page) {
  const Evaluation& e = page.evaluation;
  HtmlTable table({"measure", "value", "what it says"});
  table.add({"accuracy", with_interval(e.accuracy), "share of the examples whose likeliest category is right"});
  table.add({"macro F1", fmt::format("{:.3f}", e.macro_f1), "balance of precision and recall, every category alike"});
  table.add({"calibration error (ECE)", fmt::format("{:.3f}", e.ece),
             "how far confidence is from the share that is right; 0 is perfect"});
  table.add(
      {"Brier score", fmt::format("{:.3f}", e.brier), "squared error of the probabilities; 0 is perfect, 2 worst"});
  table.add({"log loss", fmt::format("{:.3f}", e.nll), "the surprise at the right answers; 0 is perfect"});
  table.add({"AURC", fmt::format("{:.4f}", e.aurc), "mean share of mistakes over all thresholds; 0 is perfect"});
  if (e.outside > 0) {
    table.add({"out-of-scope AUROC", fmt::format("{:.3f}", e.outside_auroc),
               fmt::format("how well confidence tells the {} examples of no known category apart; 0.5 is chance",
                           e.outside)});
  }
  return "<section>\n" + table.table() + "</section>\n";
}

std::string bin_name(std::size_t bin) {
  return fmt::format("{:.0f}–{:.0f} %", 100.0 * static_cast<double>(bin) / kCalibrationBins,
                     100.0 * static_cast<double>(bin + 1) / kCalibrationBins);
}

std::string calibration(const Evaluation& e) {
  SvgPlot plot("Calibration: share of right answers against confidence", {.label = "confidence"},
               {.label = "share that is right"});
  const std::vector<PlotPoint> diagonal{{0, 0}, {1, 1}};
  plot.line(diagonal, "ideal");
  HtmlTable table({"confidence", "examples", "mean confidence", "right"});
  for (std::size_t b = 0; b < e.bins.size(); ++b) {
    const CalibrationBin& bin = e.bins[b];
    if (bin.count == 0) continue;
    const Share right{bin.right, bin.count};
    plot.whisker(bin.confidence, right.low(), right.high(), "whisker");
    plot.dot({bin.confidence, bin.accuracy}, "point");
    table.add({bin_name(b), std::to_string(bin.count), fmt::format("{:.3f}", bin.confidence), with_interval(right)});
  }
  return section("Calibration",
                 "Of the answers given with 80 % confidence, 80 % should be right: points on the dashed line. The bars "
                 "are 95 % intervals; a long one means few examples.",
                 plot.finish() + table.folded());
}

std::string risk_coverage(const Evaluation& e) {
  // Where hardly anything is kept a single mistake is a large share; it must not flatten the rest.
  double worst = 0;
  for (const Coverage& one : e.curve) worst = one.share < 0.1 ? worst : std::max(worst, 1 - one.accuracy);
  SvgPlot plot("Risk against coverage", {.label = "share of the examples that is kept, the surest first"},
               {.label = "mistakes among them", .high = std::min(1.0, round_up_nicely(std::max(worst, 0.01)))});
  std::vector<PlotPoint> points;
  HtmlTable table({"kept", "threshold", "right"});
  for (const Coverage& one : e.curve) {
    points.push_back({one.share, 1 - one.accuracy});
    table.add({fmt::format("{:.1f} %", one.share * 100), fmt::format("{:.4f}", one.threshold),
               fmt::format("{:.2f} %", one.accuracy * 100)});
  }
  plot.line(points, "curve");
  return section(
      "Risk and coverage",
      "A threshold keeps the answers that are sure enough and leaves the rest to the fallback model. Further "
      "left fewer are kept and fewer of them are wrong.",
      plot.finish() + table.folded());
}

std::string histogram(const Evaluation& e) {
  std::size_t most = 5;
  for (std::size_t b = 0; b < kCalibrationBins; ++b) most = std::max({most, e.bins[b].count, e.outside_bins[b]});
  SvgPlot plot("How many examples were answered with which confidence", {.label = "confidence"},
               {.label = "examples", .high = round_up_nicely(static_cast<double>(most)), .percent = false});
  HtmlTable table({"confidence", "right", "wrong", "of no category"});
  for (std::size_t b = 0; b < kCalibrationBins; ++b) {
    const double low = (static_cast<double>(b) + 0.06) / kCalibrationBins;
    const double high = (static_cast<double>(b) + 0.94) / kCalibrationBins;
    const auto right = static_cast<double>(e.bins[b].right);
    const auto all = static_cast<double>(e.bins[b].count);
    if (right > 0) plot.box({low, 0}, {high, right}, "right");
    if (all > right) plot.box({low, right}, {high, all}, "wrong");
    if (e.outside_bins[b] > 0) plot.box({low, 0}, {high, static_cast<double>(e.outside_bins[b])}, "outside");
    table.add({bin_name(b), std::to_string(e.bins[b].right), std::to_string(e.bins[b].count - e.bins[b].right),
               std::to_string(e.outside_bins[b])});
  }
  return section("Confidence",
                 "<span class=\"key right\"></span> right, <span class=\"key wrong\"></span> wrong, <span class=\"key "
                 "outside\"></span> of no known category. Wrong answers and those of no category should lie left.",
                 plot.finish() + table.folded());
}

// The categories with the most mistakes, by number; all if they are few.
std::vector<std::size_t> matrix_categories(const Evaluation& e) {
  std::vector<std::size_t> mistakes(e.categories.size(), 0);
  for (const learn::Mistake& one : e.mistakes) {
    mistakes[one.truth] += one.count;
    mistakes[one.predicted] += one.count;
  }
  std::vector<std::size_t> order(e.categories.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return mistakes[a] != mistakes[b] ? mistakes[a] > mistakes[b] : a < b;
  });
  order.resize(std::min(order.size(), kMatrixCategories));
  std::ranges::sort(order);
  return order;
}

std::string confusion_cell(const Evaluation& e, std::size_t truth, std::size_t predicted, double x, double y) {
  constexpr double kCell = 34;
  const std::uint32_t count = e.confusion[truth][predicted];
  if (count == 0) return "";
  const double share = static_cast<double>(count) / static_cast<double>(e.categories[truth].support);
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{}\" height=\"{}\" fill-opacity=\"{:.2f}\"/>"
      "<text class=\"count\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
      truth == predicted ? "on" : "off", x, y, kCell - 2, kCell - 2, 0.15 + 0.6 * share, x + kCell / 2 - 1,
      y + kCell / 2 + 3, count);
}

std::string confusion(const Evaluation& e) {
  constexpr double kCell = 34;
  constexpr double kNames = 190;
  const std::vector<std::size_t> shown = matrix_categories(e);
  const double side = kNames + kCell * static_cast<double>(shown.size());
  std::string svg = fmt::format(
      "<svg class=\"matrix\" width=\"{0:.0f}\" viewBox=\"0 0 {0:.0f} {0:.0f}\" role=\"img\" aria-label=\"Confusion "
      "matrix\">\n",
      side);
  HtmlTable table({"is", "called", "times"});
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double at = kNames + kCell * static_cast<double>(i);
    const std::string name = html_text(e.categories[shown[i]].name, 28);
    svg += fmt::format("<text class=\"label\" x=\"{}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text>\n", kNames - 6,
                       at + kCell / 2 + 3, name);
    svg += fmt::format("<text class=\"label\" transform=\"translate({:.0f} {}) rotate(-90)\">{}</text>\n",
                       at + kCell / 2 + 3, kNames - 6, name);
    for (std::size_t j = 0; j < shown.size(); ++j) {
      svg += confusion_cell(e, shown[i], shown[j], kNames + kCell * static_cast<double>(j), at);
      if (const std::uint32_t count = e.confusion[shown[i]][shown[j]]; count > 0) {
        table.add({name_of(e, shown[i]), name_of(e, shown[j]), std::to_string(count)});
      }
    }
  }
  const std::string which =
      shown.size() < e.categories.size() ? fmt::format(" The {} categories with the most mistakes.", shown.size()) : "";
  return section("Confusion", "A row for what it is, a column for what it was called." + which,
                 svg + "</svg>\n" + table.folded());
}

// A share and its 95 % interval on a line from 0 to 1.
std::string interval_picture(const Share& share) {
  if (share.of == 0) return "";
  return fmt::format(
      "<svg class=\"interval\" viewBox=\"0 0 100 10\" role=\"img\" aria-label=\"{0}\"><path class=\"grid\" d=\"M0 "
      "5H100\"/><path class=\"whisker\" d=\"M{1:.1f} 5H{2:.1f}\" stroke-width=\"3\"/><circle class=\"point\" "
      "cx=\"{3:.1f}\" cy=\"5\" r=\"3\"/></svg>",
      with_interval(share), share.low() * 100, share.high() * 100, share.value() * 100);
}

std::string categories(const Evaluation& e) {
  HtmlTable table({"category", "examples", "precision", "interval", "recall", "interval", "F1"});
  for (const learn::CategoryQuality& one : e.categories) {
    const std::string few = one.support < learn::kLowSample ? " <small>(low sample)</small>" : "";
    table.add({"<bdi>" + html_text(one.name, kNameColumns) + "</bdi>", std::to_string(one.support) + few,
               with_interval(one.precision), interval_picture(one.precision), with_interval(one.recall),
               interval_picture(one.recall), fmt::format("{:.3f}", one.f1)});
  }
  return section(
      "Categories",
      "Precision: of what was called so, how much is so. Recall: of what is so, how much was found. With 95 % "
      "intervals (Wilson); under 30 examples they are too wide to conclude much.",
      table.table());
}

std::string mistakes(const EvaluationPage& page) {
  const Evaluation& e = page.evaluation;
  HtmlTable table({"is", "called", "times", "the surest of them"});
  for (std::size_t i = 0; i < std::min(e.mistakes.size(), kMistakesShown); ++i) {
    const learn::Mistake& one = e.mistakes[i];
    std::string examples;
    for (const std::size_t row : one.examples) examples += "<div>" + example_of(page.data, row) + "</div>";
    table.add({name_of(e, one.truth), name_of(e, one.predicted), std::to_string(one.count), examples});
  }
  std::string out;
  if (!table.empty()) {
    out =
        section("Mistakes", "The most frequent first. Look at the texts: some may be labelled wrongly.", table.table());
  }
  if (e.outside_surest.empty()) return out;
  std::string texts;
  for (const std::size_t row : e.outside_surest) texts += "<div>" + example_of(page.data, row) + "</div>\n";
  return out + section("Of no known category, and yet sure",
                       "These belong to none of the classifier's categories and got the most confidence.", texts);
}

}  // namespace

std::string evaluation_page(const EvaluationPage& page) {
  const Evaluation& e = page.evaluation;
  const std::string title = html_text(page.model) + " on " + html_text(page.data_name);
  std::string out(kHead);
  out += "<title>" + title + "</title>\n</head>\n<body>\n<h1>" + title + "</h1>\n";
  out += fmt::format("<p class=\"soft\">{} examples in {} categories; classifier {}</p>\n", e.examples,
                     e.categories.size(), html_text(page.model_version, 64));
  out += summary(page);
  if (e.examples > 0) {
    out += "<div class=\"pictures\">\n" + calibration(e) + risk_coverage(e) + histogram(e) + "</div>\n";
    out += confusion(e) + categories(e);
  }
  return out + mistakes(page) + "</body>\n</html>\n";
}

}  // namespace pointsman::cli
