// AVX-512: vectors of sixteen floats, thirty-two registers.
#include "encode/kernels_avx512.h"

#include "encode/kernels_rows.h"

namespace pointsman::encode {

#if defined(__x86_64__)

namespace {

struct Avx512 : Avx512Shape {};

}  // namespace

const Kernels* avx512_kernels() {
  static const Kernels kernels = kernels_of<Avx512>(Path::kAvx512);
  return &kernels;
}

#else
const Kernels* avx512_kernels() {
  return nullptr;
}
#endif

}  // namespace pointsman::encode
