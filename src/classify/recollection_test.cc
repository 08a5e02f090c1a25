// What people's corrections decide in the cascade, and what they may not.
#include <gtest/gtest.h>

#include "classify/cascade.h"

namespace pointsman::classify {
namespace {

constexpr int kSimple = 0;
constexpr int kReasoning = 1;
constexpr int kNone = -1;

Cascade make(bool certified) {
  auto cascade = Cascade::create({{.name = "simple", .threshold = 0.6F, .pooled_threshold = 0.7F},
                                  {.name = "reasoning", .threshold = 0.5F, .certified = certified}},
                                 {{"math", "reasoning", {"prove"}, {}}});
  EXPECT_TRUE(cascade.has_value());
  return std::move(*cascade);
}

Recollection recalled(int category) {
  return {.decision = "d1", .category = category, .likeness = 0.93F, .memory = "v1"};
}

Verdict decide(const Evidence& evidence, bool certified = false) {
  const Cascade cascade = make(certified);
  auto verdict = cascade.decide(evidence);
  EXPECT_TRUE(verdict.has_value());
  const auto again = cascade.decide(recorded_evidence(evidence.route_header, *verdict));
  EXPECT_EQ(again->stage, verdict->stage) << "decided again from what the ledger keeps";
  EXPECT_EQ(again->category, verdict->category);
  EXPECT_EQ(again->reason, verdict->reason);
  EXPECT_EQ(again->recalled.decision, evidence.recalled.decision);
  return std::move(*verdict);
}

TEST(Recollection, GoesBeforeTheClassifierHoweverSureThatIs) {
  const Verdict v = decide({.probabilities = {0.99F, 0.01F}, .recalled = recalled(kReasoning)});
  EXPECT_EQ(v.stage, Stage::kMemory);
  EXPECT_EQ(to_string(v.stage), "memory");
  EXPECT_EQ(v.category, kReasoning);
  EXPECT_EQ(v.reason, "corrected");
  EXPECT_FALSE(v.probability.has_value());
  EXPECT_EQ(v.probabilities.size(), 2U) << "kept for comparison";
  EXPECT_TRUE(is_settled(v));
}

TEST(Recollection, DecidesWhereTheClassifierFailedOrThereIsNone) {
  EXPECT_EQ(decide({.recalled = recalled(kSimple)}).stage, Stage::kMemory);
  EXPECT_EQ(decide({.classifier_error = "broken", .recalled = recalled(kSimple)}).stage, Stage::kMemory);
}

TEST(Recollection, ComesAfterTheHeaderAndTheRulesAndIsKeptBesideThem) {
  const Verdict rule = decide({.rule_hits = {"math"}, .recalled = recalled(kSimple)});
  EXPECT_EQ(rule.stage, Stage::kRule);
  EXPECT_EQ(rule.recalled.category, kSimple);
  EXPECT_EQ(decide({.route_header = "reasoning", .recalled = recalled(kSimple)}).stage, Stage::kClient);
}

TEST(Recollection, OfNoneOfTheCategoriesGoesToTheFallback) {
  Opinion opinion{.outcome = OpinionOutcome::kUsed};
  opinion.probabilities = {1, 0};
  for (const bool certified : {false, true}) {
    const Verdict v =
        decide({.probabilities = {0.99F, 0.01F}, .opinion = opinion, .recalled = recalled(kNone)}, certified);
    EXPECT_EQ(v.stage, Stage::kFallback);
    EXPECT_EQ(v.reason, "corrected_to_none");
    EXPECT_TRUE(is_settled(v)) << "nobody else is asked";
  }
}

TEST(Recollection, NeverKeepsARequestFromTheFallbackWhileAThresholdIsCertified) {
  const Verdict v = decide({.probabilities = {0.55F, 0.45F}, .recalled = recalled(kSimple)}, true);
  EXPECT_EQ(v.stage, Stage::kFallback);
  EXPECT_EQ(v.reason, "below_threshold");
  EXPECT_EQ(decide({.recalled = recalled(kSimple)}, true).reason, "no_classifier");
  EXPECT_EQ(decide({.probabilities = {0.1F, 0.9F}, .shift = true, .recalled = recalled(kReasoning)}, true).reason,
            "shift");
}

TEST(Recollection, SendsToTheFallbackWhatACertifiedClassifierWouldPutElsewhere) {
  for (const int other : {kReasoning, 7}) {
    const Verdict v = decide({.probabilities = {0.9F, 0.1F}, .recalled = recalled(other)}, true);
    EXPECT_EQ(v.stage, Stage::kFallback);
    EXPECT_EQ(v.category, kSimple);
    EXPECT_EQ(v.probability, 0.9F);
    EXPECT_EQ(v.reason, "corrected_otherwise");
    EXPECT_TRUE(is_settled(v));
  }
}

TEST(Recollection, LeavesAloneACertifiedClassifierThatAgrees) {
  const Verdict v = decide({.probabilities = {0.9F, 0.1F}, .recalled = recalled(kSimple)}, true);
  EXPECT_EQ(v.stage, Stage::kLocal);
  EXPECT_EQ(v.category, kSimple);
  EXPECT_FALSE(is_settled(v));
}

TEST(Recollection, ThatNamesNoCategoryThatThereIsNeverDecidesForOne) {
  EXPECT_EQ(decide({.probabilities = {0.55F, 0.45F}, .recalled = recalled(7)}).reason, "below_threshold");
  EXPECT_EQ(decide({.probabilities = {0.9F, 0.1F}, .recalled = recalled(7)}).stage, Stage::kFallback);
}

}  // namespace
}  // namespace pointsman::classify
