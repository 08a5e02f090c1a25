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

class BpeBlock : public testing::Test {
 protected:
  static std::vector<std::uint64_t> block_with(const std::vector<std::string>& more) {
    const std::string packed = packed_with(more);
    return *lay_out_bpe(std::as_bytes(std::span(packed)));
  }
  static auto open_in_place(std::span<const std::uint64_t> block) {
    return BpeVocabulary::in_place(std::as_bytes(block));
  }
};

TEST_F(BpeBlock, UsedInPlaceIsTheVocabularyThatWasPacked) {
  const std::vector<std::string> more{"ab", "cd", "abcd", "bb", "abab"};
  const std::string packed = packed_with(more);
  const auto opened = *open(packed);
  const auto block = block_with(more);
  const auto in_place = *open_in_place(block);
  ASSERT_EQ(in_place->size(), opened->size());
  EXPECT_EQ(in_place->longest_token(), opened->longest_token());
  EXPECT_EQ(in_place->splitting(), opened->splitting());
  for (std::uint32_t id = 0; id < opened->size(); ++id) {
    EXPECT_EQ(in_place->bytes(id), opened->bytes(id));
    EXPECT_EQ(in_place->find(opened->bytes(id)), id);
    EXPECT_EQ(in_place->next_shorter(id), opened->next_shorter(id));
    for (std::uint32_t right = 256; right < opened->size(); ++right) {
      EXPECT_EQ(in_place->stand_side_by_side(id, right), opened->stand_side_by_side(id, right));
    }
  }
  const char* const kept = in_place->bytes(0).data();
  EXPECT_TRUE(kept >= reinterpret_cast<const char*>(block.data()) &&
              kept < reinterpret_cast<const char*>(block.data() + block.size()))
      << "nothing is copied";
}

TEST_F(BpeBlock, OfAnotherLengthOrAnotherBeginningIsRefused) {
  auto block = block_with({"ab"});
  for (std::size_t words = 0; words < block.size(); ++words) {
    EXPECT_FALSE(open_in_place(std::span(block).first(words))) << words;
  }
  block.push_back(0);
  EXPECT_FALSE(open_in_place(block));
  block.pop_back();
  ASSERT_TRUE(open_in_place(block));
  EXPECT_FALSE(BpeVocabulary::in_place(std::as_bytes(std::span(block)).subspan(1))) << "not at a multiple of eight";
  block[0] ^= 1;
  EXPECT_FALSE(open_in_place(block));
}

}  // namespace
}  // namespace pointsman::text
