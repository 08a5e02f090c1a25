#include "classify/cascade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "classify/certificate.h"

namespace pointsman::classify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

const std::vector<Rule> kRules{{"math-words", "reasoning", {"prove"}, {}}, {"sql", "tool_use", {}, {"select"}}};

Cascade make() {
  auto cascade = Cascade::create({{.name = "simple", .threshold = 0.6F},
                                  {.name = "reasoning", .threshold = 0.5F},
                                  {.name = "tool_use", .threshold = 0.8F}},
                                 kRules);
  EXPECT_TRUE(cascade.has_value());
  return std::move(*cascade);
}

Verdict decide(const Evidence& evidence) {
  auto verdict = make().decide(evidence);
  EXPECT_TRUE(verdict.has_value());
  return std::move(*verdict);
}

TEST(Cascade, TakesTheClientsWordFirst) {
  const Verdict v = decide({.route_header = "tool_use", .rule_hits = {"math-words"}, .probabilities = {0.9F, 0.1F, 0}});
  EXPECT_EQ(v.stage, Stage::kClient);
  EXPECT_EQ(v.category, 2);
  EXPECT_EQ(v.reason, "header");
  EXPECT_FALSE(v.probability.has_value());
  EXPECT_THAT(v.rule_hits, ElementsAre("math-words"));
}

TEST(Cascade, RefusesAnUnknownCategoryInTheHeaderAndListsTheKnown) {
  const auto v = make().decide({.route_header = "simpel"});
  ASSERT_FALSE(v.has_value());
  EXPECT_EQ(v.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(v.error().origin(), base::Origin::kClient);
  EXPECT_EQ(v.error().place(), "x-pointsman-route");
  EXPECT_THAT(v.error().message(), HasSubstr("simple, reasoning, tool_use"));
}

TEST(Cascade, LetsTheFirstMatchingRuleDecideAndRecordsAll) {
  const Verdict v = decide({.rule_hits = {"sql", "math-words"}, .probabilities = {0.9F, 0.1F, 0}});
  EXPECT_EQ(v.stage, Stage::kRule);
  EXPECT_EQ(v.category, 2);
  EXPECT_EQ(v.reason, "rule:sql");
  EXPECT_THAT(v.rule_hits, ElementsAre("sql", "math-words"));
  EXPECT_THAT(v.probabilities, ElementsAre(0.9F, 0.1F, 0)) << "kept for comparison";
}

TEST(Cascade, LetsTheClassifierDecideAtItsThreshold) {
  const Verdict v = decide({.probabilities = {0.6F, 0.3F, 0.1F}});
  EXPECT_EQ(v.stage, Stage::kLocal);
  EXPECT_EQ(v.category, 0);
  EXPECT_EQ(v.probability, 0.6F);
  EXPECT_EQ(v.threshold, 0.6F);
}

TEST(Cascade, SendsEveryDoubtToTheFallback) {
  struct Case {
    Evidence evidence;
    int category;
    std::string reason;
  };
  const Case cases[] = {
      {{}, -1, "no_classifier"},
      {{.classifier_error = "timeout"}, -1, "classifier_error: timeout"},
      {{.probabilities = {0.59F, 0.31F, 0.1F}}, 0, "below_threshold"},
      {{.probabilities = {0.1F, 0.11F, 0.79F}}, 2, "below_threshold"},
      {{.probabilities = {0, 0, 0}}, -1, "below_threshold"},
      {{.probabilities = {kNan, 0.9F, 0.1F}}, -1, "classifier_error: a probability is not in [0, 1]"},
      {{.probabilities = {0.9F, 0.1F, kNan}}, -1, "classifier_error: a probability is not in [0, 1]"},
      {{.probabilities = {-0.1F, 1, 0.1F}}, -1, "classifier_error: a probability is not in [0, 1]"},
      {{.probabilities = {2, 0, 0}}, -1, "classifier_error: a probability is not in [0, 1]"},
      {{.probabilities = {0.9F, 0.9F, 0.9F}}, -1, "classifier_error: the probabilities sum to more than 1"},
      {{.probabilities = {1}}, -1, "classifier_error: 1 probabilities for 3 categories"},
      {{.probabilities = {0.9F, 0.1F, 0}, .classifier_error = "late"}, -1, "classifier_error: late"},
      {{.rule_hits = {"a rule that is gone"}}, -1, "no_classifier"},
  };
  for (const Case& one : cases) {
    const Verdict v = decide(one.evidence);
    EXPECT_EQ(v.stage, Stage::kFallback) << one.reason;
    EXPECT_EQ(v.category, one.category) << one.reason;
    EXPECT_EQ(v.reason, one.reason);
  }
}

TEST(Cascade, DecidesTheSameAgainFromWhatTheLedgerKeeps) {
  const Cascade cascade = make();
  const Evidence all[] = {{},
                          {.route_header = "simple", .rule_hits = {"sql"}, .probabilities = {0.2F, 0.2F, 0.6F}},
                          {.rule_hits = {"sql"}},
                          {.probabilities = {0.7F, 0.2F, 0.1F}},
                          {.probabilities = {0.4F, 0.3F, 0.3F}},
                          {.probabilities = {kNan, 0, 0}},
                          {.classifier_error = "broken"},
                          {.probabilities = {0, 0, 0}}};
  for (const Evidence& evidence : all) {
    const Verdict first = *cascade.decide(evidence);
    const Verdict again = *cascade.decide(recorded_evidence(evidence.route_header, first));
    EXPECT_EQ(again.category, first.category);
    EXPECT_EQ(again.stage, first.stage);
    EXPECT_EQ(again.probability, first.probability);
    EXPECT_EQ(again.threshold, first.threshold);
    EXPECT_EQ(again.reason, first.reason);
    EXPECT_EQ(again.rule_hits, first.rule_hits);
    EXPECT_EQ(again.probabilities, first.probabilities);
  }
}

TEST(Cascade, ListsEveryProblemOfItsConfiguration) {
  const auto cascade = Cascade::create(
      {{.name = "a"}, {.name = "a"}, {.name = "b", .threshold = 1.5F}, {.name = ""}, {.name = "c", .threshold = kNan}},
      {{"r", "zzz", {"x"}, {}}});
  ASSERT_FALSE(cascade.has_value());
  const std::string& message = cascade.error().message();
  EXPECT_THAT(message, HasSubstr("\"a\" defined twice"));
  EXPECT_THAT(message, HasSubstr("\"b\": threshold"));
  EXPECT_THAT(message, HasSubstr("\"c\": threshold"));
  EXPECT_THAT(message, HasSubstr("without a name"));
  EXPECT_THAT(message, HasSubstr("unknown category \"zzz\""));
}

TEST(Cascade, SendsEverythingToTheFallbackWithoutCategories) {
  const auto cascade = Cascade::create({}, {});
  ASSERT_TRUE(cascade.has_value());
  const auto verdict = cascade->decide({});
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->stage, Stage::kFallback);
  EXPECT_EQ(verdict->category, -1);
  EXPECT_FALSE(cascade->decide({.route_header = "code"}).has_value());
}

class ShiftedTraffic : public testing::Test {
 protected:
  Verdict decide(const Evidence& evidence) const {
    auto verdict = cascade_.decide(evidence);
    EXPECT_TRUE(verdict.has_value());
    return std::move(*verdict);
  }
  const Cascade cascade_ = *Cascade::create(
      {{.name = "simple", .threshold = 0.6F, .certified = true}, {.name = "tool_use", .threshold = 0.5F}}, {});
};

TEST_F(ShiftedTraffic, SuspendsCertifiedThresholds) {
  const Verdict v = decide({.probabilities = {0.9F, 0.1F}, .shift = true});
  EXPECT_EQ(v.stage, Stage::kFallback);
  EXPECT_EQ(v.category, 0) << "still the best guess";
  EXPECT_EQ(v.reason, "shift");
  EXPECT_EQ(decide({.probabilities = {0.9F, 0.1F}}).stage, Stage::kLocal);
}

TEST_F(ShiftedTraffic, LeavesOtherThresholdsAndTheClientsWordAlone) {
  EXPECT_EQ(decide({.probabilities = {0.1F, 0.9F}, .shift = true}).stage, Stage::kLocal);
  EXPECT_EQ(decide({.route_header = "simple", .probabilities = {0.9F, 0.1F}, .shift = true}).stage, Stage::kClient);
  EXPECT_EQ(decide({.probabilities = {0.55F, 0.1F}, .shift = true}).reason, "below_certified_threshold");
}

TEST_F(ShiftedTraffic, IsDecidedAgainFromTheRecord) {
  const Verdict v = decide({.probabilities = {0.9F, 0.1F}, .shift = true});
  const Verdict again = decide(recorded_evidence("", v));
  EXPECT_EQ(again.stage, Stage::kFallback);
  EXPECT_EQ(again.reason, "shift");
}

using UnheardEncoder = ShiftedTraffic;

TEST_F(UnheardEncoder, SuspendsCertifiedThresholdsHoweverSureTheRestIs) {
  for (const float sure : {0.9F, 0.3F}) {
    const Verdict v = decide({.probabilities = {sure, 0.1F}, .unheard = true});
    EXPECT_EQ(v.stage, Stage::kFallback);
    EXPECT_EQ(v.category, 0) << "still the best guess";
    EXPECT_EQ(v.reason, "without_encoder");
    const Verdict again = decide(recorded_evidence("", v));
    EXPECT_EQ(again.stage, Stage::kFallback);
    EXPECT_EQ(again.reason, "without_encoder");
  }
  EXPECT_EQ(decide({.probabilities = {0, 0}, .unheard = true}).reason, "without_encoder") << "without even a guess";
}

TEST_F(UnheardEncoder, LeavesOtherThresholdsAndTheClientsWordAlone) {
  EXPECT_EQ(decide({.probabilities = {0.1F, 0.9F}, .unheard = true}).stage, Stage::kLocal);
  EXPECT_EQ(decide({.route_header = "simple", .probabilities = {0.9F, 0.1F}, .unheard = true}).stage, Stage::kClient);
  const Cascade nothing = *Cascade::create({{.name = "simple", .threshold = kNeverKeep, .certified = true}}, {});
  EXPECT_EQ(nothing.decide({.probabilities = {0.9F}, .unheard = true})->reason, "nothing_certified");
}

class SmallModel : public testing::Test {
 protected:
  SmallModel() {
    Combination combination;
    combination.set(OpinionSource::kLogprobs, {.local = 1, .model = 1, .floor = 0.01F});
    cascade_.weigh_opinions(combination);
  }
  static Opinion says(std::vector<float> probabilities) {
    return {.outcome = OpinionOutcome::kUsed,
            .source = OpinionSource::kLogprobs,
            .probabilities = std::move(probabilities)};
  }
  Verdict decide(const Evidence& evidence) const {
    auto verdict = cascade_.decide(evidence);
    EXPECT_TRUE(verdict.has_value());
    return std::move(*verdict);
  }
  Cascade cascade_ = *Cascade::create({{.name = "simple", .threshold = 0.9F, .pooled_threshold = 0.8F},
                                       {.name = "reasoning", .threshold = 0.9F, .pooled_threshold = 0.8F},
                                       {.name = "tool_use", .threshold = 0.9F}},
                                      {{"sql", "tool_use", {}, {"select"}}});
};

TEST_F(SmallModel, DecidesTogetherWithTheClassifierWhereThatIsUnsure) {
  const Verdict v = decide({.probabilities = {0.5F, 0.4F, 0.1F}, .opinion = says({0.1F, 0.9F, 0})});
  EXPECT_EQ(v.stage, Stage::kLlm);
  EXPECT_EQ(v.category, 1);
  EXPECT_EQ(v.reason, "llm_at_or_above_threshold");
  EXPECT_EQ(v.threshold, 0.8F);
  ASSERT_EQ(v.pooled.size(), 3U);
  EXPECT_EQ(v.probability, v.pooled[1]);
  EXPECT_THAT(v.probabilities, ElementsAre(0.5F, 0.4F, 0.1F)) << "what the classifier thought is kept";
}

TEST_F(SmallModel, IsNotHeardWhereTheClassifierOrARuleDecides) {
  EXPECT_EQ(decide({.probabilities = {0.95F, 0.05F, 0}, .opinion = says({0, 1, 0})}).stage, Stage::kLocal);
  EXPECT_EQ(decide({.rule_hits = {"sql"}, .opinion = says({0, 1, 0})}).stage, Stage::kRule);
  EXPECT_EQ(decide({.route_header = "simple", .opinion = says({0, 1, 0})}).stage, Stage::kClient);
}

TEST_F(SmallModel, CanDecideAlone) {
  const Verdict v = decide({.opinion = says({0.95F, 0.05F, 0})});
  EXPECT_EQ(v.stage, Stage::kLlm);
  EXPECT_EQ(v.category, 0);
}

TEST_F(SmallModel, LeavesEveryDoubtToTheFallback) {
  struct Case {
    Evidence evidence;
    int category;
    std::string reason;
  };
  Opinion late = says({});
  late.outcome = OpinionOutcome::kLate;
  Opinion refused = says({0, 1, 0});
  refused.outcome = OpinionOutcome::kRefused;
  Opinion stated = says({0, 1, 0});
  stated.source = OpinionSource::kStated;
  const std::vector<float> unsure{0.5F, 0.4F, 0.1F};
  const Case cases[] = {
      {{.probabilities = unsure, .opinion = says({0.3F, 0.4F, 0.3F})}, 1, "llm_below_threshold"},
      {{.probabilities = unsure, .opinion = says({0, 0, 1})}, 2, "llm_below_threshold"},  // nothing is enough there
      {{.probabilities = unsure, .opinion = late}, 0, "llm_late"},
      {{.probabilities = unsure, .opinion = refused}, 0, "llm_refused"},
      {{.probabilities = unsure, .opinion = stated}, 0, "llm_uncalibrated"},
      {{.probabilities = unsure, .opinion = says({0.5F, 0.5F})}, 0, "llm_unusable"},
      {{.probabilities = unsure, .opinion = says({kNan, 1, 0})}, 0, "llm_unusable"},
      {{.probabilities = unsure, .opinion = says({2, 1, 0})}, 0, "llm_unusable"},
      {{.opinion = late}, -1, "llm_late"},
      {{.classifier_error = "broken", .opinion = says({0, 1, 0})}, -1, "classifier_error: broken"},
  };
  for (const Case& one : cases) {
    const Verdict v = decide(one.evidence);
    EXPECT_EQ(v.stage, Stage::kFallback) << one.reason;
    EXPECT_EQ(v.category, one.category) << one.reason;
    EXPECT_EQ(v.reason, one.reason);
  }
}

TEST_F(SmallModel, SaysNothingUntilItsOpinionWasMeasured) {
  cascade_.weigh_opinions({});
  const Verdict v = decide({.probabilities = {0.5F, 0.4F, 0.1F}, .opinion = says({0, 1, 0})});
  EXPECT_EQ(v.stage, Stage::kFallback);
  EXPECT_EQ(v.reason, "llm_uncalibrated");
  EXPECT_EQ(v.category, 0);
}

TEST_F(SmallModel, IsSuspendedWithTheCertifiedThresholdsOfTheClassifier) {
  Cascade certified = *Cascade::create({{.name = "a", .threshold = 0.6F, .pooled_threshold = 0.1F, .certified = true},
                                        {.name = "b", .threshold = 0.6F, .pooled_threshold = 0.1F, .certified = true}},
                                       {});
  Combination combination;
  combination.set(OpinionSource::kLogprobs, {});
  certified.weigh_opinions(combination);
  const auto v = certified.decide({.probabilities = {0.9F, 0.1F}, .shift = true, .opinion = says({1, 0})});
  EXPECT_EQ(v->reason, "shift");
  EXPECT_EQ(v->stage, Stage::kFallback);
  const auto unheard = certified.decide({.probabilities = {0.5F, 0.1F}, .unheard = true, .opinion = says({1, 0})});
  EXPECT_EQ(unheard->reason, "without_encoder");
  EXPECT_EQ(unheard->stage, Stage::kFallback);
  const auto again = certified.decide(recorded_evidence("", *unheard));
  EXPECT_EQ(again->reason, unheard->reason);
}

TEST_F(SmallModel, IsDecidedAgainFromTheRecord) {
  const Evidence all[] = {{.probabilities = {0.5F, 0.4F, 0.1F}, .opinion = says({0.1F, 0.9F, 0})},
                          {.probabilities = {0.5F, 0.4F, 0.1F}, .opinion = says({0.3F, 0.4F, 0.3F})},
                          {.opinion = says({1, 0, 0})},
                          {.probabilities = {0.5F, 0.4F, 0.1F}, .opinion = {.outcome = OpinionOutcome::kBusy}},
                          {.probabilities = {0.95F, 0, 0}, .opinion = says({0, 1, 0})}};
  for (const Evidence& evidence : all) {
    const Verdict first = decide(evidence);
    const Verdict again = decide(recorded_evidence("", first));
    EXPECT_EQ(again.stage, first.stage);
    EXPECT_EQ(again.category, first.category);
    EXPECT_EQ(again.probability, first.probability);
    EXPECT_EQ(again.reason, first.reason);
    EXPECT_EQ(again.pooled, first.pooled);
  }
}

TEST(Projection, MapsByNameAndLeavesUnknownMassOut) {
  const Cascade cascade = make();
  const Projection projection(cascade, {"other", "tool_use", "simple"});
  EXPECT_THAT(projection.apply(std::vector<float>{0.5F, 0.2F, 0.3F}), ElementsAre(0.3F, 0, 0.2F));
  EXPECT_THAT(projection.unknown_to_classifier(), ElementsAre("reasoning"));
  EXPECT_THAT(Projection(cascade, {"tool_use", "simple", "reasoning"}).unknown_to_classifier(), IsEmpty());
}

TEST(Projection, TurnsAWrongNumberOfProbabilitiesIntoDoubt) {
  const Projection projection(make(), {"simple", "reasoning", "tool_use"});
  const Verdict v = decide({.probabilities = projection.apply(std::vector<float>{1})});
  EXPECT_EQ(v.stage, Stage::kFallback);
  EXPECT_THAT(v.reason, HasSubstr("classifier_error"));
}

}  // namespace
}  // namespace pointsman::classify
