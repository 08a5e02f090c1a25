// An encoder that remembers what it said of texts, so that seeds and configurations do not pay for it again.
// For benchmarks: add() before use, from one thread; then read-only, from any.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "encode/encoder.h"
#include "learn/dataset.h"

namespace pointsman::bench {

class CachedEncoder final : public encode::Encoder {
 public:
  explicit CachedEncoder(std::shared_ptr<const encode::Encoder> encoder) : encoder_(std::move(encoder)) {}

  // Encodes the texts that are not known yet.
  void add(const learn::Dataset& data, int threads);

  std::size_t dimensions() const override { return encoder_->dimensions(); }
  const std::string& id() const override { return encoder_->id(); }
  std::size_t max_tokens() const override { return encoder_->max_tokens(); }
  std::unique_ptr<encode::EncoderScratch> make_scratch() const override { return encoder_->make_scratch(); }
  void encode(std::span<const std::string_view> texts, encode::EncoderScratch& scratch,
              std::span<float> out) const override;

 private:
  std::shared_ptr<const encode::Encoder> encoder_;
  std::unordered_map<std::string, std::size_t> place_;
  std::vector<float> values_;
};

}  // namespace pointsman::bench
