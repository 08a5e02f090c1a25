#include "text/piece_cache.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pointsman::text {
namespace {

PieceCache::Key key_of(const std::string& text, std::size_t length) {
  return PieceCache::key_of(text.data(), text.data() + length, text.data() + text.size());
}

TEST(PieceCache, KnowsAPieceByItsBytesAndLengthWhateverFollows) {
  using namespace std::string_literals;
  const std::string text = "ab\0\0cdefghijklmnopqrstuvwxyz"s;
  for (std::size_t length = 1; length <= PieceCache::kLongest; ++length) {
    const std::string alone = text.substr(0, length);
    EXPECT_EQ(key_of(text, length), key_of(alone, length)) << length;
    EXPECT_EQ(key_of(text, length), key_of(alone + "others that follow", length)) << length;
    if (length > 1) {
      EXPECT_NE(key_of(text, length), key_of(text, length - 1)) << length;
    }
  }
  EXPECT_NE(key_of("a\0"s, 2), key_of("a"s, 1)) << "zeros that are there, and those that fill up";
}

TEST(PieceCache, HasNoKeyForLongPieces) {
  const std::string text(40, 'x');
  EXPECT_TRUE(key_of(text, PieceCache::kLongest));
  EXPECT_FALSE(key_of(text, PieceCache::kLongest + 1));
}

TEST(PieceCache, FindsWhatItKeptOrNothing) {
  PieceCache cache;
  cache.prepare();
  std::mt19937 rng(3);
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::string text = std::to_string(rng() % 40'000);
    const PieceCache::Found known = cache.find(key_of(text, text.size()));
    if (known.count > 0) {
      ++found;
      EXPECT_EQ(std::to_string(known.token), text);
    }
    cache.keep(key_of(text, text.size()), {.token = static_cast<std::uint32_t>(std::stoul(text)), .count = 1});
  }
  EXPECT_GT(found, 10'000U);
}

}  // namespace
}  // namespace pointsman::text
