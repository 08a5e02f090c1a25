#include "encode/tensor.h"

#include <bit>
#include <cstring>

namespace pointsman::encode {
namespace {

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t i) {
  T out;
  std::memcpy(&out, bytes.data() + i * sizeof(T), sizeof(T));
  return out;
}

}  // namespace

float TensorView::at(std::size_t i) const {
  switch (dtype) {
    case Dtype::kF32:
      return load<float>(bytes, i);
    case Dtype::kF16:
      return static_cast<float>(load<_Float16>(bytes, i));
    case Dtype::kBf16:
      return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(bytes, i)} << 16U);
    case Dtype::kI8:
      return static_cast<float>(load<std::int8_t>(bytes, i));
    case Dtype::kI64:
      return static_cast<float>(load<std::int64_t>(bytes, i));
  }
  return 0;
}

}  // namespace pointsman::encode
