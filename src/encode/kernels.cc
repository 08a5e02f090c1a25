#include "encode/kernels.h"

namespace pointsman::encode {
namespace {

Kernels completed(const Kernels* kernels) {
  Kernels out = *kernels;
  if (supports(out.path, Precision::kBf16)) out.bf16 = avx512_bf16_kernels();
  if (supports(out.path, Precision::kI8)) out.i8 = avx512_vnni_kernels();
  return out;
}

}  // namespace

const Kernels& kernels_for(Path path) {
  static const Kernels portable = completed(portable_kernels());
  if (path == Path::kPortable || !supports(path)) return portable;
  if (path == Path::kAvx2) {
    static const Kernels avx2 = completed(avx2_kernels());
    return avx2;
  }
  static const Kernels avx512 = completed(avx512_kernels());
  return avx512;
}

}  // namespace pointsman::encode
