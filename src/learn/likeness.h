// Which texts are like which, from their traces (hashed words, no text needed): for every row the rows nearest to it.
//
// Likeness is the cosine of the word features, weighted (1 + ln count) x idf over the rows given, as sparse.h does.
// Features that more than a tenth of the rows have count towards the length, but are not followed: they say little, and
// following them would take most of the time. Rows without features (texts too long to be traced) are like nothing.
// Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "classify/correction_memory.h"

namespace pointsman::learn {

struct Near {
  std::uint32_t row = 0;
  float likeness = 0;  // above 0, at most 1
};

struct LikenessOptions {
  std::size_t most = 60;  // neighbours of a row
  float least = 0.05F;    // likeness of a neighbour
};

struct Likeness {
  std::vector<std::vector<Near>> neighbours;       // of each row among the others, by row
  std::vector<std::optional<Near>> nearest_known;  // of each row among the known ones
};

// `rows` and `known` weigh features together.
Likeness find_likeness(std::span<const classify::TextTrace* const> rows,
                       std::span<const classify::TextTrace* const> known, const LikenessOptions& options = {});

}  // namespace pointsman::learn
