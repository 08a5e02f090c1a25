#include "tokens/image_size.h"

#include <array>
#include <cstdint>

namespace pointsman::tokens {
namespace {

// Segments of a JPEG file before its size: a camera's metadata, a preview, a colour profile in parts of 64 KB.
constexpr int kMostSegments = 1024;

constexpr std::array<std::int8_t, 256> kDigits = [] {
  std::array<std::int8_t, 256> digits{};
  digits.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return digits;
}();

// The bytes of a base64 text, each decoded when asked for. What is not there reads as 0, and says so afterwards.
class Bytes {
 public:
  explicit Bytes(std::string_view base64) : text_(base64) {}

  unsigned at(std::size_t i) {
    const std::size_t first = i / 3 * 4 + i % 3;  // of the two digits that the byte is in
    if (first + 1 >= text_.size()) return missing();
    const int high = kDigits[static_cast<unsigned char>(text_[first])];
    const int low = kDigits[static_cast<unsigned char>(text_[first + 1])];
    if (high < 0 || low < 0) return missing();
    const unsigned both = static_cast<unsigned>(high) << 6 | static_cast<unsigned>(low);
    return both >> (4 - 2 * (i % 3)) & 0xFFU;
  }
  unsigned big(std::size_t i) { return at(i) << 8 | at(i + 1); }
  unsigned little(std::size_t i) { return at(i + 1) << 8 | at(i); }
  bool has(std::size_t i, std::string_view text) {
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (at(i + k) != static_cast<unsigned char>(text[k])) return false;
    }
    return true;
  }
  bool complete() const { return complete_; }

 private:
  unsigned missing() {
    complete_ = false;
    return 0;
  }

  std::string_view text_;
  bool complete_ = true;
};

using Size = std::optional<ImageSize>;

Size png(Bytes& bytes) {
  return ImageSize{bytes.big(16) << 16 | bytes.big(18), bytes.big(20) << 16 | bytes.big(22)};
}

Size gif(Bytes& bytes) {
  return ImageSize{bytes.little(6), bytes.little(8)};
}

// Segments: 0xFF (any number of them), a marker, and but for a few markers a length that counts itself. The size is in
// the start of the frame.
Size jpeg(Bytes& bytes) {
  std::size_t at = 2;
  for (int i = 0; i < kMostSegments && bytes.complete(); ++i) {
    if (bytes.at(at) != 0xFF) return std::nullopt;
    const unsigned marker = bytes.at(at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return ImageSize{bytes.big(at + 5), bytes.big(at + 3)};
    const unsigned length = bytes.big(at);
    if (length < 2 || marker == 0xD9 || marker == 0xDA) return std::nullopt;
    at += length;
  }
  return std::nullopt;
}

Size webp(Bytes& bytes) {
  if (bytes.has(12, "VP8X")) {
    return ImageSize{(bytes.little(24) | bytes.at(26) << 16) + 1, (bytes.little(27) | bytes.at(29) << 16) + 1};
  }
  if (bytes.has(12, "VP8L") && bytes.at(20) == 0x2F) {
    const unsigned bits = bytes.little(21) | bytes.little(23) << 16;
    return ImageSize{(bits & 0x3FFFU) + 1, (bits >> 14 & 0x3FFFU) + 1};
  }
  if (bytes.has(12, "VP8 ") && bytes.has(23, "\x9D\x01\x2A")) {
    return ImageSize{bytes.little(26) & 0x3FFFU, bytes.little(28) & 0x3FFFU};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view base64) {
  Bytes bytes(base64);
  Size size;
  if (bytes.has(0, "\x89PNG\r\n\x1A\n") && bytes.has(12, "IHDR")) {
    size = png(bytes);
  } else if (bytes.has(0, "GIF8")) {
    size = gif(bytes);
  } else if (bytes.has(0, "\xFF\xD8")) {
    size = jpeg(bytes);
  } else if (bytes.has(0, "RIFF") && bytes.has(8, "WEBP")) {
    size = webp(bytes);
  }
  if (!bytes.complete() || !size || size->width == 0 || size->height == 0) return std::nullopt;
  return size;
}

std::optional<ImageSize> image_size_of_url(std::string_view url) {
  if (!url.starts_with("data:")) return image_size(url);
  constexpr std::size_t kMostTerms = 256;  // the type and what else stands before the data
  const std::size_t comma = url.substr(0, kMostTerms).find(',');
  if (comma == std::string_view::npos || !url.substr(0, comma).ends_with(";base64")) return std::nullopt;
  return image_size(url.substr(comma + 1));
}

}  // namespace pointsman::tokens
