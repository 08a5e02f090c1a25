// Weights and inputs in 8 bits, sums in 32: VPDPBUSD, four products for each lane and instruction.
//
// A weight is scale[output] x an integer in [-127, 127]; an input is low[row] + scale[row] x an integer in [0, 255],
// both taken from the row itself. So a product is scale x scale x (sum of integer products) + low x (sum of weights).
#include "encode/kernels_avx512.h"
#include "encode/kernels_tile.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pointsman::encode {

#if defined(__x86_64__)

namespace {

struct Avx512Vnni : Avx512Shape {};

struct Int8Op {
  using Isa = Avx512Vnni;
  using Acc = __m512i;
  using Words = __m512i;
  using Word = int;
  PM_INLINE static Acc step(Acc acc, Word word, Words w) {
    return _mm512_dpbusd_epi32(acc, _mm512_set1_epi32(word), w);
  }
  PM_INLINE static Vec<Isa>::F value(Acc acc, const MultiplyArguments& m, std::size_t row, std::size_t column) {
    const __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(m.weights->scale + column), _mm512_set1_ps(m.input.scale[row]));
    const __m512 low = _mm512_mul_ps(_mm512_loadu_ps(m.weights->sums + column), _mm512_set1_ps(m.input.low[row]));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc), scale, low);
  }
};

Operand convert(const ConvertArguments& c) {
  for (std::size_t r = 0; r < c.rows; ++r) {
    const float* row = c.input + r * c.stride;
    auto* out = static_cast<std::uint8_t*>(c.words) + r * c.stride;
    __m512 least = _mm512_loadu_ps(row);
    __m512 most = least;
    for (std::size_t i = Avx512Vnni::kLanes; i < c.stride; i += Avx512Vnni::kLanes) {
      least = _mm512_min_ps(least, _mm512_loadu_ps(row + i));
      most = _mm512_max_ps(most, _mm512_loadu_ps(row + i));
    }
    const float low = _mm512_reduce_min_ps(least);
    const float range = _mm512_reduce_max_ps(most) - low;
    const __m512 factor = _mm512_set1_ps(range > 0 ? 255.0F / range : 0.0F);
    for (std::size_t i = 0; i < c.stride; i += Avx512Vnni::kLanes) {
      const __m512 above = _mm512_sub_ps(_mm512_loadu_ps(row + i), _mm512_set1_ps(low));
      const __m512i nearest = _mm512_cvtps_epi32(_mm512_mul_ps(above, factor));  // rounds to nearest, at most 255
      store_as(out + i, _mm512_cvtusepi32_epi8(nearest));
    }
    c.scale[r] = range / 255.0F;
    c.low[r] = low;
  }
  return {.words = c.words, .stride = c.stride / 4, .scale = c.scale, .low = c.low};
}

constexpr MatrixKernels kMatrix = {
    .precision = Precision::kI8, .per_word = 4, .convert = convert, .multiply = multiply<Int8Op>};

}  // namespace

const MatrixKernels* avx512_vnni_kernels() {
  return &kMatrix;
}

#else
const MatrixKernels* avx512_vnni_kernels() {
  return nullptr;
}
#endif

}  // namespace pointsman::encode
