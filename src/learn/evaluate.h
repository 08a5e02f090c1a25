// How good a classifier is on labelled examples, in numbers with their uncertainty.
// Pure and deterministic; the intervals name their sources.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "classify/classifier.h"
#include "learn/dataset.h"

namespace pointsman::learn {

// A proportion with its 95 % interval (Wilson 1927). `of` 0 means that nothing was observed: the interval is [0, 1].
struct Share {
  std::size_t hits = 0;
  std::size_t of = 0;
  double value() const;
  double low() const;
  double high() const;
};

// A share of fewer is more noise than news.
inline constexpr std::size_t kLowSample = 30;

struct CategoryQuality {
  std::string name;
  std::size_t support = 0;  // examples that are of the category
  Share precision;          // right among those called so
  Share recall;             // found among those that are so
  double f1 = 0;
};

struct CalibrationBin {
  std::size_t count = 0;
  std::size_t right = 0;
  double confidence = 0;  // mean
  double accuracy = 0;
};

struct Coverage {
  double share = 0;  // of the examples, the most confident first
  double accuracy = 0;
  double threshold = 0;  // the least confidence among them
};

inline constexpr std::size_t kCalibrationBins = 15;
inline constexpr std::size_t kMaxCurvePoints = 101;
inline constexpr std::size_t kMaxMistakeExamples = 3;

// Examples of one category that were taken for another.
struct Mistake {
  std::size_t truth = 0;  // indices into Evaluation::categories
  std::size_t predicted = 0;
  std::size_t count = 0;
  std::vector<std::size_t> examples;  // the surest of them, rows that were judged
};

struct Evaluation {
  std::size_t examples = 0;
  Share accuracy;
  double macro_f1 = 0;  // over categories with support
  double nll = 0;       // mean -ln p(label), p at least 1e-7
  double brier = 0;     // mean squared distance to the label's unit vector, 0 to 2
  double ece = 0;       // expected calibration error, 15 equally wide bins of top probability
  std::array<CalibrationBin, kCalibrationBins> bins{};
  std::vector<CategoryQuality> categories;
  std::vector<std::vector<std::uint32_t>> confusion;  // [true][predicted], in the order of `categories`
  std::vector<Coverage> coverage;                     // at 80 % and 90 %
  // Risk against coverage: what a threshold would keep and how often that is right, at most kMaxCurvePoints from the
  // surest on. Equally sure ones are kept or left together.
  std::vector<Coverage> curve;
  // Area under the risk-coverage curve (Geifman & El-Yaniv 2017): the mean, over all k, of the share of mistakes among
  // the k surest. Of equally sure ones the wrong come first.
  double aurc = 0;
  std::vector<Mistake> mistakes;  // the most frequent first
  // Examples that belong to no category the classifier knows; they are in no other figure.
  std::size_t outside = 0;
  // How well the probability of belonging to any category (their sum; the top one, where the classifier's always add up
  // to 1) tells them from the others.
  double outside_auroc = 0.5;
  std::array<std::size_t, kCalibrationBins> outside_bins{};  // by top probability
  std::vector<std::size_t> outside_surest;  // rows of the most convincing of them, at most kMaxMistakeExamples

  std::string to_json() const;
};

// Probabilities row by row; `truth` indexes `names`, which begin with the classifier's categories and may go on with
// labels it does not know (those are always wrong).
Evaluation evaluate_predictions(const std::vector<std::string>& names, std::span<const float> probabilities,
                                std::size_t predicted_categories, std::span<const std::uint32_t> truth);

// Runs the classifier over every example. Weights are not used: every example counts once. Examples of no category, or
// of one that the classifier does not know, count as outside. Rows are indices into `data.examples`.
base::Result<Evaluation> evaluate(const classify::Classifier& classifier, const Dataset& data);

// What the classifier says of an example's text, or of its features where only they were kept.
base::Result<void> classify_example(const classify::Classifier& classifier, const Example& example,
                                    classify::Scratch& scratch, std::span<float> probabilities);

}  // namespace pointsman::learn
