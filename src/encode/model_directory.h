// A Hugging Face directory as it lies on disk: which files an encoder needs, and what they say of the model.
//
// Pure: the caller maps the files and hands them over by name. Everything that is not supported is refused with the
// file and the JSON pointer of the field. Immutable once read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/tensor.h"
#include "encode/wordpiece.h"

namespace pointsman::encode {

// Names relative to the directory that read_model looks for, those that may be absent included. A caller maps those
// that exist.
std::span<const std::string_view> model_file_names();

struct ModelFile {
  std::string name;  // "config.json", "1_Pooling/config.json", "model.safetensors", ...
  std::span<const std::byte> bytes;
};

enum class Pooling : std::uint8_t { kMean, kCls };
enum class Activation : std::uint8_t { kGelu, kGeluTanh, kRelu };  // kGelu is the exact one, by erf

struct BertConfig {
  std::size_t vocabulary = 0;
  std::size_t hidden = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t intermediate = 0;
  std::size_t positions = 0;    // longest sequence
  std::size_t token_types = 0;  // 0: the model has none
  float layer_norm_eps = 1e-12F;
  Activation activation = Activation::kGelu;
};

// What an encoder is made of. Whether its authors' pipeline ends in a Normalize is not kept: every encoder of ours
// gives vectors of length 1 (encoder.h).
struct Model {
  enum class Kind : std::uint8_t { kBert, kStatic };  // kStatic: one vector for each token (model2vec's layout)
  Kind kind = Kind::kBert;
  BertConfig bert;
  std::size_t dimensions = 0;
  Pooling pooling = Pooling::kMean;
  std::string prefix;  // put before every text ("query: " for E5); empty for most
  std::size_t max_tokens = 512;
  std::optional<WordPiece> tokenizer;
  std::vector<TensorView> tensors;   // sorted by name, a leading "bert." removed; of a static model "embeddings"
  std::vector<float> token_weights;  // kStatic: one per token, empty: all 1
  bool drop_unknown = false;         // kStatic: unknown tokens are left out of the mean (model2vec)
  std::shared_ptr<const std::deque<std::string>> renamed;  // names of tensors that the file calls otherwise
  std::string id;                                          // SHA-256 over every file that was used

  const TensorView* find(std::string_view name) const;
};

// The model's views point into `files`, whose bytes must outlive it. Errors say the file in their message and the place
// in it: kNotFound for a file or tensor that is missing, otherwise what the readers of the files say.
base::Result<Model> read_model(std::span<const ModelFile> files);

}  // namespace pointsman::encode
