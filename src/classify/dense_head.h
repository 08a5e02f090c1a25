// A linear layer over an embedding: one row of weights per dimension, read in place. Immutable, any thread.
//
// Every instruction set adds the same products in the same order without fusing them, so all give the same floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::classify {

inline constexpr std::size_t kMaxDense = 4096;

class DenseHead {
 public:
  // {u32 dimensions, u32 row stride in floats (categories rounded up to 16), 56 zero bytes} and the rows; `weights` are
  // dimensions x categories, row by row.
  static std::string pack(std::span<const float> weights, std::size_t dimensions, std::size_t categories);
  // Checks sizes, and that every weight is a number; `bytes` begin at a multiple of 4 and outlive the head.
  static base::Result<DenseHead> open(std::span<const std::byte> bytes, std::size_t categories, std::string_view name);

  std::size_t dimensions() const { return dimensions_; }
  // What each category's score gets from `vector` (dimensions() floats): scores[c] += sum over d of vector[d] x
  // W[d][c].
  void add(std::span<const float> vector, std::span<float> scores) const;
  float weight(std::size_t dimension, std::size_t category) const { return weights_[dimension * stride_ + category]; }

 private:
  std::size_t dimensions_ = 0;
  std::size_t stride_ = 0;
  const float* weights_ = nullptr;
};

}  // namespace pointsman::classify
