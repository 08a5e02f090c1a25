// What happens to rows between the matrices: layer norm, attention, reading stored floats.
//
// Tags and inclusion as in kernels_vector.h.
#pragma once

#include "encode/kernels.h"
#include "encode/kernels_tile.h"
#include "encode/kernels_vector.h"

namespace pointsman::encode {

// Mean, then variance about it, both over the first `width` of a padded row.
template <class Isa>
void norm(const NormArguments& n) {
  using F = typename Vec<Isa>::F;
  constexpr std::size_t kLanes = Isa::kLanes;
  const float share = 1.0F / static_cast<float>(n.width);
  const std::size_t whole = n.width / kLanes * kLanes;
  const F tail = first_lanes<Isa>(n.width - whole);
  for (std::size_t r = 0; r < n.count; ++r) {
    float* row = n.rows + r * n.stride;
    F sum{};
    for (std::size_t i = 0; i < n.width; i += kLanes) sum += load_as<F>(row + i);  // the padding is zero
    const float mean = sum_of<Isa>(sum) * share;
    F squares{};
    for (std::size_t i = 0; i < whole; i += kLanes) {
      const F centred = load_as<F>(row + i) - mean;
      squares += centred * centred;
    }
    if (whole < n.width) {
      const F centred = (load_as<F>(row + whole) - mean) * tail;
      squares += centred * centred;
    }
    const float factor = 1.0F / __builtin_sqrtf(sum_of<Isa>(squares) * share + n.epsilon);
    for (std::size_t i = 0; i < n.stride; i += kLanes) {
      store_as(row + i, (load_as<F>(row + i) - mean) * factor * load_as<F>(n.gain + i) + load_as<F>(n.bias + i));
    }
  }
}

// One head of one text: its slices of the rows of Q, K and V, and room to work in.
struct Head {
  const float* q;
  const float* k;
  const float* v;
  std::size_t stride;
  std::size_t tokens;
  std::size_t padded;  // tokens, rounded up to kRowMultiple
  std::size_t size;    // floats of a head
  std::size_t width;   // the same, rounded up
  float* keys;         // panels: tokens are the columns
  float* values;       // panels: tokens are the steps
  float* scores;       // kRows x padded
};

template <class Isa>
void pack_keys(const Head& h) {
  const Parts panels{h.padded / Isa::kLanes, Isa::kVectors};
  for (std::size_t p = 0; p < panels.count(); ++p) {
    const std::size_t width = panels.size(p) * Isa::kLanes;
    const std::size_t first = panels.begin(p) * Isa::kLanes;
    float* panel = h.keys + first * h.size;
    for (std::size_t t = 0; t < width; ++t) {
      const bool real = first + t < h.tokens;
      const float* row = h.k + (real ? first + t : 0) * h.stride;
      for (std::size_t i = 0; i < h.size; ++i) panel[i * width + t] = real ? row[i] : 0.0F;
    }
  }
}

template <class Isa>
void pack_values(const Head& h) {
  const Parts panels{h.width / Isa::kLanes, Isa::kVectors};
  for (std::size_t p = 0; p < panels.count(); ++p) {
    const std::size_t width = panels.size(p) * Isa::kLanes;
    const std::size_t first = panels.begin(p) * Isa::kLanes;
    const std::size_t real = first < h.size ? (h.size - first < width ? h.size - first : width) : 0;
    float* panel = h.values + first * h.tokens;
    for (std::size_t t = 0; t < h.tokens; ++t) {
      __builtin_memcpy(panel + t * width, h.v + t * h.stride + first, real * sizeof(float));
      for (std::size_t i = real; i < width; ++i) panel[t * width + i] = 0;
    }
  }
}

// Replaces a row of scores by e^(score - largest), zero beyond the tokens; returns one over their sum.
template <class Isa>
float softmax(float* row, std::size_t tokens, std::size_t padded) {
  using F = typename Vec<Isa>::F;
  constexpr std::size_t kLanes = Isa::kLanes;
  const std::size_t whole = tokens / kLanes * kLanes;
  F largest = F{} + row[0];
  for (std::size_t i = 0; i < whole; i += kLanes) largest = maximum(largest, load_as<F>(row + i));
  for (std::size_t i = whole; i < tokens; ++i) largest = maximum(largest, F{} + row[i]);
  const F top = F{} + largest_of<Isa>(largest);
  F sum{};
  for (std::size_t i = 0; i < padded; i += kLanes) {
    F e = exponential<Isa>(minimum(load_as<F>(row + i) - top, F{}));
    if (i >= whole) e *= first_lanes<Isa>(tokens > i ? tokens - i : 0);
    store_as(row + i, e);
    sum += e;
  }
  return 1.0F / sum_of<Isa>(sum);
}

template <class Isa>
void attend_rows(const Head& h, std::size_t query, std::size_t rows, float* out, std::size_t out_stride) {
  using F = typename Vec<Isa>::F;
  constexpr std::size_t kLanes = Isa::kLanes;
  const Parts tokens{h.padded / kLanes, Isa::kVectors};
  for (std::size_t p = 0; p < tokens.count(); ++p) {
    const std::size_t first = tokens.begin(p) * kLanes;
    kTiles<FloatOp<Isa>>[rows - 1][tokens.size(p) - 1]({.input = h.q + query * h.stride,
                                                        .input_stride = h.stride,
                                                        .weights = h.keys + first * h.size,
                                                        .steps = h.size,
                                                        .sums = h.scores + first,
                                                        .sums_stride = h.padded,
                                                        .ahead = reinterpret_cast<const char*>(h.values)});
  }
  float share[Isa::kRows];
  for (std::size_t r = 0; r < rows; ++r) share[r] = softmax<Isa>(h.scores + r * h.padded, h.tokens, h.padded);
  alignas(kAlignment) float sums[Isa::kRows * Isa::kVectors * kLanes];
  const Parts columns{h.width / kLanes, Isa::kVectors};
  for (std::size_t p = 0; p < columns.count(); ++p) {
    const std::size_t first = columns.begin(p) * kLanes;
    const std::size_t width = columns.size(p) * kLanes;
    kTiles<FloatOp<Isa>>[rows - 1][columns.size(p) - 1]({.input = h.scores,
                                                         .input_stride = h.padded,
                                                         .weights = h.values + first * h.tokens,
                                                         .steps = h.tokens,
                                                         .sums = sums,
                                                         .sums_stride = width,
                                                         .ahead = reinterpret_cast<const char*>(h.keys)});
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < width; c += kLanes) {
        const F value = load_as<F>(sums + r * width + c) * share[r];
        float* to = out + (query + r) * out_stride + first + c;
        const std::size_t left = first + c < h.size ? h.size - first - c : 0;
        __builtin_memcpy(to, &value, (left < kLanes ? left : kLanes) * sizeof(float));
      }
    }
  }
}

template <class Isa>
void attend(const AttendArguments& a) {
  const std::size_t size = a.hidden / a.heads;
  const std::size_t padded = round_up(a.tokens, kRowMultiple);
  const std::size_t width = round_up(size, kRowMultiple);
  const Parts blocks{a.queries, Isa::kRows};
  for (std::size_t i = 0; i < a.heads; ++i) {
    const float* q = a.qkv + i * size;
    const Head head{.q = q,
                    .k = q + a.hidden,
                    .v = q + 2 * a.hidden,
                    .stride = a.stride,
                    .tokens = a.tokens,
                    .padded = padded,
                    .size = size,
                    .width = width,
                    .keys = a.work,
                    .values = a.work + padded * width,
                    .scores = a.work + 2 * padded * width};
    pack_keys<Isa>(head);
    pack_values<Isa>(head);
    for (std::size_t b = 0; b < blocks.count(); ++b) {
      attend_rows<Isa>(head, blocks.begin(b), blocks.size(b), a.output + i * size, a.output_stride);
    }
  }
}

template <class Isa, class From>
PM_INLINE typename Vec<Isa>::F widened(const std::byte* source) {
  using F = typename Vec<Isa>::F;
  using I = typename Vec<Isa>::I;
  if constexpr (sizeof(From) == sizeof(F)) return load_as<F>(source);
  if constexpr (sizeof(From) < sizeof(F)) {
    if constexpr (__is_same(From, typename Vec<Isa>::Float16s)) {
      return __builtin_convertvector(load_as<From>(source), F);
    } else {
      return bits_as<F>(__builtin_convertvector(load_as<From>(source), I) << 16);
    }
  }
}

template <class Isa, class From>
void widen_from(const std::byte* source, std::size_t n, float* out) {
  constexpr std::size_t kLanes = Isa::kLanes;
  constexpr std::size_t kSize = sizeof(From) / kLanes;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store_as(out + i, widened<Isa, From>(source + i * kSize));
  if (i == n) return;
  std::byte last[sizeof(From)]{};
  __builtin_memcpy(last, source + i * kSize, (n - i) * kSize);
  const auto tail = widened<Isa, From>(last);
  __builtin_memcpy(out + i, &tail, (n - i) * sizeof(float));
}

template <class Isa>
void widen(Dtype from, const std::byte* source, std::size_t n, float* out) {
  if (from == Dtype::kF32) return widen_from<Isa, typename Vec<Isa>::F>(source, n, out);
  if (from == Dtype::kF16) return widen_from<Isa, typename Vec<Isa>::Float16s>(source, n, out);
  return widen_from<Isa, typename Vec<Isa>::Halves>(source, n, out);
}

// Every kernel of a path, with weights in float.
template <class Isa>
inline constexpr MatrixKernels kFloatMatrix = {
    .precision = Precision::kF32, .per_word = 1, .convert = convert_floats<Isa>, .multiply = multiply<FloatOp<Isa>>};

template <class Isa>
Kernels kernels_of(Path path) {
  return {.path = path,
          .lanes = Isa::kLanes,
          .vectors = Isa::kVectors,
          .widen = widen<Isa>,
          .norm = norm<Isa>,
          .attend = attend<Isa>,
          .f32 = &kFloatMatrix<Isa>,
          .bf16 = nullptr,
          .i8 = nullptr};
}

}  // namespace pointsman::encode
