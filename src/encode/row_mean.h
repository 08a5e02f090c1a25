// Sums int8 rows with a float factor each: the inner loop of the static table. Pure function, any thread.
//
// Every instruction set adds the same products in the same order without fusing them, so all give the same floats.
#pragma once

#include <cstdint>
#include <span>

namespace pointsman::encode {

struct WeightedRow {
  const std::int8_t* row = nullptr;
  float factor = 0;
};

// sums[d] = sum over rows of factor * row[d]. Each row has at least sums.size() bytes.
void sum_rows(std::span<const WeightedRow> rows, std::span<float> sums);

}  // namespace pointsman::encode
