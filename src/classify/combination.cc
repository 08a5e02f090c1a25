#include "classify/combination.h"

#include <algorithm>
#include <cmath>

namespace pointsman::classify {

namespace {

// No classifier is so sure that its word alone should end every argument.
constexpr float kLeastLocal = 1e-6F;

float mass(std::span<const float> probabilities) {
  float sum = 0;
  for (const float p : probabilities) sum += p;
  return sum;
}

// ln of a category's share in the pool before normalising.
double log_share(std::optional<float> local, float model, const PoolWeights& weights) {
  double sum = static_cast<double>(weights.model) * std::log(std::max(model, weights.floor));
  if (local) sum += static_cast<double>(weights.local) * std::log(std::max(*local, kLeastLocal));
  return sum;
}

}  // namespace

void pool(std::span<const float> said, const Opinion& opinion, const PoolWeights& weights, std::span<float> out) {
  const std::size_t count = out.size();
  const bool heard = said.size() == count;
  const auto unlearnt = heard ? std::ranges::count(said, 0.0F) : 0;
  const float rest = heard ? std::clamp(1 - mass(said), 0.0F, 1.0F) : 0.0F;
  const float local_none = rest / static_cast<float>(unlearnt + 1);
  std::vector<float> local(said.begin(), said.end());
  if (unlearnt > 0) std::ranges::replace(local, 0.0F, local_none);
  std::vector<double> shares(count + 1);
  for (std::size_t c = 0; c < count; ++c) {
    shares[c] = log_share(heard ? std::optional(local[c]) : std::nullopt, opinion.probabilities[c], weights);
  }
  if (opinion.none_offered) {
    shares[count] = log_share(heard ? std::optional(local_none) : std::nullopt,
                              std::max(0.0F, 1 - mass(opinion.probabilities)), weights);
  } else {
    shares.pop_back();
  }
  const double top = *std::max_element(shares.begin(), shares.end());
  double total = 0;
  for (double& share : shares) total += share = std::exp(share - top);
  const double inside = opinion.none_offered ? 1 : 1 - static_cast<double>(local_none);
  const double even = static_cast<double>(weights.stray) / static_cast<double>(shares.size());
  for (std::size_t c = 0; c < count; ++c) {
    out[c] = static_cast<float>(inside * ((1 - static_cast<double>(weights.stray)) * shares[c] / total + even));
  }
}

std::vector<float> Combination::combine(std::span<const float> local, const Opinion& opinion) const {
  if (!opinion.usable()) return {};
  const auto& weights = weights_[static_cast<std::size_t>(opinion.source)];
  if (!weights || (!local.empty() && local.size() != opinion.probabilities.size())) return {};
  std::vector<float> out(opinion.probabilities.size());
  pool(local, opinion, *weights, out);
  return out;
}

}  // namespace pointsman::classify
