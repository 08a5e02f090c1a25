#include "learn/traffic_profile.h"

#include <algorithm>
#include <array>
#include <vector>

#include "learn/binomial.h"

namespace pointsman::learn {
namespace {

constexpr std::array<double, 4> kShares{0.05, 0.1, 0.2, 0.4};
constexpr std::size_t kFewestRows = 50;
constexpr double kTolerance = 1.25;

}  // namespace

classify::TrafficProfile profile_traffic(std::span<const Call> calls, double confidence) {
  classify::TrafficProfile out{.rows = calls.size()};
  if (calls.size() < kFewestRows) return out;
  std::vector<float> sorted;
  for (const Call& call : calls) sorted.push_back(call.probability);
  std::ranges::sort(sorted);
  const double delta = (1 - confidence) / static_cast<double>(kShares.size());
  for (const double share : kShares) {
    const auto below = static_cast<std::size_t>(share * static_cast<double>(calls.size()));
    const double bound = risk_upper_bound(static_cast<double>(below), calls.size(), delta, LossKind::kZeroOne);
    const bool same = !out.levels.empty() && out.levels.back().below == sorted[below];
    if (!same) out.levels.push_back({sorted[below], std::max(bound, kTolerance * share)});
  }
  return out;
}

}  // namespace pointsman::learn
