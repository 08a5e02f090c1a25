// How many tokens each model of a snapshot makes of a prompt: what was counted where its tokenizer is public, else what
// its upstream's reports make of our measure.
//
// Belongs to a generation, and so to one worker thread. Until an upstream has reported anything of prompts of that
// size, its models are taken to count as we measure.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/calibration_desk.h"
#include "route/prompt_size.h"

namespace pointsman::gateway {

// A prompt as it was measured.
struct MeasuredPrompt {
  tokens::Measure measure = tokens::Measure::kO200k;
  std::int64_t amount = 0;  // in that measure; 0: it says nothing of how models count
  std::int64_t tokens = 0;  // that it has by the request's own account
  bool teaches = false;     // what an upstream reports of it says how it counts texts
};

class PromptSizes {
 public:
  explicit PromptSizes(const route::Market& market);

  // One for each model of the market, or none where all have `prompt.tokens`. `table` may be null.
  void predict(const CalibrationTablePtr& table, const MeasuredPrompt& prompt, std::vector<route::PromptSize>& out);
  // Whether reports of that model teach anything: a count that is exact needs no calibration.
  bool learns_of(route::ModelIndex model, tokens::Measure measure) const;

 private:
  struct Model {
    std::uint32_t identity = 0;
    bool exact = false;  // its tokenizer is public
    const CalibrationTable::Model* known = nullptr;
  };
  void follow(const CalibrationTablePtr& table);
  void expect_alike(const MeasuredPrompt& prompt, double ratio, std::vector<route::PromptSize>& out) const;

  std::vector<Model> models_;
  CalibrationTablePtr table_;  // that `known` points into
  bool any_known_ = false;
};

}  // namespace pointsman::gateway
