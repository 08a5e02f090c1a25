// The rows of a promotion gate, checked and decided: what both classifiers would do with each, in an order that depends
// on their content alone. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/paired_comparison.h"
#include "learn/promotion_gate.h"

namespace pointsman::learn {

struct Decision {
  std::uint32_t category = 0;  // the number of categories: none of them
  float confidence = 0;
};

// The most probable category, or none of them if that is more probable than any.
Decision decide(std::span<const float> probabilities);

struct DecidedRow {
  JudgedRow row;
  Decision before;
  Decision after;

  bool right_before() const { return before.category == row.truth; }
  bool right_after() const { return after.category == row.truth; }
};

// kInvalidArgument naming the first row that makes no sense.
base::Result<std::vector<DecidedRow>> decide_all(const GateInput& input);

std::vector<DecidedRow> rows_of(std::span<const DecidedRow> rows, JudgedSet set);
bool weigh_alike(std::span<const DecidedRow> rows);
PairedCounts count(std::span<const DecidedRow> rows);

}  // namespace pointsman::learn
