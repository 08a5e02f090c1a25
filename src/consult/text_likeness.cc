#include "consult/text_likeness.h"

#include <algorithm>
#include <cmath>

namespace pointsman::consult {

TextLikeness::TextLikeness(std::span<const std::string_view> texts) {
  text::FeatureExtractor extractor;
  for (const std::string_view text : texts) {
    rows_.push_back(counts(text, extractor));
    for (const Weight& weight : rows_.back()) ++texts_with_[weight.hash];
  }
  for (Row& row : rows_) weigh(row);
}

TextLikeness::Row TextLikeness::counts(std::string_view text, text::FeatureExtractor& extractor) {
  Row row;
  for (const text::Feature& feature : extractor.extract({.text = text})) {
    if (feature.block != text::Block::kWords && feature.block != text::Block::kChars) continue;
    row.push_back({feature.hash, text::sublinear(feature.count)});
  }
  std::ranges::sort(row, {}, &Weight::hash);
  // Two blocks may share a bucket.
  const auto twice = std::ranges::unique(row, {}, &Weight::hash);
  row.erase(twice.begin(), twice.end());
  return row;
}

void TextLikeness::weigh(Row& row) const {
  const double all = static_cast<double>(rows_.size());
  double square = 0;
  for (Weight& weight : row) {
    const auto known = texts_with_.find(weight.hash);
    const double with = known == texts_with_.end() ? 0 : known->second;
    weight.value *= static_cast<float>(std::log((1 + all) / (1 + with)) + 1);
    square += static_cast<double>(weight.value) * static_cast<double>(weight.value);
  }
  if (square <= 0) return;
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (Weight& weight : row) weight.value *= scale;
}

double TextLikeness::dot(const Row& a, const Row& b) {
  double sum = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (x->hash == y->hash) {
      sum += static_cast<double>(x++->value) * static_cast<double>(y++->value);
    } else if (x->hash < y->hash) {
      ++x;
    } else {
      ++y;
    }
  }
  return std::min(1.0, sum);
}

TextLikeness::Query TextLikeness::query(std::string_view text, text::FeatureExtractor& extractor) const {
  Query out;
  out.row_ = counts(text, extractor);
  weigh(out.row_);
  return out;
}

double TextLikeness::to(const Query& query, std::size_t place) const {
  return dot(query.row_, rows_[place]);
}

}  // namespace pointsman::consult
