// Makes small safetensors files for tests: right ones, and wrong ones by writing the header by hand.
// Nothing here reads a file; each object belongs to one test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::test {

inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  const std::uint64_t length = header.size();
  std::string out(sizeof(length), '\0');
  std::memcpy(out.data(), &length, sizeof(length));
  return out.append(header).append(data);
}

// Tensors in the order they are added, F32 unless said otherwise.
class SafetensorsFile {
 public:
  void add(const std::string& name, const std::vector<std::size_t>& shape, const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    add_bytes(name, "F32", shape, bytes);
  }
  void add_bytes(const std::string& name, const std::string& dtype, const std::vector<std::size_t>& shape,
                 std::string_view bytes) {
    std::string dimensions;
    for (const std::size_t n : shape) dimensions += (dimensions.empty() ? "" : ",") + std::to_string(n);
    header_ += (header_.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":")" + dtype + R"(","shape":[)" + dimensions +
               R"(],"data_offsets":[)" + std::to_string(data_.size()) + ',' +
               std::to_string(data_.size() + bytes.size()) + "]}";
    data_ += bytes;
  }
  std::string bytes() const { return safetensors_bytes(header_ + "}", data_); }

 private:
  std::string header_ = "{";
  std::string data_;
};

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace pointsman::test
