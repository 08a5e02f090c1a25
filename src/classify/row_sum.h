// Sums int8 rows with integer factors: the inner loop of the linear model.
//
// Exact integer arithmetic, so every instruction set gives the same sums.
#pragma once

#include <cstdint>
#include <span>

namespace pointsman::classify {

struct WeightedRow {
  const std::int8_t* row = nullptr;
  std::int32_t factor = 0;  // 0 to kMaxFactor
};

inline constexpr std::int32_t kMaxFactor = 16383;

// sums[c] = sum over rows of factor * row[c]. Each row has sums.size() bytes: a multiple of 4, of 16 when above 8.
void sum_rows(std::span<const WeightedRow> rows, std::span<std::int32_t> sums);

}  // namespace pointsman::classify
