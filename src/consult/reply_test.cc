#include "consult/reply.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "consult/testing_counter.h"

namespace pointsman::consult {
namespace {

using classify::OpinionOutcome;
using classify::OpinionSource;
using llm::LabelStructure;

LabelSet set_of(const std::vector<std::string_view>& names, NoneLabel none = NoneLabel::kLeftOut) {
  return *LabelSet::make(names, counters_for_tests(), none);
}

const LabelSet kWords = set_of({"code", "math", "chat"});
const LabelSet kLetters = set_of({"reset password", "update email", "order pizza"});  // A, B, C

llm::LabelAnswer answer_of(std::string text) {
  llm::LabelAnswer answer;
  answer.text = std::move(text);
  return answer;
}

Reply read(const llm::LabelAnswer& answer, const Asked& asked) {
  json::Document document(1U << 16);
  return read_reply(answer, asked, document);
}

Reply read_json(std::string text, bool confidence = false, const LabelSet& labels = kWords) {
  return read(answer_of(std::move(text)), {.labels = labels, .confidence = confidence});
}

void expect_unusable(const Reply& reply, std::string_view reason) {
  EXPECT_EQ(reply.opinion.outcome, OpinionOutcome::kUnusable);
  EXPECT_TRUE(reply.opinion.probabilities.empty());
  EXPECT_FALSE(reply.opinion.usable());
  EXPECT_EQ(reply.reason, reason);
}

void expect_probabilities(const Reply& reply, const std::vector<float>& expected) {
  ASSERT_EQ(reply.opinion.probabilities.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(reply.opinion.probabilities[i], expected[i], 1e-5F) << i;
}

TEST(Reply, TakesABareAnswerForWhatItSays) {
  const Reply reply = read_json(R"({"category":"math"})");
  EXPECT_EQ(reply.opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_EQ(reply.opinion.source, OpinionSource::kBare);
  expect_probabilities(reply, {0, 1, 0});
}

TEST(Reply, SpreadsWhatAStatedConfidenceLeaves) {
  const Reply reply = read_json(R"({"category":"chat","confidence":0.8})", true);
  EXPECT_EQ(reply.opinion.source, OpinionSource::kStated);
  expect_probabilities(reply, {0.1F, 0.1F, 0.8F});
}

TEST(Reply, LeavesTheMassOfNoneOut) {
  const LabelSet labels = set_of({"code", "math"}, NoneLabel::kOffered);
  expect_probabilities(read_json(R"({"category":"none","confidence":0.7})", true, labels), {0.15F, 0.15F});
  const Reply code = read_json(R"({"category":"code","confidence":0.7})", true, labels);
  expect_probabilities(code, {0.7F, 0.15F});
  EXPECT_TRUE(code.opinion.none_offered);
  EXPECT_FALSE(read_json(R"({"category":"code"})").opinion.none_offered);
}

TEST(Reply, PlacesOfferedCategoriesAmongAllOfThem) {
  const std::vector<int> offered = {0, 2};
  const Reply reply = read(answer_of(R"({"category":"C","confidence":0.9})"),
                           {.labels = kLetters, .offered = offered, .confidence = true});
  expect_probabilities(reply, {0.1F, 0, 0.9F});
  EXPECT_EQ(reply.opinion.offered, offered);
  expect_unusable(read(answer_of(R"({"category":"B"})"), {.labels = kLetters, .offered = offered}),
                  "none of the labels on offer");
}

TEST(Reply, LooksThroughCaseSpaceAndEscapes) {
  expect_probabilities(read_json(R"({"category":" Code "})"), {1, 0, 0});
  expect_probabilities(read_json(R"( {"category" : "\u0063\u006fde", "x":[1]} )"), {1, 0, 0});
}

TEST(Reply, RefusesWhateverWasNotAskedFor) {
  constexpr std::string_view kNotJson = "not the JSON object that was asked for";
  expect_unusable(read_json(""), "an empty answer");
  expect_unusable(read_json(" \n"), "an empty answer");
  expect_unusable(read_json("code"), kNotJson);
  expect_unusable(read_json("```json\n{\"category\":\"code\"}\n```"), kNotJson);
  expect_unusable(read_json("[\"code\"]"), kNotJson);
  expect_unusable(read_json(R"({"category":"co)"), kNotJson);
  expect_unusable(read_json(R"({"category":"code"} and more)"), kNotJson);
  expect_unusable(read_json(R"({"category":"code","category":"math"})"), kNotJson);
  expect_unusable(read_json(R"({"category":["code"]})"), kNotJson);
  expect_unusable(read_json(R"({"category":null})"), kNotJson);
  expect_unusable(read_json("{}"), "no category in it");
  expect_unusable(read_json(R"({"category":"poetry"})"), "none of the labels on offer");
  expect_unusable(read_json(R"({"category":""})"), "none of the labels on offer");
  expect_unusable(read_json(std::string(5000, ' ') + R"({"category":"code"})"), "far longer than a label");
}

TEST(Reply, RefusesAConfidenceThatIsNone) {
  constexpr std::string_view kRange = "its confidence is not from 0 to 1";
  for (const char* value : {"1.5", "-0.1", "\"0.9\"", "null", "1e999", "[0.5]", "true"}) {
    expect_unusable(read_json(std::string(R"({"category":"code","confidence":)") + value + "}", true), kRange);
  }
  expect_unusable(read_json(R"({"category":"code"})", true), "no confidence in it");
  expect_unusable(read_json(R"({"category":"code","confidence":0.5,"confidence":0.6})", true),
                  "not the JSON object that was asked for");
  expect_probabilities(read_json(R"({"category":"code","confidence":1e-1})", true), {0.1F, 0.45F, 0.45F});
}

TEST(Reply, SaysThatAnAnswerWasCutOrRefused) {
  llm::LabelAnswer answer = answer_of(R"({"category":"co)");
  answer.cut = true;
  expect_unusable(read(answer, {.labels = kWords}), "cut short");
  answer.refused = true;
  EXPECT_EQ(read(answer, {.labels = kWords}).opinion.outcome, OpinionOutcome::kRefused);
}

TEST(Reply, TakesTheBareLabelOfAChoiceAndTheBeginningOfALabelInOneToken) {
  expect_probabilities(read(answer_of("chat\n"), {.labels = kWords, .structure = LabelStructure::kChoice}), {0, 0, 1});
  llm::LabelAnswer begun = answer_of("ma");
  begun.cut = true;
  expect_probabilities(read(begun, {.labels = kWords, .structure = LabelStructure::kToken}), {0, 1, 0});
  expect_unusable(read(begun, {.labels = kWords, .structure = LabelStructure::kChoice}), "cut short");
  begun.text = "c";  // code or chat
  expect_unusable(read(begun, {.labels = kWords, .structure = LabelStructure::kToken}), "cut short");
  expect_unusable(read(answer_of("I think code"), {.labels = kWords, .structure = LabelStructure::kChoice}),
                  "none of the labels on offer");
}

TEST(Samples, CountsSharesWithHalfAnAnswerMore) {
  json::Document document(1U << 16);
  const std::vector<llm::LabelAnswer> answers = {answer_of(R"({"category":"code"})"),
                                                 answer_of(R"({"category":"code"})"), answer_of("nonsense"),
                                                 answer_of(R"({"category":"math"})")};
  const Reply reply = read_samples(answers, {.labels = kWords}, document);
  EXPECT_EQ(reply.opinion.source, OpinionSource::kSampled);
  expect_probabilities(reply, {2.5F / 4.5F, 1.5F / 4.5F, 0.5F / 4.5F});
  EXPECT_FLOAT_EQ(reply.opinion.coverage, 0.75F);
}

TEST(Samples, AreOfNoUseIfNoneCanBeUsed) {
  json::Document document(1U << 16);
  llm::LabelAnswer refused;
  refused.refused = true;
  const std::vector<llm::LabelAnswer> answers = {refused, answer_of("nonsense")};
  EXPECT_EQ(read_samples(answers, {.labels = kWords}, document).opinion.outcome, OpinionOutcome::kRefused);
  expect_unusable(read_samples({}, {.labels = kWords}, document), "no answer");
}

// Any mutilation of an answer gives a refusal or a proper opinion.
TEST(Reply, SurvivesEveryTruncationAndBitFlip) {
  const std::string whole = R"({"category":"math","confidence":0.75})";
  const auto check = [](const std::string& text) {
    llm::LabelAnswer answer = answer_of(text);
    for (std::size_t i = 0; i < text.size(); i += 3) {
      answer.tokens.push_back({{text.substr(i, 3), -0.1F}, {{"math", -0.2F}, {text.substr(i, 3), -0.1F}}});
    }
    for (const LabelStructure structure :
         {LabelStructure::kJsonSchema, LabelStructure::kChoice, LabelStructure::kToken}) {
      const Reply reply = read(answer, {.labels = kWords, .structure = structure, .confidence = true});
      if (!reply.opinion.usable()) continue;
      const float sum = std::accumulate(reply.opinion.probabilities.begin(), reply.opinion.probabilities.end(), 0.0F);
      EXPECT_NEAR(sum, 1, 1e-4F) << text;
      EXPECT_GE(reply.opinion.coverage, 0);
      EXPECT_LE(reply.opinion.coverage, 1);
    }
  };
  for (std::size_t length = 0; length <= whole.size(); ++length) check(whole.substr(0, length));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    check(flipped);
  }
}

}  // namespace
}  // namespace pointsman::consult
