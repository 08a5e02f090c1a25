// What a person should look at after training: rows that look mislabelled, categories that are hard to tell apart.
// Pure and deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learn/sparse.h"
#include "learn/train.h"

namespace pointsman::learn {

struct Predictions {
  const std::vector<std::string>& names;
  const SparseRows& rows;
  std::span<const std::uint32_t> truth;
  std::span<const float> probabilities;  // out of fold, rows x names
};

// Fills few_examples, needs, confused and suspects of a report whose out_of_fold is there.
void review(const Predictions& predictions, TrainReport& report);

}  // namespace pointsman::learn
