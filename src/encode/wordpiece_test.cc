#include "encode/wordpiece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <random>

#include "json/text.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\n##ff\n##a\nhello\n!\nworld\n你\ne\n##e\nb\n##b\n";
enum : std::uint32_t { kUnk = 1, kCls = 2, kSep = 3, kMask = 4, kUn, kAff, kAble, kFf, kA, kHello, kBang, kWorld, kNi };

WordPiece tokenizer(const WordPieceOptions& options = {}) {
  auto out = WordPiece::from_vocabulary(kVocabulary, options);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message());
  return std::move(*out);
}

std::vector<std::uint32_t> encode(const WordPiece& with, std::string_view text, std::size_t max_tokens = 512) {
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  with.encode(text, max_tokens, work, ids);
  return ids;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(WordPiece, TakesTheLongestPieceFirst) {
  EXPECT_THAT(encode(tokenizer(), "unaffable"), ElementsAre(kCls, kUn, kAff, kAble, kSep));
  EXPECT_THAT(encode(tokenizer(), "unffa"), ElementsAre(kCls, kUn, kFf, kA, kSep));
}

TEST(WordPiece, GivesOneUnknownForAWordThatCannotBeCutWhole) {
  EXPECT_THAT(encode(tokenizer(), "unaffablez hello"), ElementsAre(kCls, kUnk, kHello, kSep));
}

TEST(WordPiece, SplitsAtSpacesPunctuationAndIdeographs) {
  EXPECT_THAT(encode(tokenizer(), "hello!world"), ElementsAre(kCls, kHello, kBang, kWorld, kSep));
  EXPECT_THAT(encode(tokenizer(), "hello\u00A0world\n"), ElementsAre(kCls, kHello, kWorld, kSep));
  EXPECT_THAT(encode(tokenizer(), "hello你world"), ElementsAre(kCls, kHello, kNi, kWorld, kSep));
  EXPECT_THAT(encode(tokenizer(), ""), ElementsAre(kCls, kSep));
}

TEST(WordPiece, CleansLowersAndStrips) {
  EXPECT_THAT(encode(tokenizer(), "HE\u0301L\u200BL\u00D6"), ElementsAre(kCls, kHello, kSep));
  EXPECT_THAT(encode(tokenizer(), "hel\x01lo wor\xFFld"), ElementsAre(kCls, kHello, kWorld, kSep));
}

TEST(WordPiece, LeavesAloneWhatItIsToldToLeave) {
  const WordPieceOptions options{.lowercase = false, .strip_accents = false, .clean_text = false, .space_cjk = false};
  EXPECT_THAT(encode(tokenizer(options), "Hello"), ElementsAre(kCls, kUnk, kSep));
  EXPECT_THAT(encode(tokenizer(options), "he\u0301llo"), ElementsAre(kCls, kUnk, kSep));
  EXPECT_THAT(encode(tokenizer(options), "hel\x01lo"), ElementsAre(kCls, kUnk, kSep));
  EXPECT_THAT(encode(tokenizer(options), "hello你"), ElementsAre(kCls, kUnk, kSep));
  EXPECT_THAT(encode(tokenizer(options), "hello"), ElementsAre(kCls, kHello, kSep));
}

TEST(WordPiece, FindsSpecialTokensInTextsAsTheyAreWritten) {
  EXPECT_THAT(encode(tokenizer(), "hello[MASK]world [SEP]"), ElementsAre(kCls, kHello, kMask, kWorld, kSep, kSep));
  EXPECT_THAT(encode(tokenizer(), "[mask]"), ElementsAre(kCls, kUnk, kUnk, kUnk, kSep));
}

TEST(WordPiece, CutsALongTextAndKeepsTheEnd) {
  EXPECT_THAT(encode(tokenizer(), "hello world hello", 4), ElementsAre(kCls, kHello, kWorld, kSep));
  EXPECT_THAT(encode(tokenizer(), "hello unaffable", 4), ElementsAre(kCls, kHello, kUn, kSep));
  EXPECT_THAT(encode(tokenizer(), "hello", 2), ElementsAre(kCls, kSep));
  EXPECT_THAT(encode(tokenizer(), "hello", 1), ElementsAre());
  EXPECT_THAT(encode(tokenizer().without_ends(), "hello world", 1), ElementsAre(kHello));
}

TEST(WordPiece, CountsTheCharactersOfAWordNotItsBytes) {
  const WordPieceOptions options{.strip_accents = false, .max_word_chars = 5};
  EXPECT_THAT(encode(tokenizer(options), "ebebe"), ElementsAre(kCls, 14, 17, 15, 17, 15, kSep));
  EXPECT_THAT(encode(tokenizer(options), "ebebeb hello"), ElementsAre(kCls, kUnk, kHello, kSep));
  EXPECT_THAT(encode(tokenizer(options), "ééééé"), encode(tokenizer(options), "zzzzz"));
}

// 100 KB of one kind read in one go must neither crash nor give more than was asked for.
TEST(WordPiece, ReadsOnlyAsMuchOfATextAsItsTokensCanTake) {
  const WordPiece with = tokenizer();
  std::string spaces(1'000'000, ' ');
  EXPECT_THAT(encode(with, spaces + "hello", 16), ElementsAre(kCls, kSep));
  EXPECT_THAT(encode(with, std::string(5000, ' ') + "hello", 16), ElementsAre(kCls, kHello, kSep));
  EXPECT_THAT(encode(with, std::string(1'000'000, 'e'), 16), ElementsAre(kCls, kUnk, kSep));
  std::string marks = "e";
  for (int i = 0; i < 100'000; ++i) marks += "\u302E";
  EXPECT_THAT(encode(with, marks, 16), ElementsAre(kCls, kUnk, kSep));
}

TEST(WordPiece, PutsMarksThatStayIntoCanonicalOrder) {
  // U+1D165 (class 216) is a spacing mark, U+302E (224) too; the accent between them goes.
  auto with = WordPiece::from_vocabulary("[UNK]\n[CLS]\n[SEP]\ne\U0001D165\u302E\n", {});
  ASSERT_TRUE(with.has_value());
  EXPECT_THAT(encode(*with, "e\u302E\u0301\U0001D165"), ElementsAre(1, 3, 2));
  EXPECT_THAT(encode(*with, "e\U0001D165\u302E"), ElementsAre(1, 3, 2));
}

TEST(WordPiece, KeepsThePiecesByNumber) {
  const WordPiece with = tokenizer();
  EXPECT_EQ(with.size(), 18U);
  EXPECT_EQ(with.piece(kAff), "##aff");
  EXPECT_EQ(with.piece(18), "");
  EXPECT_EQ(with.unknown(), kUnk);
}

TEST(WordPiece, NamesTheLineOfABadVocabulary) {
  struct Case {
    std::string vocabulary;
    std::string place;
    std::string what;
  };
  const Case cases[] = {
      {"[UNK]\n[CLS]\n\n[SEP]\n", "line 3", "empty"},
      {"[UNK]\n\xFF\n", "line 2", "UTF-8"},
      {"[UNK]\n[CLS]\n[SEP]\na\na\n", "", "'a' is there twice"},
      {"[UNK]\n[CLS]\na", "", "[SEP]"},
      {"", "", "[UNK]"},
      {std::string(600, 'x') + "\n", "line 1", "longer"},
  };
  for (const Case& c : cases) {
    const auto out = WordPiece::from_vocabulary(c.vocabulary, {});
    ASSERT_FALSE(out.has_value()) << c.what;
    EXPECT_EQ(out.error().place(), c.place) << out.error().message();
    EXPECT_THAT(out.error().message(), HasSubstr(c.what));
  }
}

TEST(WordPiece, ReadsLinesThatEndWithCrLf) {
  const auto with = WordPiece::from_vocabulary("[UNK]\r\n[CLS]\r\n[SEP]\r\nhello\r\n", {});
  ASSERT_TRUE(with.has_value());
  EXPECT_THAT(encode(*with, "Hello"), ElementsAre(1, 3, 2));
}

// The numbers come from the reference implementation: tools/encoder/tokenizer_parity.py, "golden".
TEST(WordPiece, GivesTheNumbersOfTheReferenceForEveryGoldenText) {
  const std::string folder = POINTSMAN_SOURCE_DIR "/src/encode/testdata/";
  const auto with = WordPiece::from_tokenizer_json(read_file(folder + "tiny_tokenizer.json"));
  ASSERT_TRUE(with.has_value()) << with.error().place() << ": " << with.error().message();
  std::ifstream in(folder + "tiny_cases.tsv");
  std::size_t cases = 0;
  WordPiece::Work work;
  for (std::string line; std::getline(in, line); ++cases) {
    const std::size_t tab = line.find('\t');
    std::string text;
    for (std::size_t i = 0; i < tab; i += 2) {
      text += static_cast<char>(json::hex_digit(line[i]) * 16 + json::hex_digit(line[i + 1]));
    }
    std::vector<std::uint32_t> ids;
    with->encode(text, 10'000, work, ids);
    std::string written;
    for (const std::uint32_t id : ids) written += (written.empty() ? "" : " ") + std::to_string(id);
    EXPECT_EQ(written, line.substr(tab + 1)) << text;
  }
  EXPECT_EQ(cases, 400U);
}

// Cutting a text is cutting its numbers: the shorter list is the beginning of the longer one.
TEST(WordPiece, GivesABeginningOfTheNumbersForFewerTokens) {
  const auto with =
      WordPiece::from_tokenizer_json(read_file(POINTSMAN_SOURCE_DIR "/src/encode/testdata/tiny_tokenizer.json"));
  ASSERT_TRUE(with.has_value());
  const WordPiece bare = with->without_ends();
  std::mt19937 rng(11);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::size_t i = rng() % 60; i > 0; --i)
      text += static_cast<char>(rng() % 4 == 0 ? rng() % 256 : 'a' + rng() % 26);
    const auto all = encode(bare, text);
    const std::size_t most = rng() % 12;
    const auto few = encode(bare, text, most);
    ASSERT_EQ(few.size(), std::min(all.size(), most));
    ASSERT_TRUE(std::equal(few.begin(), few.end(), all.begin())) << text;
  }
}

}  // namespace
}  // namespace pointsman::encode
