// Loops over floats, element by element, compiled twice: for every x86-64 and for processors with AVX2. The results
// are the same bit by bit, because no sum is reordered and no multiplication is fused with an addition.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pointsman::learn::loops {

// out[i] += factor * row[i].
void add_scaled(float* out, const float* row, float factor, std::size_t n);

// gradient[i] += factor * delta[i]; returns sum of weight[i] * delta[i], in eight partial sums. n is a multiple of 8.
float add_scaled_and_dot(float* gradient, const float* weight, const float* delta, float factor, std::size_t n);

struct AdamStep {
  float rate;
  float mean_factor;    // 1 / (1 - 0.9^t)
  float square_factor;  // 1 / (1 - 0.999^t)
};
void adam(float* value, float* gradient, float* mean, float* square, std::size_t n, const AdamStep& step);

// For 16 filters: the largest, over windows of `width` codes, of bias + the sum of table rows ([tap][64 codes][16]),
// and where it begins; 0 and -1 if none is above 0.
void largest_windows(const float* table, const float* bias, std::size_t width, const std::uint8_t* codes,
                     std::size_t count, float* best, std::int32_t* where);

}  // namespace pointsman::learn::loops
