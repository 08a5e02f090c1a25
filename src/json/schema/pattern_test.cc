#include "json/schema/pattern.h"

#include <gtest/gtest.h>

#include <random>

namespace pointsman::json::schema {
namespace {

base::Result<Pattern> compile(std::string_view expression, std::size_t budget = 1'000'000) {
  return Pattern::compile(expression, budget);
}

bool matches(std::string_view expression, std::string_view text) {
  const auto pattern = compile(expression);
  EXPECT_TRUE(pattern) << expression << ": " << (pattern ? "" : pattern.error().message());
  return pattern && pattern->matches(text);
}

TEST(Pattern, IsSearchedForAnywhere) {
  EXPECT_TRUE(matches("b", "abc"));
  EXPECT_FALSE(matches("^b", "abc"));
  EXPECT_TRUE(matches("^$", ""));
  EXPECT_FALSE(matches("a$", "a\n"));
  EXPECT_TRUE(matches("", "x"));
}

TEST(Pattern, SpeaksEcmaScript) {
  EXPECT_TRUE(matches("^\\u00e9\\x41\\cA\\0$", std::string_view("\u00e9A\x01\0", 5)));
  EXPECT_TRUE(matches("^\\ud83d\\ude00$", "\U0001F600"));
  EXPECT_TRUE(matches("^\\u{1F600}$", "\U0001F600"));
  EXPECT_TRUE(matches("^.$", "\U0001F600")) << "a character, not a unit of one";
  EXPECT_FALSE(matches("^.$", "\u2028"));
  EXPECT_TRUE(matches("^\\s\\S[\\s][^\\S]$", "\u00a0x\ufeff\u3000"));
  EXPECT_FALSE(matches("^\\d$", "\u0663")) << "ASCII digits";
  EXPECT_TRUE(matches("^[^]$", "\n"));
  EXPECT_FALSE(matches("^[]$", "x"));
  EXPECT_TRUE(matches("^[\\b\\]\\-[]+$", "\b]-["));
  EXPECT_TRUE(matches("^\\p{Letter}\\p{Lu}\\P{Nd}\\p{Script=Greek}$", "aÄx\u03b1"));
  EXPECT_TRUE(matches("^(?<year>\\d{4})-(?:a|b)?\\/$", "2026-/"));
}

TEST(Pattern, ReadsCountsWithLeadingZeros) {
  EXPECT_TRUE(matches("(^|){02}5?$", "?=a"));
  EXPECT_TRUE(matches("^a{02}$", "aa"));
  EXPECT_TRUE(matches("^a{002,0004}$", "aaaa"));
  EXPECT_FALSE(matches("^a{002,0004}$", "aaaaa"));
  EXPECT_TRUE(matches("^a{01,}$", "aaaaa"));
  EXPECT_TRUE(matches("^a{00}$", ""));
  EXPECT_TRUE(matches("^a{0,00}$", ""));
  EXPECT_TRUE(matches("^a{00b}$", "a{00b}"));
  std::size_t none = 0;
  const auto without = Pattern::compile("^a{02}$", none);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->automaton(), nullptr);
  EXPECT_TRUE(without->matches("aa"));
  EXPECT_FALSE(without->matches("a{02}"));
}

TEST(Pattern, NamesWhatItDoesNotSupport) {
  const auto why = [](std::string_view expression) {
    const auto pattern = compile(expression);
    return pattern ? "" : pattern.error().message();
  };
  EXPECT_EQ(why("a(?=b)"), "lookaround");
  EXPECT_EQ(why("(?<!a)b"), "lookaround");
  EXPECT_EQ(why("(a)\\1"), "a back reference");
  EXPECT_EQ(why("(?<n>a)\\k<n>"), "a back reference");
  EXPECT_EQ(why("\\ud83d"), "half of a surrogate pair");
  EXPECT_EQ(why("\\a"), "the escape \\a");
  EXPECT_EQ(why("(?i:a)"), "a group with modifiers");
  EXPECT_EQ(why("a\\"), "a backslash at the end");
  EXPECT_NE(why("("), "");
  EXPECT_NE(why("a{2,1}"), "");
  EXPECT_NE(why(std::string(9000, 'a')), "");
}

constexpr std::string_view kExpressions[] = {"^a+$",
                                             "a|b",
                                             "^(?:ab|a)c",
                                             "^\\d{4}-\\d{2}-\\d{2}$",
                                             "^[a-cé-ü]{2,4}$",
                                             "b$",
                                             "^[^a]*$",
                                             "(a|b)*c",
                                             "^a{0}b{2,}$",
                                             "^$",
                                             "$",
                                             "",
                                             "a^",
                                             "a$b",
                                             "^(a|^b)$",
                                             "(^|b)a",
                                             "a?b?c?$",
                                             "^.{3}$",
                                             "^[\\s\\d]+$",
                                             "^\\u{1F600}+",
                                             "(?:a(?:b|c)+)?",
                                             "^(a*)*$",
                                             "[^\\w]",
                                             "^\\D\\W$",
                                             "(a$|b)",
                                             "^[]",
                                             "[^]$",
                                             "^(|a)b",
                                             "^([ab]{2}){2}$",
                                             "c??a",
                                             "^a*?$",
                                             "\\/$"};

TEST(Pattern, AgreesWithAndWithoutAnAutomaton) {
  std::mt19937 random(11);
  constexpr std::string_view kParts[] = {"a",          "b", "c",  "ab",         "é", "ü", "0",
                                         "2026-01-02", " ", "\n", "\U0001F600", "-", "/"};
  for (const std::string_view expression : kExpressions) {
    const auto with = compile(expression);
    const auto without = compile(expression, 0);
    ASSERT_TRUE(with && without) << expression;
    ASSERT_NE(with->automaton(), nullptr) << expression;
    ASSERT_EQ(without->automaton(), nullptr) << expression;
    for (int i = 0; i < 400; ++i) {
      std::string text;
      for (unsigned part = random() % 6; part > 0; --part) text += kParts[random() % std::size(kParts)];
      const bool matches = without->matches(text);
      EXPECT_EQ(with->matches(text), matches) << expression << " on " << text;
      Automaton::State state = with->automaton()->start();
      for (const char& c : text) state = with->automaton()->step(state, {&c, 1});
      EXPECT_EQ(with->automaton()->accepts(state), matches) << expression << " on " << text << " byte by byte";
    }
  }
}

// How many bytes of `text` the automaton reads before it gives up; all of them if it does not.
std::size_t given_up_at(std::string_view expression, std::string_view text) {
  const auto pattern = compile(expression);
  EXPECT_TRUE(pattern && pattern->automaton() != nullptr) << expression;
  Automaton::State state = pattern->automaton()->start();
  std::size_t read = 0;
  while (read < text.size() && state != Automaton::kDead) {
    state = pattern->automaton()->step(state, text.substr(read++, 1));
  }
  return read;
}

TEST(Automaton, GivesUpWhenNothingCanMatchAnyMore) {
  EXPECT_EQ(given_up_at("^\\d{4}-\\d{2}$", "2026-x1"), 6U);
  EXPECT_EQ(given_up_at("^\\d{4}-\\d{2}$", "2026-011"), 8U);
  EXPECT_EQ(given_up_at("^[a-z]+$", "abcdE"), 5U);
  EXPECT_EQ(given_up_at("^é", "\xC3\xA8xx"), 2U) << "inside of a character";
  EXPECT_EQ(given_up_at("[0-9]$", "aaaaaa"), 6U) << "one may still come";
  EXPECT_EQ(given_up_at("a^b", "xyz"), 0U) << "never";
  EXPECT_EQ(given_up_at("^a|b", "cccc"), 4U);
}

TEST(Automaton, IsLeftOutWhenItWouldBeLarge) {
  EXPECT_EQ(compile("(a|b)*a(a|b){12}")->automaton(), nullptr) << "2^13 states";
  EXPECT_EQ(compile("^(?:[a-z]{1,100}x){9}$")->automaton(), nullptr);
  EXPECT_EQ(compile("\\bfoo\\b")->automaton(), nullptr);
  EXPECT_EQ(compile("^\\p{L}+$")->automaton(), nullptr);
  EXPECT_TRUE(matches("(a|b)*a(a|b){12}", "aaaaaaaaaaaaaaa"));
  std::size_t budget = 10'000;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Pattern::compile("^[a-z]{1,30}[0-9]{2}$", budget));
  EXPECT_EQ(Pattern::compile("^[a-z]{1,30}[0-9]{2}$", budget)->automaton(), nullptr) << "the budget is used up";
}

}  // namespace
}  // namespace pointsman::json::schema
