#include "learning/simulated_router.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "learn/reward_model.h"

namespace pointsman::bench {
namespace {

double figure_of(const AnsweredQuestion& question, Figure figure, std::size_t model) {
  return figure == Figure::kQuality ? question.quality[model] : question.cost[model];
}

// The share of the first model's answers that were wrong, by subject, and longer questions a little harder.
std::vector<double> scores_of(std::span<const AnsweredQuestion> questions) {
  constexpr double kPerLogCharacter = 0.03;
  struct Sum {
    double wrong = 0;
    double rows = 0;
  };
  std::map<std::string_view, Sum> subjects;
  for (const AnsweredQuestion& one : questions) {
    subjects[one.subject].wrong += 1 - one.quality.front();
    subjects[one.subject].rows += 1;
  }
  std::vector<double> out;
  for (const AnsweredQuestion& one : questions) {
    const Sum& sum = subjects[one.subject];
    out.push_back(sum.wrong / sum.rows + kPerLogCharacter * std::log(one.characters));
  }
  return out;
}

std::size_t draw(const std::vector<double>& probabilities, base::Rng& rng) {
  double left = rng.uniform();
  for (std::size_t i = 0; i + 1 < probabilities.size(); ++i) {
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return probabilities.size() - 1;
}

}  // namespace

std::vector<double> RoutingPolicy::probabilities(double difficulty, std::size_t models) const {
  std::vector<double> out(models, 0.0);
  const auto beyond = std::ranges::upper_bound(bounds, difficulty) - bounds.begin();
  const auto usual = std::min(static_cast<std::size_t>(beyond), models - 1);
  out[usual] = explored.empty() ? 1 : 1 - explore;
  for (const std::size_t model : explored) out[model] += explore / static_cast<double>(explored.size());
  return out;
}

SimulatedRouter::SimulatedRouter(std::span<const AnsweredQuestion> questions) : questions_(questions) {
  models_ = questions.empty() ? 0 : questions.front().quality.size();
  const std::vector<double> scores = scores_of(questions);
  std::vector<std::size_t> order(questions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(scores[i], i); });
  difficulty_.resize(questions.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    difficulty_[order[rank]] = static_cast<double>(rank) / static_cast<double>(order.size());
  }
  std::map<std::string_view, std::uint64_t> number;
  for (const AnsweredQuestion& one : questions) {
    subject_.push_back(number.try_emplace(one.subject, number.size()).first->second);
  }
}

double SimulatedRouter::truth(const RoutingPolicy& policy, Figure figure) const {
  double sum = 0;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const auto probabilities = policy.probabilities(difficulty_[i], models_);
    for (std::size_t model = 0; model < models_; ++model) {
      sum += probabilities[model] * figure_of(questions_[i], figure, model);
    }
  }
  return sum / static_cast<double>(questions_.size());
}

std::vector<learn::LoggedChoice> SimulatedRouter::log(const RoutingPolicy& logging, const RoutingPolicy& target,
                                                      Figure figure, std::size_t rows, base::Rng& rng) const {
  std::vector<learn::LoggedChoice> out;
  std::vector<std::uint64_t> strata;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t at = rng.below(questions_.size());
    const auto probabilities = logging.probabilities(difficulty_[at], models_);
    const std::size_t action = draw(probabilities, rng);
    out.push_back({.action = action,
                   .propensity = probabilities[action],
                   .reward = figure_of(questions_[at], figure, action),
                   .target = target.probabilities(difficulty_[at], models_),
                   .predicted = {},
                   .cluster = 0});
    strata.push_back(subject_[at]);
  }
  learn::predict_rewards(out, strata, models_, {.seed = rng.next()});
  return out;
}

}  // namespace pointsman::bench
