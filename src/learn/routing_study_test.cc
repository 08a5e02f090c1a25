#include "learn/routing_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

using testing::HasSubstr;

// Sums, which the weak model gets wrong with probability `hard`, and greetings, which it gets right with 0.95. The
// strong model is right with 0.95 everywhere.
Outcomes world(std::size_t count, double hard, std::uint64_t seed = 1) {
  base::Rng rng(seed);
  Outcomes out;
  for (std::size_t i = 0; i < count; ++i) {
    const bool sum = i % 2 == 0;
    const std::string number = std::to_string(rng.below(100'000));
    out.rows.push_back({.text = sum ? "multiply " + number + " by twelve and add seven"
                                    : "say hello to guest number " + number + " in a friendly voice",
                        .subject = sum ? "sums" : "talk",
                        .weak_quality = rng.uniform() < (sum ? 1 - hard : 0.95) ? 1.0 : 0.0,
                        .strong_quality = rng.uniform() < 0.95 ? 1.0 : 0.0});
  }
  return out;
}

StudyOptions quick() {
  return {.resamples = 100};
}

std::vector<const Outcome*> pointers(const Outcomes& outcomes) {
  std::vector<const Outcome*> out;
  for (const Outcome& row : outcomes.rows) out.push_back(&row);
  return out;
}

TEST(GainScorer, ExpectsMoreOfTheStrongModelWhereTheWeakOneFails) {
  const Outcomes outcomes = world(2000, 0.8);
  const auto scorer = GainScorer::fit(pointers(outcomes));
  ASSERT_TRUE(scorer);
  GainScorer::Scratch scratch;
  EXPECT_NEAR(scorer->score("multiply 17 by twelve and add seven", scratch), 0.75, 0.12);
  EXPECT_NEAR(scorer->score("say hello to guest number 17 in a friendly voice", scratch), 0, 0.12);
}

TEST(GainScorer, DoesNotDependOnTheOrderOfTheRows) {
  const Outcomes outcomes = world(200, 0.8);
  std::vector<const Outcome*> rows = pointers(outcomes);
  const auto one = GainScorer::fit(rows);
  std::ranges::reverse(rows);
  const auto other = GainScorer::fit(rows);
  GainScorer::Scratch scratch;
  for (const char* text : {"multiply 5", "say hello", "something else"}) {
    EXPECT_EQ(one->score(text, scratch), other->score(text, scratch));
  }
  EXPECT_EQ(one->out_of_fold().front(), other->out_of_fold().back());
}

TEST(GainScorer, LearnsFromGradesAsFromManyVerdicts) {
  Outcomes outcomes = world(1200, 0.8);
  for (Outcome& row : outcomes.rows) {
    const bool sum = row.subject == "sums";
    row.weak_quality = sum ? 0.2 : 0.9;
    row.strong_quality = 0.9;
  }
  const auto scorer = GainScorer::fit(pointers(outcomes));
  ASSERT_TRUE(scorer);
  GainScorer::Scratch scratch;
  EXPECT_NEAR(scorer->score("multiply 17 by twelve and add seven", scratch), 0.7, 0.1);
}

TEST(GainScorer, RefusesTooFewRows) {
  const Outcomes outcomes = world(kLeastGainRows - 1, 0.8);
  EXPECT_FALSE(GainScorer::fit(pointers(outcomes)));
}

TEST(RoutingStudy, PaysWhenTextsTellWhichModelIsNeeded) {
  const Outcomes outcomes = world(4000, 0.8);
  const auto study = study_routing(outcomes, quick());
  ASSERT_TRUE(study) << study.error().message();
  EXPECT_EQ(study->verdict, Verdict::kPays) << study->reason;
  EXPECT_THAT(study->reason, HasSubstr("certified 99.0 %"));
  const RouterLine& ours = study->line(Router::kOurs);
  ASSERT_TRUE(ours.figures.apgr);
  EXPECT_NEAR(ours.figures.apgr->value, 0.75, 0.03);  // half the requests gain, and it knows which half
  EXPECT_NEAR(ours.certified.saved.value, 0.5, 0.05);
  EXPECT_EQ(study->saver().router, Router::kOurs);  // no costs
  EXPECT_DOUBLE_EQ(study->line(Router::kCoin).figures.apgr->value, 0.5);
  EXPECT_GT(study->line(Router::kOracle).figures.apgr->value, ours.figures.apgr->value);
  EXPECT_NEAR(study->line(Router::kSubjectMean).figures.apgr->value, 0.75, 0.03);
  EXPECT_EQ(study->promises.size(), 5U);
}

// Every request gains alike from the strong model, but those in long words cost ten times as much.
TEST(RoutingStudy, KeepsTheDearestOnesWhereCostsAreKnown) {
  base::Rng rng(6);
  Outcomes outcomes{.rows = {}, .with_costs = true};
  for (std::size_t i = 0; i < 4000; ++i) {
    const bool dear = i % 4 == 0;
    outcomes.rows.push_back({.text = "request " + std::to_string(i) + (dear ? std::string(400, '.') : ""),
                             .weak_quality = rng.uniform() < 0.75 ? 1.0 : 0.0,
                             .strong_quality = rng.uniform() < 0.8 ? 1.0 : 0.0,
                             .weak_cost = 0,
                             .strong_cost = dear ? 10.0 : 1.0});
  }
  StudyOptions options = quick();
  options.promise.quality = 0.95;
  const auto study = study_routing(outcomes, options);
  ASSERT_TRUE(study);
  EXPECT_EQ(study->saver().router, Router::kThrifty);
  EXPECT_EQ(study->verdict, Verdict::kPays) << study->reason;
  // A quarter of the requests is three quarters of the money.
  EXPECT_GT(study->saver().certified.saved.value, 0.6);
  EXPECT_LT(study->line(Router::kCoin).certified.saved.value, 0.6);
}

TEST(RoutingStudy, WillNotPayWhenTheTextSaysNothing) {
  Outcomes outcomes = world(4000, 0.8);
  base::Rng rng(9);
  for (Outcome& row : outcomes.rows) row.weak_quality = rng.uniform() < 0.5 ? 1 : 0;
  const auto study = study_routing(outcomes, quick());
  ASSERT_TRUE(study);
  EXPECT_EQ(study->verdict, Verdict::kWillNotPay) << study->reason;
  EXPECT_THAT(study->reason, HasSubstr("a coin"));
}

TEST(RoutingStudy, WillNotPayWhenTheWeakModelSuffices) {
  const auto study = study_routing(world(4000, 0.05), quick());
  ASSERT_TRUE(study);
  EXPECT_EQ(study->verdict, Verdict::kWillNotPay);
  EXPECT_THAT(study->reason, HasSubstr("the weak model alone"));
}

TEST(RoutingStudy, SaysWhenThereAreTooFewRowsToTell) {
  const auto study = study_routing(world(120, 0.5), quick());
  ASSERT_TRUE(study);
  EXPECT_EQ(study->verdict, Verdict::kNotEnoughData) << study->reason;
  EXPECT_FALSE(study_routing(world(30, 0.5), quick()));
}

TEST(RoutingStudy, IsTheSameForAnyOrderOfTheRows) {
  Outcomes outcomes = world(300, 0.8);
  const auto one = study_routing(outcomes, quick());
  std::ranges::reverse(outcomes.rows);
  const auto other = study_routing(outcomes, quick());
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->reason, other->reason);
  EXPECT_EQ(one->scores, other->scores);
}

TEST(RoutingStudy, HoldsWholeSubjectsOut) {
  const Outcomes outcomes = world(400, 0.8);
  StudyOptions options = quick();
  options.whole_subjects = true;
  const auto study = study_routing(outcomes, options);
  ASSERT_TRUE(study);
  EXPECT_EQ(study->tested, 200U);
  for (const Outcome* row : study->judged) EXPECT_EQ(row->subject, study->judged.front()->subject);
  for (const RouterLine& line : study->routers) EXPECT_NE(line.router, Router::kSubjectMean);
  Outcomes one_subject = world(400, 0.8);
  for (Outcome& row : one_subject.rows) row.subject = "all";
  EXPECT_FALSE(study_routing(one_subject, options));
}

}  // namespace
}  // namespace pointsman::learn
