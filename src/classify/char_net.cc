#include "classify/char_net.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "classify/char_net_kernels.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::size_t kAlign = 64;
constexpr std::size_t kHeader = 64;
// No sum of a window's rows and the bias may leave int16: at most 7 rows of at most this, and the bias.
constexpr float kMaxLevel = 4000;
constexpr float kMaxBias = 4000;
constexpr float kMaxUnit = 127;  // pooled values are 7 bits: two products of them with int8 fit in int16

constexpr std::size_t align(std::size_t at) {
  return (at + kAlign - 1) / kAlign * kAlign;
}

struct Layout {
  std::size_t table, scale, bias, head, head_scale, head_bias, size;
  Layout(std::size_t filters, std::size_t categories) {
    const std::size_t all = kNetWidths.size() * filters;
    table = kHeader;
    scale = align(table + kNetTaps * text::kCharCodes * filters * sizeof(std::int16_t));
    bias = align(scale + all * sizeof(float));
    head = align(bias + all * sizeof(std::int16_t));
    head_scale = align(head + all * categories);
    head_bias = align(head_scale + categories * sizeof(float));
    size = head_bias + categories * sizeof(float);
  }
};

template <class T>
void put(std::string& bytes, std::size_t at, std::size_t index, T value) {
  std::memcpy(bytes.data() + at + index * sizeof(T), &value, sizeof value);
}

// First tap of each width.
constexpr std::array<std::size_t, 3> kFirstTap{0, 3, 8};

void pack_filter(const CharNetParts& parts, const Layout& at, std::size_t width, std::size_t filter, std::string& out) {
  const std::size_t f = parts.filters;
  const std::size_t number = width * f + filter;
  const auto value = [&](std::size_t tap, std::size_t code) {
    return parts.table[((kFirstTap[width] + tap) * text::kCharCodes + code) * f + filter];
  };
  float largest = std::fabs(parts.bias[number]) * kMaxLevel / kMaxBias;
  for (std::size_t tap = 0; tap < kNetWidths[width]; ++tap) {
    for (std::size_t code = 0; code < text::kCharCodes; ++code)
      largest = std::max(largest, std::fabs(value(tap, code)));
  }
  const float scale = largest > 0 ? largest / kMaxLevel : 1.0F;
  put(out, at.scale, number, scale);
  put(out, at.bias, number, static_cast<std::int16_t>(std::lround(parts.bias[number] / scale)));
  for (std::size_t tap = 0; tap < kNetWidths[width]; ++tap) {
    for (std::size_t code = 0; code < text::kCharCodes; ++code) {
      const std::size_t block = filter / kNetBlock;
      const std::size_t row = (block * kNetTaps + kFirstTap[width] + tap) * text::kCharCodes + code;
      put(out, at.table, row * kNetBlock + filter % kNetBlock,
          static_cast<std::int16_t>(std::lround(value(tap, code) / scale)));
    }
  }
}

bool in_range(float value, float low, float high) {
  return value >= low && value <= high;
}  // false for NaN

std::unexpected<base::Error> corrupt(const char* what) {
  return base::fail(base::ErrorCode::kCorrupt, std::string("model artefact: character network: ") + what);
}

}  // namespace

std::string CharNet::pack(const CharNetParts& parts, std::size_t categories) {
  const Layout at(parts.filters, categories);
  std::string out(at.size, '\0');
  put(out, 0, 0, static_cast<std::uint32_t>(parts.filters));
  const std::size_t all = kNetWidths.size() * parts.filters;
  for (std::size_t i = 0; i < all; ++i) pack_filter(parts, at, i / parts.filters, i % parts.filters, out);
  for (std::size_t c = 0; c < categories; ++c) {
    float largest = 0;
    for (std::size_t i = 0; i < all; ++i) largest = std::max(largest, std::fabs(parts.head[i * categories + c]));
    const float scale = largest > 0 ? largest / 127 : 1.0F;
    put(out, at.head_scale, c, scale);
    put(out, at.head_bias, c, parts.head_bias[c]);
    for (std::size_t i = 0; i < all; ++i) {
      put(out, at.head, c * all + i, static_cast<std::int8_t>(std::lround(parts.head[i * categories + c] / scale)));
    }
  }
  return out;
}

Result<CharNet> CharNet::open(std::span<const std::byte> bytes, std::size_t categories) {
  if (bytes.size() < kHeader) return corrupt("truncated");
  std::uint32_t filters = 0;
  std::memcpy(&filters, bytes.data(), sizeof filters);
  if (filters == 0 || filters > kMaxNetFilters || filters % (2 * kNetBlock) != 0) {
    return corrupt("impossible number of filters");
  }
  const Layout at(filters, categories);
  if (bytes.size() != at.size) return corrupt("wrong size");
  CharNet net;
  net.filters_ = filters;
  net.table_ = reinterpret_cast<const std::int16_t*>(bytes.data() + at.table);
  net.scale_ = reinterpret_cast<const float*>(bytes.data() + at.scale);
  net.bias_ = reinterpret_cast<const std::int16_t*>(bytes.data() + at.bias);
  net.head_ = reinterpret_cast<const std::int8_t*>(bytes.data() + at.head);
  net.head_scale_ = reinterpret_cast<const float*>(bytes.data() + at.head_scale);
  net.head_bias_ = reinterpret_cast<const float*>(bytes.data() + at.head_bias);
  for (std::size_t i = 0; i < kNetWidths.size() * filters; ++i) {
    if (!in_range(net.scale_[i], 0, 1e6F)) return corrupt("a filter's scale is out of range");
    if (std::abs(net.bias_[i]) > static_cast<int>(kMaxBias)) return corrupt("a filter's bias is out of range");
  }
  for (std::size_t i = 0; i < kNetTaps * text::kCharCodes * filters; ++i) {
    if (std::abs(net.table_[i]) > static_cast<int>(kMaxLevel)) return corrupt("a table value is out of range");
  }
  for (std::size_t c = 0; c < categories; ++c) {
    if (!in_range(net.head_scale_[c], 0, 1e6F) || !in_range(net.head_bias_[c], -1e6F, 1e6F)) {
      return corrupt("a category's scale or bias is out of range");
    }
  }
  return net;
}

// The largest response of every filter, bias included, not below 0; in scratch.responses as [width][filter].
void CharNet::pool(std::span<const std::uint8_t> codes, CharNetScratch& scratch) const {
  scratch.responses.resize(kNetWidths.size() * filters_);
  for (std::size_t block = 0; block < filters_ / kNetBlock; ++block) {
    const std::int16_t* table = table_ + block * kNetTaps * text::kCharCodes * kNetBlock;
    for (std::size_t width = 0; width < kNetWidths.size(); ++width) {
      const std::size_t at = width * filters_ + block * kNetBlock;
      kernels::largest_responses(table + kFirstTap[width] * text::kCharCodes * kNetBlock, kNetWidths[width], codes,
                                 bias_ + at, scratch.responses.data() + at);
    }
  }
}

// scratch.levels = pooled values in units of the result.
float CharNet::quantise(CharNetScratch& scratch) const {
  const std::size_t all = kNetWidths.size() * filters_;
  scratch.pooled.resize(all);
  scratch.levels.resize(all);
  float largest = 0;
  for (std::size_t i = 0; i < all; ++i) {
    scratch.pooled[i] = static_cast<float>(scratch.responses[i]) * scale_[i];
    largest = std::max(largest, scratch.pooled[i]);
  }
  const float unit = largest > 0 ? largest / kMaxUnit : 1.0F;
  const float inverse = 1 / unit;
  for (std::size_t i = 0; i < all; ++i) {
    scratch.levels[i] = static_cast<std::uint8_t>(std::min(scratch.pooled[i] * inverse + 0.5F, kMaxUnit));
  }
  return unit;
}

void CharNet::score(std::span<const std::uint8_t> codes, CharNetScratch& scratch, std::span<float> scores) const {
  pool(codes, scratch);
  const float unit = quantise(scratch);
  const std::size_t all = kNetWidths.size() * filters_;
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const std::int32_t sum = kernels::dot(scratch.levels, head_ + c * all);
    scores[c] = static_cast<float>(sum) * (unit * head_scale_[c]) + head_bias_[c];
  }
}

}  // namespace pointsman::classify
