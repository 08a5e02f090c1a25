// The two inner loops of the character network, with vector instructions where the processor has them.
//
// Pure integer arithmetic: every variant gives the same result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pointsman::classify::kernels {

// Of 16 filters: the largest, over all windows of `width` codes, of bias + the sum of table[tap][code] over the
// window, and 0. `table` holds width x 64 rows of 16.
void largest_responses(const std::int16_t* table, std::size_t width, std::span<const std::uint8_t> codes,
                       const std::int16_t* bias, std::int16_t* out);

// Sum of levels[i] x weights[i]; levels at most 127, their number a multiple of 32.
std::int32_t dot(std::span<const std::uint8_t> levels, const std::int8_t* weights);

}  // namespace pointsman::classify::kernels
