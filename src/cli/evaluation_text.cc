#include "cli/evaluation_text.h"

#include <algorithm>

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
    json.member("f1", one.f1).member("support", one.support).end_object();
  }
  json.end_object();
}

struct Confusion {
  std::size_t truth = 0;
  std::size_t predicted = 0;
  std::uint32_t count = 0;
};

// Every cell that is not zero, row by row.
std::vector<Confusion> cells_of(const Evaluation& evaluation) {
  std::vector<Confusion> out;
  for (std::size_t t = 0; t < evaluation.confusion.size(); ++t) {
    for (std::size_t p = 0; p < evaluation.confusion[t].size(); ++p) {
      if (evaluation.confusion[t][p] > 0) out.push_back({t, p, evaluation.confusion[t][p]});
    }
  }
  return out;
}

void write_confusion(json::Writer& json, const Evaluation& evaluation) {
  json.key("confusion").begin_array();
  for (const Confusion& cell : cells_of(evaluation)) {
    json.begin_object().member("true", evaluation.categories[cell.truth].name);
    json.member("predicted", evaluation.categories[cell.predicted].name).member("count", cell.count).end_object();
  }
  json.end_array();
}

void print_confusions(const Evaluation& evaluation, Output& out) {
  auto cells = cells_of(evaluation);
  std::erase_if(cells, [](const Confusion& cell) { return cell.truth == cell.predicted; });
  if (cells.empty()) return;
  std::ranges::sort(cells, [](const Confusion& a, const Confusion& b) {
    return a.count != b.count ? a.count > b.count : std::pair(a.truth, a.predicted) < std::pair(b.truth, b.predicted);
  });
  constexpr std::size_t kShown = 10;
  out.print("\n{}\n", out.bold("most often mistaken"));
  Table table({{"is"}, {"called"}, {"times", Table::Align::kRight}}, 2);
  for (std::size_t i = 0; i < cells.size() && i < kShown; ++i) {
    table.add({printable(evaluation.categories[cells[i].truth].name, 40),
               printable(evaluation.categories[cells[i].predicted].name, 40), std::to_string(cells[i].count)});
  }
  table.print(out);
}

}  // namespace

std::string with_interval(const Share& share) {
  if (share.of == 0) return "-";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", share.value(), share.low(), share.high());
}

std::string evaluation_json(const Evaluation& evaluation, std::string_view model_version) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("model", model_version).member("examples", evaluation.examples);
  write_share(json, "accuracy", evaluation.accuracy);
  json.member("macro_f1", evaluation.macro_f1).member("ece", evaluation.ece);
  json.member("brier", evaluation.brier).member("nll", evaluation.nll);
  write_categories(json, evaluation);
  write_confusion(json, evaluation);
  json.key("coverage").begin_array();
  for (const learn::Coverage& one : evaluation.coverage) {
    json.begin_object().member("share", one.share).member("accuracy", one.accuracy);
    json.member("threshold", one.threshold).end_object();
  }
  json.end_array().key("calibration").begin_array();
  for (const learn::CalibrationBin& bin : evaluation.bins) {
    json.begin_object().member("count", bin.count).member("confidence", bin.confidence);
    json.member("accuracy", bin.accuracy).end_object();
  }
  json.end_array().end_object();
  return out;
}

void print_categories(const Evaluation& evaluation, Output& out) {
  using enum Table::Align;
  Table table({{"category"}, {"examples", kRight}, {"precision"}, {"recall"}, {"f1", kRight}}, 2);
  for (const learn::CategoryQuality& one : evaluation.categories) {
    table.add({printable(one.name, 40), std::to_string(one.support), with_interval(one.precision),
               with_interval(one.recall), fmt::format("{:.3f}", one.f1)});
  }
  table.print(out);
}

void print_evaluation(const Evaluation& evaluation, Output& out) {
  out.print("  accuracy           {}\n", with_interval(evaluation.accuracy));
  out.print("  macro F1           {:.3f}\n", evaluation.macro_f1);
  out.print("  calibration error  {:.3f} (ECE; 0 is perfect)\n", evaluation.ece);
  out.print("  Brier score        {:.3f}\n  log loss           {:.3f}\n", evaluation.brier, evaluation.nll);
  for (const learn::Coverage& one : evaluation.coverage) {
    out.print("  the surest {:.0f} %    {:.3f} accurate, from probability {:.2f} up\n", one.share * 100, one.accuracy,
              one.threshold);
  }
  out.write("\n");
  print_categories(evaluation, out);
  print_confusions(evaluation, out);
}

}  // namespace pointsman::cli
