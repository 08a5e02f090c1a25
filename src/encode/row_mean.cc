#include "encode/row_mean.h"

#include <algorithm>
#include <cstddef>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::encode {
namespace {

constexpr std::size_t kAhead = 8;  // rows between asking for a row's memory and using it
constexpr std::size_t kLine = 64;

inline __attribute__((always_inline)) void sum(std::span<const WeightedRow> rows, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0F);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) {
      for (std::size_t at = 0; at < sums.size(); at += kLine) __builtin_prefetch(rows[i + kAhead].row + at);
    }
    const std::int8_t* row = rows[i].row;
    const float factor = rows[i].factor;
    float* out = sums.data();
    const std::size_t size = sums.size();
    for (std::size_t d = 0; d < size; ++d) out[d] += factor * static_cast<float>(row[d]);
  }
}

void sum_portable(std::span<const WeightedRow> rows, std::span<float> sums) {
  sum(rows, sums);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void sum_avx2(std::span<const WeightedRow> rows, std::span<float> sums) {
  sum(rows, sums);
}
__attribute__((target("avx512f,avx512bw,avx512vl"))) void sum_avx512(std::span<const WeightedRow> rows,
                                                                     std::span<float> sums) {
  sum(rows, sums);
}
#endif

}  // namespace

void sum_rows(std::span<const WeightedRow> rows, std::span<float> sums) {
#if defined(__x86_64__)
  static const bool has_avx512 = __builtin_cpu_supports("avx512bw") > 0 && __builtin_cpu_supports("avx512vl") > 0;
  static const bool has_avx2 = __builtin_cpu_supports("avx2") > 0;
  if (has_avx512) return sum_avx512(rows, sums);
  if (has_avx2) return sum_avx2(rows, sums);
#endif
  sum_portable(rows, sums);
}

}  // namespace pointsman::encode
