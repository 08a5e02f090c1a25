// A public set as a router meets it: what the classifier says of the test texts, and of the training texts when it has
// not learnt from them. Trains once for each set and keeps it as long as the program runs; from one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "shared/public_sets.h"
#include "shared/section.h"

namespace pointsman::bench {

struct ScoredRows {
  std::vector<std::string> texts;
  std::vector<std::size_t> truth;    // index of the category; the number of categories: none of them
  std::vector<float> probabilities;  // the classifier's, row by row

  std::size_t size() const { return truth.size(); }
  std::span<const float> local(std::size_t row, std::size_t categories) const {
    return std::span(probabilities).subspan(row * categories, categories);
  }
};

struct ScoredSet {
  std::string name;
  std::vector<std::string> categories;  // in the order of the probabilities
  ScoredRows teach;                     // each scored by a model that learnt from the other two thirds
  ScoredRows test;                      // by the model that learnt from all of them; texts of no category last
  std::size_t inside = 0;               // test rows that are of a category
  std::vector<double> microseconds;     // that the classifier took for each test row
};

base::Result<const ScoredSet*> score_set(const PublicSet& set, const BenchOptions& options);

}  // namespace pointsman::bench
