#include "cli/kept_answers.h"

#include <gmock/gmock.h>

#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::get;
using test::put;
using testing::HasSubstr;

KeptAnswer some_answer() {
  KeptAnswer out;
  out.opinion = {.outcome = classify::OpinionOutcome::kUsed,
                 .source = classify::OpinionSource::kLogprobs,
                 .probabilities = {0.75F, 0.1F, 0},
                 .none_offered = true,
                 .offered = {0, 1},
                 .coverage = 0.97F};
  out.cost = base::Money{14'700};
  out.took = std::chrono::microseconds(183'000);
  return out;
}

class KeptAnswersTest : public testing::Test {
 protected:
  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("answers.jsonl");
};

TEST_F(KeptAnswersTest, AreThereAgainWithEverythingTheySaid) {
  {
    auto kept = KeptAnswers::open(path_);
    ASSERT_TRUE(kept) << kept.error().message();
    ASSERT_TRUE(kept->add("a", some_answer()));
    KeptAnswer refused;
    refused.opinion.outcome = classify::OpinionOutcome::kRefused;
    ASSERT_TRUE(kept->add("b", refused));
  }
  const auto again = KeptAnswers::open(path_);
  ASSERT_TRUE(again) << again.error().message();
  ASSERT_EQ(again->size(), 2U);
  const KeptAnswer* one = again->find("a");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->opinion.probabilities, some_answer().opinion.probabilities);
  EXPECT_EQ(one->opinion.offered, some_answer().opinion.offered);
  EXPECT_EQ(one->opinion.coverage, 0.97F);
  EXPECT_TRUE(one->opinion.none_offered);
  EXPECT_EQ(one->cost, base::Money{14'700});
  EXPECT_EQ(one->took, std::chrono::milliseconds(183));
  EXPECT_EQ(again->find("b")->opinion.outcome, classify::OpinionOutcome::kRefused);
  EXPECT_FALSE(again->find("b")->cost);
  EXPECT_EQ(again->find("c"), nullptr);
}

TEST_F(KeptAnswersTest, ALastLineThatWasCutIsWrittenOver) {
  const std::string line = write_answer("a", some_answer()) + "\n";
  put(path_, line + line.substr(0, line.size() / 2));
  {
    auto kept = KeptAnswers::open(path_);
    ASSERT_TRUE(kept) << kept.error().message();
    EXPECT_EQ(kept->size(), 1U);
    ASSERT_TRUE(kept->add("b", some_answer()));
  }
  EXPECT_EQ(get(path_), line + write_answer("b", some_answer()) + "\n");
}

TEST_F(KeptAnswersTest, WhatIsNoAnswerIsRefusedWithItsLine) {
  put(path_, write_answer("a", some_answer()) + "\n{\"key\": 3}\n");
  const auto kept = KeptAnswers::open(path_);
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message(), HasSubstr("answers.jsonl: line 2: 1:"));
  put(path_, "{\"text\": \"a\", \"category\": \"b\"}\n");
  EXPECT_FALSE(KeptAnswers::open(path_)) << "labelled requests given by mistake stay as they are";
  EXPECT_THAT(get(path_), HasSubstr("category"));
}

}  // namespace
}  // namespace pointsman::cli
