#include "learn/dense_rows.h"

#include <algorithm>

#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kBatch = 16;

void append(SparseRows& rows, std::span<const float> values, std::uint32_t first, float scale) {
  for (std::uint32_t d = 0; d < values.size(); ++d) {
    if (values[d] != 0) rows.entries.push_back({first + d, scale * values[d]});
  }
}

}  // namespace

DenseRows encode_rows(const encode::Encoder& encoder, std::span<const std::string_view> texts, int threads) {
  DenseRows out{encoder.dimensions(), std::vector<float>(texts.size() * encoder.dimensions())};
  const int parts = std::clamp(threads, 1, 64);
  const std::size_t share = (texts.size() + static_cast<std::size_t>(parts) - 1) / static_cast<std::size_t>(parts);
  in_parallel(parts, parts, [&](int part) {
    const auto scratch = encoder.make_scratch();
    const std::size_t end = std::min(texts.size(), (static_cast<std::size_t>(part) + 1) * share);
    for (std::size_t at = static_cast<std::size_t>(part) * share; at < end; at += kBatch) {
      const std::size_t n = std::min(kBatch, end - at);
      const auto values = std::span(out.values).subspan(at * out.dimensions, n * out.dimensions);
      encoder.encode(texts.subspan(at, n), *scratch, values);
    }
  });
  return out;
}

SparseRows as_sparse(const DenseRows& dense, std::size_t begin, std::size_t end, float scale) {
  SparseRows out;
  out.entries.reserve((end - begin) * dense.dimensions);
  for (std::size_t i = begin; i < end; ++i) {
    append(out, dense.row(i), 0, scale);
    out.begin.push_back(out.entries.size());
  }
  return out;
}

SparseRows joined(const SparseRows& rows, const DenseRows& dense, std::uint32_t first, float scale) {
  SparseRows out;
  out.entries.reserve(rows.entries.size() + dense.values.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows.row(i);
    out.entries.insert(out.entries.end(), row.begin(), row.end());
    append(out, dense.row(i), first, scale);
    out.begin.push_back(out.entries.size());
  }
  return out;
}

}  // namespace pointsman::learn
