#include "learn/encoder_view.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "learn/calibration.h"
#include "learn/dense_rows.h"
#include "learn/outside_detector.h"

namespace pointsman::learn {

void EncoderView::embed(std::shared_ptr<const encode::Encoder> encoder, std::span<const std::string_view> texts,
                        const Labelled& like, int threads) {
  encoder_ = std::move(encoder);
  const DenseRows rows = encode_rows(*encoder_, texts, threads);
  rows_ = as_sparse(rows, 0, like.labels.size(), 1);
  outside_ = as_sparse(rows, like.labels.size(), rows.size(), 1);
  labelled_ = {&rows_, like.labels, like.weights, encoder_->dimensions(), like.categories};
}

void EncoderView::try_head(const Folds& folds, std::size_t predictable, const FirstViews& first,
                           const SecondOpinionPlan& plan, const std::function<void()>& tick) {
  fit_ = fit_second_opinion(labelled_, folds, predictable, first, plan, tick);
}

void EncoderView::decide_unsure(const FirstViews& first, std::span<float> probabilities) const {
  const std::size_t n = labelled_.categories;
  const classify::EncoderMix& mix = fit_.mix;
  const bool with_net = !first.net.empty() && mix.net > 0;
  for (std::size_t i = 0; i < probabilities.size() / n; ++i) {
    const auto row = probabilities.subspan(i * n, n);
    if (*std::ranges::max_element(row) >= mix.ask_below) continue;
    if (with_net && !std::ranges::binary_search(first.rows, static_cast<std::uint32_t>(i))) continue;
    for (std::size_t c = 0; c < n; ++c) {
      row[c] = mix.linear * first.linear[i * n + c] + mix.encoder * fit_.scores[i * n + c];
      if (with_net) row[c] += mix.net * first.net[i * n + c];
    }
    to_probabilities(row, {1, static_cast<double>(mix.stray)});
  }
}

ScopeEncoder EncoderView::for_scope() const {
  return {.rows = kept() ? &labelled_ : nullptr, .outside = &outside_, .l2 = fit_.l2, .max_epochs = fit_.max_epochs};
}

std::string EncoderView::pack(const classify::EncoderScope& scope, std::uint64_t seed) const {
  std::vector<std::uint32_t> all(labelled_.labels.size());
  std::iota(all.begin(), all.end(), 0U);
  SoftmaxFit head(labelled_, all);
  head.fit({.l2 = fit_.l2, .max_epochs = fit_.max_epochs, .seed = seed});
  classify::SecondOpinionParts parts{
      .encoder_id = encoder_->id(), .dimensions = encoder_->dimensions(), .mix = fit_.mix, .scope = scope};
  for (std::size_t d = 0; d < parts.dimensions; ++d) {
    for (std::size_t c = 0; c < labelled_.categories; ++c) parts.weights.push_back(head.weight(d, c));
  }
  for (std::size_t c = 0; c < labelled_.categories; ++c) parts.bias.push_back(head.bias(c));
  OutsideDetector detector =
      fit_outside(rows_, all, outside_, [](std::size_t) { return true; }, parts.dimensions, seed);
  parts.detector = std::move(detector.weights);
  if (!parts.detector.empty()) parts.detector.push_back(detector.bias);
  return classify::SecondOpinion::pack(parts);
}

}  // namespace pointsman::learn
