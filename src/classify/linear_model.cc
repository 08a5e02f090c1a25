#include "classify/linear_model.h"

#include <algorithm>
#include <cmath>

#include "classify/char_net.h"
#include "classify/row_sum.h"
#include "text/char_codes.h"

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

}  // namespace

class LinearScratch final : public Scratch {
 public:
  text::FeatureExtractor extractor;
  std::span<const text::Feature> features;  // of the text last classified
  std::vector<std::uint32_t> found;
  std::vector<Known> known;
  std::vector<WeightedRow> rows;
  std::vector<std::int32_t> sums;
  std::vector<float> scores;
  // Of the words and the characters: which share of their weight training never saw.
  std::array<float, 2> unseen{};
  std::vector<std::uint8_t> codes;
  CharNetScratch net;
  std::vector<float> net_scores;
  bool net_asked = false;
  std::unique_ptr<encode::EncoderScratch> table;
  const void* table_of = nullptr;  // the table that `table` belongs to
  std::vector<float> dense;
  std::vector<float> dense_scores;
  std::vector<float> encoder_scores;
  float inside_score = 0;  // of the second opinion's detector
  float largest = 1;       // probability before the scope and the encoder
  float in_scope = 1;
};

namespace {

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
BlockFactors weigh(const ArtefactView& view, std::span<const text::Feature> features, LinearScratch& work) {
  work.known.clear();
  BlockFactors squares{};
  BlockFactors unseen{};
  const float unknown = view.unknown_idf();
  for (std::size_t i = 0; i < features.size(); ++i) {
    const float tf = text::sublinear(features[i].count);
    const text::Block block = features[i].block;
    float value = tf * unknown;
    if (work.found[i] != ArtefactView::kUnknown) {
      const ArtefactView::Factors factors = view.factors(work.found[i]);
      value = tf * factors.idf;
      work.known.push_back({work.found[i], value, factors.scale, block});
    } else {
      unseen[static_cast<std::size_t>(block)] += value * value;
    }
    squares[static_cast<std::size_t>(block)] += value * value;
  }
  for (std::size_t b = 0; b < work.unseen.size(); ++b) work.unseen[b] = squares[b] > 0 ? unseen[b] / squares[b] : 1;
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

LinearModel::LinearModel(ArtefactView view, std::shared_ptr<const void> owner)
    : view_(std::move(view)), owner_(std::move(owner)) {
  if (view_.second()) wish_ = {std::string(view_.second()->encoder_id()), view_.second()->dimensions()};
}

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
  auto& work = static_cast<LinearScratch&>(scratch);
  PM_CHECK(run(input, work, probabilities));
  return {};
}

Result<Inspection> LinearModel::inspect(const Input& input, Scratch& scratch, std::span<float> probabilities) const {
  auto& work = static_cast<LinearScratch&>(scratch);
  PM_CHECK(run(input, work, probabilities));
  return Inspection{.scores = work.scores,
                    .dense_scores = view_.table() ? work.dense_scores : std::vector<float>(),
                    .net_scores = work.net_asked ? work.net_scores : std::vector<float>(),
                    .encoder_scores = input.embedding.empty() ? std::vector<float>() : work.encoder_scores,
                    .in_scope = work.in_scope,
                    .unseen_words = work.unseen[0],
                    .unseen_chars = work.unseen[1]};
}

std::span<const text::Feature> LinearModel::features(const Scratch& scratch) const {
  return static_cast<const LinearScratch&>(scratch).features;
}

bool LinearModel::wants_embedding(const Scratch& scratch) const {
  return view_.second() && static_cast<const LinearScratch&>(scratch).largest < view_.second()->mix().ask_below;
}

// Leaves scores, unseen shares and the probability of being in scope in `work`.
Result<void> LinearModel::run(const Input& input, LinearScratch& work, std::span<float> probabilities) const {
  if (probabilities.size() != view_.categories().size()) {
    return base::fail(base::ErrorCode::kInternal, "classify: room for " + std::to_string(probabilities.size()) +
                                                      " probabilities, the model has " +
                                                      std::to_string(view_.categories().size()));
  }
  if (!input.embedding.empty() && input.embedding.size() != wish_.dimensions) {
    return base::fail(base::ErrorCode::kInternal,
                      "classify: an embedding of " + std::to_string(input.embedding.size()) +
                          " dimensions, the model expects " + std::to_string(wish_.dimensions));
  }
  score(input, work);
  add_dense(input, work);
  for (std::size_t c = 0; c < probabilities.size(); ++c) probabilities[c] = work.scores[c] / view_.temperature();
  softmax(probabilities);
  const float largest = *std::ranges::max_element(probabilities);
  work.net_asked = view_.net().has_value() && largest < view_.mix().ask_below && input.features.empty();
  if (work.net_asked) {
    ask_net(work);
    mix_in_net(work, probabilities);
  }
  work.largest = *std::ranges::max_element(probabilities);
  float stray = view_.mix().stray;
  work.encoder_scores.clear();
  if (!input.embedding.empty()) {
    mix_in_encoder(input, work, probabilities);
    stray = view_.second()->mix().stray;
  }
  work.in_scope = in_scope(work);
  const float floor = stray / static_cast<float>(probabilities.size());
  for (float& one : probabilities) one = ((1 - stray) * one + floor) * work.in_scope;
  return {};
}

void LinearModel::score(const Input& input, LinearScratch& work) const {
  const auto features =
      !input.features.empty() ? input.features : work.extractor.extract({input.text, input.context, input.tools});
  work.features = features;
  find_all(view_, features, work.found);
  const BlockFactors factors = weigh(view_, features, work);
  const float unit = view_.max_scale() / static_cast<float>(kMaxFactor);
  work.rows.clear();
  for (const Known& one : work.known) {
    if (!(unit > 0)) break;  // every weight is zero
    const float exact = one.value * factors[static_cast<std::size_t>(one.block)] * (one.scale / unit);
    const auto factor = std::min(static_cast<std::int32_t>(exact + 0.5F), kMaxFactor);
    if (factor > 0) work.rows.push_back({view_.row(one.feature), factor});
  }
  work.sums.resize(view_.stride());
  sum_rows(work.rows, work.sums);
  work.scores.resize(view_.categories().size());
  for (std::size_t c = 0; c < work.scores.size(); ++c) {
    work.scores[c] = static_cast<float>(work.sums[c]) * unit + view_.bias()[c];
  }
}

// What the table's mean vector of the text adds to each score.
void LinearModel::add_dense(const Input& input, LinearScratch& work) const {
  const auto& table = view_.table();
  if (!table) return;
  if (!input.features.empty()) return work.dense_scores.assign(work.scores.size(), 0);
  if (work.table_of != table.get()) {
    work.table = table->make_scratch();
    work.table_of = table.get();
  }
  work.dense.resize(table->dimensions());
  table->encode(std::span(&input.text, 1), *work.table, work.dense);
  work.dense_scores.assign(work.scores.size(), 0);
  view_.dense().add(work.dense, work.dense_scores);
  for (std::size_t c = 0; c < work.scores.size(); ++c) work.scores[c] += work.dense_scores[c];
}

void LinearModel::ask_net(LinearScratch& work) const {
  text::char_codes(work.extractor.tokens(), work.codes);
  work.net_scores.resize(work.scores.size());
  view_.net()->score(work.codes, work.net, work.net_scores);
}

void LinearModel::mix_in_net(const LinearScratch& work, std::span<float> probabilities) const {
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    probabilities[c] = view_.mix().linear * work.scores[c] + view_.mix().net * work.net_scores[c];
  }
  softmax(probabilities);
}

void LinearModel::mix_in_encoder(const Input& input, LinearScratch& work, std::span<float> probabilities) const {
  const EncoderMix& mix = view_.second()->mix();
  const bool with_net = view_.net().has_value() && mix.net > 0;
  if (with_net && !work.net_asked && input.features.empty()) ask_net(work);
  work.net_asked = with_net && input.features.empty();
  work.encoder_scores.resize(work.scores.size());
  view_.second()->score(input.embedding, work.encoder_scores);
  work.inside_score = view_.second()->inside_score(input.embedding);
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    probabilities[c] = mix.linear * work.scores[c] + mix.encoder * work.encoder_scores[c];
    if (work.net_asked) probabilities[c] += mix.net * work.net_scores[c];
  }
  softmax(probabilities);
}

float LinearModel::in_scope(const LinearScratch& work) const {
  const float largest = *std::ranges::max_element(work.scores);
  float odds = 0;
  if (work.encoder_scores.empty()) {
    const Scope& scope = view_.scope();
    odds = scope.largest_score * largest + scope.unseen_words * work.unseen[0] + scope.unseen_chars * work.unseen[1] +
           scope.bias;
  } else {
    const EncoderScope& scope = view_.second()->scope();
    odds = scope.largest_score * largest + scope.unseen_words * work.unseen[0] + scope.unseen_chars * work.unseen[1] +
           scope.encoder_score * *std::ranges::max_element(work.encoder_scores) +
           scope.inside_score * work.inside_score + scope.bias;
  }
  return 1 / (1 + std::exp(-odds));
}

}  // namespace pointsman::classify
