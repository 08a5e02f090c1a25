#include "text/safe_lines.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "text/utf8.h"

namespace pointsman::text {
namespace {

using Lines = std::vector<std::string>;

TEST(SafeLines, LeavesPlainTextAlone) {
  EXPECT_EQ(safe_lines("hello there", 40, 5).lines, Lines{"hello there"});
  EXPECT_EQ(safe_lines("Zürich, 東京, 👍", 40, 5).lines, Lines{"Zürich, 東京, 👍"});
  EXPECT_EQ(safe_lines("hello", 40, 5).unseemly, 0U);
  EXPECT_TRUE(safe_lines("", 40, 5).lines.empty());
}

TEST(SafeLines, BreaksBetweenWordsAndInsideOfWordsThatAreTooLong) {
  EXPECT_EQ(safe_lines("one two three four", 9, 5).lines, (Lines{"one two", "three", "four"}));
  EXPECT_EQ(safe_lines("abcdefghijklmnopqrst", 8, 5).lines, (Lines{"abcdefgh", "ijklmnop", "qrst"}));
  EXPECT_EQ(safe_lines("ab cdefghijklmnopq", 8, 5).lines, (Lines{"ab", "cdefghij", "klmnopq"}));
}

TEST(SafeLines, KeepsLineBreaksAndOneOfManyEmptyLines) {
  EXPECT_EQ(safe_lines("a\nb\r\nc\rd", 40, 9).lines, (Lines{"a", "b", "c", "d"}));
  EXPECT_EQ(safe_lines("\n\na\n\n\n\nb\n\n", 40, 9).lines, (Lines{"a", "", "b"}));
  EXPECT_EQ(safe_lines("a\xE2\x80\xA8z", 40, 9).lines, (Lines{"a", "z"}));
  EXPECT_EQ(safe_line("a\nb\tc", 40), "a b c");
}

TEST(SafeLines, SaysWhatIsCut) {
  const SafeLines out = safe_lines("a\nb\nc", 40, 2);
  EXPECT_TRUE(out.cut);
  EXPECT_EQ(out.lines, (Lines{"a", "b…"}));
  EXPECT_FALSE(safe_lines("a\nb\n\n\n", 40, 2).cut);
  EXPECT_EQ(safe_line("abcdefghijkl", 8), "abcdefg…");
}

struct Hostile {
  const char* name;
  std::string_view text;
  std::string_view shown;
};

class SafeLinesOfHostileText : public testing::TestWithParam<Hostile> {};

TEST_P(SafeLinesOfHostileText, ShowsWhatIsThereInsteadOfObeyingIt) {
  EXPECT_EQ(safe_line(GetParam().text, 80), GetParam().shown);
  EXPECT_GT(safe_lines(GetParam().text, 80, 3).unseemly, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, SafeLinesOfHostileText,
    testing::Values(Hostile{"ansi_colour", "a\x1B[31mred", "a␛[31mred"},
                    Hostile{"terminal_title", "\x1B]0;owned\x07", "␛]0;owned␇"},
                    Hostile{"bell_and_backspace",
                            "a\x07\x08"
                            "b",
                            "a␇␈b"},
                    Hostile{"delete", "a\x7F", "a␡"}, Hostile{"nul", std::string_view("a\0b", 3), "a␀b"},
                    Hostile{"csi_of_c1",
                            "a\xC2\x9B"
                            "31m",
                            "a<U+009B>31m"},
                    Hostile{"right_to_left_override",
                            "abc\xE2\x80\xAE"
                            "fed",
                            "abc<U+202E>fed"},
                    Hostile{"isolates", "\xE2\x81\xA6x\xE2\x81\xA9", "<U+2066>x<U+2069>"},
                    Hostile{"zero_width_space",
                            "a\xE2\x80\x8B"
                            "b",
                            "a<U+200B>b"},
                    Hostile{"byte_order_mark", "\xEF\xBB\xBFhi", "<U+FEFF>hi"},
                    Hostile{"soft_hyphen",
                            "a\xC2\xAD"
                            "b",
                            "a<U+00AD>b"},
                    Hostile{"hangul_filler", "\xE3\x85\xA4", "<U+3164>"},
                    Hostile{"tag_characters", "x\xF3\xA0\x81\xA8\xF3\xA0\x81\xA9y", "x<U+E0068 and 1 more>y"},
                    Hostile{"private_use", "\xEE\x80\x80", "<U+E000>"}),
    [](const testing::TestParamInfo<Hostile>& info) { return std::string(info.param.name); });

TEST(SafeLines, LeavesOutJoinersThatScriptsAndEmojiNeed) {
  const SafeLines out = safe_lines("می\xE2\x80\x8Cخواهم \xE2\x9D\xA4\xEF\xB8\x8F", 40, 2);
  EXPECT_EQ(out.lines, Lines{"میخواهم \xE2\x9D\xA4"});
  EXPECT_EQ(out.unseemly, 0U);
}

TEST(SafeLines, KeepsFourOfManyMarksOnOneCharacter) {
  std::string text = "z";
  for (int i = 0; i < 50; ++i) text += "\xCC\x81";
  EXPECT_EQ(safe_line(text + "a", 40),
            "z\xCC\x81\xCC\x81\xCC\x81\xCC\x81"
            "a");
}

TEST(SafeLines, CountsWideCharactersAsTwoColumns) {
  EXPECT_EQ(columns_of("東京"), 4U);
  EXPECT_EQ(columns_of("e\xCC\x81"), 1U);
  EXPECT_EQ(safe_lines("東京東京東京", 8, 5).lines, (Lines{"東京東京", "東京"}));
}

TEST(SafeLines, ReadsBrokenUtf8AsReplacementCharacters) {
  EXPECT_EQ(safe_line("a\xFF"
                      "b\xC3",
                      40),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

// Of any bytes at all: no control character comes out, lines fit, and there are no more than were asked for.
TEST(SafeLines, AreSafeForAnyBytes) {
  base::Rng rng(3);
  for (int run = 0; run < 3000; ++run) {
    std::string text;
    for (std::uint64_t i = rng.below(60); i > 0; --i) {
      const auto byte = static_cast<char>(rng.below(256));
      text += rng.below(3) == 0 ? byte : rng.below(8) == 0 ? '\n' : static_cast<char>('a' + rng.below(26));
    }
    const SafeLines out = safe_lines(text, 10, 4);
    ASSERT_LE(out.lines.size(), 4U);
    for (const std::string& line : out.lines) {
      ASSERT_LE(columns_of(line), 10U) << line;
      for (std::string_view rest = line; !rest.empty();) {
        const CodePoint point = read_code_point(rest);
        ASSERT_FALSE(point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0) || point.value == 0x202E);
        rest.remove_prefix(point.length);
      }
    }
  }
}

}  // namespace
}  // namespace pointsman::text
