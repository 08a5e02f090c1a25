// The small model as people are shown it: how it will be asked (`check`), and what it said of one request beside the
// classifier (`explain`, `route`). Pure but for the output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "gateway/consultant.h"

namespace pointsman::cli {

// The prompt for the choice of labels that takes most room, its tokens, the labels and the examples. `categories` are
// the configuration's names.
void print_small_model(const gateway::Consultant& consultant, const std::vector<std::string>& categories, Output& out);

// Both opinions and what both together came to; views of what is to be shown.
struct ShownOpinion {
  const std::vector<std::string>& categories;  // fewer names than probabilities: the others are numbered
  std::span<const float> local;                // empty: no classifier ran
  const classify::Opinion& opinion;
  std::span<const float> pooled;        // empty: nothing common
  std::vector<std::string> thresholds;  // of both together, for each category; may be empty
};
// A table of the likeliest categories, `indent` spaces deep.
void print_opinions(const ShownOpinion& shown, std::size_t indent, Output& out);

// "used, from log-probabilities (99.8 % of them on labels)", "late": what became of asking.
std::string how_it_went(const classify::Opinion& opinion);

}  // namespace pointsman::cli
