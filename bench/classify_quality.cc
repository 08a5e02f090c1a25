// links: pm_learn
// Trains on one labelled file and judges on another: classify_quality TRAIN.jsonl TEST.jsonl [--json].
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "classify/linear_model.h"
#include "learn/train.h"

namespace {

using pointsman::base::Result;
namespace learn = pointsman::learn;

Result<learn::Dataset> load(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return learn::read_jsonl(bytes, path);
}

void print(const learn::Evaluation& e) {
  std::printf("accuracy %.4f [%.4f, %.4f]  macro-F1 %.4f  ECE %.4f  NLL %.4f  Brier %.4f", e.accuracy.value(),
              e.accuracy.low(), e.accuracy.high(), e.macro_f1, e.ece, e.nll, e.brier);
  for (const learn::Coverage& point : e.coverage) std::printf("  @%.0f%% %.4f", point.share * 100, point.accuracy);
  std::printf("\n");
  if (e.categories.size() > 10) return;
  for (const learn::CategoryQuality& quality : e.categories) {
    std::printf("  %-20s n %5zu  precision %.4f  recall %.4f\n", quality.name.c_str(), quality.support,
                quality.precision.value(), quality.recall.value());
  }
}

Result<int> run(const char* train_path, const char* test_path, bool as_json) {
  PM_TRY(const learn::Dataset train, load(train_path));
  PM_TRY(const learn::Dataset test, load(test_path));
  const auto begin = std::chrono::steady_clock::now();
  PM_TRY(const learn::Trained trained, learn::train(train, {}));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  PM_TRY(const auto model, pointsman::classify::LinearModel::from_string(trained.artefact));
  PM_TRY(const learn::Evaluation evaluation, learn::evaluate(*model, test));
  if (as_json) {
    std::printf("%s\n", evaluation.to_json().c_str());
    return 0;
  }
  const learn::TrainReport& report = trained.report;
  std::printf("%zu rows, %zu categories, %.1f s, %d epochs, %zu features, %.1f MB, folds %d%s\n", train.examples.size(),
              model->categories().size(), seconds.count(), report.epochs, report.features,
              static_cast<double>(trained.artefact.size()) / 1e6, report.folds,
              report.folds_by_group ? " by group" : "");
  for (const learn::L2Trial& trial : report.trials) {
    std::printf("  l2 %-6g nll %.4f accuracy %.4f temperature %.3f\n", static_cast<double>(trial.l2), trial.nll,
                trial.accuracy, trial.temperature);
  }
  std::printf("out of fold (ECE %.4f before calibration): ", report.ece_before);
  print(report.out_of_fold);
  std::printf("test: ");
  print(evaluation);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: classify_quality TRAIN.jsonl TEST.jsonl [--json]\n");
    return 2;
  }
  const auto result = run(argv[1], argv[2], argc > 3 && std::string_view(argv[3]) == "--json");
  if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
  return result ? *result : 1;
}
