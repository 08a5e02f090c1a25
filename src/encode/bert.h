// Sentence encoders of the BERT family (MiniLM, BGE, E5, GTE-base): text in, one vector out, on one core.
//
// Devlin et al. 2018, with the layer norm after each block; pooling by mean or first token. Immutable, shared by all
// threads. The texts of a call run through the layers together, their tokens one after the other without padding;
// each attends only to itself, and its vector has the same bits as if it had come alone. Results do differ in the last
// bits between paths (precision.h). Float and bfloat16 share an id, as their vectors hardly differ (cosine above 0.9999),
// so that what is trained on one processor serves on another; those of 8-bit matrices have their own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "encode/bert_weights.h"
#include "encode/encoder.h"
#include "encode/model_directory.h"
#include "encode/precision.h"

namespace pointsman::encode {

class BertEncoder final : public Encoder {
 public:
  // `owner` keeps the bytes alive that the model's tensors point into. Fails as pack_weights does, and with
  // kUnsupported if the processor lacks `precision`.
  static base::Result<std::shared_ptr<const BertEncoder>> open(Model model, Precision precision,
                                                               std::shared_ptr<const void> owner);
  // The same on kernels of the caller's choice: those of a path that this processor supports.
  static base::Result<std::shared_ptr<const BertEncoder>> open_on(Path path, Model model, Precision precision,
                                                                  std::shared_ptr<const void> owner);

  std::size_t dimensions() const override { return model_.bert.hidden; }
  const std::string& id() const override { return id_; }
  std::size_t max_tokens() const override { return max_tokens_; }
  std::unique_ptr<EncoderScratch> make_scratch() const override;
  void encode(std::span<const std::string_view> texts, EncoderScratch& scratch, std::span<float> out) const override;

  using Ids = std::span<const std::uint32_t>;
  // The same for texts that are tokens already, those added before and after included. What is beyond max_tokens() is
  // not read; an id beyond the vocabulary is read as 0.
  void encode_ids(std::span<const Ids> texts, EncoderScratch& scratch, std::span<float> out) const;
  // The hidden states of one text after the first `layers` layers (0: the embeddings): tokens x dimensions() floats.
  void hidden_states(Ids ids, std::size_t layers, EncoderScratch& scratch, std::span<float> out) const;

  Precision precision() const { return precision_; }
  Path path() const { return kernels_.path; }
  std::size_t layers() const { return weights_.layers.size(); }

 private:
  struct Scratch;
  BertEncoder(Model model, BertWeights weights, const Kernels& kernels, Precision precision,
              std::shared_ptr<const void> owner);
  void run(std::size_t layers, Pooling pooling, Scratch& scratch) const;
  void embed(Scratch& scratch) const;
  void attend(const LayerWeights& layer, Pooling pooling, Scratch& scratch) const;
  void feed_forward(const LayerWeights& layer, Scratch& scratch) const;
  void norm(const NormWeights& weights, Scratch& scratch) const;
  void pool(const Scratch& scratch, std::span<float> out) const;

  Model model_;
  BertWeights weights_;
  const Kernels& kernels_;
  Precision precision_;
  std::shared_ptr<const void> owner_;
  std::size_t max_tokens_;
  std::string id_;
};

}  // namespace pointsman::encode
