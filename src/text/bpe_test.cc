#include "text/bpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe_packing.h"

namespace pointsman::text {
namespace {

constexpr std::string_view kSign = "\xEF\xBF\xBD";

std::vector<std::string> single_bytes() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  return tokens;
}

// A vocabulary that keeps its packed bytes.
struct Toy {
  std::vector<std::string> tokens = single_bytes();
  std::string packed;

  // Adds the token if merging makes it.
  bool add(const std::string& token) {
    tokens.push_back(token);
    if (pack_bpe(tokens, Splitting::kO200k)) return true;
    tokens.pop_back();
    return false;
  }
  TokenCounter counter() {
    packed = *pack_bpe(tokens, Splitting::kO200k);
    return TokenCounter(*BpeVocabulary::open(std::as_bytes(std::span(packed))));
  }
};

// Random merges over a few letters, so that tokens overlap in every way.
Toy random_toy(std::mt19937& rng, std::string_view letters, std::size_t merges) {
  Toy toy;
  std::vector<std::string> parts;
  for (const char letter : letters) parts.emplace_back(1, letter);
  for (std::size_t tried = 0; tried < 4 * merges && toy.tokens.size() < 256 + merges; ++tried) {
    const std::string token = parts[rng() % parts.size()] + parts[rng() % parts.size()];
    if (token.size() <= 40 && toy.add(token)) parts.push_back(token);
  }
  return toy;
}

std::string random_text(std::mt19937& rng, std::string_view letters, std::size_t size) {
  std::string text;
  while (text.size() < size) text += letters[rng() % letters.size()];
  return text;
}

// The definition: the pair of neighbours whose bytes together have the lowest rank is merged first, the leftmost of
// equals, until there is none.
std::vector<std::uint32_t> by_definition(const std::vector<std::string>& tokens, std::string_view text) {
  const auto rank = [&tokens](const std::string& bytes) {
    return static_cast<std::uint32_t>(std::ranges::find(tokens, bytes) - tokens.begin());
  };
  std::vector<std::string> parts;
  for (const char c : text) parts.emplace_back(1, c);
  for (;;) {
    auto lowest = static_cast<std::uint32_t>(tokens.size());
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const std::uint32_t found = rank(parts[i] + parts[i + 1]);
      if (found < lowest) lowest = found, best = i;
    }
    if (lowest == tokens.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  std::vector<std::uint32_t> ids;
  for (const std::string& part : parts) ids.push_back(rank(part));
  return ids;
}

std::vector<std::uint32_t> encode(TokenCounter& counter, std::string_view text) {
  std::vector<std::uint32_t> ids{99};
  counter.encode(text, ids);
  return ids;
}

std::string decode(const TokenCounter& counter, const std::vector<std::uint32_t>& ids) {
  std::string text;
  for (const std::uint32_t id : ids) text += counter.vocabulary().bytes(id);
  return text;
}

TEST(TokenCounter, EncodesAsMergingByRankDoes) {
  std::mt19937 rng(1);
  for (int round = 0; round < 24; ++round) {
    const std::string_view letters = std::string_view("abcd").substr(0, 1 + static_cast<std::size_t>(round) % 4);
    Toy toy = random_toy(rng, letters, 5 + rng() % 30);
    TokenCounter counter = toy.counter();
    for (int i = 0; i < 40; ++i) {
      const std::string text = random_text(rng, letters, 1 + rng() % 30);
      ASSERT_EQ(encode(counter, text), by_definition(toy.tokens, text)) << text << " in round " << round;
    }
  }
}

TEST(TokenCounter, MergesTheLeftmostOfEqualPairs) {
  Toy toy;
  ASSERT_TRUE(toy.add("aa"));
  TokenCounter counter = toy.counter();
  EXPECT_EQ(encode(counter, "aaa"), (std::vector<std::uint32_t>{256, 'a'}));
}

TEST(TokenCounter, TakesBackTheLongestTokenWhenNothingMayFollow) {
  // Merging makes "bc" before "ab", so "ab" + "c" is wrong although "ab" is the longest beginning.
  Toy toy;
  ASSERT_TRUE(toy.add("bc") && toy.add("ab"));
  TokenCounter counter = toy.counter();
  EXPECT_EQ(encode(counter, "abc"), (std::vector<std::uint32_t>{'a', 256}));
}

TEST(TokenCounter, MergesWithinPiecesOnly) {
  Toy toy;
  ASSERT_TRUE(toy.add("a ") && toy.add("ab"));
  TokenCounter counter = toy.counter();
  EXPECT_EQ(encode(counter, "a ab"), (std::vector<std::uint32_t>{'a', ' ', 257}));
}

TEST(TokenCounter, CountsWhatItEncodesUpToAnyLimit) {
  std::mt19937 rng(2);
  for (int round = 0; round < 12; ++round) {
    Toy toy = random_toy(rng, "ab .", 20);
    TokenCounter counter = toy.counter();
    const std::string text = random_text(rng, "ab .\n\xC3\xA4", rng() % 80);
    const std::size_t count = encode(counter, text).size();
    ASSERT_EQ(counter.count(text), count);
    for (std::size_t limit = 0; limit <= count + 2; ++limit) {
      ASSERT_EQ(counter.count_up_to(text, limit), count <= limit ? std::optional(count) : std::nullopt)
          << text << " up to " << limit;
    }
    ASSERT_EQ(counter.count_up_to(text, ~std::size_t{0}), count);
  }
}

TEST(TokenCounter, AnyBytesDecodeToTheTextWithSignsForWhatIsBroken) {
  std::mt19937 rng(3);
  Toy toy = random_toy(rng, "ab\xEF\xBF\xBD", 60);
  TokenCounter counter = toy.counter();
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::size_t n = rng() % 40; n > 0; --n) text += static_cast<char>(rng() % 4 == 0 ? rng() : 'a' + rng() % 2);
    const std::string decoded = decode(counter, encode(counter, text));
    ASSERT_GE(decoded.size(), text.size());
    ASSERT_EQ(encode(counter, decoded), encode(counter, text));
    ASSERT_EQ(decoded == text, decoded.find(kSign) == text.find(kSign) && decoded.size() == text.size());
  }
}

TEST(TokenCounter, EveryIllFormedSequenceIsOneReplacementCharacter) {
  struct Case {
    std::string_view text;
    std::string meant;
  };
  const std::string sign(kSign);
  Toy toy;
  TokenCounter counter = toy.counter();
  for (const auto& [text, meant] : std::initializer_list<Case>{{"a\xFFz", "a" + sign + "z"},
                                                               {"\xC3", sign},
                                                               {"\xE4\xBD", sign},
                                                               {"\xE4\xBDz", sign + "z"},
                                                               {"\xF0\x9F\x98", sign},
                                                               {"\xC0\xAF", sign + sign},
                                                               {"\xED\xA0\x80", sign + sign + sign},
                                                               {"\xEF\xBF\xBD", sign},
                                                               {"\x80\x80", sign + sign}}) {
    EXPECT_EQ(decode(counter, encode(counter, text)), meant);
  }
}

// What is tried is what costs; the rest of the work for one try is bounded by the length of two tokens.
TEST(TokenCounter, WorkIsLinearWhateverTheText) {
  std::mt19937 rng(4);
  constexpr std::size_t kSize = 20'000;
  for (int round = 0; round < 6; ++round) {
    Toy toy = random_toy(rng, "ab", 40);
    TokenCounter counter = toy.counter();
    std::vector<std::string> texts{std::string(kSize, 'a'), random_text(rng, "ab", kSize),
                                   random_text(rng, "aab", kSize)};
    const std::string period = random_text(rng, "ab", 1 + rng() % 9);
    texts.emplace_back();
    while (texts.back().size() < kSize) texts.back() += period;
    for (const std::string& text : texts) {
      const std::uint64_t before = counter.steps();
      counter.count(text);
      const std::uint64_t steps = counter.steps() - before;
      EXPECT_LE(steps, 4 * text.size()) << text.substr(0, 40) << "... in round " << round;
    }
  }
}

TEST(TokenCounter, StopsSoonBehindTheLimit) {
  std::mt19937 rng(5);
  Toy toy = random_toy(rng, "ab ", 30);
  TokenCounter counter = toy.counter();
  const std::string text = random_text(rng, "ab  ", 40 * 1000);
  ASSERT_GT(counter.count(text), 10'000U);
  const std::uint64_t before = counter.steps();
  EXPECT_EQ(counter.count_up_to(text, 1500), std::nullopt);
  EXPECT_LE(counter.steps() - before, 10'000U);
}

// Pieces that were counted, then encoded, then pushed out by others: the answers are those of a counter that is new.
TEST(TokenCounter, RememberedPiecesChangeNoAnswer) {
  std::mt19937 rng(6);
  Toy toy = random_toy(rng, "ab ", 30);
  TokenCounter counter = toy.counter();
  for (int round = 0; round < 60; ++round) {
    const std::string text = random_text(rng, "ab  ", 1 + rng() % 3000);
    TokenCounter fresh = toy.counter();
    std::vector<std::uint32_t> wanted;
    fresh.encode(text, wanted);
    EXPECT_EQ(counter.count(text), wanted.size());
    std::vector<std::uint32_t> ids;
    counter.encode(text, ids);
    EXPECT_EQ(ids, wanted) << "in round " << round;
    EXPECT_EQ(counter.count_up_to(text, wanted.size()), wanted.size());
  }
}

TEST(TokenCounter, SaysAtOnceThatATextIsTooLongForTheLimit) {
  Toy toy;
  ASSERT_TRUE(toy.add("aa"));
  TokenCounter counter = toy.counter();
  EXPECT_EQ(counter.count_up_to(std::string(1000, 'a'), 499), std::nullopt);
  EXPECT_EQ(counter.steps(), 0U);
  EXPECT_EQ(counter.count_up_to(std::string(1000, 'a'), 500), 500U);
}

}  // namespace
}  // namespace pointsman::text
