// AVX2 with FMA and F16C: vectors of eight floats, sixteen registers.
#include "encode/kernels_rows.h"

namespace pointsman::encode {

#if defined(__x86_64__)

namespace {

struct Avx2 {
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kRows = 6;  // 12 sums, 2 weights, 1 input: with all 16 in use the compiler spills one
  static constexpr std::size_t kVectors = 2;
};

}  // namespace

const Kernels* avx2_kernels() {
  static const Kernels kernels = kernels_of<Avx2>(Path::kAvx2);
  return &kernels;
}

#else
const Kernels* avx2_kernels() {
  return nullptr;
}
#endif

}  // namespace pointsman::encode
