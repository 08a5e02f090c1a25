// What others would have said: every training row as predicted by a model that has learnt neither from it nor, where
// there are enough sources, from anything its source has labelled. What one source teaches cannot vouch for itself.
//
// A linear model over words (text_space.h), one per fold; its confidence is calibrated on trusted rows, which it never
// learns from, or else on rows that are not recent. Deterministic for rows in a given order. Immutable once fitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learn/calibration.h"
#include "learn/softmax_fit.h"
#include "learn/text_space.h"

namespace pointsman::learn {

// A row that teaches.
struct Lesson {
  std::string id;  // for a person to find it by
  std::string text;
  std::uint32_t category = 0;
  std::string source;   // the annotator, key or model that gave the label; empty: nobody in particular
  bool recent = false;  // the champion has not learnt from it
};

// What the model says of a row.
struct LessonOpinion {
  std::uint32_t category = 0;
  float probability = 0;
};

struct LessonModelOptions {
  float l2 = 0.1F;
  int folds = 5;
  int threads = 1;
  std::uint64_t seed = 1;
};

class LessonModel {
 public:
  // `lessons` and `trusted` must outlive the model; categories are below `categories`.
  LessonModel(std::span<const Lesson> lessons, std::span<const Lesson> trusted, std::size_t categories,
              const LessonModelOptions& options);

  std::size_t categories() const { return categories_; }
  bool by_source() const { return by_source_; }
  // Calibrated probabilities of row `i`, out of fold.
  std::span<const float> probabilities(std::size_t i) const;
  LessonOpinion opinion(std::size_t i) const;
  // Whether the model that says row `i`'s opinion has seen enough of the row's category to contradict its label.
  bool knows(std::size_t i) const;
  LessonOpinion trusted_opinion(std::size_t i) const;
  // Of another text in place of row `i`'s, by the model that says row `i`'s opinion.
  LessonOpinion opinion_of(std::string_view text, std::size_t i) const;

 private:
  void deal_out();
  void deal_sources();
  void fit(const LessonModelOptions& options);
  void calibrate();
  void score(std::span<const Entry> row, int fold, std::span<float> out) const;
  LessonOpinion top_of(std::span<const float> probabilities) const;

  std::span<const Lesson> lessons_;
  std::span<const Lesson> trusted_;
  std::size_t categories_;
  int fold_count_;
  bool by_source_ = false;
  std::vector<int> fold_of_;
  TextSpace space_;
  std::vector<SoftmaxFit> fits_;           // one per fold
  std::vector<std::size_t> rows_of_fold_;  // of each category: folds x categories
  std::vector<std::size_t> rows_of_all_;   // of each category
  std::vector<float> probabilities_;
  std::vector<float> trusted_probabilities_;
  Calibration calibration_;
};

}  // namespace pointsman::learn
