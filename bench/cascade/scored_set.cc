#include "cascade/scored_set.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "classify/linear_model.h"
#include "learn/train.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kFolds = 3;
constexpr std::size_t kQuickRows = 3000;

class Scoring {
 public:
  Scoring(const PublicSet& set, const BenchOptions& options) : set_(set) {
    train_.threads = options.threads;
    if (!options.quick) return;
    train_.effort = learn::Effort::kFast;
    stride_ = std::max<std::size_t>(set.train.examples.size() / kQuickRows, 1);
  }

  Result<ScoredSet> run() {
    out_.name = set_.name;
    const learn::Dataset rows = every(learn::canonical(set_.train), stride_, 0);
    PM_CHECK(score(rows, set_.test, out_.test));
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      learn::Dataset others;
      for (std::size_t i = 0; i < rows.examples.size(); ++i) {
        if (i % kFolds != fold) others.examples.push_back(rows.examples[i]);
      }
      PM_CHECK(score(others, every(rows, kFolds, fold), out_.teach));
    }
    const auto outside = std::ranges::count(out_.test.truth, out_.categories.size());
    out_.inside = out_.test.size() - static_cast<std::size_t>(outside);
    return std::move(out_);
  }

 private:
  static learn::Dataset every(const learn::Dataset& rows, std::size_t stride, std::size_t first) {
    learn::Dataset out;
    for (std::size_t i = first; i < rows.examples.size(); i += stride) out.examples.push_back(rows.examples[i]);
    return out;
  }

  Result<void> score(const learn::Dataset& teach, const learn::Dataset& judge, ScoredRows& into) {
    PM_TRY(learn::Trained trained, learn::train(teach, train_));
    train_.l2 = {trained.report.l2};  // who trains again on nearly the same rows need not search again
    PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
    out_.categories = model->categories();
    const auto scratch = model->make_scratch();
    std::vector<float> probabilities(out_.categories.size());
    for (const learn::Example& example : judge.examples) {
      const auto begin = std::chrono::steady_clock::now();
      PM_CHECK(model->classify({example.text, example.context, example.tools}, *scratch, probabilities));
      const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
      if (&into == &out_.test) out_.microseconds.push_back(took.count());
      into.texts.push_back(example.text);
      const auto found = std::ranges::find(out_.categories, example.category);
      into.truth.push_back(static_cast<std::size_t>(found - out_.categories.begin()));
      into.probabilities.insert(into.probabilities.end(), probabilities.begin(), probabilities.end());
    }
    return {};
  }

  const PublicSet& set_;
  learn::TrainOptions train_;
  std::size_t stride_ = 1;
  ScoredSet out_;
};

}  // namespace

Result<const ScoredSet*> score_set(const PublicSet& set, const BenchOptions& options) {
  static std::map<std::string, ScoredSet> known;
  if (const auto found = known.find(set.name); found != known.end()) return &found->second;
  PM_TRY(ScoredSet scored, Scoring(set, options).run());
  return &known.emplace(set.name, std::move(scored)).first->second;
}

}  // namespace pointsman::bench
