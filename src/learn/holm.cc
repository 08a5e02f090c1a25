#include "learn/holm.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pointsman::learn {

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(p_values[i], i); });
  std::vector<double> out(p_values.size(), 1);
  double so_far = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    so_far = std::max(so_far, std::min(left * p_values[order[rank]], 1.0));
    out[order[rank]] = so_far;
  }
  return out;
}

}  // namespace pointsman::learn
