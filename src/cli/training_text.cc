#include "cli/training_text.h"

#include <fmt/ranges.h>

#include "cli/evaluation_text.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using learn::Example;
using learn::TrainReport;

constexpr std::size_t kShown = 10;
constexpr std::size_t kTextColumns = 70;

std::string place(const Example& example) {
  return example.line == 0 ? "configuration" : fmt::format("line {}", example.line);
}

std::string quote(const Example& example) {
  return "\"" + printable(example.text, kTextColumns) + "\"";
}

void heading(Output& out, std::string_view title) {
  out.print("\n{}\n", out.bold(title));
}

void tell_rest(Output& out, std::size_t all) {
  if (all > kShown) out.print("  and {} more (--json lists them)\n", all - kShown);
}

void print_quality(const TrainReport& report, Output& out) {
  const learn::Evaluation& quality = report.out_of_fold;
  out.print("{} ({} given), {} features\n", count_of(report.examples.size(), "distinct example", "distinct examples"),
            report.rows_given, report.features);
  if (report.background > 0) out.print("and {} of another classifier, which are not judged\n", report.background);
  out.write("\n");
  out.print("  accuracy out of fold  {}   {} folds{}\n", with_interval(quality.accuracy), report.folds,
            report.folds_by_group ? ", whole groups left out" : "");
  out.print("  macro F1              {:.3f}\n", quality.macro_f1);
  out.print("  calibration error     {:.3f} before, {:.3f} after scaling by temperature {:.2f} (ECE; 0 is perfect)\n",
            report.ece_before, quality.ece, report.temperature);
  for (const learn::Coverage& one : quality.coverage) {
    out.print("  the surest {:.0f} %       {:.3f} accurate, from probability {:.2f} up\n", one.share * 100,
              one.accuracy, one.threshold);
  }
  out.write("\n");
  print_categories(quality, out);
}

void print_confused(const TrainReport& report, Output& out) {
  if (report.confused.empty()) return;
  heading(out, "categories that collide: sharpen their descriptions, or add examples that tell them apart");
  for (std::size_t i = 0; i < report.confused.size() && i < kShown; ++i) {
    const learn::ConfusedPair& pair = report.confused[i];
    out.print("  {0} and {1}: {2} {0} taken for {1}, {3} the other way\n", printable(pair.first, 40),
              printable(pair.second, 40), pair.first_as_second, pair.second_as_first);
    for (const learn::ClosePair& close : pair.closest) {
      const Example& first = report.examples[close.first];
      const Example& second = report.examples[close.second];
      out.print("    {} {} {}\n    {} {} {}  (similarity {:.2f})\n", place(first), printable(first.category, 40),
                quote(first), place(second), printable(second.category, 40), quote(second), close.similarity);
    }
  }
  tell_rest(out, report.confused.size());
}

void print_suspects(const TrainReport& report, Output& out) {
  if (report.suspects.empty()) return;
  heading(out, "probably mislabelled: look at these first");
  for (std::size_t i = 0; i < report.suspects.size() && i < kShown; ++i) {
    const learn::Suspect& suspect = report.suspects[i];
    const Example& example = report.examples[suspect.example];
    out.print("  {} is {}, looks like {} ({:.2f} against {:.2f}): {}\n", place(example),
              printable(example.category, 40), printable(suspect.predicted, 40), suspect.predicted_probability,
              suspect.label_probability, quote(example));
  }
  tell_rest(out, report.suspects.size());
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

void print_pairs(std::string_view title, const Pairs& pairs, const learn::Dataset& given, Output& out) {
  if (pairs.empty()) return;
  heading(out, fmt::format("{} ({})", title, pairs.size()));
  for (std::size_t i = 0; i < pairs.size() && i < kShown; ++i) {
    const Example& first = given.examples[pairs[i].first];
    const Example& second = given.examples[pairs[i].second];
    const bool agree = first.category == second.category;
    const std::string labels =
        agree ? "" : fmt::format(" ({} and {})", printable(first.category, 40), printable(second.category, 40));
    out.print("  {} and {}{}: {}\n", place(first), place(second), labels, quote(first));
  }
  tell_rest(out, pairs.size());
}

}  // namespace

void print_training(const TrainReport& report, const learn::Dataset& given, Output& out) {
  print_quality(report, out);
  if (!report.few_examples.empty()) {
    heading(out, "fewer than 10 examples: add some before trusting these");
    out.print("  {}\n", printable(fmt::format("{}", fmt::join(report.few_examples, ", ")), 400));
  }
  print_confused(report, out);
  print_suspects(report, out);
  print_pairs("the same text with different categories", report.repeats.conflicts, given, out);
  print_pairs("the same text more than once", report.repeats.duplicates, given, out);
}

}  // namespace pointsman::cli
