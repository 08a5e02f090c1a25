#include "learning/repeated_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/binomial.h"

namespace pointsman::bench {

std::size_t noticed(const Delays& delays) {
  return static_cast<std::size_t>(std::ranges::count_if(delays, [](const auto& one) { return one.has_value(); }));
}

std::optional<double> steps_until(const Delays& delays, double share) {
  std::vector<std::size_t> known;
  for (const auto& one : delays) {
    if (one) known.push_back(*one);
  }
  const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(delays.size())));
  if (wanted == 0 || known.size() < wanted) return std::nullopt;
  std::ranges::sort(known);
  return static_cast<double>(known[wanted - 1]);
}

std::string steps_text(std::optional<double> steps) {
  return steps ? fmt::format("{:.0f}", *steps) : "-";
}

bool fits(std::size_t count, std::size_t runs, double at_most) {
  return count == 0 || 1 - learn::binomial_cdf(count - 1, runs, at_most) >= 0.01;
}

}  // namespace pointsman::bench
