// The alphabet of a record: sizing, writing and reading varints, strings and fixed-width values, little-endian.
//
// Private to entry_codec.cc and its tests. Writer trusts the size that Sizer computed; Reader trusts nothing: after the
// first field that does not fit it stays failed, returns zeros and remembers that field's name.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pointsman::ledger {

static_assert(std::endian::native == std::endian::little, "records are memcpy'd little-endian");

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

class Sizer {
 public:
  void varint(std::uint64_t value) { size_ += (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7; }
  void bytes(const void*, std::size_t size) { size_ += size; }
  template <class PairAt>
  void pairs(std::size_t count, PairAt pair_at) {
    std::size_t size = count * (sizeof(std::uint32_t) + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t value = pair_at(i).second;
      for (unsigned bits = 7; bits < 32; bits += 7) size += value >> bits != 0 ? 1 : 0;
    }
    size_ += size;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

// At least as much as Sizer says, without a look at each pair.
class RoomySizer : public Sizer {
 public:
  template <class PairAt>
  void pairs(std::size_t count, PairAt) {
    bytes(nullptr, count * kMostPairBytes);
  }

 private:
  static constexpr std::size_t kMostPairBytes = 9;
};

class Writer {
 public:
  explicit Writer(char* out) : begin_(out), at_(out) {}
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<char>(value);
  }
  void bytes(const void* data, std::size_t size) {
    if (size == 0) return;
    std::memcpy(at_, data, size);
    at_ += size;
  }
  // Of `count` pairs of std::uint32_t, bytes() of the first and varint() of the second: for long lists.
  template <class PairAt>
  void pairs(std::size_t count, PairAt pair_at) {
    char* at = at_;  // what is written could be at_ itself, as far as a compiler knows
    for (std::size_t i = 0; i < count; ++i) {
      auto [fixed, value] = pair_at(i);
      std::memcpy(at, &fixed, sizeof fixed);
      at += sizeof fixed;
      for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
      *at++ = static_cast<char>(value);
    }
    at_ = at;
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

class Reader {
 public:
  explicit Reader(std::string_view input) : rest_(input) {}

  bool failed() const { return failed_at_ != nullptr; }
  const char* failed_at() const { return failed_at_; }
  std::size_t rest() const { return rest_.size(); }
  void fail(const char* field) {
    if (failed_at_ == nullptr) failed_at_ = field;
    rest_ = {};
  }

  std::uint64_t varint(const char* field) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail(field);
    return 0;
  }
  void bytes(const char* field, void* out, std::size_t size) {
    if (rest_.size() < size) return fail(field);
    std::memcpy(out, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  std::string_view string(const char* field) {
    const std::uint64_t size = varint(field);
    if (size > rest_.size()) {
      fail(field);
      return {};
    }
    const std::string_view value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return value;
  }
  // Passes over what Writer::pairs() wrote.
  void skip_pairs(const char* field, std::size_t pairs) {
    const auto* at = rest_.data();
    const auto* const end = at + rest_.size();
    for (; pairs > 0; --pairs) {
      if (end - at < 5) return fail(field);
      at += 4;
      while (at != end && static_cast<std::uint8_t>(*at) >= 0x80) ++at;
      if (at++ == end) return fail(field);
    }
    rest_ = {at, end};
  }
  // Number of items to follow, each of which takes at least `least` bytes of what is left.
  std::size_t count(const char* field, std::size_t least) {
    const std::uint64_t items = varint(field);
    if (items > rest_.size() / least) {
      fail(field);
      return 0;
    }
    return static_cast<std::size_t>(items);
  }

 private:
  std::string_view rest_;
  const char* failed_at_ = nullptr;
};

}  // namespace pointsman::ledger
