#include "learn/text_space.h"

#include <algorithm>
#include <array>
#include <cmath>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {
namespace {

// ln((1 + n) / (1 + df)) + 1, as sparse.cc has it.
float idf_of(std::size_t texts, std::uint32_t in) {
  return std::log((1.0F + static_cast<float>(texts)) / (1.0F + static_cast<float>(in))) + 1.0F;
}

}  // namespace

TextSpace TextSpace::fit(std::span<const std::string_view> texts, const TextSpaceOptions& options) {
  TextSpace space;
  space.block_weight_ = options.block_weight;
  space.unknown_idf_ = idf_of(texts.size(), 1);
  std::unordered_map<std::uint32_t, std::uint32_t> counts;
  text::FeatureExtractor extractor;
  for (const std::string_view text : texts) {
    for (const text::Feature& feature : extractor.extract({text, {}, 0})) {
      if (options.block_weight[static_cast<std::size_t>(feature.block)] > 0) ++counts[feature.hash];
    }
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> often;  // count, hash
  for (const auto& [hash, count] : counts) {
    if (count >= options.min_count) often.emplace_back(count, hash);
  }
  // The most frequent first, so that the weights that are read most lie together.
  std::sort(often.begin(), often.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (std::uint32_t i = 0; i < often.size(); ++i) {
    space.known_.emplace(often[i].second, Known{i, idf_of(texts.size(), often[i].first)});
  }
  return space;
}

void TextSpace::vector_of(text::FeatureExtractor& extractor, std::string_view text, std::vector<Entry>& out) const {
  BlockWeights squares{};
  std::vector<std::size_t> blocks;
  out.clear();
  for (const text::Feature& feature : extractor.extract({text, {}, 0})) {
    const auto block = static_cast<std::size_t>(feature.block);
    if (block_weight_[block] <= 0) continue;
    const auto known = known_.find(feature.hash);
    const float idf = known != known_.end() ? known->second.idf : unknown_idf_;
    const float value = text::sublinear(feature.count) * idf;
    squares[block] += value * value;
    if (known == known_.end()) continue;
    out.push_back({known->second.number, value});
    blocks.push_back(block);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].value *= block_weight_[blocks[i]] / std::sqrt(squares[blocks[i]]);
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.feature < b.feature; });
}

SparseRows TextSpace::rows_of(std::span<const std::string_view> texts) const {
  SparseRows rows;
  text::FeatureExtractor extractor;
  std::vector<Entry> row;
  for (const std::string_view text : texts) {
    vector_of(extractor, text, row);
    rows.entries.insert(rows.entries.end(), row.begin(), row.end());
    rows.begin.push_back(rows.entries.size());
  }
  return rows;
}

}  // namespace pointsman::learn
