#include "cascade/ask_rule.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/rng.h"

namespace pointsman::bench {
namespace {

constexpr float kLeast = 1e-6F;
constexpr std::size_t kFeatures = 5;

struct Largest {
  float first = 0;
  float second = 0;
};

Largest largest(std::span<const float> local) {
  Largest out;
  for (const float p : local) {
    if (p > out.first) {
      out.second = out.first;
      out.first = p;
    } else {
      out.second = std::max(out.second, p);
    }
  }
  return out;
}

float entropy(std::span<const float> local) {
  float out = 0;
  float rest = 1;
  for (const float p : local) {
    out -= p > 0 ? p * std::log(p) : 0;
    rest -= p;
  }
  return rest > kLeast ? out - rest * std::log(rest) : out;
}

float logit(float p) {
  p = std::clamp(p, 1e-4F, 1 - 1e-4F);
  return std::log(p / (1 - p));
}

std::array<learn::Entry, kFeatures> features(std::span<const float> local) {
  const auto [first, second] = largest(local);
  float sum = 0;
  for (const float p : local) sum += p;
  return {{{0, logit(first) / 4},
           {1, logit(second) / 4},
           {2, std::log(std::max(first, kLeast) / std::max(second, kLeast)) / 4},
           {3, entropy(local)},
           {4, std::clamp(1 - sum, 0.0F, 1.0F)}}};
}

}  // namespace

std::string_view to_string(AskRule rule) {
  constexpr std::string_view kNames[] = {"lowest probability", "smallest margin", "highest entropy", "expected gain",
                                         "coin"};
  return kNames[static_cast<std::size_t>(rule)];
}

GainRule GainRule::fit(std::span<const Taught> rows) {
  learn::SparseRows sparse;
  std::vector<std::uint32_t> use;
  std::vector<std::uint32_t> local;
  std::vector<std::uint32_t> pooled;
  for (const Taught& row : rows) {
    for (const learn::Entry& one : features(row.local)) sparse.entries.push_back(one);
    sparse.begin.push_back(sparse.entries.size());
    use.push_back(static_cast<std::uint32_t>(use.size()));
    local.push_back(row.local_wrong ? 1 : 0);
    pooled.push_back(row.pooled_wrong ? 1 : 0);
  }
  const std::vector<float> weights(rows.size(), 1);
  const learn::FitOptions how{.l2 = 1, .max_epochs = 100, .tolerance = 0.001F};
  GainRule out;
  out.local_ = learn::LinearHead::fit({&sparse, local, weights, kFeatures, 2}, use, how);
  out.pooled_ = learn::LinearHead::fit({&sparse, pooled, weights, kFeatures, 2}, use, how);
  return out;
}

double GainRule::gain(std::span<const float> local) const {
  const auto row = features(local);
  std::array<float, 2> p{};
  local_.probabilities(row, p);
  const float wrong = p[1];
  pooled_.probabilities(row, p);
  return static_cast<double>(wrong - p[1]);
}

double urgency(AskRule rule, std::span<const float> local, const GainRule& gain, std::size_t row) {
  switch (rule) {
    case AskRule::kProbability:
      return -static_cast<double>(largest(local).first);
    case AskRule::kMargin: {
      const auto [first, second] = largest(local);
      return -static_cast<double>(first - second);
    }
    case AskRule::kEntropy:
      return static_cast<double>(entropy(local));
    case AskRule::kGain:
      return gain.gain(local);
    case AskRule::kCoin:
      break;
  }
  return base::Rng(row + 1).uniform();
}

}  // namespace pointsman::bench
