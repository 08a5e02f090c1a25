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
  std::vector<std::uint32_t> found;
  std::vector<Known> known;
  std::vector<WeightedRow> rows;
  std::vector<std::int32_t> sums;
};

using BlockFactors = std::array<float, text::kBlocks>;

constexpr std::size_t kAhead = 16;  // look-ups between asking for a slot's memory and reading it

// The number of each feature, or kUnknown; what is known of it is on its way into the cache when this returns.
void find_all(const ArtefactView& view, std::span<const text::Feature> features, std::vector<std::uint32_t>& found) {
  found.resize(features.size());
  for (std::size_t i = 0; i < std::min(kAhead, features.size()); ++i) view.prefetch(features[i].hash);
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (i + kAhead < features.size()) view.prefetch(features[i + kAhead].hash);
    found[i] = view.find(features[i].hash);
    if (found[i] != ArtefactView::kUnknown) view.prefetch_feature(found[i]);
  }
}

// Weighs every feature; returns what each block's values must be multiplied by to get its weight as length.
BlockFactors weigh(const ArtefactView& view, std::span<const text::Feature> features,
                   std::span<const std::uint32_t> found, std::vector<Known>& known) {
  known.clear();
  BlockFactors squares{};
  const float unknown = view.unknown_idf();
  for (std::size_t i = 0; i < features.size(); ++i) {
    const float tf = text::sublinear(features[i].count);
    const text::Block block = features[i].block;
    float value = tf * unknown;
    if (found[i] != ArtefactView::kUnknown) {
      const ArtefactView::Factors factors = view.factors(found[i]);
      value = tf * factors.idf;
      known.push_back({found[i], value, factors.scale, block});
    }
    squares[static_cast<std::size_t>(block)] += value * value;
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
  find_all(view_, features, work.found);
  const BlockFactors factors = weigh(view_, features, work.found, work.known);
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
