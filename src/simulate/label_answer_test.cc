#include "simulate/label_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "support/gold_texts.h"

namespace pointsman::simulate {
namespace {

using testing::family_gold;

const std::vector<GoldRow>& gold() {
  static const std::vector<GoldRow> kRows = [] {
    std::vector<GoldRow> rows = family_gold(20);
    rows.push_back({"where is my parcel", "order"});
    rows.push_back({"the parcel never came", "order"});
    rows.push_back({"where is my parcel from spring", "order_history"});
    rows.push_back({"show all parcels of last year", "order_history"});
    return rows;
  }();
  return kRows;
}

const Teacher& teacher() {
  static const auto kTeacher = *Teacher::make(gold(), {.accuracy = 1});
  return *kTeacher;
}

LabelQuestion question(std::vector<std::string> labels, LabelForm form, std::string text = gold()[0].text) {
  LabelQuestion out;
  out.text = std::move(text);
  out.labels = std::move(labels);
  out.form = form;
  out.label_member = "category";
  out.temperature = 0;
  out.logprobs = true;
  out.top_logprobs = 5;
  return out;
}

LabelAnswer answered(const LabelQuestion& asked, FaultKind fault = FaultKind::kNone, std::uint64_t sample = 1) {
  return answer_label(asked, offer_of(asked, teacher()), teacher(), sample, fault);
}

std::vector<std::string> tokens_of(const Answer& answer) {
  std::vector<std::string> out;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : answer.token_ends) {
    out.push_back(answer.text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

LabelOffer offered(std::string system, std::vector<std::string> labels = {}) {
  LabelQuestion asked;
  asked.system = std::move(system);
  asked.labels = std::move(labels);
  return offer_of(asked, teacher());
}

TEST(LabelOffer, ReadsWhatLabelsStandForInTheWaysPromptsSayIt) {
  const LabelOffer expected = {{"A", "B"}, {"f0_c0", "f1_c2"}};
  for (const char* system :
       {"Pick one: A=f0_c0 B=f1_c2", "A=f0_c0,B=f1_c2", "A=f0_c0, B=f1_c2.",
        "Label the message.\nA=f0 c0\nB=F1 c2: asks about the second thing\nAnswer with the label.",
        "A=f0-c0\r\nB=f1.c2\r\n"}) {
    EXPECT_EQ(offered(system), expected) << system;
    EXPECT_EQ(offered(system, {"A", "B"}), expected) << system;
  }
}

TEST(LabelOffer, TakesTheLongestNameThatFits) {
  EXPECT_EQ(offered("A=order history\nB=order: where it is", {"A", "B"}).categories,
            (std::vector<std::string>{"order_history", "order"}));
}

TEST(LabelOffer, TakesCategoriesThemselvesAndNoneWithoutAnEntry) {
  EXPECT_EQ(offered("", {"f0_c0", "other", "what is this"}).categories,
            (std::vector<std::string>{"f0_c0", "none", "what is this"}));
  EXPECT_EQ(offered("Label it.\norder=A parcel\n10=f0 c0\n0=none of these\nnone\n"),
            (LabelOffer{{"order", "10", "0", "none"}, {"order", "f0_c0", "none", "none"}}));
}

TEST(LabelOffer, IsEmptyForWhatIsNoQuestionForThisTeacher) {
  EXPECT_TRUE(offered("", {"C", "F"}).labels.empty());
  EXPECT_TRUE(offered("", {"none", "other"}).labels.empty());
  EXPECT_TRUE(offered("You are a helpful assistant. Use temperature=warm and A=f0_c0 only.").labels.empty());
  EXPECT_TRUE(offered("=f0_c0 ==, =\n").labels.empty());
}

TEST(LabelTokens, CutsWordsAndNeverACharacter) {
  EXPECT_EQ(label_tokens("reset_password"), (std::vector<std::string>{"reset", "_password"}));
  EXPECT_EQ(label_tokens("A"), (std::vector<std::string>{"A"}));
  EXPECT_EQ(label_tokens("internationalization").size(), 3U);
  EXPECT_TRUE(label_tokens("").empty());
  std::string joined;
  for (const std::string& token : label_tokens("Überweisungsrückgängigmachung")) {
    EXPECT_NE(static_cast<unsigned char>(token[0]) & 0xC0, 0x80) << token;
    joined += token;
  }
  EXPECT_EQ(joined, "Überweisungsrückgängigmachung");
}

TEST(LabelAnswer, WritesTheJsonOfTheSchemaInTokens) {
  LabelQuestion asked = question({"f0_c0", "f1_c0"}, LabelForm::kJson);
  EXPECT_EQ(tokens_of(answered(asked).answer),
            (std::vector<std::string>{"{\"", "category", "\":\"", "f0", "_c0", "\"}"}));
  asked.confidence_member = "confidence";
  const std::string behind = answered(asked).answer.text;
  EXPECT_TRUE(behind.starts_with(R"({"category":"f0_c0","confidence":0.)")) << behind;
  asked.confidence_first = true;
  const std::string first = answered(asked).answer.text;
  EXPECT_TRUE(first.starts_with(R"({"confidence":0.)") && first.ends_with(R"(,"category":"f0_c0"})")) << first;
}

TEST(LabelAnswer, HasOddsForEveryTokenThatAddUpToAtMostOne) {
  for (const LabelForm form : {LabelForm::kJson, LabelForm::kChoice}) {
    for (std::size_t row = 0; row < gold().size(); row += 7) {
      LabelQuestion asked = question(teacher().categories(), form, gold()[row].text);
      asked.top_logprobs = 20;
      const LabelAnswer said = answered(asked);
      ASSERT_EQ(said.odds.size(), said.answer.token_ends.size());
      for (const TokenOdds& odds : said.odds) {
        double sum = 0;
        for (const TokenChance& one : odds.top) sum += std::exp(one.logprob);
        EXPECT_GT(sum, 0.5);
        EXPECT_LT(sum, 1 + 1e-6);
        EXPECT_LE(odds.logprob, 0);
      }
    }
  }
}

// The chances of the labels, read off the tokens as a reader would: along the path that was written.
TEST(LabelAnswer, GivesEachLabelItsChanceThroughTheTokensItSharesWithOthers) {
  LabelQuestion asked = question({"order", "order_history", "f0_c0"}, LabelForm::kJson, "where is my parcel");
  asked.top_logprobs = 20;
  const LabelAnswer said = answered(asked);
  const TeacherOpinion opinion = teacher().opinion(asked.text, asked.labels);
  ASSERT_EQ(tokens_of(said.answer), (std::vector<std::string>{"{\"", "category", "\":\"", "order", "\"}"}));
  std::map<std::string, double> first;
  for (const TokenChance& one : said.odds[3].top) first[one.token] = std::exp(one.logprob);
  EXPECT_NEAR(first["order"], opinion.chances[0] + opinion.chances[1], 1e-5);
  EXPECT_NEAR(first["f0"], opinion.chances[2], 1e-5);
  std::map<std::string, double> second;
  for (const TokenChance& one : said.odds[4].top) second[one.token] = std::exp(one.logprob);
  EXPECT_NEAR(first["order"] * second["_history"], opinion.chances[1], 1e-5);
  EXPECT_NEAR(first["order"] * second["\"}"], opinion.chances[0], 1e-5);
}

TEST(LabelAnswer, ListsWhatIsNoLabelBesideTheLabels) {
  LabelQuestion asked = question({"f0_c0", "f1_c0"}, LabelForm::kChoice);
  asked.top_logprobs = 8;
  const LabelAnswer bare = answered(asked);
  EXPECT_EQ(bare.odds[0].top.size(), 8U);
  EXPECT_TRUE(std::ranges::any_of(bare.odds[0].top, [](const TokenChance& one) { return one.token == " f0"; }));
  EXPECT_TRUE(std::ranges::none_of(bare.odds[0].top, [](const TokenChance& one) { return one.logprob < -9000; }));
  asked.form = LabelForm::kJson;
  const LabelAnswer json = answered(asked);
  EXPECT_TRUE(std::ranges::any_of(json.odds[3].top, [](const TokenChance& one) { return one.logprob == -9999; }));
  asked.top_logprobs = 0;
  EXPECT_TRUE(answered(asked).odds[3].top.empty());
  asked.logprobs = false;
  EXPECT_TRUE(answered(asked).odds.empty());
}

TEST(LabelAnswer, StopsAtTheTokensItMayHave) {
  LabelQuestion asked = question({"f0_c0", "f1_c0"}, LabelForm::kFree);
  asked.max_tokens = 1;
  const LabelAnswer one = answered(asked);
  EXPECT_EQ(one.answer.text, "f0");
  EXPECT_TRUE(one.cut);
  asked.max_tokens = 8;
  EXPECT_FALSE(answered(asked).cut);
}

TEST(LabelAnswer, SpoilsItselfOnCommand) {
  const LabelQuestion asked = question({"f0_c0", "f1_c0"}, LabelForm::kJson);
  const LabelAnswer other = answered(asked, FaultKind::kOtherLabel);
  EXPECT_EQ(other.answer.text, R"({"category":"something_else"})");
  EXPECT_LT(other.odds[3].logprob, -0.1);
  EXPECT_EQ(answered(asked, FaultKind::kWrongJson).answer.text.find('{'), std::string::npos);
}

TEST(LabelAnswer, VariesWithTheSampleAtATemperatureOnly) {
  LabelQuestion asked = question(teacher().categories(), LabelForm::kChoice, "nothing anybody has ever asked");
  std::map<std::string, int> cold;
  std::map<std::string, int> warm;
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    asked.temperature = 0;
    ++cold[answered(asked, FaultKind::kNone, sample).answer.text];
    asked.temperature = 1;
    ++warm[answered(asked, FaultKind::kNone, sample).answer.text];
  }
  EXPECT_EQ(cold.size(), 1U);
  EXPECT_GT(warm.size(), 2U);
}

}  // namespace
}  // namespace pointsman::simulate
