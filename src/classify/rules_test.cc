#include "classify/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::classify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rule keywords(std::string name, std::vector<std::string> words) {
  return {std::move(name), "c", std::move(words), {}};
}
Rule pattern(std::string name, std::string text) {
  return {std::move(name), "c", {}, {std::move(text)}};
}

std::vector<int> match(const std::vector<Rule>& rules, std::string_view text) {
  const auto set = RuleSet::compile(rules);
  EXPECT_TRUE(set.has_value()) << set.error().message();
  return set->match(text);
}

TEST(RuleSet, MatchesKeywordsAsWholeFoldedWords) {
  const std::vector<Rule> rules{keywords("math", {"integral", "prove that"})};
  EXPECT_THAT(match(rules, "Compute the INTEGRAL of x"), ElementsAre(0));
  EXPECT_THAT(match(rules, "please PROVE\n  that it holds"), ElementsAre(0));
  EXPECT_THAT(match(rules, "integrals are fun"), IsEmpty());
  EXPECT_THAT(match(rules, "prove, that"), IsEmpty());
  EXPECT_THAT(match(rules, ""), IsEmpty());
}

TEST(RuleSet, UnderstandsKeywordsWithSignsDigitsAndOtherScripts) {
  EXPECT_THAT(match({keywords("a", {"c++"})}, "my C++ code"), ElementsAre(0));
  EXPECT_THAT(match({keywords("a", {"c++"})}, "vitamin c"), IsEmpty());
  EXPECT_THAT(match({keywords("a", {"gpt"})}, "gpt4"), IsEmpty());
  EXPECT_THAT(match({keywords("a", {"gpt4"})}, "is GPT4 good?"), ElementsAre(0));
  EXPECT_THAT(match({keywords("a", {"gpt4"})}, "is gpt 4 or gpt42"), ElementsAre(0)) << "a space may stand between";
  EXPECT_THAT(match({keywords("a", {"caf\xC3\xA9"})}, "CAFE au lait"), ElementsAre(0));
  EXPECT_THAT(match({keywords("a", {"\xE5\xA4\xA9\xE6\xB0\x94"})}, "\xE4\xBB\x8A\xE5\xA4\xA9\xE5\xA4\xA9\xE6\xB0\x94"),
              ElementsAre(0));
}

TEST(RuleSet, ReportsAllMatchesInTheOrderOfTheConfiguration) {
  const std::vector<Rule> rules{pattern("sql", R"((?i)\bselect\b.*\bfrom\b)"), keywords("none", {"zebra"}),
                                keywords("table", {"table"}), pattern("digits", R"(\d{3})")};
  EXPECT_THAT(match(rules, "123: SELECT a FROM table"), ElementsAre(0, 2, 3));
}

TEST(RuleSet, NamesEveryBadRuleAndThePlaceInThePattern) {
  const auto set = RuleSet::compile({pattern("good", "a+"),
                                     pattern("open", "ab(cd"),
                                     pattern("repeat", "x**"),
                                     keywords("blank", {"  "}),
                                     {"nothing", "c", {}, {}},
                                     keywords("good", {"b"})});
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code(), base::ErrorCode::kInvalidArgument);
  const std::string& message = set.error().message();
  EXPECT_THAT(message, HasSubstr("rule \"open\": pattern \"ab(cd\": missing )"));
  EXPECT_THAT(message, HasSubstr("rule \"repeat\": pattern \"x**\": bad repetition operator: ** at position 2"));
  EXPECT_THAT(message, HasSubstr("rule \"blank\": keyword"));
  EXPECT_THAT(message, HasSubstr("rule \"nothing\": has neither"));
  EXPECT_THAT(message, HasSubstr("rule \"good\": defined twice"));
}

TEST(RuleSet, RefusesPatternsThatNeedTooMuchMemory) {
  const auto set = RuleSet::compile({pattern("huge", "((((a{100}){100}){100}){100})")});
  ASSERT_FALSE(set.has_value());
  EXPECT_THAT(set.error().message(), HasSubstr("rule \"huge\""));
}

TEST(RuleSet, LooksAtBothEndsOfALongTextOnly) {
  const std::vector<Rule> rules{keywords("word", {"needle"}), pattern("pattern", "needle")};
  const std::string hay(1 << 20, 'x');
  EXPECT_THAT(match(rules, "needle " + hay), ElementsAre(0, 1));
  EXPECT_THAT(match(rules, hay + " needle"), ElementsAre(0, 1));
  EXPECT_THAT(match(rules, hay + " needle " + hay), IsEmpty());
}

TEST(RuleSet, StillMatchesWhenTheAutomatonRunsOutOfMemory) {
  std::vector<Rule> rules;
  for (int i = 0; i < 40; ++i)
    rules.push_back(
        pattern("r" + std::to_string(i), "[ab]*a[ab]{" + std::to_string(12) + "}z" + std::to_string(i) + "$"));
  std::string text;
  for (unsigned i = 0; i < 15'000; ++i) text += (i * i / 7 + i / 3) % 2 == 0 ? 'a' : 'b';
  text += "abbbbbbbbbbbbz7";
  EXPECT_THAT(match(rules, text), ElementsAre(7));
}

TEST(RuleSet, SurvivesBrokenBytes) {
  EXPECT_THAT(match({keywords("a", {"ok"}), pattern("b", "ok.$")}, "\xFF\xC0 ok \x80\xE2\x82"), ElementsAre(0));
}

}  // namespace
}  // namespace pointsman::classify
