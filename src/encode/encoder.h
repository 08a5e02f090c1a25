// The seam for anything that turns a text into a vector of fixed length: a transformer, or a table of token vectors.
//
// Implementations are immutable and shared by all threads; what changes during a call lives in the caller's scratch.
// No call allocates once its scratch has grown to the longest input seen.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pointsman::encode {

// Working memory of one thread.
class EncoderScratch {
 public:
  virtual ~EncoderScratch() = default;
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::size_t dimensions() const = 0;
  // 64 hexadecimal digits that change with the weights, the tokenizer, pooling, prefix or precision class: a head
  // trained on the vectors of one encoder is used with no other.
  virtual const std::string& id() const = 0;
  // Tokens of a text that are read; what follows is cut off.
  virtual std::size_t max_tokens() const = 0;
  virtual std::unique_ptr<EncoderScratch> make_scratch() const = 0;
  // Fills texts.size() x dimensions() floats, one vector of length 1 for each text, also of models that do not
  // normalise: what learns from vectors weighs them as if all were alike, and a longer vector means no more. A text
  // without any token gives whatever the model says of nothing, or zeros where it says nothing. Any bytes are a text:
  // what is not UTF-8 reads as U+FFFD. `scratch` must come from this encoder's make_scratch.
  virtual void encode(std::span<const std::string_view> texts, EncoderScratch& scratch, std::span<float> out) const = 0;
};

}  // namespace pointsman::encode
