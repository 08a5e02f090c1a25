#include "classify/dense_head.h"

#include <cmath>
#include <cstring>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::size_t kHeader = 64;
constexpr std::size_t kLanes = 16;

std::size_t stride_of(std::size_t categories) {
  return (categories + kLanes - 1) / kLanes * kLanes;
}

inline __attribute__((always_inline)) void add_rows(const float* weights, std::size_t stride,
                                                    std::span<const float> vector, std::span<float> scores) {
  for (std::size_t d = 0; d < vector.size(); ++d) {
    const float* row = weights + d * stride;
    const float factor = vector[d];
    float* out = scores.data();
    const std::size_t size = scores.size();
    for (std::size_t c = 0; c < size; ++c) out[c] += factor * row[c];
  }
}

void add_portable(const float* weights, std::size_t stride, std::span<const float> vector, std::span<float> scores) {
  add_rows(weights, stride, vector, scores);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void add_avx2(const float* weights, std::size_t stride, std::span<const float> vector,
                                              std::span<float> scores) {
  add_rows(weights, stride, vector, scores);
}
#endif

}  // namespace

std::string DenseHead::pack(std::span<const float> weights, std::size_t dimensions, std::size_t categories) {
  const std::size_t stride = stride_of(categories);
  std::string out(kHeader + dimensions * stride * sizeof(float), '\0');
  const auto d32 = static_cast<std::uint32_t>(dimensions);
  const auto s32 = static_cast<std::uint32_t>(stride);
  std::memcpy(out.data(), &d32, sizeof d32);
  std::memcpy(out.data() + 4, &s32, sizeof s32);
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::memcpy(out.data() + kHeader + d * stride * sizeof(float), weights.data() + d * categories,
                categories * sizeof(float));
  }
  return out;
}

Result<DenseHead> DenseHead::open(std::span<const std::byte> bytes, std::size_t categories, std::string_view name) {
  const auto corrupt = [&](std::string_view what) {
    return base::fail(base::ErrorCode::kCorrupt, "model artefact: " + std::string(name) + ": " + std::string(what));
  };
  if (bytes.size() < kHeader) return corrupt("ends early");
  std::uint32_t dimensions = 0;
  std::uint32_t stride = 0;
  std::memcpy(&dimensions, bytes.data(), sizeof dimensions);
  std::memcpy(&stride, bytes.data() + 4, sizeof stride);
  if (dimensions == 0 || dimensions > kMaxDense) return corrupt("impossible number of dimensions");
  if (stride != stride_of(categories)) return corrupt("the row stride does not fit the categories");
  if (bytes.size() != kHeader + std::size_t{dimensions} * stride * sizeof(float)) return corrupt("has the wrong size");
  DenseHead head;
  head.dimensions_ = dimensions;
  head.stride_ = stride;
  head.weights_ = reinterpret_cast<const float*>(bytes.data() + kHeader);
  for (std::size_t i = 0; i < std::size_t{dimensions} * stride; ++i) {
    if (!(std::fabs(head.weights_[i]) <= 1e6F)) return corrupt("a weight is out of range");
  }
  return head;
}

void DenseHead::add(std::span<const float> vector, std::span<float> scores) const {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") > 0;
  if (has_avx2) return add_avx2(weights_, stride_, vector, scores);
#endif
  add_portable(weights_, stride_, vector, scores);
}

}  // namespace pointsman::classify
