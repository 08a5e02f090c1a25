#include "cli/tuning.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/request_prices.h"
#include "cli/text_format.h"
#include "learn/traffic_profile.h"

namespace pointsman::cli {
namespace {

using learn::Call;
using learn::Certified;

bool kept(const Call& call, const std::vector<float>& thresholds) {
  return call.probability > 0 && call.probability >= thresholds[call.category];
}

std::optional<double> dollars_of(const TuningInput& input, const std::vector<float>& thresholds) {
  if (input.prices.empty()) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < input.calls.size(); ++i) {
    const CallPrice& price = input.prices[i];
    sum += kept(input.calls[i], thresholds) ? price.local : price.fallback;
  }
  return sum / static_cast<double>(input.calls.size());
}

std::vector<CategoryLine> category_lines(const TuningInput& input, const std::vector<float>& thresholds) {
  std::vector<CategoryLine> out;
  for (std::size_t c = 0; c < thresholds.size(); ++c) {
    out.push_back({.name = input.losses.categories()[c], .threshold = thresholds[c]});
  }
  for (const Call& call : input.calls) {
    ++out[call.category].called;
    if (kept(call, thresholds)) ++out[call.category].kept;
  }
  return out;
}

std::string next_step(const Certified& result) {
  const std::size_t rows = result.kept.of;
  const auto needed = result.more.for_anything;
  if (!needed) {
    return "even the surest tenth goes wrong more often than promised, and more labels would not change that: train on "
           "more examples, or promise less";
  }
  const std::size_t all = about(std::max(*needed, rows + 1));
  return fmt::format("label about {} more requests like those you get ({} in all), and tune again", all - rows, all);
}

}  // namespace

std::size_t about(std::size_t rows) {
  std::size_t unit = 1;
  while (rows / unit >= 100) unit *= 10;
  return (rows + unit - 1) / unit * unit;
}

Tuning tune(const TuningInput& input) {
  const auto path = learn::ThresholdPath::fit(input.losses, input.shape);
  const learn::LossKind kind = input.losses.kind();
  std::vector<double> risks{0.005, 0.01, 0.02, 0.05, 0.1, input.promise.at_most};
  std::ranges::sort(risks);
  const auto same = std::ranges::unique(risks);
  risks.erase(same.begin(), same.end());
  Tuning out;
  for (const double risk : risks) {
    if (risk == input.promise.at_most) out.stated = out.curve.size();
    Certified result = learn::certify(path, input.calls, {risk, input.promise.confidence}, kind);
    const auto dollars = dollars_of(input, result.thresholds);
    out.curve.push_back({std::move(result), dollars});
  }
  const Certified& result = out.main().result;
  out.shaped = path.fitted();
  out.categories = category_lines(input, result.thresholds);
  out.fallback_dollars = dollars_of(input, std::vector<float>(input.losses.size(), learn::kNeverKept));
  classify::Certificate& certificate = out.certificate;
  certificate.classifier = input.classifier;
  certificate.encoder = input.encoder;
  certificate.kind = input.kind;
  certificate.at_most = input.promise.at_most;
  certificate.confidence = input.promise.confidence;
  certificate.certified = result.certified;
  for (const CategoryLine& one : out.categories) certificate.categories.push_back({one.name, one.threshold});
  for (std::size_t truth = 0; input.kind == classify::RiskKind::kCost && truth <= input.losses.size(); ++truth) {
    for (std::size_t sent = 0; sent < input.losses.size(); ++sent) {
      certificate.costs.push_back(input.losses.loss(truth, sent));
    }
  }
  certificate.evidence = {.rows = result.kept.of,
                          .kept = result.kept.hits,
                          .lost = result.lost,
                          .bound = result.bound,
                          .method = "held-out",
                          .data = input.data};
  if (result.certified) {
    certificate.traffic = learn::profile_traffic(input.calls);
  } else {
    certificate.next = next_step(result);
  }
  return out;
}

std::vector<CallPrice> price_calls(const config::Config& config, const learn::LossMatrix& losses,
                                   const learn::Dataset& data, const std::vector<Call>& calls) {
  const auto prices = RequestPrices::of(config, losses.categories());
  if (!prices) return {};
  std::vector<CallPrice> out;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const learn::Example& one = data.examples[i];
    out.push_back({prices->in_category(one, calls[i].category), prices->at_fallback(one)});
  }
  return out;
}

}  // namespace pointsman::cli
