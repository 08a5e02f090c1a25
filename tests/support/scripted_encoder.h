// A sentence encoder that says of each text what a test tells it to.
// For tests. As safe to share between threads as the function it is given.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "encode/encoder.h"

namespace pointsman::testing {

class ScriptedEncoder : public encode::Encoder {
 public:
  // Fills `vector`, which has the encoder's dimensions and begins as zeros.
  using Say = std::function<void(std::string_view text, std::span<float> vector)>;

  // `digit` tells encoders apart: their ids are 64 of it.
  ScriptedEncoder(char digit, std::size_t dimensions, Say say)
      : id_(64, digit), dimensions_(dimensions), say_(std::move(say)) {}
  std::size_t dimensions() const override { return dimensions_; }
  const std::string& id() const override { return id_; }
  std::size_t max_tokens() const override { return 100; }
  std::unique_ptr<encode::EncoderScratch> make_scratch() const override {
    return std::make_unique<encode::EncoderScratch>();
  }
  void encode(std::span<const std::string_view> texts, encode::EncoderScratch&, std::span<float> out) const override {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto vector = out.subspan(i * dimensions_, dimensions_);
      std::ranges::fill(vector, 0.0F);
      say_(texts[i], vector);
    }
  }

 private:
  std::string id_;
  std::size_t dimensions_;
  Say say_;
};

}  // namespace pointsman::testing
