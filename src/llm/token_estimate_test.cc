#include "llm/token_estimate.h"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::llm {
namespace {

std::int64_t estimate(std::string_view text) {
  TokenEstimate all;
  all.add(text);
  return all.tokens();
}

TEST(TokenEstimate, CountsAWholeTextLikeItsSingleBytes) {
  std::string text;
  std::uint32_t state = 1;
  for (int i = 0; i < 5000; ++i) {
    state = state * 1664525U + 1013904223U;
    text += static_cast<char>(state >> 24);
  }
  text += "Plain words, camelCase, 0xDEADBEEF and \xE6\xB1\x89\xE5\xAD\x97 \xF0\x9F\x98\x80\n\n";
  for (std::size_t begin = 0; begin < 40; ++begin) {
    const std::string_view part = std::string_view(text).substr(begin * 7);
    TokenEstimate bytes;
    for (std::size_t i = 0; i < part.size(); ++i) bytes.add(part.substr(i, 1));
    EXPECT_EQ(bytes.tokens(), estimate(part)) << begin;
    TokenEstimate halves;
    halves.add(part.substr(0, part.size() / 3));
    halves.add(part.substr(part.size() / 3));
    EXPECT_EQ(halves.tokens(), estimate(part)) << begin;
  }
}

// True counts with o200k_base.
TEST(TokenEstimate, LiesAtOrAboveTheTrueCountOfTypicalTexts) {
  struct Case {
    std::string_view text;
    std::int64_t tokens;
  };
  const Case cases[] = {
      {"The quick brown fox jumps over the lazy dog, and then it goes home to sleep.", 18},
      {"for (int i = 0; i < count; ++i) { total += values[i] * weight; }\n", 25},
      {"{\"name\":\"get_weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}"
       "}",
       21},
      {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 43},
      {"iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8", 33},
      {"人工智能正在改变我们的生活方式，许多公司开始使用大型语言模型来提高效率。", 20},
      {"Искусственный интеллект меняет нашу жизнь, и многие компании используют его.", 16},
      {"3.14159, 2.71828, 1.41421, 1.73205, 0.57721, 1.61803", 34},
      {"550e8400-e29b-41d4-a716-446655440000", 18},
  };
  for (const Case& c : cases) {
    EXPECT_GE(estimate(c.text), c.tokens * 17 / 20) << c.text;
    EXPECT_LE(estimate(c.text), c.tokens * 5 / 2) << c.text;
  }
}

TEST(TokenEstimate, IsZeroForNothing) {
  EXPECT_EQ(estimate(""), 0);
  EXPECT_EQ(estimate(std::string(800, ' ')), 8);
}

}  // namespace
}  // namespace pointsman::llm
