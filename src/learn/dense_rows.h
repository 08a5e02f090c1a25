// Embeddings of examples, as rows that the sparse trainers read. Plain data; encode_rows runs several threads, each
// with a scratch of its own, and gives the same rows on any number of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "encode/encoder.h"
#include "learn/sparse.h"

namespace pointsman::learn {

struct DenseRows {
  std::size_t dimensions = 0;
  std::vector<float> values;  // rows x dimensions

  std::size_t size() const { return dimensions == 0 ? 0 : values.size() / dimensions; }
  std::span<const float> row(std::size_t i) const { return std::span(values).subspan(i * dimensions, dimensions); }
};

DenseRows encode_rows(const encode::Encoder& encoder, std::span<const std::string_view> texts, int threads);

// The rows of `dense` from `begin` to `end`, every value times `scale`, as features 0 to dimensions - 1.
SparseRows as_sparse(const DenseRows& dense, std::size_t begin, std::size_t end, float scale);

// `rows` with `dense` behind each as features `first`, first + 1, ..., every value times `scale`. Both have the same
// number of rows.
SparseRows joined(const SparseRows& rows, const DenseRows& dense, std::uint32_t first, float scale);

}  // namespace pointsman::learn
