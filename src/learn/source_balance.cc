#include "learn/source_balance.h"

#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {

void balance_groups(std::span<const Example> examples, std::span<const std::uint32_t> labels, float power,
                    std::span<float> weights) {
  if (power == 0) return;
  std::map<std::pair<std::uint32_t, std::string_view>, double> mass;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    mass[{labels[i], examples[i].group}] += static_cast<double>(weights[i]);
  }
  struct Total {
    double mass = 0;
    double groups = 0;
    double after = 0;
  };
  std::map<std::uint32_t, Total> totals;
  for (const auto& [key, one] : mass) {
    totals[key.first].mass += one;
    totals[key.first].groups += 1;
  }
  const auto factor = [&](std::size_t i) {
    const Total& total = totals[labels[i]];
    const double own = mass[{labels[i], examples[i].group}];
    return std::pow(total.mass / (total.groups * own), static_cast<double>(power));
  };
  for (std::size_t i = 0; i < weights.size(); ++i) {
    totals[labels[i]].after += factor(i) * static_cast<double>(weights[i]);
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Total& total = totals[labels[i]];
    weights[i] = static_cast<float>(static_cast<double>(weights[i]) * factor(i) * total.mass / total.after);
  }
}

std::vector<Example> background_for(const Dataset& data, const Dataset& background, float share) {
  std::vector<Example> out;
  if (share <= 0) return out;
  std::set<std::string_view> own;
  double mass = 0;
  for (const Example& example : data.examples) {
    if (example.outside) continue;
    own.insert(example.category);
    mass += static_cast<double>(example.weight);
  }
  std::map<std::string, double> theirs;
  for (Example& example : canonical(background).examples) {
    if (example.outside || !own.contains(example.category)) continue;
    theirs[example.category] += static_cast<double>(example.weight);
    example.group.clear();
    out.push_back(std::move(example));
  }
  const double each = static_cast<double>(share / (1 - share)) * mass / static_cast<double>(own.size());
  for (Example& example : out) {
    example.weight *= static_cast<float>(each / theirs[example.category]);
  }
  return out;
}

}  // namespace pointsman::learn
