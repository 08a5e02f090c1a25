#include "vocabulary/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe.h"

namespace pointsman::vocabulary {
namespace {

class Vocabulary : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (block(GetParam()).empty()) GTEST_SKIP() << open(GetParam()).error().message();
  }
  static text::TokenCounter counter() { return text::TokenCounter(*open(GetParam())); }
};

INSTANTIATE_TEST_SUITE_P(Encodings, Vocabulary, testing::ValuesIn(kEncodings),
                         [](const auto& param) { return std::string(param.param); });

struct Gold {
  std::string text;
  std::vector<std::uint32_t> ids;
};

// TestPlans.txt: "EncodingName: NAME\nSample: TEXT\nEncoded: [1, 2]\n\n", again and again; a text may have lines.
std::vector<Gold> gold_encodings(const std::string& file, std::string_view encoding) {
  constexpr std::string_view kName = "EncodingName: ";
  constexpr std::string_view kText = "\nSample: ";
  constexpr std::string_view kIds = "\nEncoded: [";
  std::vector<Gold> gold;
  for (std::size_t at = file.find(kName); at != std::string::npos; at = file.find(kName, at + 1)) {
    const std::size_t text = file.find(kText, at);
    const std::size_t ids = file.find(kIds, text);
    const std::size_t end = file.find(']', ids);
    if (end == std::string::npos) break;
    if (file.substr(at + kName.size(), text - at - kName.size()) != encoding) continue;
    Gold& one = gold.emplace_back();
    one.text = file.substr(text + kText.size(), ids - text - kText.size());
    for (const char* p = file.data() + ids + kIds.size(); p < file.data() + end; p += p[0] == ',' ? 2 : 0) {
      p = std::from_chars(p, file.data() + end, one.ids.emplace_back()).ptr;
    }
  }
  return gold;
}

TEST_P(Vocabulary, EncodesLikeTheGoldEncodings) {
  std::ifstream in(POINTSMAN_VOCABULARIES "/TestPlans.txt", std::ios::binary);
  if (!in) GTEST_SKIP() << "there is no " POINTSMAN_VOCABULARIES "/TestPlans.txt";
  const std::string file((std::istreambuf_iterator<char>(in)), {});
  const std::vector<Gold> all = gold_encodings(file, GetParam());
  EXPECT_GE(all.size(), 57U);
  text::TokenCounter counts = counter();
  std::vector<std::uint32_t> ids;
  for (const Gold& gold : all) {
    counts.encode(gold.text, ids);
    EXPECT_EQ(ids, gold.ids) << gold.text;
  }
}

TEST_P(Vocabulary, EveryTokenHasItsOwnBytes) {
  const auto vocabulary = *open(GetParam());
  EXPECT_EQ(vocabulary->size(), GetParam() == "o200k_base" ? 199'998U : 100'256U);
  EXPECT_EQ(vocabulary->longest_token(), 128U);
  for (std::uint32_t id = 0; id < vocabulary->size(); ++id) {
    ASSERT_EQ(vocabulary->find(vocabulary->bytes(id)), id);
  }
}

TEST_P(Vocabulary, SpecialTokensAreText) {
  text::TokenCounter counts = counter();
  EXPECT_GT(counts.count("<|endoftext|>"), 3U);
}

std::uint64_t steps_for(text::TokenCounter& counts, std::string_view text) {
  const std::uint64_t before = counts.steps();
  EXPECT_GT(counts.count(text), 0U);
  return counts.steps() - before;
}

// Steps are tokens tried. Twice the text costs twice as many, and never more than a few for each byte.
TEST_P(Vocabulary, WorkIsLinearInTheWorstTexts) {
  text::TokenCounter counts = counter();
  std::mt19937 rng(11);
  std::vector<std::string> texts;
  for (const char* unit :
       {"x", "a", " ", "_", "\xE4\xBD\xA0", "ab", "\xF0\x9F\x98\x80", "the", "aA", "\n", "-=", "e\xCC\x81"}) {
    for (texts.emplace_back(); texts.back().size() < 100'000;) texts.back() += unit;
  }
  for (const std::string_view letters : {"ab", "etaoin", "\x80\xBF\xC3", "abcdefghijklmnopqrstuvwxyz"}) {
    for (texts.emplace_back(); texts.back().size() < 100'000;) texts.back() += letters[rng() % letters.size()];
  }
  for (const std::string& text : texts) {
    const std::uint64_t half = steps_for(counts, std::string_view(text).substr(0, text.size() / 2));
    const std::uint64_t all = steps_for(counts, text);
    EXPECT_LE(all, 4 * text.size()) << text.substr(0, 20);
    EXPECT_LE(all, 2 * half + half / 50 + 1000) << text.substr(0, 20);
  }
}

TEST_P(Vocabulary, DecodesToTheText) {
  text::TokenCounter counts = counter();
  std::mt19937 rng(12);
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (std::size_t n = rng() % 200; n > 0; --n) {
      constexpr std::string_view kParts[] = {"\xC3\xA9",     "a",  "T", " ",   "\n",      "0",
                                             "\xE4\xBB\x8A", "'s", ".", "ing", "\xCC\x88"};
      text += kParts[rng() % std::size(kParts)];
    }
    counts.encode(text, ids);
    std::string decoded;
    for (const std::uint32_t id : ids) decoded += counts.vocabulary().bytes(id);
    ASSERT_EQ(decoded, text);
    ASSERT_EQ(counts.count(text), ids.size());
  }
}

TEST(VocabularyNames, AnEncodingNobodyKnowsIsAnErrorThatNamesTheKnown) {
  EXPECT_TRUE(block("r50k_base").empty());
  const auto opened = open("r50k_base");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), base::ErrorCode::kNotFound);
  EXPECT_NE(opened.error().message().find("o200k_base"), std::string::npos);
}

TEST(VocabularyNames, OneThatIsNotInThisBuildSaysSo) {
  for (const std::string_view encoding : kEncodings) {
    const auto opened = open(encoding);
    ASSERT_EQ(opened.has_value(), !block(encoding).empty());
    if (opened) continue;
    EXPECT_EQ(opened.error().code(), base::ErrorCode::kUnsupported);
    EXPECT_NE(opened.error().message().find("not in this build"), std::string::npos);
  }
}

}  // namespace
}  // namespace pointsman::vocabulary
