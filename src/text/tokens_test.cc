#include "text/tokens.h"

#include <gtest/gtest.h>

#include <string>

#include "text/utf8.h"

namespace pointsman::text {
namespace {

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// The tokens as "a|b|c".
std::string cut(std::string_view text) {
  Tokens tokens;
  tokenize(text, tokens);
  std::string out;
  for (const Token& token : tokens.tokens) {
    if (!out.empty()) out += '|';
    for (std::uint32_t i = token.begin; i < token.end; ++i) append_utf8(out, tokens.chars[i]);
  }
  return out;
}

TEST(Utf8, ReadsEveryCodePointItself) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string bytes;
    append_utf8(bytes, c);
    const CodePoint point = read_code_point(bytes);
    ASSERT_EQ(point.value, c);
    ASSERT_EQ(point.length, bytes.size());
  }
}

TEST(Utf8, ReplacesEachMaximalIllFormedPartOnce) {
  struct Case {
    std::string_view bytes;
    std::vector<std::size_t> lengths;  // of the parts in order
  };
  const Case cases[] = {
      {"\x80", {1}},
      {"\xC0\xAF", {1, 1}},                // overlong slash
      {"\xE0\x80\x80", {1, 1, 1}},         // overlong
      {"\xED\xA0\x80", {1, 1, 1}},         // surrogate
      {"\xF4\x90\x80\x80", {1, 1, 1, 1}},  // past U+10FFFF
      {"\xE2\x82", {2}},                   // cut off
      {"\xF0\x9F\x98", {3}},               // cut off
      {"\xE2\x82\x28", {2, 1}},            // the parenthesis survives
  };
  for (const Case& one : cases) {
    std::string_view rest = one.bytes;
    for (const std::size_t length : one.lengths) {
      EXPECT_EQ(read_code_point(rest).length, length) << ::testing::PrintToString(one.bytes);
      rest.remove_prefix(length);
    }
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Utf8, BoundariesNeverSplitACodePoint) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t limit = 0; limit <= text.size(); ++limit) {
    const std::size_t floor = floor_boundary(text, limit);
    const std::size_t ceil = ceil_boundary(text, limit);
    EXPECT_LE(floor, limit);
    EXPECT_GE(ceil, limit);
    for (const std::size_t at : {floor, ceil}) {
      EXPECT_TRUE(at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) << limit;
    }
  }
}

TEST(Tokens, CutsWordsNumbersAndSigns) {
  EXPECT_EQ(cut("Hello, World!"), "hello|,|world|!");
  EXPECT_EQ(cut("don't you\xE2\x80\x99ll"), "dont|youll");
  EXPECT_EQ(cut("it costs 3.14 or 1,000."), "it|costs|3.14|or|1,000|.");
  EXPECT_EQ(cut("gpt4 3pm"), "gpt|4|3|pm");
  EXPECT_EQ(cut("get_weather(x)"), "get|_|weather|(|x|)");
  EXPECT_EQ(cut("'quoted'"), "'|quoted|'");
  EXPECT_EQ(cut(""), "");
  EXPECT_EQ(cut(" \n\t "), "");
}

TEST(Tokens, FoldsSpellingsOfTheSameWord) {
  EXPECT_EQ(cut("CAF\xC3\x89"), cut("cafe"));
  EXPECT_EQ(cut("Stra\xC3\x9F"
                "e"),
            cut("STRASSE"));
  EXPECT_EQ(cut("\xEF\xBC\xA1\xEF\xBC\xA2"), cut("ab"));  // full width
  EXPECT_EQ(cut("e\xCC\x81t\xC3\xA9"), cut("ete"));       // combining and precomposed
  EXPECT_EQ(cut("\xD0\x9C\xD0\x98\xD0\xA0"), cut("\xD0\xBC\xD0\xB8\xD1\x80"));
}

TEST(Tokens, TakesEachIdeographAndEmojiAsOneToken) {
  EXPECT_EQ(cut("\xE4\xBD\xA0\xE5\xA5\xBD"), "\xE4\xBD\xA0|\xE5\xA5\xBD");
  EXPECT_EQ(cut("\xE3\x81\x8B\xE3\x81\xAA"), "\xE3\x81\x8B|\xE3\x81\xAA");
  EXPECT_EQ(cut("hi\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), "hi|\xF0\x9F\x98\x80|\xF0\x9F\x98\x80");
}

TEST(Tokens, KeepsHangulSyllablesAndRightToLeftWordsWhole) {
  EXPECT_EQ(cut("\xED\x95\x9C\xEA\xB5\xAD \xEC\x96\xB4"), "\xED\x95\x9C\xEA\xB5\xAD|\xEC\x96\xB4");
  EXPECT_EQ(cut("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD7\xA2"), "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D|\xD7\xA2");
}

TEST(Tokens, ReadsOnlyTheEndsOfALongText) {
  std::string text = "head ";
  while (text.size() < 1'000'000) text += "middle ";
  text += "tail";
  Tokens tokens;
  tokenize(text, tokens);
  EXPECT_LE(tokens.chars.size(), kMaxTextBytes);
  EXPECT_EQ(tokens.shape.bytes, text.size());
  const auto word = [&](const Token& token) {
    return std::u32string(tokens.chars.begin() + token.begin, tokens.chars.begin() + token.end);
  };
  EXPECT_EQ(word(tokens.tokens.front()), U"head");
  EXPECT_EQ(word(tokens.tokens.back()), U"tail");
}

TEST(Tokens, CountsTheShapeOfCodeAndLists) {
  Tokens tokens;
  tokenize("Fix:\n```cpp\nint x = 1;\n  y();\n```\n- one\n2. two\n(A) yes\nB) no\n", tokens);
  EXPECT_EQ(tokens.shape.newlines, 9U);
  EXPECT_EQ(tokens.shape.fences, 2U);
  EXPECT_EQ(tokens.shape.list_items, 2U);
  EXPECT_EQ(tokens.shape.options, 2U);
  EXPECT_EQ(tokens.shape.indented, 1U);
  EXPECT_EQ(tokens.shape.code_ends, 3U);
}

}  // namespace
}  // namespace pointsman::text
