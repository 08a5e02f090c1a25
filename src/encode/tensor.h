// A tensor by reference: what a weights file holds under a name. The bytes belong to whoever mapped the file; a view is
// plain data, copied freely, read from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pointsman::encode {

enum class Dtype : std::uint8_t { kF32, kF16, kBf16, kI8, kI64 };

constexpr std::size_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return 4;
    case Dtype::kF16:
    case Dtype::kBf16:
      return 2;
    case Dtype::kI8:
      return 1;
    case Dtype::kI64:
      return 8;
  }
  return 0;
}

inline constexpr std::size_t kMaxRank = 4;

struct TensorView {
  std::string_view name;  // points into the file
  Dtype dtype = Dtype::kF32;
  std::array<std::size_t, kMaxRank> shape{};  // the first `rank` count, row major, last index fastest
  std::size_t rank = 0;
  std::span<const std::byte> bytes;  // little endian, exactly elements() x size_of(dtype); may be unaligned

  std::size_t elements() const {
    std::size_t n = 1;
    for (std::size_t i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
  // Element `i` as a float. For kI64 the nearest float.
  float at(std::size_t i) const;
};

}  // namespace pointsman::encode
