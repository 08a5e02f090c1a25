#include "text/bpe_vocabulary.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/bpe.h"
#include "text/bpe_packing.h"

namespace pointsman::text {
namespace {

std::vector<std::string> tokens_with(const std::vector<std::string>& more) {
  std::vector<std::string> tokens;
  for (int byte = 255; byte >= 0; --byte) tokens.emplace_back(1, static_cast<char>(byte));
  tokens.insert(tokens.end(), more.begin(), more.end());
  return tokens;
}

std::string packed_with(const std::vector<std::string>& more) {
  return *pack_bpe(tokens_with(more), Splitting::kCl100k);
}

auto open(const std::string& packed) {
  return BpeVocabulary::open(std::as_bytes(std::span(packed)));
}

TEST(BpePacking, RefusesATokenThatMergingNeverMakes) {
  EXPECT_TRUE(pack_bpe(tokens_with({"ab", "abc"}), Splitting::kO200k));
  EXPECT_FALSE(pack_bpe(tokens_with({"abc"}), Splitting::kO200k));
  // "bc" is merged first, which leaves "a" and "bc".
  EXPECT_FALSE(pack_bpe(tokens_with({"bc", "ab", "cd", "abcd"}), Splitting::kO200k));
  EXPECT_FALSE(pack_bpe(tokens_with({"ab", "ab"}), Splitting::kO200k));
  EXPECT_FALSE(pack_bpe(tokens_with({""}), Splitting::kO200k));
}

TEST(BpePacking, RefusesAVocabularyWithoutAllSingleBytesAtItsBeginning) {
  std::vector<std::string> tokens = tokens_with({});
  tokens[7] = tokens[8];
  EXPECT_FALSE(pack_bpe(tokens, Splitting::kO200k));
  tokens[7] = "two";
  EXPECT_FALSE(pack_bpe(tokens, Splitting::kO200k));
  EXPECT_FALSE(pack_bpe(std::span(tokens).first(255), Splitting::kO200k));
}

TEST(BpeVocabulary, KnowsItsTokensAndWhatTheyBeginWith) {
  const std::string packed = packed_with({"ab", "cd", "abcd"});
  const auto vocabulary = *open(packed);
  EXPECT_EQ(vocabulary->size(), 259U);
  EXPECT_EQ(vocabulary->longest_token(), 4U);
  EXPECT_EQ(vocabulary->splitting(), Splitting::kCl100k);
  EXPECT_EQ(vocabulary->bytes(258), "abcd");
  EXPECT_EQ(vocabulary->find("abcd"), 258U);
  EXPECT_EQ(vocabulary->find("abc"), BpeVocabulary::kNone);
  EXPECT_EQ(vocabulary->next_shorter(258), 256U);
  EXPECT_EQ(vocabulary->next_shorter(256), vocabulary->find("a"));
  EXPECT_EQ(vocabulary->next_shorter(vocabulary->find("a")), BpeVocabulary::kNone);
}

TEST(BpeVocabulary, KnowsWhichTokensStandSideBySide) {
  const std::string packed = packed_with({"aa", "ba"});
  const auto vocabulary = *open(packed);
  const std::uint32_t a = vocabulary->find("a");
  const std::uint32_t b = vocabulary->find("b");
  EXPECT_TRUE(vocabulary->stand_side_by_side(256, a));   // aa|a
  EXPECT_FALSE(vocabulary->stand_side_by_side(a, 256));  // the leftmost pair merges first
  EXPECT_TRUE(vocabulary->stand_side_by_side(256, 256));
  EXPECT_FALSE(vocabulary->stand_side_by_side(b, a));
  EXPECT_TRUE(vocabulary->stand_side_by_side(b, 256));  // b|aa: "aa" merges before "ba"
  EXPECT_FALSE(vocabulary->stand_side_by_side(257, a));
  EXPECT_TRUE(vocabulary->stand_side_by_side(a, b));
}

TEST(BpeVocabulary, RefusesWhatIsCutShortOrLonger) {
  const std::string packed = packed_with({"ab", "cd", "abcd"});
  for (std::size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(open(packed.substr(0, size))) << size;
  EXPECT_FALSE(open(packed + "a"));
}

TEST(BpeVocabulary, AnyChangedByteIsRefusedOrGivesAVocabularyThatWorks) {
  const std::string packed = packed_with({"ab", "cd", "abcd", "bb", "abab"});
  const std::string text = "abcdabab bbabc \xFF";
  std::size_t refused = 0;
  for (std::size_t place = 0; place < packed.size(); ++place) {
    for (const int change : {1, 2, 0x7F, 0xFF}) {
      std::string changed = packed;
      changed[place] = static_cast<char>(changed[place] ^ change);
      const auto vocabulary = open(changed);
      if (!vocabulary) {
        ++refused;
        continue;
      }
      TokenCounter counter(*vocabulary);
      std::vector<std::uint32_t> ids;
      counter.encode(text, ids);
      std::string decoded;
      for (const std::uint32_t id : ids) decoded += (*vocabulary)->bytes(id);
      EXPECT_EQ(decoded, text.substr(0, text.size() - 1) + "\xEF\xBF\xBD") << place;
    }
  }
  EXPECT_GT(refused, packed.size());
}

}  // namespace
}  // namespace pointsman::text
