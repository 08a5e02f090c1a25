// Would more examples help? What a training on a quarter and on half of the examples would have reached, against all.
//
// The first view alone, in cross-validation: every example is judged by models that have not seen it. Of each category
// the same share is kept, at least one. Pure and deterministic, on any number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "learn/dataset.h"
#include "learn/evaluate.h"
#include "learn/sparse.h"

namespace pointsman::learn {

struct LearningPoint {
  double share = 0;          // of the examples that a model could learn from
  std::size_t examples = 0;  // that many, on average over the folds
  Share accuracy;
  std::vector<Share> recall;  // of each category
};

struct LearningCurve {
  std::vector<std::string> categories;
  std::vector<LearningPoint> points;  // the smallest share first; empty if there is too little to divide
};

struct LearningCurveOptions {
  float l2 = 0.1F;
  int folds = 5;
  bool use_groups = true;
  int threads = 1;
  std::uint64_t seed = 1;
  VocabularyOptions vocabulary;
};

// Of a large set only some folds are judged. Examples of no category are left aside.
LearningCurve learning_curve(const Dataset& data, const LearningCurveOptions& options);

}  // namespace pointsman::learn
