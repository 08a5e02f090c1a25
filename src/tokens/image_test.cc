#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "tokens/image_size.h"
#include "wire/base64.h"

namespace pointsman::tokens {
namespace {

using wire::to_base64;

std::string bytes(std::initializer_list<int> all) {
  std::string out;
  for (const int one : all) out += static_cast<char>(one);
  return out;
}

std::string png(int width, int height) {
  return "\x89PNG\r\n\x1A\n" + bytes({0, 0, 0, 13}) + "IHDR" +
         bytes({0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255, 8, 6, 0, 0, 0});
}

// With `before` bytes of metadata in segments before the frame.
std::string jpeg(int width, int height, std::size_t before) {
  std::string out = bytes({0xFF, 0xD8});
  while (before > 0) {
    const std::size_t part = std::min<std::size_t>(before, 60'000);
    out += bytes({0xFF, 0xE1, static_cast<int>((part + 2) >> 8), static_cast<int>((part + 2) & 255)});
    out += std::string(part, '\xFF');
    before -= part;
  }
  return out + bytes({0xFF, 0xFF, 0xC2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3});
}

TEST(ImageSize, IsReadFromEveryFormat) {
  EXPECT_EQ(image_size(to_base64(png(1126, 488))), (ImageSize{1126, 488}));
  EXPECT_EQ(image_size(to_base64("GIF89a" + bytes({0x34, 0x12, 0x01, 0x00, 0}))), (ImageSize{0x1234, 1}));
  const std::string riff = "RIFF" + bytes({0, 0, 0, 0}) + "WEBP";
  EXPECT_EQ(image_size(to_base64(riff + "VP8X" + bytes({10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x0F, 0, 0x37, 0x02, 0, 0}))),
            (ImageSize{4096, 568}));
  EXPECT_EQ(image_size(to_base64(riff + "VP8L" + bytes({0, 0, 0, 0, 0x2F, 0xFF, 0xC1, 0x31, 0x00, 0}))),
            (ImageSize{512, 200}));
  EXPECT_EQ(
      image_size(to_base64(riff + "VP8 " + bytes({0, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0, 0}))),
      (ImageSize{320, 240}));
}

TEST(ImageSize, OfAJpegStandsBehindItsMetadata) {
  for (const std::size_t before : {std::size_t{0}, std::size_t{17}, std::size_t{60'001}, std::size_t{1'000'000}}) {
    EXPECT_EQ(image_size(to_base64(jpeg(4032, 3024, before))), (ImageSize{4032, 3024})) << before;
  }
}

TEST(ImageSize, OfAnythingElseIsUnknown) {
  EXPECT_EQ(image_size(""), std::nullopt);
  EXPECT_EQ(image_size(to_base64("BM not one of ours, but long enough to look at")), std::nullopt);
  EXPECT_EQ(image_size(to_base64(png(0, 10))), std::nullopt);
  EXPECT_EQ(image_size(to_base64(png(10, 10).substr(0, 20))), std::nullopt);
  EXPECT_EQ(image_size(to_base64(bytes({0xFF, 0xD8, 0xFF, 0xE1, 0, 0}) + std::string(99, 'x'))), std::nullopt);
  std::mt19937 rng(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string random = i % 2 == 0 ? jpeg(9, 9, 40) : png(7, 7);
    for (int k = 0; k < 3; ++k) random[rng() % random.size()] = static_cast<char>(rng());
    const auto size = image_size(to_base64(random).substr(0, rng() % 120));
    if (size) EXPECT_GT(size->width * std::uint64_t{size->height}, 0U);
  }
}

TEST(ImageSize, OfAnAddressNeedsItsData) {
  const std::string data = to_base64(png(30, 40));
  EXPECT_EQ(image_size_of_url("data:image/png;base64," + data), (ImageSize{30, 40}));
  EXPECT_EQ(image_size_of_url(data), (ImageSize{30, 40}));
  EXPECT_EQ(image_size_of_url("https://example.com/a.png"), std::nullopt);
  EXPECT_EQ(image_size_of_url("data:image/png," + data), std::nullopt);
  EXPECT_EQ(image_size_of_url("data:" + std::string(300, 'x') + ";base64," + data), std::nullopt);
}

// The examples of OpenAI's guide "Images and vision", and the tiny and the large image of
// openai-messages-token-helper's tests/image_messages.py, whose prompts the API counted.
TEST(ImageTokens, AreThoseOfThePublishedExamples) {
  const ImageRule gpt_4o = tiles(85, 170);
  EXPECT_EQ(image_tokens(gpt_4o, ImageSize{1024, 1024}), 765);
  EXPECT_EQ(image_tokens(gpt_4o, ImageSize{2048, 4096}), 1105);
  EXPECT_EQ(low_detail_tokens(gpt_4o, ImageSize{4096, 8192}), 85);
  EXPECT_EQ(image_tokens(gpt_4o, ImageSize{1, 1}), 255);
  EXPECT_EQ(image_tokens(tiles(2833, 5667), ImageSize{1, 1}), 8500);
  EXPECT_EQ(image_tokens(patches(100), ImageSize{1024, 1024}), 1024);
  EXPECT_EQ(image_tokens(patches(100), ImageSize{1800, 2400}), 1452);
  EXPECT_EQ(image_tokens(area(), ImageSize{1000, 1000}), 1334);
}

TEST(ImageTokens, OfNoSizeExceedTheMost) {
  std::mt19937 rng(6);
  const auto any = [&rng] { return static_cast<std::uint32_t>(1 + (rng() >> rng() % 32U)); };
  for (const ImageRule& rule : {tiles(85, 170), tiles(2833, 5667), patches(100), patches(246), area()}) {
    EXPECT_EQ(image_tokens(rule, std::nullopt), most_image_tokens(rule));
    for (int i = 0; i < 20'000; ++i) {
      const ImageSize size{std::max(any(), 1U), std::max(any(), 1U)};
      const std::int64_t tokens = image_tokens(rule, size);
      ASSERT_GT(tokens, 0) << size.width << " x " << size.height;
      ASSERT_LE(tokens, most_image_tokens(rule)) << size.width << " x " << size.height;
    }
  }
}

}  // namespace
}  // namespace pointsman::tokens
