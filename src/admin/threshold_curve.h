// What every threshold from 0 to 1 would have kept, how much of that is known to be wrong, and what it would have cost.
//
// A request that reaches a threshold goes to its category's model, any other to the fallback: so it is decided again
// twice, as `pointsman replay --thresholds` does it, and every step is a sum of these two costs. Of many requests a
// sample of whole conversations is priced. Entries come oldest first. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "cli/redecider.h"
#include "cli/what_if_cost.h"
#include "json/writer.h"

namespace pointsman::admin {

class ThresholdCurve {
 public:
  static constexpr std::size_t kSteps = 101;  // thresholds 0, 0.01, ..., 1
  static constexpr double kMostPriced = 4000;

  // `requests`: about how many will come.
  ThresholdCurve(cli::Redecider::PolicySource policies, double requests);

  // A request that the classifier looked at.
  void add(const ledger::Entry& entry, float confidence);
  void add_label(float confidence, bool right);
  // [CurvePoint, ...] of docs/admin-api.md; none without a label.
  void write(json::Writer& out) const;

 private:
  struct Step {  // of requests whose confidence reaches this threshold and not the next
    std::uint64_t requests = 0;
    std::uint64_t labelled = 0;
    std::uint64_t wrong = 0;
    base::Money kept;      // with the category's model
    base::Money in_doubt;  // with the fallback
  };
  static std::size_t step_of(float confidence);
  bool is_sampled(const ledger::Entry& entry) const;

  cli::Redecider kept_;
  cli::Redecider in_doubt_;
  cli::WhatIfCost kept_costs_;
  cli::WhatIfCost doubt_costs_;
  double rate_;
  std::array<Step, kSteps> steps_{};
  std::uint64_t priced_ = 0;
  std::uint64_t labels_ = 0;
};

}  // namespace pointsman::admin
