// The shape of a tile with AVX-512, which its three translation units share because they read the same panels.
// Constants only.
#pragma once

#include <cstddef>

namespace pointsman::encode {

struct Avx512Shape {
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kRows = 8;  // 24 sums, 3 weights, 1 input of 32 registers
  static constexpr std::size_t kVectors = 3;
};

}  // namespace pointsman::encode
