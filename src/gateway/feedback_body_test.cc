#include "gateway/feedback_body.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace pointsman::gateway {
namespace {

using ledger::Feedback;
using ledger::Fit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kId = "01920000-0000-7000-8000-000000000001";
const std::vector<std::string> kCategories = {"simple", "reasoning", "tool_use"};

base::Result<Feedback> read(std::string_view body) {
  json::Document document(kMaxFeedbackBytes);
  return read_feedback(body, kCategories, document);
}

// A statement about kId with these members besides.
std::string about(std::string_view members) {
  return R"({"decision_id":")" + kId + "\"" + (members.empty() ? "" : ",") + std::string(members) + "}";
}

TEST(FeedbackBody, TakesAllThatCanBeSaid) {
  const auto said = read(about(R"("category":"reasoning","verdict":"underpowered","rating":2,"comment":"too\nshort",)"
                               R"("corrected_output":"4 \u00b0C","annotator":"ann","idempotency_key":"k-1")"));
  ASSERT_TRUE(said.has_value()) << said.error().message();
  EXPECT_EQ(said->decision.to_string(), kId);
  EXPECT_EQ(said->category, "reasoning");
  EXPECT_FALSE(said->no_category);
  EXPECT_EQ(said->fit, Fit::kUnderpowered);
  EXPECT_EQ(said->rating, 2);
  EXPECT_EQ(said->comment, "too\nshort");
  EXPECT_EQ(said->corrected_output, "4 °C");
  EXPECT_EQ(said->who, "api:ann");
  EXPECT_EQ(said->idempotency_key, "api:k-1");
  EXPECT_EQ(said->signal, ledger::Signal::kNone);
  EXPECT_FALSE(said->golden);
}

TEST(FeedbackBody, NullMeansNoneOfTheCategoriesAndNobodyIsAVoiceOfItsOwn) {
  const auto said = read(about(R"("category":null)"));
  ASSERT_TRUE(said.has_value());
  EXPECT_TRUE(said->no_category && said->labels());
  EXPECT_EQ(said->who, "api:");
  EXPECT_EQ(said->idempotency_key, "");
}

TEST(FeedbackBody, OneThingSaidIsEnough) {
  for (const char* one : {R"("category":"simple")", R"("verdict":"good_fit")", R"("rating":5)", R"("comment":"x")",
                          R"("corrected_output":"x")"}) {
    EXPECT_TRUE(read(about(one)).has_value()) << one;
  }
}

TEST(FeedbackBody, TheExampleInTheDocumentsIsTaken) {
  std::ifstream file(POINTSMAN_SOURCE_DIR "/docs/feedback.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::size_t begin = page.find("-d '") + 4;
  const auto said = read(std::string_view(page).substr(begin, page.find('\'', begin) - begin));
  ASSERT_TRUE(said.has_value()) << said.error().message();
  EXPECT_EQ(said->who, "api:ann");
}

struct Wrong {
  std::string body;
  const char* place;
  const char* says;
};

TEST(FeedbackBody, NamesWhatIsWrongAndWhere) {
  const Wrong cases[] = {
      {"[]", "", "expected an object"},
      {R"({"rating":1})", "/decision_id", "'decision_id' is missing"},
      {R"({"decision_id":7,"rating":1})", "/decision_id", "expected a string"},
      {R"({"decision_id":"req_1","rating":1})", "/decision_id", "x-pointsman-decision-id"},
      {about(""), "", "says nothing: at least one of category"},
      {about(R"("comment":"","corrected_output":"","annotator":"ann")"), "", "says nothing"},
      {about(R"("ratting":4)"), "/ratting", "'ratting' is not known; did you mean 'rating'?"},
      {about(R"("a/b~c":4)"), "/a~1b~0c", "'a/b~c' is not known"},
      {about(R"("rating":4,"rating":5)"), "/rating", "'rating' stands twice"},
      {about(R"("rating":4,"rat\u0069ng":5)"), "/rating", "'rating' stands twice"},
      {about(R"("rating":0)"), "/rating", "from 1 to 5"},
      {about(R"("rating":6)"), "/rating", "from 1 to 5"},
      {about(R"("rating":4.5)"), "/rating", "from 1 to 5"},
      {about(R"("rating":"5")"), "/rating", "from 1 to 5"},
      {about(R"("rating":null)"), "/rating", "from 1 to 5"},
      {about(R"("verdict":"good")"), "/verdict", "\"good_fit\", \"underpowered\" or \"overpowered\""},
      {about(R"("verdict":"")"), "/verdict", "good_fit"},
      {about(R"("category":"reasonning")"), "/category", "no category 'reasonning'; did you mean 'reasoning'?"},
      {about(R"("category":"weather")"), "/category", "known: simple, reasoning, tool_use"},
      {about(R"("category":"")"), "/category", "no category ''"},
      {about(R"("category":["simple"])"), "/category", "a category's name, or null"},
      {about(R"("comment":{"text":"x"})"), "/comment", "expected a string"},
      {about(R"("comment":")" + std::string(Feedback::kMaxComment + 1, 'x') + "\""), "/comment",
       "has 4097 bytes; at most 4096 are kept"},
      {about(R"("corrected_output":")" + std::string(Feedback::kMaxOutput + 1, 'x') + "\""), "/corrected_output",
       "at most 32768"},
      {about(R"("rating":1,"annotator":")" + std::string(kMaxAnnotator + 1, 'x') + "\""), "/annotator", "at most 124"},
      {about(R"("rating":1,"annotator":"a\u001bb")"), "/annotator", "control characters"},
      {about(R"("rating":1,"annotator":"")"), "/annotator", "is empty"},
      {about(R"("rating":1,"idempotency_key":")" + std::string(kMaxClientKey + 1, 'x') + "\""), "/idempotency_key",
       "at most 251"},
      {about(R"("rating":1,"golden":true)"), "/golden", "not taken over HTTP"},
      {about(R"("rating":1,"golden":false)"), "/golden", "pointsman feedback --golden"},
      {about(R"("rating":1,"signal":"regenerated")"), "/signal", "not known"},
      {about(R"("rating":1,"who":"key:boss")"), "/who", "not known"},
      {"{\"decision_id\":\"" + kId + "\",\n \"rating\":}", "2:11", "expected"},
      {R"({"comment":")" + std::string(kMaxFeedbackBytes, 'x') + "\"}", "", "at most 262144 are taken"},
  };
  for (const Wrong& one : cases) {
    const auto said = read(one.body);
    const std::string shown = one.body.substr(0, 100);
    ASSERT_FALSE(said.has_value()) << shown;
    EXPECT_EQ(said.error().place(), one.place) << shown << ": " << said.error().message();
    EXPECT_THAT(said.error().message(), HasSubstr(one.says)) << shown;
    EXPECT_EQ(said.error().origin(), base::Origin::kClient) << shown;
  }
}

TEST(FeedbackBody, TheLongestTextsFit) {
  const auto said =
      read(about(R"("comment":")" + std::string(Feedback::kMaxComment, 'c') + R"(","corrected_output":")" +
                 std::string(Feedback::kMaxOutput, 'o') + R"(","annotator":")" + std::string(kMaxAnnotator, 'a') +
                 R"(","idempotency_key":")" + std::string(kMaxClientKey, 'k') + "\""));
  ASSERT_TRUE(said.has_value()) << said.error().message();
  EXPECT_EQ(said->who.size(), Feedback::kMaxWho);
  EXPECT_EQ(said->idempotency_key.size(), Feedback::kMaxIdempotencyKey);
}

TEST(FeedbackBody, TheKeyMayComeInAHeader) {
  Feedback said;
  ASSERT_TRUE(take_key("\"8e03978e\"", said).has_value());
  EXPECT_EQ(said.idempotency_key, "api:8e03978e");
  EXPECT_TRUE(take_key("8e03978e", said).has_value()) << "the same, without its quotes";
  EXPECT_THAT(take_key("other", said).error().message(), HasSubstr("two different keys"));
  for (const std::string& bad : {std::string(), std::string("\"\""), std::string("a\tb"), std::string("\xff"),
                                 std::string(kMaxClientKey + 1, 'x')}) {
    Feedback fresh;
    EXPECT_FALSE(take_key(bad, fresh).has_value()) << bad;
    EXPECT_EQ(fresh.idempotency_key, "");
  }
}

std::vector<FeedbackLines::Line> all_of(FeedbackLines& lines) {
  std::vector<FeedbackLines::Line> all;
  while (auto line = lines.next()) all.push_back(std::move(*line));
  return all;
}

TEST(FeedbackLines, ReadsOneStatementALineAndPassesOverEmptyOnes) {
  FeedbackLines lines(about(R"("rating":1)") + "\r\n\n  \n" + about(R"("rating":2,"idempotency_key":"k")"),
                      kCategories);
  const auto all = all_of(lines);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].number, 1U);
  EXPECT_EQ(all[1].number, 4U);
  EXPECT_EQ(all[0].said->rating, 1);
  EXPECT_EQ(all[1].said->idempotency_key, "api:k");
  EXPECT_EQ(lines.place_of_decision(all[1]), "4:16");
}

TEST(FeedbackLines, TheSameContentHasTheSameKeyAndNoOther) {
  const std::string spaced = R"({ "rating" : 1, "decision_id" : ")" + kId + "\" }";
  FeedbackLines lines(about(R"("rating":1)") + "\n" + spaced + "\n" + about(R"("rating":2)") + "\n" +
                          about(R"("rating":1,"annotator":"ann")") + "\n" + about(R"("comment":"ab")") + "\n" +
                          about(R"("comment":"a","corrected_output":"b")"),
                      kCategories);
  const auto all = all_of(lines);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_THAT(all[0].said->idempotency_key, ::testing::StartsWith("import:"));
  EXPECT_EQ(all[0].said->idempotency_key, all[1].said->idempotency_key);
  for (std::size_t i = 2; i < 6; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (i != 1) EXPECT_NE(all[i].said->idempotency_key, all[j].said->idempotency_key) << i << " " << j;
    }
  }
}

TEST(FeedbackLines, OneKeyIsForOneContent) {
  FeedbackLines lines(about(R"("rating":1,"idempotency_key":"k")") + "\n" +
                          about(R"("idempotency_key":"k","rating":1)") + "\n" +
                          about(R"("rating":2,"idempotency_key":"k")"),
                      kCategories);
  const auto all = all_of(lines);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].said && all[1].said);
  ASSERT_FALSE(all[2].said);
  EXPECT_THAT(all[2].said.error().message(), HasSubstr("3:1: an earlier line has the same idempotency_key"));
}

TEST(FeedbackLines, SaysLineAndColumnOfWhatIsWrong) {
  FeedbackLines lines(about(R"("rating":1)") + "\n{\"decision_id\":}\n" + about(R"("rating":9)") + "\n" +
                          about(R"("ratting":1)") + "\n" + about(R"("comment":"é","verdict":"x")") + "\n[]\n" +
                          std::string(kMaxFeedbackBytes + 1, ' ') + "x\n",
                      kCategories);
  std::vector<std::string> wrong;
  for (const auto& line : all_of(lines)) {
    if (!line.said) wrong.push_back(line.said.error().message());
  }
  EXPECT_THAT(wrong, ElementsAre(HasSubstr("2:16: "), HasSubstr("3:64: /rating: expected a whole number"),
                                 HasSubstr("4:55: /ratting: the member 'ratting' is not known"),
                                 HasSubstr("5:79: /verdict: expected"), HasSubstr("6:1: expected an object"),
                                 HasSubstr("7:1: has more than 262144 bytes")));
}

TEST(FeedbackLines, StopsBeyondTheMostLines) {
  const std::string one = about(R"("rating":1)") + "\n";
  std::string text;
  for (std::size_t i = 0; i < kMaxFeedbackLines + 5; ++i) text += one;
  FeedbackLines lines(text, kCategories);
  const auto all = all_of(lines);
  ASSERT_EQ(all.size(), kMaxFeedbackLines + 1);
  EXPECT_TRUE(all[kMaxFeedbackLines - 1].said.has_value());
  EXPECT_THAT(all.back().said.error().message(), HasSubstr("10001:1: there are more than 10000 lines"));
}

TEST(FeedbackBody, AnswersAreSmallObjects) {
  std::string out;
  write_receipt(*base::Uuid::parse(kId), {*base::Uuid::parse("01920000-0000-7000-8000-0000000000ff"), true}, out);
  EXPECT_EQ(out, R"({"id":"01920000-0000-7000-8000-0000000000ff","decision_id":")" + kId + R"(","repeated":true})");
  out.clear();
  write_import({.accepted = 3, .repeated = 1, .by_verdict = {}}, out);
  EXPECT_EQ(out, R"({"accepted":3,"repeated":1})");
  out.clear();
  const std::vector<std::string> problems = {"2:1: bad"};
  write_refused_import(problems, 7, out);
  EXPECT_EQ(out, R"({"error":{"message":"7 lines cannot be taken, so nothing was kept; the first: 2:1: bad",)"
                 R"("type":"invalid_request_error","param":null,"code":"invalid_argument","problems":["2:1: bad"],)"
                 R"("wrong":7}})");
}

}  // namespace
}  // namespace pointsman::gateway
