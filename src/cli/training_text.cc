#include "cli/training_text.h"

#include <algorithm>

#include "cli/evaluation_text.h"
#include "cli/table.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using learn::Example;
using learn::TrainReport;

constexpr std::size_t kShown = 10;
constexpr std::size_t kTextColumns = 70;
// Of accuracy or recall, by the second half of the examples: less is no reason to collect more.
constexpr double kWorthwhileGain = 0.01;

std::string place(const Example& example) {
  return example.line == 0 ? "configuration" : fmt::format("line {}", example.line);
}

std::string category_of(const Example& example) {
  return example.outside ? "no category" : printable(example.category, 40);
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

std::string second_view(const TrainReport& report) {
  if (!(report.nll_linear > 0)) return "none: not tried, or the first left nothing to improve";
  const std::string loss = fmt::format("log loss {:.3f} without, {:.3f} with it", report.nll_linear, report.nll_mixed);
  if (!(report.mix.net > 0)) return "a character network was tried and left out: " + loss;
  return fmt::format("a character network, {}; asked for {} of the texts, those below probability {:.2f}", loss,
                     percent(report.ask_share), report.mix.ask_below);
}

std::string scope(const TrainReport& report) {
  if (report.scope_outside == 0) return "not learnt: too few categories or examples; no text is taken for foreign";
  const std::string given = report.outside_given == 0 ? "; examples with \"category\": null would sharpen it"
                                                      : fmt::format(", {} of them given", report.outside_given);
  return fmt::format("AUROC {:.3f} in telling {} foreign texts from {} others (1 is perfect, 0.5 is chance){}",
                     report.scope_auroc, report.scope_outside, report.scope_inside, given);
}

void print_quality(const TrainReport& report, Output& out) {
  const learn::Evaluation& quality = report.out_of_fold;
  const std::string outside =
      report.outside_given == 0 ? "" : fmt::format(", {} of no category besides", report.outside_given);
  out.print("{} ({} given){}, {} features\n", count_of(report.examples.size(), "distinct example", "distinct examples"),
            report.rows_given, outside, report.features);
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
  out.print("  second view           {}\n", second_view(report));
  out.print("  out of scope          {}\n\n", scope(report));
  print_categories(quality, out);
}

// The point of the curve with half of the examples, if there is one.
const learn::LearningPoint* half_of(const learn::LearningCurve& curve) {
  return curve.points.size() < 2 ? nullptr : &curve.points[curve.points.size() - 2];
}

void print_curve(const learn::LearningCurve& curve, Output& out) {
  const learn::LearningPoint* const half = half_of(curve);
  if (half == nullptr) return;
  heading(out, "would more examples help? (the first view alone, out of fold)");
  Table table({{"share"}, {"learnt from", Table::Align::kRight}, {"accuracy"}}, 2);
  for (const learn::LearningPoint& point : curve.points) {
    table.add(
        {fmt::format("{:.0f} %", point.share * 100), std::to_string(point.examples), with_interval(point.accuracy)});
  }
  table.print(out);
  const double gain = curve.points.back().accuracy.value() - half->accuracy.value();
  const std::string_view advice = gain >= kWorthwhileGain ? "twice as many again will likely bring a part of that"
                                                          : "more of the same will hardly change it";
  out.print("  the second half brought {:+.3f}: {}\n", gain, advice);
}

std::string advice_for(const learn::CategoryNeed& need, const learn::LearningCurve& curve) {
  if (need.few) {
    return fmt::format("add at least {} more; with under {} its numbers say nothing",
                       learn::kFewExamples - need.examples, learn::kFewExamples);
  }
  if (need.examples < learn::kLowSample) {
    return fmt::format("add examples: {} are too few to judge by", need.examples);
  }
  const learn::LearningPoint* const half = half_of(curve);
  const auto found = std::ranges::find(curve.categories, need.name);
  if (half == nullptr || found == curve.categories.end()) return "add examples";
  const auto at = static_cast<std::size_t>(found - curve.categories.begin());
  const double before = half->recall[at].value();
  const double now = curve.points.back().recall[at].value();
  if (now - before >= kWorthwhileGain) {
    return fmt::format("add examples: with half of them {:.2f} was found, with all {:.2f}", before, now);
  }
  return need.taken_for.empty() ? "more of the same will hardly help"
                                : "more of the same will hardly help: say what sets it apart";
}

void print_needs(const TrainReport& report, Output& out) {
  if (report.needs.empty()) return;
  heading(out, "categories that need you");
  Table table({{"category"}, {"examples", Table::Align::kRight}, {"found"}, {"taken for"}, {"what to do"}}, 2);
  for (std::size_t i = 0; i < report.needs.size() && i < kShown; ++i) {
    const learn::CategoryNeed& need = report.needs[i];
    const std::string taken = need.taken_for.empty() ? "-"
                                                     : fmt::format("{} ({} of {})", printable(need.taken_for, 30),
                                                                   need.taken_count, need.recall.of - need.recall.hits);
    table.add({printable(need.name, 30), std::to_string(need.examples), with_interval(need.recall), taken,
               advice_for(need, report.curve)});
  }
  table.print(out);
  tell_rest(out, report.needs.size());
}

void print_confused(const TrainReport& report, Output& out) {
  if (report.confused.empty()) return;
  heading(out, "categories that collide: merge them, relabel, or add examples that tell them apart");
  // A single mistake is chance, unless there is nothing else.
  const auto mistakes = [](const learn::ConfusedPair& pair) { return pair.first_as_second + pair.second_as_first; };
  const std::size_t least = std::min<std::size_t>(mistakes(report.confused.front()), 2);
  std::size_t shown = 0;
  for (const learn::ConfusedPair& pair : report.confused) {
    if (shown == kShown || mistakes(pair) < least) break;
    ++shown;
    out.print("  {0} and {1}: {2} {0} taken for {1}, {3} the other way\n", printable(pair.first, 40),
              printable(pair.second, 40), pair.first_as_second, pair.second_as_first);
    for (const learn::ClosePair& close : pair.closest) {
      const Example& first = report.examples[close.first];
      const Example& second = report.examples[close.second];
      out.print("    {} {} {}\n    {} {} {}  (similarity {:.2f})\n", place(first), printable(first.category, 40),
                quote(first), place(second), printable(second.category, 40), quote(second), close.similarity);
    }
  }
  if (shown < report.confused.size()) {
    out.print("  and {} with fewer mistakes (--json lists them)\n",
              count_of(report.confused.size() - shown, "pair", "pairs"));
  }
}

void print_suspects(const TrainReport& report, Output& out) {
  if (report.suspects.empty()) return;
  heading(out, "perhaps mislabelled: look at these first, correct them and train again");
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
    const std::string labels = agree ? "" : fmt::format(" ({} and {})", category_of(first), category_of(second));
    out.print("  {} and {}{}: {}\n", place(first), place(second), labels, quote(first));
  }
  tell_rest(out, pairs.size());
}

}  // namespace

void print_training(const TrainReport& report, const learn::Dataset& given, Output& out) {
  print_quality(report, out);
  print_curve(report.curve, out);
  print_needs(report, out);
  print_confused(report, out);
  print_suspects(report, out);
  print_pairs("the same text with different categories: keep one", report.repeats.conflicts, given, out);
  print_pairs("the same text more than once: counted as weight", report.repeats.duplicates, given, out);
}

}  // namespace pointsman::cli
