// A simple router over real answers, with exploration: it scores a question by its subject and length, and sends the
// easy ones to the first model, the hard ones to the last. Traffic and choices are simulated; the answers are real.
//
// Immutable; logs are drawn with the caller's generator.
#pragma once

#include <span>
#include <vector>

#include "base/rng.h"
#include "learn/off_policy.h"
#include "learning/answer_matrix.h"

namespace pointsman::bench {

// One rising bound for each model but the last: questions harder than bounds[i] go beyond model i.
struct RoutingPolicy {
  std::vector<double> bounds;  // in shares of the questions, easiest first: {0.5, 0.8} keeps half with the first model
  double explore = 0;          // share of choices drawn evenly among `explored`
  std::vector<std::size_t> explored;

  // Of each of `models` models for a question of that difficulty.
  std::vector<double> probabilities(double difficulty, std::size_t models) const;
};

enum class Figure { kQuality, kCost };

class SimulatedRouter {
 public:
  // `questions` outlive it; they are answered by equally many models each.
  explicit SimulatedRouter(std::span<const AnsweredQuestion> questions);

  std::size_t models() const { return models_; }
  // Mean over all questions, each as likely to be asked as any other: what an estimate is to find.
  double truth(const RoutingPolicy& policy, Figure figure) const;
  // A log of `rows` requests drawn with replacement, with predictions of a cross-fitted reward model.
  std::vector<learn::LoggedChoice> log(const RoutingPolicy& logging, const RoutingPolicy& target, Figure figure,
                                       std::size_t rows, base::Rng& rng) const;

 private:
  std::span<const AnsweredQuestion> questions_;
  std::size_t models_ = 0;
  std::vector<double> difficulty_;  // of each question: its rank as a share
  std::vector<std::uint64_t> subject_;
};

}  // namespace pointsman::bench
