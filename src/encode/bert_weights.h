// The weights of a BERT-class model, laid out for the kernels of one path.
//
// Made once when a model is opened, immutable afterwards. The table of word vectors, most of the bytes of a small
// model, stays where it lies in the file and is read a row at a time; everything else is copied.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "encode/aligned.h"
#include "encode/kernels.h"
#include "encode/model_directory.h"

namespace pointsman::encode {

// One matrix and its bias.
class PackedMatrix {
 public:
  // `weights` is outputs x inputs, row major; `bias` one for each output.
  static PackedMatrix pack(std::span<const float> weights, std::span<const float> bias, const Kernels& kernels,
                           const MatrixKernels& matrix);

  const MatrixKernels& kernels() const { return *kernels_; }
  const Panels& panels() const { return panels_; }

 private:
  const MatrixKernels* kernels_ = nullptr;
  Panels panels_;
  Aligned words_;
  Aligned floats_;  // bias, scale, sums
};

struct NormWeights {
  Aligned values;  // gain, then bias, each padded with zeros to `stride`
  std::size_t stride = 0;
  const float* gain() const { return values.as<float>(); }
  const float* bias() const { return values.as<float>() + stride; }
};

struct LayerWeights {
  PackedMatrix qkv;  // Q, already divided by the root of the head size, above K above V
  PackedMatrix attended;
  NormWeights attended_norm;
  PackedMatrix up;
  PackedMatrix down;
  NormWeights norm;
};

struct BertWeights {
  TensorView words;   // vocabulary x hidden, in the file
  Aligned positions;  // positions x stride: the vector of the place plus that of token type 0
  std::size_t stride = 0;
  NormWeights norm;
  std::vector<LayerWeights> layers;
};

// Fails naming the tensor: kNotFound if it is missing, kInvalidArgument if its shape is not what the configuration
// says, its type not a floating one, or a value not finite. `precision` must be one that `kernels` has.
base::Result<BertWeights> pack_weights(const Model& model, const Kernels& kernels, Precision precision);

}  // namespace pointsman::encode
