#include "learn/vector_loops.h"

#include <cmath>

#include "text/char_codes.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn::loops {
namespace {

constexpr std::size_t kLanes = 16;
constexpr float kTiny = 1e-20F;  // keeps moments of idle parameters out of the slow denormal range
#define PM_INLINE [[gnu::always_inline]] inline

PM_INLINE void add_scaled_body(float* __restrict out, const float* __restrict row, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += factor * row[i];
}

PM_INLINE float add_and_dot_body(float* __restrict gradient, const float* __restrict weight,
                                 const float* __restrict delta, float factor, std::size_t n) {
  float sums[8] = {};
  for (std::size_t i = 0; i < n; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) {
      gradient[i + j] += factor * delta[i + j];
      sums[j] += weight[i + j] * delta[i + j];
    }
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

PM_INLINE void adam_body(float* __restrict value, float* __restrict gradient, float* __restrict mean,
                         float* __restrict square, std::size_t n, const AdamStep& step) {
  for (std::size_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    mean[i] = 0.9F * mean[i] + 0.1F * g + kTiny;
    square[i] = 0.999F * square[i] + 0.001F * g * g + kTiny;
    value[i] -= step.rate * (mean[i] * step.mean_factor) / (__builtin_sqrtf(square[i] * step.square_factor) + 1e-8F);
    gradient[i] = 0;
  }
}

PM_INLINE void largest_body(const float* __restrict table, const float* __restrict bias, std::size_t width,
                            const std::uint8_t* __restrict codes, std::size_t count, float* __restrict best,
                            std::int32_t* __restrict where) {
  float top[kLanes] = {};
  std::int32_t at_top[kLanes];
  for (std::int32_t& one : at_top) one = -1;
  for (std::size_t at = 0; at + width <= count; ++at) {
    float sum[kLanes];
    for (std::size_t f = 0; f < kLanes; ++f) sum[f] = bias[f];
    for (std::size_t tap = 0; tap < width; ++tap) {
      const float* row = table + (tap * text::kCharCodes + codes[at + tap]) * kLanes;
      for (std::size_t f = 0; f < kLanes; ++f) sum[f] += row[f];
    }
    for (std::size_t f = 0; f < kLanes; ++f) {
      at_top[f] = sum[f] > top[f] ? static_cast<std::int32_t>(at) : at_top[f];
      top[f] = sum[f] > top[f] ? sum[f] : top[f];
    }
  }
  for (std::size_t f = 0; f < kLanes; ++f) best[f] = top[f];
  for (std::size_t f = 0; f < kLanes; ++f) where[f] = at_top[f];
}

#if defined(__x86_64__)
#define PM_AVX2 __attribute__((target("avx2")))
bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") > 0;
  return has;
}

PM_AVX2 void add_scaled_avx2(float* out, const float* row, float factor, std::size_t n) {
  add_scaled_body(out, row, factor, n);
}
PM_AVX2 float add_and_dot_avx2(float* gradient, const float* weight, const float* delta, float factor, std::size_t n) {
  return add_and_dot_body(gradient, weight, delta, factor, n);
}
PM_AVX2 void adam_avx2(float* value, float* gradient, float* mean, float* square, std::size_t n, const AdamStep& step) {
  adam_body(value, gradient, mean, square, n, step);
}
PM_AVX2 void largest_avx2(const float* table, const float* bias, std::size_t width, const std::uint8_t* codes,
                          std::size_t count, float* best, std::int32_t* where) {
  if (width == 3) return largest_body(table, bias, 3, codes, count, best, where);
  if (width == 5) return largest_body(table, bias, 5, codes, count, best, where);
  largest_body(table, bias, width, codes, count, best, where);
}
#endif

}  // namespace

void add_scaled(float* out, const float* row, float factor, std::size_t n) {
#if defined(__x86_64__)
  if (has_avx2()) return add_scaled_avx2(out, row, factor, n);
#endif
  add_scaled_body(out, row, factor, n);
}

float add_scaled_and_dot(float* gradient, const float* weight, const float* delta, float factor, std::size_t n) {
#if defined(__x86_64__)
  if (has_avx2()) return add_and_dot_avx2(gradient, weight, delta, factor, n);
#endif
  return add_and_dot_body(gradient, weight, delta, factor, n);
}

void adam(float* value, float* gradient, float* mean, float* square, std::size_t n, const AdamStep& step) {
#if defined(__x86_64__)
  if (has_avx2()) return adam_avx2(value, gradient, mean, square, n, step);
#endif
  adam_body(value, gradient, mean, square, n, step);
}

void largest_windows(const float* table, const float* bias, std::size_t width, const std::uint8_t* codes,
                     std::size_t count, float* best, std::int32_t* where) {
#if defined(__x86_64__)
  if (has_avx2()) return largest_avx2(table, bias, width, codes, count, best, where);
#endif
  largest_body(table, bias, width, codes, count, best, where);
}

}  // namespace pointsman::learn::loops
