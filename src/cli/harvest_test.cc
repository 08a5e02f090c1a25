#include "cli/harvest.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "config/policy.h"
#include "ledger/memory_store.h"
#include "support/memory_feedback_store.h"
#include "support/routing.h"

namespace pointsman::cli {
namespace {

using ledger::Entry;
using ledger::Feedback;

const base::WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);

class HarvestTest : public ::testing::Test {
 protected:
  HarvestTest() {
    for (const char* name : {"simple", "reasoning", "tool_use"}) {
      config::CategoryConfig one;
      one.name = name;
      config_.categories.push_back(one);
    }
    config::Policy then = config::policy_of(testing::three_models());
    then.categories.resize(1);
    for (const char* name : {"simple", "reasoning"}) {  // another order of categories than now
      then.categories.push_back(then.categories.front());
      then.categories.back().name = name;
    }
    then.categories.front().name = "tool_use";
    document_ = config::policy_document(then);
    const auto readable = config::read_policy(document_);
    EXPECT_TRUE(readable.has_value()) << readable.error().message();
    ledger_.save_policy("then", document_);
  }

  // Generators never go back in time; tests do.
  base::Uuid id_at(base::WallTime time) {
    base::Uuid id = base::Uuid::at(time);
    id.bytes.back() = ++ids_;
    return id;
  }
  Entry decided(std::string text, std::string category = "simple", int days_ago = 1) {
    Entry entry;
    entry.started = kNow - std::chrono::days(days_ago);
    entry.id = id_at(entry.started);
    entry.text_hash = base::xxh3(text);
    entry.text = std::move(text);
    entry.category = std::move(category);
    entry.probabilities = {0.1F, 0.6F, 0.3F};  // tool_use, simple, reasoning
    entry.policy_version = "then";
    entry.classifier_version = "c1";
    return entry;
  }
  void say(const Entry& about, Feedback said, int days_ago = 0) {
    said.decision = about.id;
    said.id = id_at(kNow - std::chrono::days(days_ago));
    if (said.who.empty()) said.who = "ada";
    ASSERT_TRUE(feedback_.add(said, about).has_value());
  }
  Harvest reap() {
    auto out = harvest(config_, ledger_, feedback_, {.now = kNow});
    EXPECT_TRUE(out.has_value()) << out.error().message();
    return std::move(*out);
  }

  config::Config config_;
  std::string document_;
  ledger::MemoryStore ledger_;
  testing::MemoryFeedbackStore feedback_;
  std::uint8_t ids_ = 0;
};

TEST_F(HarvestTest, ACorrectionTeachesItsCategory) {
  say(decided("what is this"), {.category = "reasoning"});
  const Harvest out = reap();
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_EQ(out.lessons[0].says, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(out.lessons[0].source, learn::LessonSource::kPerson);
  EXPECT_TRUE(out.lessons[0].trusted);
  EXPECT_TRUE(out.judged.empty());
}

TEST_F(HarvestTest, AVerdictOnTheModelIsReadThroughTheProbabilitiesOfThatTime) {
  say(decided("too hard for it"), {.fit = ledger::Fit::kUnderpowered});
  const Harvest out = reap();
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_NEAR(out.lessons[0].says[1], 0.75, 1e-6) << "reasoning 0.3 of 0.4";
  EXPECT_NEAR(out.lessons[0].says[2], 0.25, 1e-6);
}

TEST_F(HarvestTest, GoldenDecisionsJudgeForEverAndNeverTeach) {
  say(decided("golden one"), {.category = "reasoning", .golden = true}, 300);
  say(decided("golden one"), {.category = "simple"});  // the same text, said again elsewhere
  const Harvest out = reap();
  ASSERT_EQ(out.judged.size(), 1U);
  EXPECT_EQ(out.judged[0].truth, 1U);
  EXPECT_TRUE(out.judged[0].golden);
  EXPECT_EQ(out.judged[0].served, (std::vector<float>{0.6F, 0.3F, 0.1F})) << "carried to today's order";
  EXPECT_TRUE(out.lessons.empty());
  EXPECT_EQ(out.held_back, 1U);
}

TEST_F(HarvestTest, TheRandomSliceJudgesForAMonthAndTeachesThen) {
  say(decided("young"), {.category = "simple", .slice = 0.2}, 5);
  say(decided("old", "simple", 60), {.category = "simple", .slice = 0.2}, 50);
  const Harvest out = reap();
  ASSERT_EQ(out.judged.size(), 1U);
  EXPECT_EQ(out.judged[0].example.text, "young");
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_EQ(out.lessons[0].example.text, "old");
}

TEST_F(HarvestTest, TheSmallModelsVerdictsTeachSoftly) {
  Entry entry = decided("was asked");
  entry.consultation.outcome = "used";
  entry.consultation.source = "logprobs";
  entry.consultation.model = "tiny";
  entry.consultation.probabilities = {0.9F, 0.1F, 0.0F};
  ledger_.append(entry);
  ledger_.append(decided("was not"));
  const Harvest out = reap();
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_EQ(out.lessons[0].source, learn::LessonSource::kModel);
  EXPECT_EQ(out.lessons[0].says, (std::vector<float>{0.1F, 0.0F, 0.9F}));
  EXPECT_EQ(out.verdicts, 1U);
}

TEST_F(HarvestTest, ASignInTheTrafficTeachesALittle) {
  config::ModelConfig small;
  small.name = "small";
  small.price.output = base::TokenPrice{1'000'000};
  config::ModelConfig large = small;
  large.name = "large";
  large.price.output = base::TokenPrice{10'000'000};
  config_.models = {small, large};
  Entry first = decided("the same again");
  first.conversation = 7;
  first.user = 3;
  first.stage = "local";
  first.model = "small";
  first.status = 200;
  Entry again = first;
  again.started += std::chrono::minutes(1);
  again.id = id_at(again.started);
  again.requested_model = "large";
  again.stage = "passthrough";
  again.model = "large";
  ledger_.append(first);
  ledger_.append(again);
  const Harvest out = reap();
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_EQ(out.lessons[0].source, learn::LessonSource::kSignal);
  EXPECT_NEAR(out.lessons[0].says[1], 0.75, 1e-6) << "one of the stronger categories";
}

TEST_F(HarvestTest, FeaturesStandInForTextsAndNothingForNeither) {
  Entry features = decided("gone");
  features.text.clear();
  features.features = {{7, 1, text::Block::kWords}};
  say(features, {.category = "simple"});
  Entry nothing = decided("gone as well");
  nothing.text.clear();
  say(nothing, {.category = "simple"});
  const Harvest out = reap();
  ASSERT_EQ(out.lessons.size(), 1U);
  EXPECT_FALSE(out.lessons[0].example.features.empty());
  EXPECT_EQ(out.wordless, 1U);
}

TEST_F(HarvestTest, CategoriesThatAreGoneAreCountedAndSkipped) {
  say(decided("a"), {.category = "billing"});
  say(decided("b"), {.category = "billing", .golden = true});
  const Harvest out = reap();
  EXPECT_EQ(out.elsewhere, 2U);
  EXPECT_TRUE(out.lessons.empty());
  EXPECT_TRUE(out.judged.empty());
}

TEST_F(HarvestTest, WhatComesOverHttpIsNotTrusted) {
  EXPECT_TRUE(is_trusted("ada"));
  EXPECT_FALSE(is_trusted("api:ada"));
  EXPECT_FALSE(is_trusted("key:team-7"));
}

TEST_F(HarvestTest, SeedsThatJudgeAreLeftOut) {
  config_.categories[0].examples = {"hello", "golden one"};
  say(decided("golden one"), {.category = "reasoning", .golden = true});
  const Harvest out = reap();
  const auto seeds = seed_lessons(config_, nullptr, out.judging_texts);
  ASSERT_EQ(seeds.size(), 1U);
  EXPECT_EQ(seeds[0].example.text, "hello");
}

}  // namespace
}  // namespace pointsman::cli
