// A stream of requests that nobody has labelled: a simulated small model is asked, and the classifier learns from what
// it says. Trains; deterministic for a seed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cascade/simulated_model.h"
#include "classify/linear_model.h"
#include "learn/self_distillation.h"

namespace pointsman::bench {

struct StreamRequest {
  std::string text;
  std::size_t truth = 0;
};

// What became of each request.
struct StreamPoint {
  bool asked = false;
  bool right = false;  // both together where it was asked, else the classifier
  bool local_right = false;
  bool alarmed = false;
};

struct StreamRefit {
  std::size_t at = 0;  // requests so far
  learn::RefitJudgement gate;
  std::size_t taught = 0;
  std::size_t known = 0;
  double threshold = 1;
};

struct StreamResult {
  std::vector<StreamPoint> points;
  std::vector<StreamRefit> refits;
  std::shared_ptr<const classify::LinearModel> model;  // that served at the end
  double threshold = 1;
};

base::Result<StreamResult> run_stream(const std::vector<StreamRequest>& requests,
                                      const std::vector<std::string>& categories, const SimulatedModel& model,
                                      const learn::DistilOptions& options);

}  // namespace pointsman::bench
