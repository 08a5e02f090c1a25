// Requests answered by a weak and by a strong model, and how good both answers were: what says whether routing between
// the two would pay. Plain data, owned by the caller.
//
// The file form is JSON Lines: {"text": "...", "weak_quality": 0.5, "strong_quality": 1} with qualities from 0 to 1, or
// "weak_correct" and "strong_correct" as true or false; optional "weak_cost" and "strong_cost" (0 or more, of one unit,
// in every line or in none) and "subject" (or "group"). Other members are ignored; empty lines too. Reading is bounded
// and collects every error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/dataset.h"

namespace pointsman::learn {

struct Outcome {
  std::string text;
  std::string subject;
  double weak_quality = 0;
  double strong_quality = 0;
  double weak_cost = 0;
  double strong_cost = 1;

  // What the strong model adds; below 0 where the weak one was better.
  double gain() const { return strong_quality - weak_quality; }
};

struct Outcomes {
  std::vector<Outcome> rows;
  // Without costs every row costs 0 with the weak and 1 with the strong model: "cost" then counts strong calls.
  bool with_costs = false;
};

// All rows of JSON Lines `bytes`, or every problem as "name:line:column: what is wrong", one a line (kParse, or
// kTooLarge for a limit).
base::Result<Outcomes> read_outcomes(std::string_view bytes, std::string_view name, const ReadLimits& limits = {});

}  // namespace pointsman::learn
