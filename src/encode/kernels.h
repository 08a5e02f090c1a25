// The inner loops of an encoder, one set for each instruction set: matrix times matrix, attention, layer norm.
//
// Tables of plain functions without state; any thread may call them on memory of its own. None allocates. Every
// output row depends on its own input rows alone, in the same order of operations whatever else is in the batch: a
// text gives the same bits alone and in company.
//
// Layout. A matrix of weights (outputs x inputs) is packed once into panels: some vectors of outputs wide, the inputs
// running down. A "word" of 32 bits holds 1 float, 2 bfloat16 or 4 integers of 8 bits that are neighbours along the
// inputs; a panel is one word for each of its outputs, then the next word of each, and so on. Rows of input are words
// in the same order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "encode/model_directory.h"
#include "encode/precision.h"
#include "encode/tensor.h"

namespace pointsman::encode {

inline constexpr std::size_t kAlignment = 64;    // of every buffer handed to a kernel, bytes
inline constexpr std::size_t kRowMultiple = 16;  // floats: rows are padded to it with zeros

constexpr std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// `total` things in as few parts of at most `most` as possible, sizes as even as possible.
struct Parts {
  std::size_t total;
  std::size_t most;
  constexpr std::size_t count() const { return (total + most - 1) / most; }
  constexpr std::size_t begin(std::size_t part) const { return total * part / count(); }
  constexpr std::size_t size(std::size_t part) const { return begin(part + 1) - begin(part); }
};

// Weights in panels. `columns` is outputs rounded up to kRowMultiple; the columns beyond `outputs` are zero.
struct Panels {
  const void* words = nullptr;
  std::size_t inputs = 0;
  std::size_t input_words = 0;  // for each output
  std::size_t columns = 0;
  const float* bias = nullptr;   // `columns` of them, as are:
  const float* scale = nullptr;  // 8-bit weights only: what one step of an output's weights is worth
  const float* sums = nullptr;   // 8-bit weights only: the sum of an output's weights, as they are after rounding
};

// Rows of input as a kernel wants them. For kF32 `words` are the floats themselves.
struct Operand {
  const void* words = nullptr;
  std::size_t stride = 0;        // words from row to row
  const float* scale = nullptr;  // kI8: a value is low + scale * integer, for each row
  const float* low = nullptr;
};

// What happens to a product before it is stored; the bias is always added.
enum class Finish : std::uint8_t { kStore, kAdd, kGelu, kGeluTanh, kRelu };  // kAdd: to what is there

struct MultiplyArguments {
  Operand input;
  std::size_t rows = 0;
  const Panels* weights = nullptr;
  Finish finish = Finish::kStore;
  float* output = nullptr;
  std::size_t output_stride = 0;  // floats, at least `columns`
};

struct ConvertArguments {
  const float* input = nullptr;
  std::size_t rows = 0;
  std::size_t stride = 0;  // floats from row to row of the input; multiple of kRowMultiple, all of it is read
  void* words = nullptr;   // room for rows x stride elements
  float* scale = nullptr;  // kI8: room for `rows`, as has:
  float* low = nullptr;
};

// One representation of weights.
struct MatrixKernels {
  Precision precision;
  std::size_t per_word;  // elements in a word: 1, 2 or 4
  Operand (*convert)(const ConvertArguments&);
  void (*multiply)(const MultiplyArguments&);
};

struct NormArguments {
  float* rows = nullptr;  // in place
  std::size_t count = 0;
  std::size_t width = 0;
  std::size_t stride = 0;
  const float* gain = nullptr;  // `stride` of them, zero beyond `width`, as is:
  const float* bias = nullptr;
  float epsilon = 0;
};

// Attention of one text: softmax(Q K^T) V for each head. The factor 1/sqrt(head size) is in the weights of Q already.
struct AttendArguments {
  const float* qkv = nullptr;  // tokens x stride: Q of all heads, then K, then V, `hidden` floats each
  std::size_t stride = 0;
  std::size_t tokens = 0;
  std::size_t queries = 0;  // only the first so many tokens ask
  std::size_t hidden = 0;
  std::size_t heads = 0;
  float* work = nullptr;  // attend_work(tokens, hidden / heads) floats
  float* output = nullptr;
  std::size_t output_stride = 0;
};

struct Kernels {
  Path path;
  std::size_t lanes;                                                              // floats in a vector
  std::size_t vectors;                                                            // widest panel, in vectors
  void (*widen)(Dtype from, const std::byte* source, std::size_t n, float* out);  // kF32, kF16, kBf16
  void (*norm)(const NormArguments&);
  void (*attend)(const AttendArguments&);
  const MatrixKernels* f32;   // never null
  const MatrixKernels* bf16;  // null where the processor has none, as is:
  const MatrixKernels* i8;
};

// The most rows of scores that attention keeps at a time, in any set of kernels.
inline constexpr std::size_t kMaxTileRows = 16;

constexpr std::size_t attend_work(std::size_t tokens, std::size_t head) {
  const std::size_t padded = round_up(tokens, kRowMultiple);
  const std::size_t width = round_up(head, kRowMultiple);
  return padded * width * 2 + padded * kMaxTileRows;
}

// The kernels of a path that this processor supports.
const Kernels& kernels_for(Path path);

// Of each translation unit; null in a build for another architecture.
const Kernels* portable_kernels();
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();
const MatrixKernels* avx512_bf16_kernels();
const MatrixKernels* avx512_vnni_kernels();

}  // namespace pointsman::encode
