#include "classify/row_sum.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pointsman::classify {
namespace {

constexpr std::size_t kAhead = 8;  // rows between asking for a row's memory and using it

void sum_portable(std::span<const WeightedRow> rows, std::span<std::int32_t> sums) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) __builtin_prefetch(rows[i + kAhead].row);
    const std::int8_t* row = rows[i].row;
    const std::int32_t factor = rows[i].factor;
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += factor * row[c];
  }
}

// Few categories: the sums stay in registers.
template <std::size_t N>
void sum_narrow(std::span<const WeightedRow> rows, std::span<std::int32_t> sums) {
  std::array<std::int32_t, N> total{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) __builtin_prefetch(rows[i + kAhead].row);
    std::array<std::int8_t, N> row;
    std::memcpy(row.data(), rows[i].row, N);
    for (std::size_t c = 0; c < N; ++c) total[c] += rows[i].factor * row[c];
  }
  std::ranges::copy(total, sums.begin());
}

#if defined(__x86_64__)
// Two rows at once: bytes widened to int16, interleaved, multiplied and added in pairs (pmaddwd).
__attribute__((target("avx2"))) void sum_pair_avx2(const WeightedRow& a, const WeightedRow& b,
                                                   std::span<std::int32_t> sums) {
  const __m256i factors = _mm256_set1_epi32((b.factor << 16) | a.factor);
  for (std::size_t c = 0; c < sums.size(); c += 16) {
    const auto* first = reinterpret_cast<const __m128i*>(a.row + c);
    const auto* second = reinterpret_cast<const __m128i*>(b.row + c);
    const __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128(first));
    const __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128(second));
    auto* out = reinterpret_cast<__m256i*>(sums.data() + c);
    const __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(x, y), factors);
    const __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(x, y), factors);
    _mm256_storeu_si256(out, _mm256_add_epi32(_mm256_loadu_si256(out), low));
    _mm256_storeu_si256(out + 1, _mm256_add_epi32(_mm256_loadu_si256(out + 1), high));
  }
}

// Interleaving leaves columns 0-3,8-11 and 4-7,12-15 together; this puts them back.
void unshuffle(std::span<std::int32_t> sums) {
  for (std::size_t c = 0; c < sums.size(); c += 16) std::swap_ranges(&sums[c + 4], &sums[c + 8], &sums[c + 8]);
}

__attribute__((target("avx2"))) void sum_avx2(std::span<const WeightedRow> rows, std::span<std::int32_t> sums) {
  std::size_t i = 0;
  for (; i + 1 < rows.size(); i += 2) {
    for (std::size_t next = i + kAhead; next < std::min(i + kAhead + 2, rows.size()); ++next) {
      for (std::size_t at = 0; at < sums.size(); at += 64) __builtin_prefetch(rows[next].row + at);
    }
    sum_pair_avx2(rows[i], rows[i + 1], sums);
  }
  if (i < rows.size()) sum_pair_avx2(rows[i], {rows[i].row, 0}, sums);
  unshuffle(sums);
}
#endif

}  // namespace

void sum_rows(std::span<const WeightedRow> rows, std::span<std::int32_t> sums) {
  if (sums.size() == 4) return sum_narrow<4>(rows, sums);
  if (sums.size() == 8) return sum_narrow<8>(rows, sums);
  std::fill(sums.begin(), sums.end(), 0);
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") > 0;
  if (has_avx2 && sums.size() % 16 == 0) return sum_avx2(rows, sums);
#endif
  sum_portable(rows, sums);
}

}  // namespace pointsman::classify
