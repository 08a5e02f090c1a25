#include "learn/lesson_model.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/hash.h"
#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kFewestSources = 3;       // below, leaving one out leaves too little
constexpr std::size_t kFewestToCalibrate = 50;  // rows
constexpr std::size_t kFewestKnown = 5;         // rows of a category, to know it
constexpr double kMostInOneFold = 0.5;          // of the recent rows, to leave out whole sources

std::vector<std::string_view> texts_of(std::span<const Lesson> rows) {
  std::vector<std::string_view> out;
  out.reserve(rows.size());
  for (const Lesson& row : rows) out.push_back(row.text);
  return out;
}

}  // namespace

LessonModel::LessonModel(std::span<const Lesson> lessons, std::span<const Lesson> trusted, std::size_t categories,
                         const LessonModelOptions& options)
    : lessons_(lessons), trusted_(trusted), categories_(categories), fold_count_(std::max(options.folds, 2)) {
  deal_out();
  rows_of_fold_.assign(static_cast<std::size_t>(fold_count_) * categories_, 0);
  rows_of_all_.assign(categories_, 0);
  for (std::size_t i = 0; i < lessons_.size(); ++i) {
    ++rows_of_fold_[static_cast<std::size_t>(fold_of_[i]) * categories_ + lessons_[i].category];
    ++rows_of_all_[lessons_[i].category];
  }
  fit(options);
  calibrate();
}

void LessonModel::deal_out() {
  for (const Lesson& lesson : lessons_) {
    fold_of_.push_back(static_cast<int>(base::xxh3(lesson.text) % static_cast<std::uint64_t>(fold_count_)));
  }
  deal_sources();
}

// Whole sources, the largest first, each to the fold that has least of the recent rows.
void LessonModel::deal_sources() {
  std::map<std::string_view, std::size_t> sizes;
  std::size_t recent = 0;
  for (const Lesson& lesson : lessons_) {
    recent += lesson.recent ? 1 : 0;
    if (lesson.recent && !lesson.source.empty()) ++sizes[lesson.source];
  }
  if (sizes.size() < kFewestSources) return;
  std::vector<std::pair<std::string_view, std::size_t>> sorted(sizes.begin(), sizes.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<std::size_t> filled(static_cast<std::size_t>(fold_count_), 0);
  std::map<std::string_view, int> fold;
  for (const auto& [source, size] : sorted) {
    const auto least = std::ranges::min_element(filled);
    fold[source] = static_cast<int>(least - filled.begin());
    *least += size;
  }
  if (static_cast<double>(std::ranges::max(filled)) > kMostInOneFold * static_cast<double>(recent)) return;
  by_source_ = true;
  for (std::size_t i = 0; i < lessons_.size(); ++i) {
    const Lesson& lesson = lessons_[i];
    if (lesson.recent && !lesson.source.empty()) fold_of_[i] = fold[lesson.source];
  }
}

void LessonModel::fit(const LessonModelOptions& options) {
  space_ = TextSpace::fit(texts_of(lessons_), {.min_count = 1});
  const SparseRows rows = space_.rows_of(texts_of(lessons_));
  std::vector<std::uint32_t> labels;
  for (const Lesson& lesson : lessons_) labels.push_back(lesson.category);
  const std::vector<float> weights(lessons_.size(), 1.0F);
  const Labelled data{&rows, labels, weights, space_.features(), categories_};
  std::vector<std::optional<SoftmaxFit>> fits(static_cast<std::size_t>(fold_count_));
  in_parallel(fold_count_, options.threads, [&](int fold) {
    std::vector<std::uint32_t> use;
    for (std::uint32_t i = 0; i < fold_of_.size(); ++i) {
      if (fold_of_[i] != fold) use.push_back(i);
    }
    SoftmaxFit one(data, std::move(use));
    one.fit({.l2 = options.l2, .max_epochs = 10, .tolerance = 0.01F, .seed = options.seed});
    fits[static_cast<std::size_t>(fold)].emplace(std::move(one));
  });
  for (std::optional<SoftmaxFit>& one : fits) fits_.push_back(std::move(*one));
  probabilities_.resize(lessons_.size() * categories_);
  for (std::size_t i = 0; i < lessons_.size(); ++i) {
    score(rows.row(i), fold_of_[i], std::span(probabilities_).subspan(i * categories_, categories_));
  }
  trusted_probabilities_.resize(trusted_.size() * categories_);
  const SparseRows others = space_.rows_of(texts_of(trusted_));
  for (std::size_t i = 0; i < trusted_.size(); ++i) {
    score(others.row(i), static_cast<int>(i) % fold_count_,
          std::span(trusted_probabilities_).subspan(i * categories_, categories_));
  }
}

bool LessonModel::knows(std::size_t i) const {
  const std::size_t category = lessons_[i].category;
  const std::size_t own = rows_of_fold_[static_cast<std::size_t>(fold_of_[i]) * categories_ + category];
  return rows_of_all_[category] - own >= kFewestKnown;
}

void LessonModel::score(std::span<const Entry> row, int fold, std::span<float> out) const {
  fits_[static_cast<std::size_t>(fold)].scores(row, out);
}

void LessonModel::calibrate() {
  std::vector<std::uint32_t> labels;
  std::vector<float> scores;
  const auto add = [&](std::span<const float> from, std::size_t i, std::uint32_t label) {
    const auto row = from.subspan(i * categories_, categories_);
    scores.insert(scores.end(), row.begin(), row.end());
    labels.push_back(label);
  };
  for (std::size_t i = 0; i < trusted_.size(); ++i) add(trusted_probabilities_, i, trusted_[i].category);
  const bool few = labels.size() < kFewestToCalibrate;
  for (std::size_t i = 0; few && i < lessons_.size(); ++i) {
    if (!lessons_[i].recent) add(probabilities_, i, lessons_[i].category);
  }
  for (std::size_t i = 0; labels.size() < kFewestToCalibrate && i < lessons_.size(); ++i) {
    if (lessons_[i].recent) add(probabilities_, i, lessons_[i].category);
  }
  const std::vector<float> weights(labels.size(), 1.0F);
  calibration_ = fit_top_label({scores, labels, weights, categories_});
  for (std::size_t i = 0; i < lessons_.size(); ++i) {
    to_probabilities(std::span(probabilities_).subspan(i * categories_, categories_), calibration_);
  }
  for (std::size_t i = 0; i < trusted_.size(); ++i) {
    to_probabilities(std::span(trusted_probabilities_).subspan(i * categories_, categories_), calibration_);
  }
}

LessonOpinion LessonModel::top_of(std::span<const float> probabilities) const {
  const auto top = std::ranges::max_element(probabilities);
  return {static_cast<std::uint32_t>(top - probabilities.begin()), *top};
}

std::span<const float> LessonModel::probabilities(std::size_t i) const {
  return std::span(probabilities_).subspan(i * categories_, categories_);
}

LessonOpinion LessonModel::opinion(std::size_t i) const {
  return top_of(probabilities(i));
}

LessonOpinion LessonModel::trusted_opinion(std::size_t i) const {
  return top_of(std::span(trusted_probabilities_).subspan(i * categories_, categories_));
}

LessonOpinion LessonModel::opinion_of(std::string_view text, std::size_t i) const {
  const std::string_view texts[] = {text};
  const SparseRows row = space_.rows_of(texts);
  std::vector<float> scores(categories_);
  score(row.row(0), fold_of_[i], scores);
  to_probabilities(scores, calibration_);
  return top_of(scores);
}

}  // namespace pointsman::learn
