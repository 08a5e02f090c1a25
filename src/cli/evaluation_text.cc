#include "cli/evaluation_text.h"

#include <algorithm>
#include <tuple>

#include "cli/table.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using learn::Evaluation;
using learn::Share;

void write_share(json::Writer& json, const std::string& name, const Share& share) {
  json.key(name);
  share.of == 0 ? json.null() : json.value(share.value());
  json.key(name + "_interval").begin_array().value(share.low()).value(share.high()).end_array();
}

void write_categories(json::Writer& json, const Evaluation& evaluation) {
  json.key("per_category").begin_object();
  for (const learn::CategoryQuality& one : evaluation.categories) {
    json.key(one.name).begin_object();
    write_share(json, "precision", one.precision);
    write_share(json, "recall", one.recall);
    json.member("f1", one.f1).member("support", one.support);
    json.member("low_sample", one.support < learn::kLowSample).end_object();
  }
  json.end_object();
}

// Every cell that is not zero, row by row.
void write_confusion(json::Writer& json, const Evaluation& evaluation) {
  json.key("confusion").begin_array();
  for (std::size_t t = 0; t < evaluation.confusion.size(); ++t) {
    for (std::size_t p = 0; p < evaluation.confusion[t].size(); ++p) {
      if (evaluation.confusion[t][p] == 0) continue;
      json.begin_object().member("true", evaluation.categories[t].name);
      json.member("predicted", evaluation.categories[p].name).member("count", evaluation.confusion[t][p]).end_object();
    }
  }
  json.end_array();
}

void write_examples(json::Writer& json, std::string_view name, const std::vector<std::size_t>& rows,
                    const learn::Dataset& data) {
  json.key(name).begin_array();
  for (const std::size_t row : rows) {
    const learn::Example& example = data.examples[row];
    json.begin_object().member("line", example.line).member("text", printable(example.text, 200)).end_object();
  }
  json.end_array();
}

void write_mistakes(json::Writer& json, const Evaluation& evaluation, const learn::Dataset& data) {
  json.key("mistakes").begin_array();
  for (const learn::Mistake& one : evaluation.mistakes) {
    json.begin_object().member("true", evaluation.categories[one.truth].name);
    json.member("predicted", evaluation.categories[one.predicted].name).member("count", one.count);
    write_examples(json, "examples", one.examples, data);
    json.end_object();
  }
  json.end_array();
}

void write_points(json::Writer& json, std::string_view name, const std::vector<learn::Coverage>& points) {
  json.key(name).begin_array();
  for (const learn::Coverage& one : points) {
    json.begin_object().member("share", one.share).member("accuracy", one.accuracy);
    json.member("threshold", one.threshold).end_object();
  }
  json.end_array();
}

void write_calibration(json::Writer& json, const Evaluation& evaluation) {
  json.key("calibration").begin_array();
  for (const learn::CalibrationBin& bin : evaluation.bins) {
    const Share right{bin.right, bin.count};
    json.begin_object().member("count", bin.count).member("right", bin.right).member("confidence", bin.confidence);
    json.member("accuracy", bin.accuracy);
    json.key("interval").begin_array().value(right.low()).value(right.high()).end_array().end_object();
  }
  json.end_array();
}

void write_outside(json::Writer& json, const Evaluation& evaluation, const learn::Dataset& data) {
  json.member("outside", evaluation.outside).key("outside_auroc");
  evaluation.outside == 0 ? json.null() : json.value(evaluation.outside_auroc);
  write_examples(json, "outside_surest", evaluation.outside_surest, data);
}

constexpr std::size_t kMistakesShown = 10;
constexpr std::size_t kCategoriesShown = 20;  // of more, the weakest

void print_mistakes(const Evaluation& evaluation, const learn::Dataset& data, Output& out) {
  if (evaluation.mistakes.empty()) return;
  out.print("\n{}\n", out.bold("most often mistaken"));
  Table table({{"is"}, {"called"}, {"times", Table::Align::kRight}, {"the surest of them"}}, 2);
  for (std::size_t i = 0; i < std::min(evaluation.mistakes.size(), kMistakesShown); ++i) {
    const learn::Mistake& one = evaluation.mistakes[i];
    const learn::Example& example = data.examples[one.examples.front()];
    table.add({printable(evaluation.categories[one.truth].name, 40),
               printable(evaluation.categories[one.predicted].name, 40), std::to_string(one.count),
               fmt::format("line {}: \"{}\"", example.line, printable(example.text, 60))});
  }
  table.print(out);
  if (evaluation.mistakes.size() > kMistakesShown) {
    out.print("  and {} more pairs (--json and --html list them)\n", evaluation.mistakes.size() - kMistakesShown);
  }
}

void print_outside(const Evaluation& evaluation, const learn::Dataset& data, Output& out) {
  if (evaluation.outside == 0) return;
  out.print("  out of scope       AUROC {:.3f} on {} of no known category (1 is perfect, 0.5 is chance)\n",
            evaluation.outside_auroc, count_of(evaluation.outside, "example", "examples"));
  const learn::Example& surest = data.examples[evaluation.outside_surest.front()];
  out.print("                     most convincing of them, line {}: \"{}\"\n", surest.line, printable(surest.text, 60));
}

}  // namespace

std::string with_interval(const Share& share) {
  if (share.of == 0) return "-";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", share.value(), share.low(), share.high());
}

std::string evaluation_json(const Evaluation& evaluation, const learn::Dataset& data, std::string_view model_version) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("model", model_version).member("examples", evaluation.examples);
  write_share(json, "accuracy", evaluation.accuracy);
  json.member("macro_f1", evaluation.macro_f1).member("ece", evaluation.ece);
  json.member("brier", evaluation.brier).member("nll", evaluation.nll).member("aurc", evaluation.aurc);
  write_outside(json, evaluation, data);
  write_categories(json, evaluation);
  write_confusion(json, evaluation);
  write_mistakes(json, evaluation, data);
  write_points(json, "coverage", evaluation.coverage);
  write_points(json, "risk_coverage", evaluation.curve);
  write_calibration(json, evaluation);
  json.end_object();
  return out;
}

void print_categories(const Evaluation& evaluation, Output& out) {
  using enum Table::Align;
  std::vector<const learn::CategoryQuality*> shown;
  for (const learn::CategoryQuality& one : evaluation.categories) shown.push_back(&one);
  const std::size_t all = shown.size();
  if (all > kCategoriesShown) {
    std::ranges::sort(shown, {}, [](const auto* one) { return std::tuple(one->f1, std::string_view(one->name)); });
    shown.resize(kCategoriesShown);
  }
  Table table({{"category"}, {"examples", kRight}, {"precision"}, {"recall"}, {"f1", kRight}}, 2);
  bool any_low = false;
  for (const learn::CategoryQuality* one : shown) {
    const bool low = one->support < learn::kLowSample;
    any_low = any_low || low;
    table.add({printable(one->name, 40), std::to_string(one->support) + (low ? "*" : ""), with_interval(one->precision),
               with_interval(one->recall), fmt::format("{:.3f}", one->f1)});
  }
  table.print(out);
  if (any_low) out.print("  * low sample: under {} examples, read the intervals\n", learn::kLowSample);
  if (all > shown.size()) {
    out.print("  the {} weakest of {} categories (--json lists all)\n", shown.size(), all);
  }
}

void print_evaluation(const Evaluation& evaluation, const learn::Dataset& data, Output& out) {
  out.print("  accuracy           {}\n", with_interval(evaluation.accuracy));
  out.print("  macro F1           {:.3f}\n", evaluation.macro_f1);
  out.print("  calibration error  {:.3f} (ECE; 0 is perfect)\n", evaluation.ece);
  out.print("  Brier score        {:.3f}\n  log loss           {:.3f}\n", evaluation.brier, evaluation.nll);
  out.print("  AURC               {:.4f} (mean share of mistakes over all thresholds)\n", evaluation.aurc);
  for (const learn::Coverage& one : evaluation.coverage) {
    out.print("  the surest {:.0f} %    {:.3f} accurate, from probability {:.2f} up\n", one.share * 100, one.accuracy,
              one.threshold);
  }
  print_outside(evaluation, data, out);
  out.write("\n");
  print_categories(evaluation, out);
  print_mistakes(evaluation, data, out);
}

}  // namespace pointsman::cli
