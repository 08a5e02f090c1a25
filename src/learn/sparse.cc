#include "learn/sparse.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {
namespace {

struct Seen {
  std::uint32_t hash = 0;
  std::uint32_t rows = 0;
  text::Block block = text::Block::kWords;
};

struct RawRows {
  std::vector<std::size_t> begin{0};
  std::vector<text::Feature> features;
};

RawRows extract_all(const Dataset& data) {
  RawRows raw;
  text::FeatureExtractor extractor;
  for (const Example& example : data.examples) {
    const std::vector<text::Feature> kept = unpack_features(example.features);
    const std::span<const text::Feature> features =
        kept.empty() ? extractor.extract({example.text, example.context, example.tools}) : kept;
    raw.features.insert(raw.features.end(), features.begin(), features.end());
    raw.begin.push_back(raw.features.size());
  }
  return raw;
}

std::vector<Seen> count(const RawRows& raw) {
  std::unordered_map<std::uint32_t, Seen> seen;
  for (const text::Feature& feature : raw.features) {
    Seen& one = seen[feature.hash];
    one.hash = feature.hash;
    one.block = feature.block;
    ++one.rows;
  }
  std::vector<Seen> all;
  all.reserve(seen.size());
  for (const auto& [hash, one] : seen) all.push_back(one);
  std::sort(all.begin(), all.end(),
            [](const Seen& a, const Seen& b) { return a.rows != b.rows ? a.rows > b.rows : a.hash < b.hash; });
  return all;
}

// Smoothed as if one more example held every feature (the usual ln((1 + n) / (1 + df)) + 1), raised to a power.
float idf_of(std::size_t examples, std::uint32_t rows, float power) {
  const float idf = std::log((1.0F + static_cast<float>(examples)) / (1.0F + static_cast<float>(rows))) + 1.0F;
  return std::pow(idf, power);
}

bool rare(const Seen& one, const VocabularyOptions& options) {
  return (one.block == text::Block::kChars && one.rows < options.min_char_count) ||
         (one.block == text::Block::kWords && one.rows < options.min_word_count);
}

Vocabulary choose(const RawRows& raw, std::size_t examples, const VocabularyOptions& options) {
  Vocabulary vocabulary;
  vocabulary.unknown_idf = options.unknown_share * idf_of(examples, 1, options.idf_power);
  for (const Seen& one : count(raw)) {
    if (vocabulary.hashes.size() == options.max_features) break;
    if (rare(one, options)) continue;
    vocabulary.hashes.push_back(one.hash);
    vocabulary.idf.push_back(idf_of(examples, one.rows, options.idf_power));
    vocabulary.block.push_back(one.block);
  }
  return vocabulary;
}

}  // namespace

SparseRows split_behind(SparseRows& rows, std::size_t count) {
  SparseRows out;
  for (std::size_t i = count; i < rows.size(); ++i) {
    const auto row = rows.row(i);
    out.entries.insert(out.entries.end(), row.begin(), row.end());
    out.begin.push_back(out.entries.size());
  }
  rows.begin.resize(count + 1);
  rows.entries.resize(rows.begin.back());
  return out;
}

Vectors vectorize(const Dataset& data, const VocabularyOptions& options) {
  const RawRows raw = extract_all(data);
  Vectors out{choose(raw, data.examples.size(), options), {}};
  const Vocabulary& vocabulary = out.vocabulary;
  std::unordered_map<std::uint32_t, std::uint32_t> number;
  for (std::uint32_t i = 0; i < vocabulary.hashes.size(); ++i) number.emplace(vocabulary.hashes[i], i);

  std::vector<std::pair<Entry, text::Block>> row;
  for (std::size_t i = 0; i + 1 < raw.begin.size(); ++i) {
    BlockWeights squares{};
    row.clear();
    for (std::size_t at = raw.begin[i]; at < raw.begin[i + 1]; ++at) {
      const text::Feature& feature = raw.features[at];
      const float tf = text::sublinear(feature.count);
      const auto found = number.find(feature.hash);
      const bool known = found != number.end();
      const float value = tf * (known ? vocabulary.idf[found->second] : vocabulary.unknown_idf);
      squares[static_cast<std::size_t>(feature.block)] += value * value;
      if (known) row.push_back({{found->second, value}, feature.block});
    }
    for (auto& [entry, block] : row) {
      const auto b = static_cast<std::size_t>(block);
      if (squares[b] > 0) entry.value *= options.block_weight[b] / std::sqrt(squares[b]);
    }
    std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first.feature < b.first.feature; });
    for (const auto& [entry, block] : row) out.rows.entries.push_back(entry);
    out.rows.begin.push_back(out.rows.entries.size());
  }
  return out;
}

float dot(std::span<const Entry> a, std::span<const Entry> b) {
  float sum = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i].feature == b[j].feature) {
      sum += a[i++].value * b[j++].value;
    } else if (a[i].feature < b[j].feature) {
      ++i;
    } else {
      ++j;
    }
  }
  return sum;
}

}  // namespace pointsman::learn
