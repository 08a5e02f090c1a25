#include "admin/threshold_curve.h"

#include <algorithm>
#include <cmath>

#include "admin/json_parts.h"
#include "base/hash.h"

namespace pointsman::admin {
namespace {

std::optional<base::Money> cost_of(const ledger::Entry& entry, cli::Redecider& redecider, cli::WhatIfCost& costs) {
  const auto again = redecider.decide(entry);
  if (!again) return std::nullopt;
  return costs.of(entry, cli::other_decision(entry, *again));
}

}  // namespace

ThresholdCurve::ThresholdCurve(cli::Redecider::PolicySource policies, double requests)
    : kept_(cli::at_threshold(0), policies),
      in_doubt_(cli::at_threshold(classify::kNeverKeep), std::move(policies)),
      rate_(kMostPriced / std::max(requests, 1.0)) {}

// A hundredth that a confidence reaches is one that it reaches when both are written with two digits and more.
std::size_t ThresholdCurve::step_of(float confidence) {
  const double hundredths = std::floor(static_cast<double>(confidence) * 100 + 1e-4);
  return static_cast<std::size_t>(std::clamp(hundredths, 0.0, 100.0));
}

bool ThresholdCurve::is_sampled(const ledger::Entry& entry) const {
  if (rate_ >= 1) return true;
  const std::string name = entry.conversation != 0 ? std::to_string(entry.conversation) : entry.id.to_string();
  return static_cast<double>(base::xxh3(name) >> 11) * 0x1p-53 < rate_;
}

void ThresholdCurve::add(const ledger::Entry& entry, float confidence) {
  Step& step = steps_[step_of(confidence)];
  ++step.requests;
  if (!is_sampled(entry)) return;
  const auto kept = cost_of(entry, kept_, kept_costs_);
  const auto in_doubt = cost_of(entry, in_doubt_, doubt_costs_);
  if (!kept || !in_doubt) return;
  ++priced_;
  step.kept += *kept;
  step.in_doubt += *in_doubt;
}

void ThresholdCurve::add_label(float confidence, bool right) {
  Step& step = steps_[step_of(confidence)];
  ++labels_;
  ++step.labelled;
  step.wrong += right ? 0 : 1;
}

void ThresholdCurve::write(json::Writer& out) const {
  out.begin_array();
  Step above;  // sums over the steps from this one on
  base::Money below;
  for (const Step& one : steps_) {
    above.requests += one.requests;
    above.labelled += one.labelled;
    above.wrong += one.wrong;
    above.kept += one.kept;
  }
  for (std::size_t i = 0; i < kSteps && labels_ > 0; ++i) {
    const Step& one = steps_[i];
    out.begin_object().member("threshold", static_cast<double>(i) / 100).member("kept", above.requests);
    out.member("labelled_kept", above.labelled).member("labelled_wrong", above.wrong).key("cost_usd");
    write_dollars(out, above.kept + below);
    out.member("priced", priced_).end_object();
    above.requests -= one.requests;
    above.labelled -= one.labelled;
    above.wrong -= one.wrong;
    above.kept = above.kept - one.kept;
    below += one.in_doubt;
  }
  out.end_array();
}

}  // namespace pointsman::admin
