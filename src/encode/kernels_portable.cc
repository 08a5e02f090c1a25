// Vectors of four floats: what every x86-64 and every 64-bit ARM processor has.
#include "encode/kernels_rows.h"

namespace pointsman::encode {
namespace {

struct Portable {
  static constexpr std::size_t kLanes = 4;
#if defined(__aarch64__)
  static constexpr std::size_t kRows = 8;  // 32 registers
  static constexpr std::size_t kVectors = 3;
#else
  static constexpr std::size_t kRows = 4;  // 16 registers, one of them for a product
  static constexpr std::size_t kVectors = 2;
#endif
};

}  // namespace

const Kernels* portable_kernels() {
  static const Kernels kernels = kernels_of<Portable>(Path::kPortable);
  return &kernels;
}

}  // namespace pointsman::encode
