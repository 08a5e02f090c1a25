#include "classify/char_net.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "classify/char_net_kernels.h"

namespace pointsman::classify {
namespace {

constexpr std::size_t kCategories = 5;
constexpr std::size_t kFilters = 2 * kNetBlock;
constexpr std::array<std::size_t, 3> kFirst{0, 3, 8};

float small(base::Rng& rng) {
  return static_cast<float>(rng.uniform() - 0.5);
}

CharNetParts parts_of(std::uint64_t seed) {
  base::Rng rng(seed);
  CharNetParts parts{.filters = kFilters};
  const auto fill = [&](std::vector<float>& out, std::size_t n) {
    out.resize(n);
    for (float& one : out) one = small(rng);
  };
  fill(parts.table, kNetTaps * text::kCharCodes * kFilters);
  fill(parts.bias, kNetWidths.size() * kFilters);
  fill(parts.head, kNetWidths.size() * kFilters * kCategories);
  fill(parts.head_bias, kCategories);
  return parts;
}

std::vector<std::uint8_t> codes_of(std::size_t length, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<std::uint8_t> out(length);
  for (std::uint8_t& one : out) one = static_cast<std::uint8_t>(rng.below(text::kCharCodes));
  return out;
}

// The definition, in floating point.
std::vector<float> scores_by_definition(const CharNetParts& parts, const std::vector<std::uint8_t>& codes) {
  std::vector<float> out = parts.head_bias;
  for (std::size_t width = 0; width < kNetWidths.size(); ++width) {
    for (std::size_t filter = 0; filter < kFilters; ++filter) {
      float best = 0;
      for (std::size_t at = 0; at + kNetWidths[width] <= codes.size(); ++at) {
        float sum = parts.bias[width * kFilters + filter];
        for (std::size_t tap = 0; tap < kNetWidths[width]; ++tap) {
          sum += parts.table[((kFirst[width] + tap) * text::kCharCodes + codes[at + tap]) * kFilters + filter];
        }
        best = std::max(best, sum);
      }
      for (std::size_t c = 0; c < kCategories; ++c) {
        out[c] += best * parts.head[(width * kFilters + filter) * kCategories + c];
      }
    }
  }
  return out;
}

// Where a mapped artefact would put it.
struct Aligned {
  explicit Aligned(const std::string& bytes) : size(bytes.size()) {
    const std::size_t units = (size + sizeof(Unit) - 1) / sizeof(Unit);
    data.resize(units);
    if (!bytes.empty()) std::memcpy(data.data(), bytes.data(), size);
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(data)).first(size); }
  char* chars() { return reinterpret_cast<char*>(data.data()); }

  struct alignas(64) Unit {
    char bytes[64];
  };
  std::vector<Unit> data;
  std::size_t size;
};

TEST(CharNet, ScoresAsItsDefinitionUpToItsSmallNumbers) {
  const CharNetParts parts = parts_of(1);
  const Aligned packed(CharNet::pack(parts, kCategories));
  const auto net = CharNet::open(packed.bytes(), kCategories);
  ASSERT_TRUE(net.has_value()) << net.error().message();
  CharNetScratch scratch;
  std::vector<float> scores(kCategories);
  for (const std::size_t length : {0U, 2U, 3U, 6U, 7U, 50U, 384U}) {
    const auto codes = codes_of(length, length);
    net->score(codes, scratch, scores);
    const auto expected = scores_by_definition(parts, codes);
    for (std::size_t c = 0; c < kCategories; ++c) EXPECT_NEAR(scores[c], expected[c], 0.15) << length;
  }
}

TEST(CharNet, RefusesBytesThatAreNotItsOwn) {
  const std::string good = CharNet::pack(parts_of(2), kCategories);
  const auto opens = [](const std::string& bytes, std::size_t categories) {
    const Aligned packed(bytes);
    return CharNet::open(packed.bytes(), categories).has_value();
  };
  EXPECT_TRUE(opens(good, kCategories));
  EXPECT_FALSE(opens(good, kCategories + 1));
  EXPECT_FALSE(opens("", kCategories));
  EXPECT_FALSE(opens(good.substr(0, good.size() - 1), kCategories));
  std::string other = good;
  other[0] = 33;  // filters
  EXPECT_FALSE(opens(other, kCategories));
  other = good;
  other.replace(64, 2, "\xFF\x7F");  // a table value larger than sums of them could bear
  EXPECT_FALSE(opens(other, kCategories));
}

TEST(CharNetKernels, GiveWhatPlainLoopsGive) {
  base::Rng rng(7);
  std::vector<std::int16_t> table(7 * text::kCharCodes * kNetBlock);
  for (std::int16_t& one : table) one = static_cast<std::int16_t>(static_cast<int>(rng.below(4000)) - 2000);
  std::vector<std::int16_t> bias(kNetBlock);
  for (std::int16_t& one : bias) one = static_cast<std::int16_t>(static_cast<int>(rng.below(200)) - 100);
  for (const std::size_t width : kNetWidths) {
    for (const std::size_t length : {0U, 3U, 5U, 7U, 8U, 61U}) {
      const auto codes = codes_of(length, length + width);
      std::vector<std::int16_t> out(kNetBlock, -1);
      kernels::largest_responses(table.data(), width, codes, bias.data(), out.data());
      for (std::size_t f = 0; f < kNetBlock; ++f) {
        int best = 0;
        for (std::size_t at = 0; at + width <= length; ++at) {
          int sum = bias[f];
          for (std::size_t tap = 0; tap < width; ++tap) {
            sum += table[(tap * text::kCharCodes + codes[at + tap]) * kNetBlock + f];
          }
          best = std::max(best, sum);
        }
        ASSERT_EQ(out[f], best) << "width " << width << " length " << length;
      }
    }
  }
  std::vector<std::uint8_t> levels(96);
  std::vector<std::int8_t> weights(96);
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<std::uint8_t>(rng.below(128));
    weights[i] = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
    sum += levels[i] * weights[i];
  }
  EXPECT_EQ(kernels::dot(levels, weights.data()), sum);
}

}  // namespace
}  // namespace pointsman::classify
