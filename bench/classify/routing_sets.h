// Questions that a weak and a strong model really answered, with whether each was right and what each cost.
// Reads files and keeps nothing; from any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "learn/outcome.h"

namespace pointsman::bench {

struct RoutingPair {
  std::string name;
  std::string cost_model;  // in words: what weak_cost and strong_cost of the rows count
  learn::Outcomes outcomes;
};

// `data` is the folder that $POINTSMAN_DATA names. kNotFound or kParse, naming the file.
base::Result<RoutingPair> load_mmlu_mixtral_gpt4(const std::string& data);
base::Result<RoutingPair> load_mmlu_pro_gemini(const std::string& data);
base::Result<RoutingPair> load_mmlu_pro_llama(const std::string& data);

}  // namespace pointsman::bench
