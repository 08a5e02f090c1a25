// The baseline: the nearest of the categories' mean vectors by cosine, over the features that training uses.
//
// Its cosines become probabilities by a temperature fitted with each row left out of its own centroid, so that the same
// thresholds mean something for it. Immutable once fitted; deterministic.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "classify/classifier.h"
#include "learn/calibration.h"
#include "learn/dataset.h"
#include "learn/sparse.h"

namespace pointsman::bench {

class NearestCentroid final : public classify::Classifier {
 public:
  // `data` holds at least one example; its weights are not used.
  static NearestCentroid fit(const learn::Dataset& data, const learn::VocabularyOptions& options = {});

  const std::vector<std::string>& categories() const override { return names_; }
  const std::string& version() const override { return version_; }
  std::unique_ptr<classify::Scratch> make_scratch() const override;
  base::Result<void> classify(const classify::Input& input, classify::Scratch& scratch,
                              std::span<float> probabilities) const override;

 private:
  using Block = std::array<float, text::kBlocks>;

  void add_up(const learn::Dataset& data, const learn::SparseRows& rows);
  void calibrate(const learn::SparseRows& rows);
  std::vector<learn::Entry> vector_of(std::span<const text::Feature> features) const;
  // Cosines with every centroid; `left_out` is the category whose centroid `row` is a part of, or -1.
  void score(std::span<const learn::Entry> row, int left_out, std::span<float> scores) const;

  std::vector<std::string> names_;
  std::string version_ = "nearest-centroid";
  Block block_weight_{};
  learn::Vocabulary vocabulary_;
  std::unordered_map<std::uint32_t, std::uint32_t> number_;  // of a feature, by its hash
  std::vector<std::uint32_t> labels_;                        // of the rows fitted on
  std::vector<std::vector<float>> sums_;                     // one per category, over the vocabulary
  std::vector<double> squares_;                              // squared lengths of the sums
  learn::Calibration calibration_;
};

}  // namespace pointsman::bench
