// Predicts from a text alone how much better a strong model would answer it than a weak one.
//
// Three linear models on the same sparse vectors (text_space.h), each a softmax regression: whether the weak model
// answers well, whether the strong one does, and, when the rows name subjects, which subject the text is of. The last
// stands for the mean gain of its subjects, each drawn towards the overall mean: a subject is learnt from, never asked
// for, since a router sees the text only. A fourth part is how doubtful the weak model's answer is: what it surely gets
// wrong is often too hard for the strong one too. The four are joined by the ridge regression without negative weights
// that predicts the gain best on rows the models had not seen (stacking, Wolpert 1992; Breiman 1996). Learning is
// deterministic for a seed and does not depend on the order of the rows. A fitted scorer is immutable; score() may run
// concurrently with a scratch for each thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/linear_head.h"
#include "learn/outcome.h"
#include "learn/text_space.h"

namespace pointsman::learn {

struct GainOptions {
  int folds = 3;
  std::uint64_t seed = 1;
  std::vector<float> quality_l2{8, 4, 2};  // candidates
  float subject_l2 = 0.1F;
  TextSpaceOptions space;
};

inline constexpr std::size_t kLeastGainRows = 20;

class GainScorer {
 public:
  // kInvalidArgument for fewer than kLeastGainRows rows.
  static base::Result<GainScorer> fit(std::span<const Outcome* const> rows, const GainOptions& options = {});

  struct Scratch {
    text::FeatureExtractor extractor;
    std::vector<Entry> row;
    std::vector<float> probabilities;
  };
  // The expected gain, about -1 to 1.
  double score(std::string_view text, Scratch& scratch) const;

  // What the models say: P(weak bad), P(strong good), P(weak bad) P(weak good), mean gain of the subject.
  static constexpr std::size_t kParts = 4;
  using Parts = std::array<double, kParts>;

  // The scores of the rows that taught it, each by models that had not seen it; in the order of the rows given.
  const std::vector<double>& out_of_fold() const { return out_of_fold_; }
  float quality_l2() const { return quality_l2_; }
  const Parts& weights() const { return weight_; }

 private:
  friend class GainFitting;
  GainScorer() = default;

  struct Models {
    LinearHead weak;
    LinearHead strong;
    LinearHead subject;                // no categories when the rows name fewer than two subjects
    std::vector<double> subject_gain;  // one per subject
    Parts parts(std::span<const Entry> row, std::vector<float>& probabilities) const;
  };
  double join(const Parts& parts) const;

  TextSpace space_;
  Models models_;
  Parts weight_{};
  double offset_ = 0;
  float quality_l2_ = 0;
  std::vector<double> out_of_fold_;
};

}  // namespace pointsman::learn
