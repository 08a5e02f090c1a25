#include "learn/nearest_examples.h"

#include <algorithm>

namespace pointsman::learn {
namespace {

constexpr std::size_t kCommon = 10;  // one row in this many

TextSpace space_of(std::span<const Outcome* const> rows) {
  std::vector<std::string_view> texts;
  for (const Outcome* row : rows) texts.push_back(row->text);
  return TextSpace::fit(texts);
}

}  // namespace

NearestExamples::NearestExamples(std::span<const Outcome* const> rows) : space_(space_of(rows)) {
  std::vector<std::string_view> texts;
  for (const Outcome* row : rows) {
    texts.push_back(row->text);
    gain_.push_back(row->gain());
    mean_gain_ += row->gain() / static_cast<double>(rows.size());
  }
  rows_ = space_.rows_of(texts);
  postings_.resize(space_.features());
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    for (const Entry& entry : rows_.row(i)) postings_[entry.feature].push_back({i, entry.value});
  }
  for (auto& list : postings_) {
    if (list.size() * kCommon > rows_.size()) list = {};
  }
}

double NearestExamples::score(std::string_view text, text::FeatureExtractor& extractor) const {
  std::vector<Entry> row;
  space_.vector_of(extractor, text, row);
  return score_row(row, kNone);
}

double NearestExamples::score_left_out(std::size_t index) const {
  return score_row(rows_.row(index), index);
}

double NearestExamples::score_row(std::span<const Entry> row, std::size_t left_out) const {
  std::vector<float> cosine(gain_.size(), 0);
  for (const Entry& entry : row) {
    for (const Posting& posting : postings_[entry.feature]) cosine[posting.row] += entry.value * posting.value;
  }
  if (left_out != kNone) cosine[left_out] = 0;
  std::vector<std::uint32_t> near;
  for (std::uint32_t i = 0; i < cosine.size(); ++i) {
    if (cosine[i] > 0) near.push_back(i);
  }
  const auto closer = [&](std::uint32_t a, std::uint32_t b) {
    return cosine[a] != cosine[b] ? cosine[a] > cosine[b] : a < b;
  };
  if (near.size() > kNeighbours) {
    std::nth_element(near.begin(), near.begin() + kNeighbours, near.end(), closer);
    near.resize(kNeighbours);
  }
  std::sort(near.begin(), near.end());  // adds up the same whatever nth_element left
  double sum = 0;
  double weight = 0;
  for (const std::uint32_t i : near) {
    sum += static_cast<double>(cosine[i]) * gain_[i];
    weight += static_cast<double>(cosine[i]);
  }
  return weight > 0 ? sum / weight : mean_gain_;
}

}  // namespace pointsman::learn
