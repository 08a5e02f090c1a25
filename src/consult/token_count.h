// How many tokens a text has: the seam to whoever can count exactly, for the vocabularies that small models use.
//
// Plain values, given by whoever builds a prompt. A counter that is absent says that nobody can count: consult then
// promises nothing about sizes and says so, it never estimates.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace pointsman::consult {

using CountTokens = std::function<std::size_t(std::string_view)>;

struct Counters {
  CountTokens o200k;
  CountTokens cl100k;

  bool exact() const { return o200k || cl100k; }

  // The larger of the counts, so that what fits one fits all. Nothing without a counter.
  std::optional<std::size_t> count(std::string_view text) const {
    if (!exact()) return std::nullopt;
    return std::max(o200k ? o200k(text) : 0, cl100k ? cl100k(text) : 0);
  }
};

}  // namespace pointsman::consult
