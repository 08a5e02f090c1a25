// A few rows of input times one panel of weights, held in registers from the first word to the last; and the loop over
// rows and panels around it. The same for every representation of weights: what a step does is `Op`'s business.
//
// Tags and inclusion as in kernels_vector.h. `Op` names its instruction set `Isa`, the vector of sums `Acc`, a vector
// of weights `Words`, what it broadcasts of the input `Word`; step(Acc, Word, Words) adds one word's products, and
// value(Acc, arguments, row, column) says what a sum is worth.
#pragma once

#include "encode/kernels.h"
#include "encode/kernels_vector.h"

namespace pointsman::encode {

struct TileArguments {
  const void* input;  // words
  std::size_t input_stride;
  const void* weights;  // a panel: `lanes x vectors` words for each step
  std::size_t steps;
  void* sums;  // where the rows of Acc go
  std::size_t sums_stride;
  const char* ahead;  // what comes next, brought nearer one cache line a step
};

template <class Op, std::size_t Rows, std::size_t Vectors>
void tile(const TileArguments& t) {
  constexpr std::size_t kLanes = Op::Isa::kLanes;
  typename Op::Acc acc[Rows][Vectors];
#pragma clang loop unroll(full)
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma clang loop unroll(full)
    for (std::size_t v = 0; v < Vectors; ++v) acc[r][v] = typename Op::Acc{};
  }
  const auto* weights = static_cast<const std::uint32_t*>(t.weights);
  const auto* input = static_cast<const std::uint32_t*>(t.input);
  const char* ahead = t.ahead;
  for (std::size_t step = 0; step < t.steps; ++step, weights += kLanes * Vectors, ahead += 64) {
    __builtin_prefetch(ahead, 0, 2);
    typename Op::Words w[Vectors];
#pragma clang loop unroll(full)
    for (std::size_t v = 0; v < Vectors; ++v) w[v] = load_as<typename Op::Words>(weights + v * kLanes);
#pragma clang loop unroll(full)
    for (std::size_t r = 0; r < Rows; ++r) {
      const auto word = load_as<typename Op::Word>(input + r * t.input_stride + step);
#pragma clang loop unroll(full)
      for (std::size_t v = 0; v < Vectors; ++v) acc[r][v] = Op::step(acc[r][v], word, w[v]);
    }
  }
  auto* sums = static_cast<std::uint32_t*>(t.sums);
#pragma clang loop unroll(full)
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma clang loop unroll(full)
    for (std::size_t v = 0; v < Vectors; ++v) store_as(sums + r * t.sums_stride + v * kLanes, acc[r][v]);
  }
}

using Tile = void (*)(const TileArguments&);

template <class Op, std::size_t Rows>
inline constexpr Tile kTilesOf[3] = {tile < Op, Rows <= Op::Isa::kRows ? Rows : 1, 1 >,
                                     tile<Op, Rows <= Op::Isa::kRows ? Rows : 1, 2>,
                                     tile<Op, Rows <= Op::Isa::kRows ? Rows : 1, 3>};

// kTiles<Op>[rows - 1][vectors - 1]
template <class Op>
inline constexpr const Tile* kTiles[8] = {kTilesOf<Op, 1>, kTilesOf<Op, 2>, kTilesOf<Op, 3>, kTilesOf<Op, 4>,
                                          kTilesOf<Op, 5>, kTilesOf<Op, 6>, kTilesOf<Op, 7>, kTilesOf<Op, 8>};

template <class IsaTag>
struct FloatOp {
  using Isa = IsaTag;
  using Acc = typename Vec<Isa>::F;
  using Words = typename Vec<Isa>::F;
  using Word = float;
  PM_INLINE static Acc step(Acc acc, Word word, Words w) { return acc + w * word; }
  PM_INLINE static Acc value(Acc acc, const MultiplyArguments& /*m*/, std::size_t /*row*/, std::size_t /*column*/) {
    return acc;
  }
};

template <class Op, Finish How>
PM_INLINE typename Vec<typename Op::Isa>::F finished(typename Vec<typename Op::Isa>::F x, const float* there) {
  using Isa = typename Op::Isa;
  using F = typename Vec<Isa>::F;
  if constexpr (How == Finish::kAdd) return load_as<F>(there) + x;
  if constexpr (How == Finish::kGelu) return gelu<Isa>(x);
  if constexpr (How == Finish::kGeluTanh) return gelu_tanh<Isa>(x);
  if constexpr (How == Finish::kRelu) return maximum(x, F{});
  return x;
}

struct Block {
  std::size_t row;
  std::size_t rows;
  std::size_t column;
  std::size_t columns;
};

template <class Op, Finish How>
void finish_block(const MultiplyArguments& m, const Block& block, const float* sums) {
  using F = typename Vec<typename Op::Isa>::F;
  for (std::size_t r = 0; r < block.rows; ++r) {
    float* out = m.output + (block.row + r) * m.output_stride + block.column;
    for (std::size_t c = 0; c < block.columns; c += Op::Isa::kLanes) {
      const auto acc = load_as<typename Op::Acc>(sums + r * block.columns + c);
      const F value = Op::value(acc, m, block.row + r, block.column + c);
      store_as(out + c, finished<Op, How>(value + load_as<F>(m.weights->bias + block.column + c), out + c));
    }
  }
}

template <class Op>
void finish_block(const MultiplyArguments& m, const Block& block, const float* sums) {
  switch (m.finish) {
    case Finish::kStore:
      return finish_block<Op, Finish::kStore>(m, block, sums);
    case Finish::kAdd:
      return finish_block<Op, Finish::kAdd>(m, block, sums);
    case Finish::kGelu:
      return finish_block<Op, Finish::kGelu>(m, block, sums);
    case Finish::kGeluTanh:
      return finish_block<Op, Finish::kGeluTanh>(m, block, sums);
    case Finish::kRelu:
      return finish_block<Op, Finish::kRelu>(m, block, sums);
  }
}

// Panels outside, rows inside: a panel is read from memory once and then from the cache.
template <class Op>
void multiply(const MultiplyArguments& m) {
  using Isa = typename Op::Isa;
  const Panels& w = *m.weights;
  const Parts panels{w.columns / Isa::kLanes, Isa::kVectors};
  const Parts blocks{m.rows, Isa::kRows};
  alignas(kAlignment) float sums[Isa::kRows * Isa::kVectors * Isa::kLanes];
  for (std::size_t p = 0; p < panels.count(); ++p) {
    const std::size_t width = panels.size(p) * Isa::kLanes;
    const std::size_t column = panels.begin(p) * Isa::kLanes;
    const auto* panel = static_cast<const std::uint32_t*>(w.words) + column * w.input_words;
    const char* ahead = reinterpret_cast<const char*>(panel + width * w.input_words);
    for (std::size_t b = 0; b < blocks.count(); ++b, ahead += w.input_words * 64) {
      const Block block{blocks.begin(b), blocks.size(b), column, width};
      kTiles<Op>[block.rows - 1][panels.size(p) - 1](
          {.input = static_cast<const std::uint32_t*>(m.input.words) + block.row * m.input.stride,
           .input_stride = m.input.stride,
           .weights = panel,
           .steps = w.input_words,
           .sums = sums,
           .sums_stride = width,
           .ahead = ahead});
      finish_block<Op>(m, block, sums);
    }
  }
}

template <class Isa>
Operand convert_floats(const ConvertArguments& c) {
  return {.words = c.input, .stride = c.stride};
}

}  // namespace pointsman::encode
