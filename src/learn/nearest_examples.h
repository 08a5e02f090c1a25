// A baseline that needs no training: the mean gain of the most similar requests answered before, by cosine on the
// vectors that the scorer learns from. Features that more than a tenth of the rows have say little about likeness and
// are left out, which keeps the lists short. Immutable once made; pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/outcome.h"
#include "learn/text_space.h"

namespace pointsman::learn {

class NearestExamples {
 public:
  static constexpr std::size_t kNeighbours = 100;

  explicit NearestExamples(std::span<const Outcome* const> rows);

  // The gain of the most similar rows, weighted by their cosines; the mean of all where nothing is similar.
  double score(std::string_view text, text::FeatureExtractor& extractor) const;
  // The same for the row at this index, without itself.
  double score_left_out(std::size_t index) const;

 private:
  struct Posting {
    std::uint32_t row;
    float value;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  double score_row(std::span<const Entry> row, std::size_t left_out) const;

  TextSpace space_;
  SparseRows rows_;
  std::vector<double> gain_;
  std::vector<std::vector<Posting>> postings_;  // by feature; of those that are rare enough
  double mean_gain_ = 0;
};

}  // namespace pointsman::learn
