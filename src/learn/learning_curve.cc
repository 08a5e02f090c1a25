#include "learn/learning_curve.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "learn/folds.h"
#include "learn/parallel.h"
#include "learn/softmax_fit.h"

namespace pointsman::learn {
namespace {

constexpr double kShares[] = {0.25, 0.5, 1};
constexpr std::size_t kLarge = 2000;  // examples; as training, it then leaves features of one or two examples out
constexpr int kFoldsOfLarge = 2;
constexpr std::size_t kLeastExamples = 20;  // fewer cannot be divided into anything that says something

struct Task {
  int fold = 0;
  std::size_t point = 0;
};

class Curve {
 public:
  Curve(const Dataset& data, const LearningCurveOptions& options) : options_(options) {
    for (const Example& example : canonical(data).examples) {
      if (!example.outside) data_.examples.push_back(example);
    }
    out_.categories = category_names(data_);
    for (const Example& example : data_.examples) {
      const auto found = std::ranges::lower_bound(out_.categories, example.category);
      labels_.push_back(static_cast<std::uint32_t>(found - out_.categories.begin()));
      weights_.push_back(example.weight);
    }
  }

  LearningCurve run() {
    if (data_.examples.size() < kLeastExamples || out_.categories.size() < 2) return std::move(out_);
    VocabularyOptions vocabulary = options_.vocabulary;
    if (data_.examples.size() > kLarge) {
      vocabulary.min_word_count = std::max(vocabulary.min_word_count, 2U);
      vocabulary.min_char_count = std::max(vocabulary.min_char_count, 3U);
    }
    vectors_ = vectorize(data_, vocabulary);
    labelled_ = {&vectors_.rows, labels_, weights_, vectors_.vocabulary.hashes.size(), out_.categories.size()};
    folds_ = make_folds(data_, labels_, labels_.size(), std::max(options_.folds, 2), options_.use_groups);
    std::vector<Task> tasks;
    const int judged = data_.examples.size() > kLarge ? std::min(kFoldsOfLarge, folds_.count) : folds_.count;
    for (std::size_t point = 0; point < std::size(kShares); ++point) {
      out_.points.push_back({.share = kShares[point]});
      out_.points.back().recall.resize(out_.categories.size());
      for (int fold = 0; fold < judged; ++fold) tasks.push_back({fold, point});
    }
    guesses_.assign(std::size(kShares), std::vector<std::uint32_t>(labels_.size(), 0));
    std::vector<std::size_t> used(tasks.size(), 0);
    in_parallel(static_cast<int>(tasks.size()), options_.threads, [&](int i) {
      const auto at = static_cast<std::size_t>(i);
      used[at] = predict(tasks[at]);
    });
    for (std::size_t i = 0; i < tasks.size(); ++i) out_.points[tasks[i].point].examples += used[i];
    for (LearningPoint& point : out_.points) point.examples /= static_cast<std::size_t>(judged);
    count(judged);
    return std::move(out_);
  }

 private:
  // The rows outside `fold`, of each category the share whose hashes are least.
  std::vector<std::uint32_t> rows_for(const Task& task) const {
    std::vector<std::vector<std::pair<std::uint64_t, std::uint32_t>>> of(out_.categories.size());
    for (std::uint32_t i = 0; i < labels_.size(); ++i) {
      if (folds_.of[i] != task.fold) of[labels_[i]].emplace_back(base::xxh3(data_.examples[i].identity()), i);
    }
    std::vector<std::uint32_t> rows;
    for (auto& one : of) {
      std::ranges::sort(one);
      const auto kept = static_cast<std::size_t>(std::ceil(kShares[task.point] * static_cast<double>(one.size())));
      for (std::size_t i = 0; i < kept; ++i) rows.push_back(one[i].second);
    }
    std::ranges::sort(rows);
    return rows;
  }

  // Returns how many examples it learnt from.
  std::size_t predict(const Task& task) {
    std::vector<std::uint32_t> rows = rows_for(task);
    const std::size_t used = rows.size();
    if (used == 0) return 0;
    SoftmaxFit fit(labelled_, std::move(rows));
    const CrossValidationOptions same;
    fit.fit({.l2 = options_.l2, .max_epochs = same.max_epochs, .tolerance = same.tolerance, .seed = options_.seed});
    std::vector<float> scores(out_.categories.size());
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (folds_.of[i] != task.fold) continue;
      fit.scores(vectors_.rows.row(i), scores);
      guesses_[task.point][i] = static_cast<std::uint32_t>(std::ranges::max_element(scores) - scores.begin());
    }
    return used;
  }

  void count(int judged) {
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (folds_.of[i] >= judged) continue;
      for (std::size_t point = 0; point < out_.points.size(); ++point) {
        const std::size_t hit = guesses_[point][i] == labels_[i] ? 1 : 0;
        for (Share* share : {&out_.points[point].accuracy, &out_.points[point].recall[labels_[i]]}) {
          ++share->of;
          share->hits += hit;
        }
      }
    }
  }

  const LearningCurveOptions& options_;
  Dataset data_;
  std::vector<std::uint32_t> labels_;
  std::vector<float> weights_;
  Vectors vectors_;
  Labelled labelled_;
  Folds folds_;
  std::vector<std::vector<std::uint32_t>> guesses_;  // of each point, per row
  LearningCurve out_;
};

}  // namespace

LearningCurve learning_curve(const Dataset& data, const LearningCurveOptions& options) {
  return Curve(data, options).run();
}

}  // namespace pointsman::learn
