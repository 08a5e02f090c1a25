// `--thresholds`: one number for every category, or `category=number` for some.
// Pure; what a word is wrong with is said, never guessed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace pointsman::cli {

struct Thresholds {
  std::optional<float> every;
  std::vector<std::pair<std::string, float>> some;  // over `every`

  bool given() const { return every || !some.empty(); }
};

// Each word is "0.8", "80%" or "simple=0.8". kInvalidArgument naming the word that is none, or what is given twice.
base::Result<Thresholds> read_thresholds(const std::vector<std::string>& words);

}  // namespace pointsman::cli
