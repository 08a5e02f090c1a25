// Bytes of the records that replicas write for each other: numbers of any length, written and read.
//
// Pure, internal to the module. What is read came from outside: a reader gives nothing rather than what is not there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::shared_redis {

// Zigzag, seven bits in each byte, the lowest first.
inline void put_varint(std::string& out, std::int64_t value) {
  std::uint64_t rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<char>(rest | 0x80));
  out.push_back(static_cast<char>(rest));
}

template <std::size_t kSize>
void put_bytes(std::string& out, const std::array<unsigned char, kSize>& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  std::optional<unsigned char> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::optional<std::int64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      if (!next || (shift == 63 && *next > 1)) return std::nullopt;
      value |= std::uint64_t{*next & 0x7FU} << shift;
      if (*next < 0x80) return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    return std::nullopt;
  }
  // Nothing for what is not from 0 to `most`.
  std::optional<std::int64_t> varint_up_to(std::int64_t most) {
    const auto value = varint();
    return value && *value >= 0 && *value <= most ? value : std::nullopt;
  }
  template <std::size_t kSize>
  bool bytes(std::array<unsigned char, kSize>& to) {
    if (rest_.size() < kSize) return false;
    std::copy_n(rest_.begin(), kSize, to.begin());
    rest_.remove_prefix(kSize);
    return true;
  }

 private:
  std::string_view rest_;
};

}  // namespace pointsman::shared_redis
