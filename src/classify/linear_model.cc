#include "classify/linear_model.h"

#include <algorithm>
#include <cmath>

#include "classify/row_sum.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {

using base::Result;

namespace {

struct Known {
  std::uint32_t feature;
  float value;  // tf x idf
  float scale;  // of the feature's row
  text::Block block;
};

class LinearScratch final : public Scratch {
 public:
  text::FeatureExtractor extractor;
  std::vector<Known> known;
  std::vector<WeightedRow> rows;
  std::vector<std::int32_t> sums;
};

using BlockFactors = std::array<float, text::kBlocks>;

// Looks every feature up; returns what each block's values must be multiplied by to get its weight as length.
BlockFactors look_up(const ArtefactView& view, std::span<const text::Feature> features, std::vector<Known>& known) {
  known.clear();
  BlockFactors squares{};
  const float unknown = view.unknown_idf();
  for (const text::Feature& feature : features) view.prefetch(feature.hash);
  for (const text::Feature& feature : features) {
    const float tf = text::sublinear(feature.count);
    const std::uint32_t found = view.find(feature.hash);
    float value = tf * unknown;
    if (found != ArtefactView::kUnknown) {
      const ArtefactView::Factors factors = view.factors(found);
      value = tf * factors.idf;
      known.push_back({found, value, factors.scale, feature.block});
    }
    squares[static_cast<std::size_t>(feature.block)] += value * value;
  }
  BlockFactors factors{};
  for (std::size_t b = 0; b < text::kBlocks; ++b) {
    if (squares[b] > 0) factors[b] = view.block_weight(b) / std::sqrt(squares[b]);
  }
  return factors;
}

void softmax(std::span<float> logits) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& logit : logits) {
    logit = std::exp(logit - largest);
    sum += logit;
  }
  for (float& logit : logits) logit /= sum;
}

}  // namespace

Result<std::shared_ptr<const LinearModel>> LinearModel::open(std::span<const std::byte> bytes,
                                                             std::shared_ptr<const void> owner) {
  PM_TRY(ArtefactView view, ArtefactView::read(bytes));
  return std::shared_ptr<const LinearModel>(new LinearModel(std::move(view), std::move(owner)));
}

Result<std::shared_ptr<const LinearModel>> LinearModel::from_string(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const auto view = std::as_bytes(std::span(owner->data(), owner->size()));
  return open(view, std::move(owner));
}

std::unique_ptr<Scratch> LinearModel::make_scratch() const {
  return std::make_unique<LinearScratch>();
}

Result<void> LinearModel::classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const {
  if (probabilities.size() != view_.categories().size()) {
    return base::fail(base::ErrorCode::kInternal, "classify: room for " + std::to_string(probabilities.size()) +
                                                      " probabilities, the model has " +
                                                      std::to_string(view_.categories().size()));
  }
  auto& work = static_cast<LinearScratch&>(scratch);
  const auto features = work.extractor.extract({input.text, input.context, input.tools});
  const BlockFactors factors = look_up(view_, features, work.known);
  const float unit = view_.max_scale() / static_cast<float>(kMaxFactor);
  work.rows.clear();
  for (const Known& one : work.known) {
    const float exact = one.value * factors[static_cast<std::size_t>(one.block)] * (one.scale / unit);
    const auto factor = std::min(static_cast<std::int32_t>(exact + 0.5F), kMaxFactor);
    if (factor > 0) work.rows.push_back({view_.row(one.feature), factor});
  }
  work.sums.resize(view_.stride());
  sum_rows(work.rows, work.sums);
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    const float logit = static_cast<float>(work.sums[c]) * unit + view_.bias()[c];
    probabilities[c] = logit / view_.temperature();
  }
  softmax(probabilities);
  return {};
}

}  // namespace pointsman::classify
