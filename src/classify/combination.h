// Two opinions of one text made into one: the local classifier's and the small model's, weighed by what each was worth
// on labelled requests.
//
// A log-linear pool (Genest and Zidek 1986, section 4) over the categories and "none of them", followed by a floor for
// answers that go astray however sure they look (as in calibration of the classifier):
//   p(c)  proportional to  local(c)^a  x  model(c)^b,    p := (1 - stray) p + stray / number
// where model(c) is never taken below `floor`, and a category that was not offered counts as the floor. A model that
// could not say "none of them" says nothing about it: then the categories are pooled among themselves, and share what
// the classifier leaves them. With a = 0 it calibrates the model alone; with b = 0 it is the classifier. Fitted by
// `learn`, one set of weights for each source.
// A category of which the classifier says exactly 0 is one that it never learnt: it cannot speak against it, so such
// categories share what it leaves to none of them, equally with that.
// Plain values and a pure function, any thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "classify/opinion.h"

namespace pointsman::classify {

struct PoolWeights {
  float local = 1;      // a, at least 0
  float model = 1;      // b, at least 0
  float floor = 1e-3F;  // in (0, 1)
  float stray = 0;      // in [0, 1)
};

class Combination {
 public:
  // Nothing is known about any source: combine() gives nothing.
  Combination() = default;

  void set(OpinionSource source, const PoolWeights& weights) { weights_[static_cast<std::size_t>(source)] = weights; }
  const std::optional<PoolWeights>& weights(OpinionSource source) const {
    return weights_[static_cast<std::size_t>(source)];
  }

  // Calibrated probabilities of the categories; what is missing to 1 belongs to none of them. Empty when the opinion is
  // not usable, its source has no weights, or sizes disagree: then nobody knows what it is worth. `local` may be empty:
  // there is no classifier.
  std::vector<float> combine(std::span<const float> local, const Opinion& opinion) const;

 private:
  std::array<std::optional<PoolWeights>, kOpinionSources> weights_;
};

// The pool itself, for fitting: writes one probability for each category into `out`.
void pool(std::span<const float> local, const Opinion& opinion, const PoolWeights& weights, std::span<float> out);

}  // namespace pointsman::classify
