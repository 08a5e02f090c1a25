#include "text/pieces.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "text/char_kinds.h"

namespace pointsman::text {
namespace {

// The pieces as "a|b|c".
template <Splitting splitting>
std::string cut(std::string_view text) {
  std::string out;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const char* const behind = piece_end<splitting>(p, end);
    if (!out.empty()) out += '|';
    out.append(p, behind);
    p = behind;
  }
  return out;
}

struct Case {
  std::string_view text;
  std::string_view o200k;
  std::string_view cl100k;
};

// Each was cut by tiktoken 0.14.
constexpr Case kCases[] = {
    {"Hello, world's end!", "Hello|,| world's| end|!", "Hello|,| world|'s| end|!"},
    {"HelloWorld ABCdef ABC", "Hello|World| ABCdef| ABC", "HelloWorld| ABCdef| ABC"},
    {"I'LL we'Ve x'st 'tis", "I'LL| we'Ve| x's|t| '|tis", "I|'LL| we|'Ve| x|'s|t| '|tis"},
    {"it'\u017F it'\u017Fx", "it'\u017F| it'\u017F|x", "it|'\u017F| it|'\u017F|x"},
    {"1234567 12", "123|456|7| |12", "123|456|7| |12"},
    {"a\u00B2\u0663\u2167\u0664", "a|\u00B2\u0663\u2167|\u0664", "a|\u00B2\u0663\u2167|\u0664"},
    {"   two  spaces   ", "  | two| | spaces|   ", "  | two| | spaces|   "},
    {"a\n\n b\r\n", "a|\n\n| b|\r\n", "a|\n\n| b|\r\n"},
    {"a \n \n  b", "a| \n \n| | b", "a| \n \n| | b"},
    // At the end of a text the pattern of cl100k keeps white space whole.
    {"a\n  ", "a|\n|  ", "a|\n  "},
    {"//!\n/\r/x", "//!\n/\r/|x", "//!\n|/\r|/x"},
    {"\tx\t\ty\n\tz", "\tx|\t|\ty|\n|\tz", "\tx|\t|\ty|\n|\tz"},
    {"\u00A0x\u3000\u3000y", "\u00A0x|\u3000|\u3000y", "\u00A0x|\u3000|\u3000y"},
    {"\uFEFFx \uFEFF", "\uFEFFx| \uFEFF", "\uFEFFx| \uFEFF"},
    // Marks belong to words in o200k, and are signs in cl100k.
    {"e\u0301tude \u0301", "e\u0301tude| \u0301", "e|\u0301tude| \u0301"},
    {"\u0301ABC \u0301ABC", "\u0301|ABC| \u0301|ABC", "\u0301ABC| \u0301|ABC"},
    {"\u4F60\u597DABC\u4F60d", "\u4F60\u597DABC\u4F60d", "\u4F60\u597DABC\u4F60d"},
    {"AB\u4F60CD", "AB\u4F60|CD", "AB\u4F60CD"},
    {".Net ..Net $x_y", ".Net| ..|Net| $|x|_y", ".Net| ..|Net| $|x|_y"},
    {"\U00010D50\U00010D70\U00010D50", "\U00010D50\U00010D70|\U00010D50", "\U00010D50\U00010D70\U00010D50"},
};

TEST(Pieces, AreThoseOfThePatterns) {
  for (const Case& c : kCases) {
    EXPECT_EQ(cut<Splitting::kO200k>(c.text), c.o200k) << c.text;
    EXPECT_EQ(cut<Splitting::kCl100k>(c.text), c.cl100k) << c.text;
  }
}

TEST(Pieces, LongWordsOfLowerCaseEndWhereTheyEnd) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (const std::string_view next : {"", "A", "1", "`", "{", "\xC3\xA4", "\xC3\x84", " b", "@"}) {
      const std::string word(size, 'z');
      const bool goes_on = next == "\xC3\xA4";
      const std::string text = word + std::string(next);
      const std::string first = cut<Splitting::kO200k>(text).substr(0, size + 3);
      EXPECT_EQ(first.find('|'), next.empty() || goes_on ? std::string::npos : size) << text;
    }
  }
}

TEST(CharKinds, AreThoseOfUnicode16) {
  const CharKinds& kinds = CharKinds::instance();
  EXPECT_EQ(kinds.of('a'), kLower);
  EXPECT_EQ(kinds.ascii('Z'), kUpper);
  EXPECT_EQ(kinds.of(0x1C5), kUpper);     // title case
  EXPECT_EQ(kinds.of(0x2B0), kCaseless);  // modifier letter
  EXPECT_EQ(kinds.of(0x4E00), kCaseless);
  EXPECT_EQ(kinds.of(0x301), kMark);
  EXPECT_EQ(kinds.of(0xBD), kNumber);
  EXPECT_EQ(kinds.of(0x85), kSpace);
  EXPECT_EQ(kinds.of(0x1C), kSymbol);  // a separator in name only
  EXPECT_EQ(kinds.of(0xFEFF), kSymbol);
  EXPECT_EQ(kinds.of('\n'), kLineEnd);
  EXPECT_EQ(kinds.of(0x10D50), kUpper);     // new in Unicode 16
  EXPECT_EQ(kinds.of(0x2EBF0), kCaseless);  // new in Unicode 15.1
  EXPECT_EQ(kinds.of(0xE0100), kMark);
  EXPECT_EQ(kinds.of(0x10FFFF), kSymbol);
  EXPECT_EQ(kinds.ascii(0x80), 0);
}

TEST(CharKinds, EveryCodePointIsOfOneKind) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c)
    ASSERT_EQ(__builtin_popcount(CharKinds::instance().of(c)), 1) << std::uint32_t{c};
}

}  // namespace
}  // namespace pointsman::text
