// The safetensors format: named tensors in one file, their places in a JSON header in front.
//
// Eight bytes of header length (little endian), the header {name: {dtype, shape, data_offsets}}, the data without gaps:
// https://huggingface.co/docs/safetensors, "Format". Pure and immutable; the file's bytes must outlive it. Any bytes
// are either refused or give tensors that lie inside the file.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/tensor.h"

namespace pointsman::encode {

class Safetensors {
 public:
  // kParse for what is no such file, kCorrupt for offsets that cannot be, kTooLarge over the limits; place() is a
  // pointer into the header ("/embeddings.word_embeddings.weight/data_offsets"). Element types and ranks that we do
  // not read are accepted here and refused by tensor(): a file may hold tensors that nobody asks for.
  static base::Result<Safetensors> open(std::span<const std::byte> file);

  std::size_t size() const { return entries_.size(); }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // kNotFound, or kUnsupported for an element type or rank that TensorView cannot say.
  base::Result<TensorView> tensor(std::string_view name) const;
  // The elements as floats; reads F64 as well.
  base::Result<std::vector<float>> floats(std::string_view name) const;

 private:
  class HeaderReader;
  static constexpr std::size_t kMaxStoredRank = 8;
  struct Entry {
    std::string_view name;   // points into the file
    std::string_view dtype;  // as written
    std::array<std::size_t, kMaxStoredRank> shape{};
    std::size_t rank = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  const Entry* find(std::string_view name) const;
  std::span<const std::byte> bytes_of(const Entry& entry) const;

  std::span<const std::byte> data_;
  std::vector<Entry> entries_;  // sorted by name
};

}  // namespace pointsman::encode
