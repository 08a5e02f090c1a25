// Weights and inputs in bfloat16, sums in float: VDPBF16PS, two products for each lane and instruction.
#include "encode/kernels_avx512.h"
#include "encode/kernels_tile.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pointsman::encode {

#if defined(__x86_64__)

namespace {

struct Avx512Bf16 : Avx512Shape {};

struct Bf16Op {
  using Isa = Avx512Bf16;
  using Acc = Vec<Isa>::F;
  using Words = __m512i;
  using Word = int;
  PM_INLINE static Acc step(Acc acc, Word word, Words w) {
    return _mm512_dpbf16_ps(acc, bits_as<__m512bh>(_mm512_set1_epi32(word)), bits_as<__m512bh>(w));
  }
  PM_INLINE static Acc value(Acc acc, const MultiplyArguments& /*m*/, std::size_t /*row*/, std::size_t /*column*/) {
    return acc;
  }
};

Operand convert(const ConvertArguments& c) {
  auto* out = static_cast<std::uint16_t*>(c.words);
  for (std::size_t i = 0; i < c.rows * c.stride; i += Avx512Bf16::kLanes) {
    store_as(out + i, _mm512_cvtneps_pbh(_mm512_loadu_ps(c.input + i)));
  }
  return {.words = out, .stride = c.stride / 2};
}

constexpr MatrixKernels kMatrix = {
    .precision = Precision::kBf16, .per_word = 2, .convert = convert, .multiply = multiply<Bf16Op>};

}  // namespace

const MatrixKernels* avx512_bf16_kernels() {
  return &kMatrix;
}

#else
const MatrixKernels* avx512_bf16_kernels() {
  return nullptr;
}
#endif

}  // namespace pointsman::encode
