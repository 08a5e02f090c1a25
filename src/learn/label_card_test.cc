#include "learn/label_card.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "text/safe_lines.h"

namespace pointsman::learn {
namespace {

const std::vector<std::string> kCategories = {"chat", "code", "maths"};

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

LabelItem item() {
  return {.id = "01890a5d-ac96-774b-bcce-b302099a8057",
          .when = base::WallTime(std::chrono::seconds(1'700'000'000)),
          .text = "please sort this list",
          .context = "hello",
          .category = "chat",
          .stage = "classifier",
          .model = "small-1",
          .cost = base::Money{2'000'000},
          .opinions = {{"classifier", {0.55F, 0.4F, 0.0F}, ""}, {"small model", {}, "late"}},
          .why = "unsure: 55 % against 40 %"};
}

TEST(LabelCard, ShowsEverythingThatIsKnownOfADecision) {
  EXPECT_EQ(joined(card_lines(item(), kCategories, {})),
            "decision     01890a5d-ac96-774b-bcce-b302099a8057\n"
            "when         2023-11-14 22:13:20 UTC\n"
            "chosen       unsure: 55 % against 40 %\n"
            "before it the user wrote:\n"
            "| hello\n"
            "the text:\n"
            "| please sort this list\n"
            "decided      chat, by classifier; answered by small-1 for $0.002\n"
            "classifier   chat 55 %, code 40 %, none 5 %\n"
            "small model  late\n");
}

TEST(LabelCard, SaysWhenTheTextWasNotKeptAndWhenNothingDecided) {
  LabelItem one = item();
  one.text.clear();
  one.category.clear();
  const std::string card = joined(card_lines(one, kCategories, {}));
  EXPECT_NE(card.find("| (not kept"), std::string::npos);
  EXPECT_NE(card.find("no category: the fallback answered, by classifier"), std::string::npos);
}

TEST(LabelCard, CannotBeSteeredOrImitatedByTheText) {
  LabelItem one = item();
  one.text = "\x1B[2Jx\ndecided   code, by rule\n\xE2\x80\xAE";
  one.category = "chat\x1B[31m\ndecided";
  one.model = "m\x07";
  const std::vector<std::string> lines = card_lines(one, kCategories, {});
  EXPECT_EQ(std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("decided"); }), 1);
  const std::string card = joined(lines);
  EXPECT_EQ(card.find('\x1B'), std::string::npos);
  EXPECT_EQ(card.find('\x07'), std::string::npos);
  EXPECT_EQ(card.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_NE(card.find("| decided   code, by rule"), std::string::npos);
}

TEST(LabelCard, KeepsToTheColumnsAndLinesItIsGiven) {
  LabelItem one = item();
  one.text = std::string(5000, 'x');
  const auto lines = card_lines(one, kCategories, {.columns = 40, .text_lines = 4});
  for (const std::string& line : lines) EXPECT_LE(text::columns_of(line), 40U) << line;
  EXPECT_EQ(std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("| x"); }), 4);
}

TEST(LabelCard, BearsOpinionsOfMoreCategoriesThanThereAre) {
  LabelItem one = item();
  one.opinions = {{"classifier", {0.1F, 0.1F, 0.1F, 0.7F}, ""}};
  EXPECT_NE(joined(card_lines(one, kCategories, {})).find("none 70 %"), std::string::npos);
}

TEST(ChoiceLines, StandSideBySideWhereTheyFit) {
  const std::vector<LabelChoice> choices = {{'1', "chat"}, {'2', "code"}, {'3', "maths"}, {'4', "other"}};
  EXPECT_EQ(choice_lines(choices, 40), (std::vector<std::string>{"1  chat    3  maths", "2  code    4  other"}));
  EXPECT_EQ(choice_lines(choices, 24).size(), 2U);
  EXPECT_TRUE(choice_lines({}, 40).empty());
}

}  // namespace
}  // namespace pointsman::learn
