#include "route/affinity.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "route/exploration.h"

namespace pointsman::route {
namespace {

// Dollars per million tokens.
MarketModel make(std::string name, double input, std::optional<double> cached, double output, std::string provider) {
  const auto price = [](double dollars) { return base::TokenPrice{static_cast<std::int64_t>(dollars * 1'000'000)}; };
  MarketModel one;
  one.model.name = one.model.upstream_name = std::move(name);
  one.model.provider = std::move(provider);
  one.model.context_window = 200'000;
  one.model.prices.input = price(input);
  if (cached) one.model.prices.cached_input = price(*cached);
  one.model.prices.output = price(output);
  return one;
}

enum Models : ModelIndex { kCheap, kFlat, kMiddle, kStrong, kUnpriced };
enum Categories : int { kEasy, kHard, kListed };

class AffinityTest : public testing::Test {
 protected:
  AffinityTest() { build({.stay = Stay::kPrice, .turns = 4}); }

  void build(const AffinityRules& rules, Strategy of_easy = Strategy::kPrice) {
    MarketModel unpriced = make("unpriced", 1, {}, 1, "elsewhere");
    unpriced.model.prices = {};
    auto market =
        Market::build({make("cheap", 0.2, 0.02, 0.8, "one"), make("flat", 1.2, {}, 5, "two"),
                       make("middle", 1.25, 0.125, 5, "one"), make("strong", 5, 0.5, 25, "two"), unpriced},
                      {{"easy", {"flat", "middle"}, of_easy}, {"hard", {"strong"}}, {"listed", {"cheap", "unpriced"}}},
                      {"strong", "middle", "flat", "cheap", "unpriced"}, 500, rules);
    ASSERT_TRUE(market) << market.error().message();
    market_ = *market;
  }
  static classify::Verdict decided(int category) { return {.category = category, .stage = classify::Stage::kLocal}; }
  static classify::Verdict in_doubt() { return {.category = kEasy, .stage = classify::Stage::kFallback}; }

  // The model put first.
  ModelIndex first(const classify::Verdict& verdict, const Continuity& before) {
    EXPECT_TRUE(rank(needs_, verdict, market_, {.health = health_, .continuity = before}, ranked_));
    EXPECT_EQ(ranked_.keeping.kept.has_value() ? *ranked_.keeping.kept : ranked_.candidates.front().model,
              ranked_.candidates.front().model);
    return ranked_.candidates.front().model;
  }

  Market market_;
  llm::Requirements needs_{.input_tokens = 20'000};
  std::vector<Health> health_;
  Ranked ranked_;
};

TEST_F(AffinityTest, StaysWhereReadingTheConversationAnewWouldCostMore) {
  EXPECT_EQ(first(decided(kEasy), {}), kFlat) << "the cheapest where nothing is cached";
  EXPECT_EQ(first(decided(kEasy), {.model = kMiddle, .cached = 19'200}), kMiddle);
  EXPECT_EQ(ranked_.keeping.kept, kMiddle);
  EXPECT_EQ(ranked_.keeping.before, kMiddle);
  EXPECT_EQ(ranked_.keeping.cached, 19'200);
  ASSERT_TRUE(ranked_.keeping.cold);
  EXPECT_EQ(ranked_.keeping.cold->nanos, 19'200 * (1200 - 125));
  ASSERT_GE(ranked_.candidates.size(), 2U);
  EXPECT_EQ(ranked_.candidates[1].model, kFlat) << "the others keep their order";
}

TEST_F(AffinityTest, GoesWhereThatPaysAllTheSame) {
  EXPECT_EQ(first(decided(kListed), {.model = kStrong, .cached = 19'200}), kCheap);
  EXPECT_FALSE(ranked_.keeping.kept);
  ASSERT_TRUE(ranked_.keeping.cold);
  EXPECT_LT(ranked_.keeping.cold->nanos, 0) << "even now: new at $0.20 is less than cached at $0.50";
}

TEST_F(AffinityTest, GoesWhereNothingIsCached) {
  EXPECT_EQ(first(decided(kEasy), {.model = kMiddle, .cached = 0}), kFlat);
  EXPECT_FALSE(ranked_.keeping.kept);
  EXPECT_EQ(ranked_.keeping.before, kMiddle) << "it is on record all the same";
}

TEST_F(AffinityTest, NeverStaysWithAWeakerModelThatTheCategoryDoesNotHave) {
  EXPECT_EQ(first(decided(kHard), {.model = kMiddle, .cached = 19'200}), kStrong);
  build({.stay = Stay::kAlways});
  EXPECT_EQ(first(decided(kHard), {.model = kMiddle, .cached = 19'200}), kStrong);
}

// I9: whatever is cached wherever, doubt goes where it would have gone.
TEST_F(AffinityTest, DoubtIsNotKeptFromTheFallback) {
  for (const Stay stay : {Stay::kPrice, Stay::kAlways}) {
    build({.stay = stay});
    for (ModelIndex last = kCheap; last <= kUnpriced; ++last) {
      EXPECT_EQ(first(in_doubt(), {.model = last, .cached = 19'200}), kStrong);
      EXPECT_EQ(first({}, {.model = last, .cached = 19'200}), kStrong);
    }
  }
}

TEST_F(AffinityTest, NeitherStaysWithASickModelNorWithOneThatDoesNotFit) {
  build({.stay = Stay::kAlways});
  health_.assign(5, Health::kHealthy);
  health_[kMiddle] = Health::kUnhealthy;
  EXPECT_EQ(first(decided(kEasy), {.model = kMiddle, .cached = 19'200}), kFlat);
  health_.clear();
  needs_.capabilities.add(llm::Capability::kVision);
  EXPECT_FALSE(rank(needs_, decided(kEasy), market_, {.continuity = {.model = kMiddle, .cached = 19'200}}, ranked_));
}

TEST_F(AffinityTest, AlwaysStaysAndOffNeverDoes) {
  build({.stay = Stay::kAlways});
  EXPECT_EQ(first(decided(kListed), {.model = kStrong, .cached = 0}), kStrong);
  EXPECT_EQ(first(decided(kListed), {.model = kUnpriced, .cached = 0}), kUnpriced);
  EXPECT_FALSE(ranked_.keeping.cold) << "its price is unknown";
  build({.stay = Stay::kOff});
  EXPECT_EQ(first(decided(kEasy), {.model = kMiddle, .cached = 19'200}), kFlat);
  EXPECT_FALSE(ranked_.keeping.kept);
}

TEST_F(AffinityTest, UnknownPricesKeepNothingByPrice) {
  EXPECT_EQ(first(decided(kListed), {.model = kUnpriced, .cached = 19'200}), kCheap);
  EXPECT_FALSE(ranked_.keeping.cold);
}

TEST_F(AffinityTest, AMoreCapableModelFromOutsideIsKeptWhereItIsCheaper) {
  needs_.output_tokens = 1;  // all that counts is the prompt
  build({.stay = Stay::kPrice, .turns = 1});
  EXPECT_EQ(first(decided(kEasy), {.model = kStrong, .cached = 19'968}), kStrong);
  EXPECT_EQ(ranked_.candidates.front().source, Source::kFallback);
}

// What going costs is what the other model has to read anew, and that is less where it was asked before.
TEST_F(AffinityTest, GoesBackToAModelThatIsWarmItself) {
  auto market = Market::build({make("left", 2, 0.2, 10, "one"), make("right", 2, 0.2, 10, "two")},
                              {{"c", {"left", "right"}, Strategy::kPreference}}, {}, 500, {.stay = Stay::kPrice});
  ASSERT_TRUE(market);
  const auto first_of = [&](std::vector<std::int64_t> cached_at, std::optional<base::Money> cold = {}) {
    const Continuity before{.model = 1, .cached = 19'200, .cached_at = cached_at, .cold = cold};
    EXPECT_TRUE(rank(needs_, decided(0), *market, {.continuity = before}, ranked_));
    return ranked_.candidates.front().model;
  };
  EXPECT_EQ(first_of({}), 1U) << "nothing is known of left";
  EXPECT_EQ(first_of({1'024, 19'200}), 1U);
  const auto recorded = ranked_.keeping.cold;
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->nanos, (19'200 - 1'024) * 1800);
  EXPECT_EQ(first_of({19'200, 19'200}), 0U) << "it costs nothing to go";
  EXPECT_EQ(ranked_.keeping.cold, base::Money{});
  EXPECT_EQ(first_of({}, base::Money{}), 0U) << "the same again, from what was recorded of it";
  EXPECT_EQ(first_of({}, recorded), 1U);
  EXPECT_EQ(ranked_.keeping.cold, recorded);
}

TEST_F(AffinityTest, LotsAreNotForSale) {
  build({.stay = Stay::kPrice}, Strategy::kSplit);
  int kept = 0;
  for (std::uint64_t conversation = 1; conversation < 50; ++conversation) {
    const Conditions conditions{.conversation = conversation, .continuity = {.model = kMiddle, .cached = 19'200}};
    ASSERT_TRUE(rank(needs_, decided(kEasy), market_, conditions, ranked_));
    EXPECT_EQ(ranked_.candidates.front().model, *ranked_.drawn);
    kept += ranked_.keeping.kept ? 1 : 0;
  }
  EXPECT_EQ(kept, 0);
}

TEST_F(AffinityTest, AResultOfAToolGoesToTheModelThatItsTurnWasKeptWith) {
  needs_.input_tokens = 1500;
  EXPECT_EQ(first(decided(kListed), {.model = kMiddle, .cached = 1024, .going_on = true}), kMiddle);
  EXPECT_EQ(first(decided(kListed), {.model = kMiddle, .cached = 1024}), kCheap);
}

TEST_F(AffinityTest, WhatAProviderKeepsIsNotAskedOfAnother) {
  build({.stay = Stay::kOff});
  EXPECT_EQ(first(decided(kHard), {.model = kCheap, .bound = true}), kMiddle)
      << "the best candidate of the provider that made the answer before";
  EXPECT_FALSE(ranked_.keeping.cold);
  EXPECT_EQ(first(decided(kHard), {.model = kFlat, .bound = true}), kStrong) << "of the same provider";
  EXPECT_FALSE(ranked_.keeping.kept);
  EXPECT_EQ(first(in_doubt(), {.model = kCheap, .bound = true}), kMiddle);
  health_.assign(5, Health::kHealthy);
  health_[kCheap] = health_[kMiddle] = Health::kUnhealthy;
  EXPECT_EQ(first(decided(kHard), {.model = kCheap, .bound = true}), kStrong) << "nobody there can answer";
}

// Two names for the same model share its provider's cache.
TEST_F(AffinityTest, AnAliasIsNoOtherModel) {
  MarketModel alias = make("alias", 5, 0.5, 25, "two");
  alias.model.upstream_name = "strong";
  auto market =
      Market::build({make("strong", 5, 0.5, 25, "two"), alias}, {{"c", {"strong"}}}, {}, 500, {.stay = Stay::kAlways});
  ASSERT_TRUE(market);
  EXPECT_EQ(market->find_identity(market->identity(1)), std::optional<ModelIndex>(0));
  const Conditions conditions{.continuity = {.model = 1, .cached = 19'200}};
  ASSERT_TRUE(rank(needs_, decided(0), *market, conditions, ranked_));
  EXPECT_FALSE(ranked_.keeping.kept);
  EXPECT_FALSE(market->find_identity(market->identity(0) ^ 1U));
}

// Whatever is known of a conversation, the first model fits, is healthy if any was, and is of the category or at least
// as capable as the one that would have been first.
TEST_F(AffinityTest, NeverRoutesDownWhateverIsRemembered) {
  base::Rng rng(8);
  Ranked without;
  for (int i = 0; i < 20'000; ++i) {
    const auto draw = [&rng](std::uint64_t below) { return rng.next() % below; };
    build({.stay = draw(2) == 0 ? Stay::kPrice : Stay::kAlways, .turns = static_cast<int>(draw(10))});
    needs_.input_tokens = static_cast<std::int64_t>(draw(250'000));
    health_.clear();
    for (int model = 0; model < 5; ++model) {
      health_.push_back(draw(4) == 0 ? Health::kUnhealthy : Health::kHealthy);
    }
    const classify::Verdict verdict = draw(4) == 0 ? in_doubt() : decided(static_cast<int>(draw(3)));
    const Continuity before{.model = static_cast<ModelIndex>(draw(5)),
                            .cached = static_cast<std::int64_t>(draw(250'000)),
                            .going_on = draw(8) == 0};
    const bool can = rank(needs_, verdict, market_, {.health = health_}, without).has_value();
    ASSERT_EQ(rank(needs_, verdict, market_, {.health = health_, .continuity = before}, ranked_).has_value(), can);
    if (!can) continue;
    const Candidate& first = ranked_.candidates.front();
    const Candidate& plain = without.candidates.front();
    if (first.model == plain.model) continue;
    EXPECT_TRUE(first.healthy);
    EXPECT_FALSE(misfit(needs_, market_, first.model));
    EXPECT_TRUE(first.source == Source::kCategory || more_capable(market_, first.model, plain.model));
    EXPECT_NE(verdict.stage, classify::Stage::kFallback) << "unless the first of the fallback list was sick";
  }
}

TEST(DescribeKept, SaysWhatMovingWouldCost) {
  EXPECT_EQ(describe_kept("m", 18'944, base::Money{23'700'000}),
            "kept with m: its provider has about 18944 tokens cached, moving would cost $0.0237");
  EXPECT_EQ(describe_kept("m", 0, std::nullopt), "kept with m: the conversation goes on where it was");
  EXPECT_EQ(describe_kept("m", 2048, base::Money{-5}),
            "kept with m: its provider has about 2048 tokens cached, staying costs less in the end");
}

}  // namespace
}  // namespace pointsman::route
