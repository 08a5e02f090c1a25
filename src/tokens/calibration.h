// How many tokens a model without a public tokenizer makes of a prompt: learnt from the usage that its upstream
// reports. One per model; pure, of constant size, one thread.
//
// Each answer gives a pair: our measure of the prompt (a count in o200k_base, or its bytes) and the input tokens that
// were reported. Kept is the logarithm of their ratio, in a histogram for each class of prompt sizes (what surrounds a
// prompt weighs more in a small one), where old pairs fade: each new one takes 1/500 of the weight of those before.
//   expected  the weighted mean of the logarithms
//   upper     the quantile of weighted conformal prediction with weights that decay (Barber, Candes, Ramdas and
//             Tibshirani, "Conformal prediction beyond exchangeability", Annals of Statistics 51, 2023): were all pairs
//             alike, a new prompt would have more tokens with probability `miss` at most
// Where there are too few pairs for such a promise, upper comes from the stated range kPrior, and the answer says so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tokens/token_ratios.h"

namespace pointsman::tokens {

// Reported tokens for each token or byte measured, before anything is known of a model. A judgement, not a measurement:
// tokenizers of the larger families lie well within it on prose and code; Chinese and base64 spread most. For bytes the
// upper end is what no tokenizer exceeds.
struct PriorRange {
  double low = 0;
  double expected = 0;
  double high = 0;
};
inline constexpr PriorRange kPriorO200k{.low = 0.7, .expected = 1.15, .high = 2.0};
inline constexpr PriorRange kPriorBytes{.low = 0.15, .expected = 0.3, .high = 1.0};

struct Calibrated {
  std::int64_t expected = 0;
  std::int64_t upper = 0;          // never below expected
  bool expected_measured = false;  // else from the prior
  bool upper_measured = false;
};

class Calibration {
 public:
  explicit Calibration(Measure measure = Measure::kO200k) : measure_(measure) {}

  // One answer. Nothing happens unless both are positive.
  void add(std::int64_t measured, std::int64_t reported);
  // `miss` between 0 and 1: how often more than `upper` may come.
  Calibrated predict(std::int64_t measured, double miss = 0.01) const;

  // All that predict() knows, but for the stated range: where there are too few pairs for a bound, the largest ratio
  // seen stands for it.
  TokenRatios ratios(double miss = 0.01) const;

  Measure measure() const { return measure_; }
  std::uint64_t pairs() const { return pairs_; }

  // A line of text without spaces at its ends, of a few hundred bytes; from_text(to_text()) predicts the same to
  // within a thousandth.
  std::string to_text() const;
  static base::Result<Calibration> from_text(std::string_view text);

 private:
  // Logarithms from ln(1/16) to ln(16); what lies beyond is in the first and the last bin.
  static constexpr std::size_t kBins = 256;
  struct Sizes {
    std::array<float, kBins> weights{};
    double weight = 0;  // their sum
    double sum = 0;     // of weighted logarithms
  };

  std::size_t class_of(std::int64_t measured) const { return size_class(measure_, measured); }
  const PriorRange& prior() const { return measure_ == Measure::kO200k ? kPriorO200k : kPriorBytes; }
  static std::optional<double> quantile(const Sizes& sizes, double miss);
  static double largest(const Sizes& sizes);

  Measure measure_;
  std::uint64_t pairs_ = 0;
  std::array<Sizes, kSizeClasses> sizes_{};
};

}  // namespace pointsman::tokens
