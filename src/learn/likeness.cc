#include "learn/likeness.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "learn/sparse.h"
#include "text/features.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {
namespace {

constexpr std::size_t kCommon = 10;       // one row in this many...
constexpr std::size_t kLeastCommon = 30;  // ... and at least so many

// As sparse.cc has it, with its power.
float idf_of(std::size_t texts, std::size_t in) {
  const float idf = std::log((1.0F + static_cast<float>(texts)) / (1.0F + static_cast<float>(in))) + 1.0F;
  return std::pow(idf, VocabularyOptions{}.idf_power);
}

// Unit vectors of word features, numbered in the order in which they are met.
class TraceVectors {
 public:
  void add(std::span<const classify::TextTrace* const> traces) {
    for (const classify::TextTrace* trace : traces) {
      for (const text::Feature& feature : trace->features) {
        if (feature.block != text::Block::kWords) continue;
        const auto next = static_cast<std::uint32_t>(numbers_.size());
        const std::uint32_t number = numbers_.emplace(feature.hash, next).first->second;
        if (number == counts_.size()) counts_.push_back(0);
        ++counts_[number];
        rows_.entries.push_back({number, text::sublinear(feature.count)});
      }
      rows_.begin.push_back(rows_.entries.size());
    }
  }
  void weigh() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      float square = 0;
      for (std::size_t at = rows_.begin[i]; at < rows_.begin[i + 1]; ++at) {
        Entry& entry = rows_.entries[at];
        entry.value *= idf_of(rows_.size(), counts_[entry.feature]);
        square += entry.value * entry.value;
      }
      for (std::size_t at = rows_.begin[i]; at < rows_.begin[i + 1]; ++at) {
        rows_.entries[at].value /= std::sqrt(square);
      }
    }
  }
  std::span<const Entry> row(std::size_t i) const { return rows_.row(i); }
  std::size_t size() const { return rows_.size(); }
  std::size_t features() const { return counts_.size(); }
  std::size_t rows_with(std::uint32_t feature) const { return counts_[feature]; }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;  // by hash
  std::vector<std::size_t> counts_;
  SparseRows rows_;
};

class Search {
 public:
  Search(const TraceVectors& vectors, std::size_t rows, const LikenessOptions& options)
      : vectors_(vectors), rows_(rows), options_(options), postings_(vectors.features()), sums_(vectors.size(), 0) {
    const std::size_t common = std::max(kLeastCommon, vectors.size() / kCommon);
    for (std::uint32_t i = 0; i < vectors.size(); ++i) {
      for (const Entry& entry : vectors.row(i)) {
        if (vectors.rows_with(entry.feature) <= common) postings_[entry.feature].push_back({i, entry.value});
      }
    }
  }

  void run(std::uint32_t row, std::vector<Near>& neighbours, std::optional<Near>& nearest_known) {
    touched_.clear();
    for (const Entry& entry : vectors_.row(row)) {
      for (const Near& other : postings_[entry.feature]) {
        if (sums_[other.row] == 0) touched_.push_back(other.row);
        sums_[other.row] += entry.value * other.likeness;
      }
    }
    for (const std::uint32_t other : touched_) {
      const float likeness = std::min(std::exchange(sums_[other], 0.0F), 1.0F);
      if (other == row) continue;
      if (other >= rows_) {
        const Near known{other - static_cast<std::uint32_t>(rows_), likeness};
        if (!nearest_known || closer(known, *nearest_known)) nearest_known = known;
      } else if (likeness >= options_.least) {
        neighbours.push_back({other, likeness});
      }
    }
    if (neighbours.size() > options_.most) {
      std::ranges::nth_element(neighbours, neighbours.begin() + static_cast<std::ptrdiff_t>(options_.most), closer);
      neighbours.resize(options_.most);
    }
    std::ranges::sort(neighbours, {}, &Near::row);
  }

 private:
  static bool closer(const Near& a, const Near& b) {
    return a.likeness != b.likeness ? a.likeness > b.likeness : a.row < b.row;
  }

  const TraceVectors& vectors_;
  std::size_t rows_;
  LikenessOptions options_;
  std::vector<std::vector<Near>> postings_;  // row and value, by feature
  std::vector<float> sums_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace

Likeness find_likeness(std::span<const classify::TextTrace* const> rows,
                       std::span<const classify::TextTrace* const> known, const LikenessOptions& options) {
  TraceVectors vectors;
  vectors.add(rows);
  vectors.add(known);
  vectors.weigh();
  Search search(vectors, rows.size(), options);
  Likeness out;
  out.neighbours.resize(rows.size());
  out.nearest_known.resize(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) search.run(i, out.neighbours[i], out.nearest_known[i]);
  return out;
}

}  // namespace pointsman::learn
