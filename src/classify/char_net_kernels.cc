#include "classify/char_net_kernels.h"

#include <algorithm>
#include <array>

#include "text/char_codes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pointsman::classify::kernels {
namespace {

constexpr std::size_t kLanes = 16;

void largest_portable(const std::int16_t* table, std::size_t width, std::span<const std::uint8_t> codes,
                      const std::int16_t* bias, std::int16_t* out) {
  std::array<std::int16_t, kLanes> best{};
  for (std::size_t at = 0; at + width <= codes.size(); ++at) {
    std::array<std::int16_t, kLanes> sum{};
    std::copy_n(bias, kLanes, sum.begin());
    for (std::size_t tap = 0; tap < width; ++tap) {
      const std::int16_t* row = table + (tap * text::kCharCodes + codes[at + tap]) * kLanes;
      for (std::size_t f = 0; f < kLanes; ++f) sum[f] = static_cast<std::int16_t>(sum[f] + row[f]);
    }
    for (std::size_t f = 0; f < kLanes; ++f) best[f] = std::max(best[f], sum[f]);
  }
  std::ranges::copy(best, out);
}

std::int32_t dot_portable(std::span<const std::uint8_t> levels, const std::int8_t* weights) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) sum += levels[i] * weights[i];
  return sum;
}

#if defined(__x86_64__)
template <std::size_t Width>
__attribute__((target("avx2"))) void largest_avx2(const std::int16_t* table, std::span<const std::uint8_t> codes,
                                                  const std::int16_t* bias, std::int16_t* out) {
  const __m256i start = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bias));
  __m256i best = _mm256_setzero_si256();
  for (std::size_t at = 0; at + Width <= codes.size(); ++at) {
    __m256i sum = start;
    for (std::size_t tap = 0; tap < Width; ++tap) {
      const std::int16_t* row = table + (tap * text::kCharCodes + codes[at + tap]) * kLanes;
      sum = _mm256_add_epi16(sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row)));
    }
    best = _mm256_max_epi16(best, sum);
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), best);
}

__attribute__((target("avx2"))) std::int32_t dot_avx2(std::span<const std::uint8_t> levels,
                                                      const std::int8_t* weights) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t i = 0; i < levels.size(); i += 32) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(levels.data() + i));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + i));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
  }
  const __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  const __m128i pair = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(pair, _mm_shuffle_epi32(pair, 0xB1)));
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") > 0;
  return has;
}
#endif

}  // namespace

void largest_responses(const std::int16_t* table, std::size_t width, std::span<const std::uint8_t> codes,
                       const std::int16_t* bias, std::int16_t* out) {
#if defined(__x86_64__)
  if (has_avx2()) {
    if (width == 3) return largest_avx2<3>(table, codes, bias, out);
    if (width == 5) return largest_avx2<5>(table, codes, bias, out);
    if (width == 7) return largest_avx2<7>(table, codes, bias, out);
  }
#endif
  largest_portable(table, width, codes, bias, out);
}

std::int32_t dot(std::span<const std::uint8_t> levels, const std::int8_t* weights) {
#if defined(__x86_64__)
  if (has_avx2()) return dot_avx2(levels, weights);
#endif
  return dot_portable(levels, weights);
}

}  // namespace pointsman::classify::kernels
