#include "shared/nearest_centroid.h"

#include <algorithm>
#include <cmath>

#include "learn/calibration.h"
#include "text/features.h"

namespace pointsman::bench {

namespace {

// Cosines of different categories differ by a few hundredths; the fitted temperature should not be at its bound.
constexpr float kScale = 20;

class CentroidScratch final : public classify::Scratch {
 public:
  text::FeatureExtractor extractor;
};

double square(std::span<const learn::Entry> row) {
  return static_cast<double>(learn::dot(row, row));
}

}  // namespace

NearestCentroid NearestCentroid::fit(const learn::Dataset& data, const learn::VocabularyOptions& options) {
  learn::Vectors vectors = learn::vectorize(data, options);
  NearestCentroid model;
  model.names_ = learn::category_names(data);
  model.block_weight_ = options.block_weight;
  model.vocabulary_ = std::move(vectors.vocabulary);
  for (std::uint32_t i = 0; i < model.vocabulary_.hashes.size(); ++i) {
    model.number_.emplace(model.vocabulary_.hashes[i], i);
  }
  model.add_up(data, vectors.rows);
  model.calibrate(vectors.rows);
  return model;
}

void NearestCentroid::add_up(const learn::Dataset& data, const learn::SparseRows& rows) {
  sums_.assign(names_.size(), std::vector<float>(vocabulary_.hashes.size(), 0.0F));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = std::lower_bound(names_.begin(), names_.end(), data.examples[i].category);
    labels_.push_back(static_cast<std::uint32_t>(found - names_.begin()));
    for (const learn::Entry& entry : rows.row(i)) sums_[labels_.back()][entry.feature] += entry.value;
  }
  for (const std::vector<float>& sum : sums_) {
    double total = 0;
    for (const float value : sum) total += static_cast<double>(value) * static_cast<double>(value);
    squares_.push_back(total);
  }
}

void NearestCentroid::calibrate(const learn::SparseRows& rows) {
  std::vector<float> scores(rows.size() * names_.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    score(rows.row(i), static_cast<int>(labels_[i]), std::span(scores).subspan(i * names_.size(), names_.size()));
  }
  const std::vector<float> weights(rows.size(), 1.0F);
  calibration_ = learn::fit_top_label({scores, labels_, weights, names_.size()});
}

void NearestCentroid::score(std::span<const learn::Entry> row, int left_out, std::span<float> scores) const {
  const double own = square(row);
  for (std::size_t c = 0; c < names_.size(); ++c) {
    double product = 0;
    for (const learn::Entry& entry : row) {
      product += static_cast<double>(entry.value) * static_cast<double>(sums_[c][entry.feature]);
    }
    double length = squares_[c];
    if (static_cast<int>(c) == left_out) {
      length += own - 2 * product;
      product -= own;
    }
    const double norm = std::sqrt(std::max(length, 0.0) * own);
    scores[c] = norm > 1e-9 ? kScale * static_cast<float>(product / norm) : 0.0F;
  }
}

// As learn::vectorize weighs the rows that it learns from.
std::vector<learn::Entry> NearestCentroid::vector_of(std::span<const text::Feature> features) const {
  Block squares{};
  std::vector<learn::Entry> row;
  std::vector<std::size_t> blocks;
  for (const text::Feature& feature : features) {
    const auto block = static_cast<std::size_t>(feature.block);
    const auto found = number_.find(feature.hash);
    const bool known = found != number_.end();
    const float value =
        text::sublinear(feature.count) * (known ? vocabulary_.idf[found->second] : vocabulary_.unknown_idf);
    squares[block] += value * value;
    if (!known) continue;
    row.push_back({found->second, value});
    blocks.push_back(block);
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (squares[blocks[i]] > 0) row[i].value *= block_weight_[blocks[i]] / std::sqrt(squares[blocks[i]]);
  }
  std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.feature < b.feature; });
  return row;
}

std::unique_ptr<classify::Scratch> NearestCentroid::make_scratch() const {
  return std::make_unique<CentroidScratch>();
}

base::Result<void> NearestCentroid::classify(const classify::Input& input, classify::Scratch& scratch,
                                             std::span<float> probabilities) const {
  auto& work = static_cast<CentroidScratch&>(scratch);
  score(vector_of(work.extractor.extract({input.text, input.context, input.tools})), -1, probabilities);
  learn::to_probabilities(probabilities, calibration_);
  return {};
}

}  // namespace pointsman::bench
