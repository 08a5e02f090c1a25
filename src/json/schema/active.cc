#include "json/schema/active.h"

#include <algorithm>

namespace pointsman::json::schema {

// The strings from low to high agree in their first `matched` bytes, so what follows is sorted, too.
bool narrow(ActiveNode& node, const AllowedValues& allowed, std::string_view piece) {
  const auto begin = allowed.strings.begin();
  const auto next = [&node, &piece](const std::string& text) {
    return std::string_view(text).substr(node.matched, piece.size());
  };
  const auto same = std::ranges::equal_range(begin + node.low, begin + node.high, piece, {}, next);
  node.low = static_cast<std::uint32_t>(same.begin() - begin);
  node.high = static_cast<std::uint32_t>(same.end() - begin);
  node.matched += static_cast<std::uint32_t>(piece.size());
  return node.low < node.high;
}

}  // namespace pointsman::json::schema
