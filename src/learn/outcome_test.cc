#include "learn/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::learn {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Outcomes, ReadsCorrectnessAndGradesAndCosts) {
  const auto read = read_outcomes(
      "\xEF\xBB\xBF{\"text\":\"a\\u00e9\",\"subject\":\"law\",\"weak_correct\":true,\"strong_correct\":false,"
      "\"weak_cost\":0.5,\"strong_cost\":2,\"id\":[1,{}]}\r\n\n"
      "{\"strong_quality\":0.75,\"weak_quality\":0,\"text\":\"b\",\"group\":\"art\",\"weak_cost\":0,\"strong_cost\":1}",
      "f");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->with_costs);
  ASSERT_EQ(read->rows.size(), 2U);
  const Outcome& first = read->rows[0];
  EXPECT_EQ(first.text, "a\xC3\xA9");
  EXPECT_EQ(first.subject, "law");
  EXPECT_EQ(first.gain(), -1);
  EXPECT_EQ(first.weak_cost, 0.5);
  EXPECT_EQ(first.strong_cost, 2);
  EXPECT_EQ(read->rows[1].gain(), 0.75);
  EXPECT_EQ(read->rows[1].subject, "art");
}

TEST(Outcomes, WithoutCostsCountStrongCalls) {
  const auto read = read_outcomes(R"({"text":"a","weak_correct":true,"strong_correct":true})", "f");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->with_costs);
  EXPECT_EQ(read->rows[0].weak_cost, 0);
  EXPECT_EQ(read->rows[0].strong_cost, 1);
}

TEST(Outcomes, NamesThePlaceOfEveryError) {
  const auto read = read_outcomes(R"({"text":"a","weak_correct":true,"strong_correct":true}
{"text":"a","weak_correct":1,"strong_correct":true}
{"text":"a","weak_quality":1.5,"strong_correct":true}
{"text":"a","strong_correct":true}
{"text":"a","weak_correct":true}
{"weak_correct":true,"strong_correct":true}
{"text":"a","weak_correct":true,"strong_correct":true,"weak_cost":1}
{"text":"a","weak_correct":true,"strong_correct":true,"weak_cost":1,"strong_cost":2}
{"text":"a","weak_correct":true,"weak_quality":1,"strong_correct":true}
[1]
{"text":"a")",
                                  "pair.jsonl");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(read.error().place(), "pair.jsonl:2:13");
  const std::string& message = read.error().message();
  EXPECT_THAT(message, Not(HasSubstr("pair.jsonl:1:")));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:2:13: \"weak_correct\" must be true or false"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:3:13: \"weak_quality\" must be a number from 0 to 1"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:4:1: \"weak_correct\" (or \"weak_quality\") is missing"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:5:1: \"strong_correct\""));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:6:1: \"text\" is missing"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:7:1: \"weak_cost\" and \"strong_cost\" belong together"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:8:1: costs must be in every line or in none"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:9:33: \"weak_quality\" says again"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:10:1: expected an object"));
  EXPECT_THAT(message, HasSubstr("pair.jsonl:11:"));
}

TEST(Outcomes, RefusesWhatIsTooLarge) {
  const std::string line = R"({"text":"a","weak_correct":true,"strong_correct":true})";
  EXPECT_EQ(read_outcomes(line, "f", {.bytes = 10}).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(read_outcomes(line + "\n" + line, "f", {.examples = 1}).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_THAT(read_outcomes(line, "f", {.line_bytes = 10}).error().message(), HasSubstr("f:1:1: the line has more"));
}

}  // namespace
}  // namespace pointsman::learn
