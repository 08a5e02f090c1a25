// What several models really answered to the same questions: which of them were right, and what each answer cost.
// Reads a file and keeps nothing; from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::bench {

struct PricedModel {
  std::string_view name;   // as the file has it
  double input_price = 0;  // dollars per million tokens
  double output_price = 0;
};

struct AnsweredQuestion {
  std::string subject;
  double characters = 0;
  std::vector<double> quality;  // of each model, 0 or 1
  std::vector<double> cost;     // thousandths of a dollar, with characters / 4 as tokens
};

// The questions that all `models` answered. kNotFound or kParse, naming the file.
base::Result<std::vector<AnsweredQuestion>> load_answers(const std::string& data, std::span<const PricedModel> models);

}  // namespace pointsman::bench
