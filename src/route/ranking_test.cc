#include "route/ranking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>

#include "base/rng.h"
#include "route/cost.h"

namespace pointsman::route {
namespace {

using llm::Capability;

MarketModel make(std::string name, std::optional<std::int64_t> input_picos, std::optional<std::int64_t> window,
                 llm::CapabilitySet capabilities, int tier) {
  MarketModel one;
  one.model.name = one.model.upstream_name = std::move(name);
  one.model.provider = "p";
  one.model.context_window = window;
  one.model.capabilities = capabilities;
  if (input_picos) one.model.prices = {base::TokenPrice{*input_picos}, {}, base::TokenPrice{*input_picos * 4}};
  one.tier = tier;
  return one;
}

Market build(const std::vector<std::string>& fallback = {"large", "huge"}) {
  const llm::CapabilitySet all{Capability::kTools, Capability::kVision};
  auto market =
      Market::build({make("unpriced", std::nullopt, 8'000, {Capability::kTools}, 20),
                     make("small", 100'000, 8'000, {Capability::kTools}, 30), make("tiny", 50'000, 8'000, {}, 10),
                     make("twin", 100'000, 8'000, {Capability::kTools}, 30), make("large", 2'000'000, 128'000, all, 80),
                     make("huge", 9'000'000, 1'000'000, all, 95), make("long", 300'000, 2'000'000, {}, 50)},
                    {{"simple", {"unpriced", "small", "tiny", "twin"}}, {"hard", {"large"}}}, fallback);
  EXPECT_TRUE(market.has_value()) << market.error().message();
  return *market;
}

classify::Verdict decided(int category) {
  classify::Verdict verdict;
  verdict.category = category;
  verdict.stage = classify::Stage::kLocal;
  return verdict;
}

std::vector<std::string> names(const Ranked& ranked, const Market& market) {
  std::vector<std::string> list;
  for (const Candidate& one : ranked.candidates)
    list.push_back(market.model(one.model).name + (one.healthy ? "" : "!"));
  return list;
}

using Names = std::vector<std::string>;

class RankingTest : public testing::Test {
 protected:
  Names ranked_names(const llm::Requirements& needs, const classify::Verdict& verdict) {
    const auto result = rank(needs, verdict, market_, {.health = health_}, ranked_);
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return names(ranked_, market_);
  }
  void make_unhealthy(std::string_view name) {
    health_.resize(market_.models().size(), Health::kHealthy);
    health_[*market_.find(name)] = Health::kUnhealthy;
  }

  Market market_ = build();
  std::vector<Health> health_;
  Ranked ranked_;
};

TEST_F(RankingTest, CheapestFirstTiesAsConfiguredUnknownPricesLastThenTheFallbackList) {
  EXPECT_EQ(ranked_names({{}, 100, 0}, decided(0)), (Names{"tiny", "small", "twin", "unpriced", "large", "huge"}));
  EXPECT_FALSE(ranked_.escalated);
  EXPECT_FALSE(ranked_.candidates[3].expected_cost.has_value());
  EXPECT_EQ(ranked_.candidates[0].expected_cost, (base::Money{(100 * 50'000 + 512 * 200'000) / 1000}));
  EXPECT_EQ(ranked_.candidates[4].source, Source::kFallback);
}

TEST_F(RankingTest, MissingCapabilitiesExcludeAndAreNamed) {
  EXPECT_EQ(ranked_names({{Capability::kTools}, 100, 0}, decided(0)),
            (Names{"small", "twin", "unpriced", "large", "huge"}));
  ASSERT_EQ(ranked_.excluded.size(), 1U);
  EXPECT_EQ(describe(ranked_.excluded[0], market_), "tiny: cannot do tools");
}

TEST_F(RankingTest, UnhealthyModelsAreTheLastResortAndMarked) {
  make_unhealthy("tiny");
  make_unhealthy("large");
  EXPECT_EQ(ranked_names({{}, 100, 0}, decided(0)), (Names{"small", "twin", "unpriced", "huge", "tiny!", "large!"}));
}

TEST_F(RankingTest, EscalatesToTheFallbackListWhenTheCategoryDoesNotFit) {
  EXPECT_EQ(ranked_names({{}, 50'000, 0}, decided(0)), (Names{"large", "huge"}));
  EXPECT_TRUE(ranked_.escalated);
  EXPECT_EQ(ranked_.excluded.size(), 4U);
  EXPECT_EQ(describe(ranked_.excluded[1], market_), "small: context window of 8000 tokens, 50001 needed");
}

TEST_F(RankingTest, EscalatesToAnyModelWhenTheFallbackListDoesNotFitEither) {
  EXPECT_EQ(ranked_names({{}, 1'500'000, 0}, decided(0)), (Names{"long"}));
  EXPECT_TRUE(ranked_.escalated);
  EXPECT_EQ(ranked_.candidates[0].source, Source::kAnyModel);
}

TEST_F(RankingTest, DoubtGoesToTheFallbackListAndNeverToAnythingWeaker) {
  classify::Verdict doubt = decided(0);
  doubt.stage = classify::Stage::kFallback;
  EXPECT_EQ(ranked_names({{}, 100, 0}, doubt), (Names{"large", "huge"}));
  EXPECT_FALSE(ranked_.escalated);
  make_unhealthy("large");
  EXPECT_EQ(ranked_names({{}, 100, 0}, doubt), (Names{"huge", "large!"}));
  make_unhealthy("huge");
  EXPECT_EQ(ranked_names({{}, 100, 0}, doubt), (Names{"large!", "huge!"}))
      << "rather a sick strong one than a weak one";
}

TEST_F(RankingTest, NoCategoryOrOneOutOfRangeCountsAsDoubt) {
  EXPECT_EQ(ranked_names({{}, 100, 0}, decided(-1)), (Names{"large", "huge"}));
  EXPECT_EQ(ranked_names({{}, 100, 0}, decided(2)), (Names{"large", "huge"}));
}

TEST_F(RankingTest, NamesTheReasonOfEveryModelWhenNoneFits) {
  const llm::Requirements needs{{Capability::kAudioInput}, 100, 0};
  const auto result = rank(needs, decided(0), market_, {}, ranked_);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), base::ErrorCode::kNoCandidate);
  for (const MarketModel& one : market_.models()) {
    EXPECT_NE(result.error().message().find(one.model.name + ": cannot do audio_input"), std::string::npos)
        << one.model.name;
  }
}

TEST_F(RankingTest, OutputLimitsExcludeAndUnknownOnesDoNot) {
  auto market =
      Market::build({make("a", 1, std::nullopt, {}, 1), make("b", 1, std::nullopt, {}, 1)}, {{"c", {"a", "b"}}}, {});
  ASSERT_TRUE(market.has_value());
  auto models = market->models();
  models[0].model.max_output = 100;
  models[1].model.max_input = 50;
  market_ = *Market::build(models, {{"c", {"a", "b"}}}, {});
  EXPECT_EQ(ranked_names({{}, 10, 200}, decided(0)), (Names{"b"}));
  EXPECT_EQ(describe(ranked_.excluded.at(0), market_), "a: answers with at most 100 tokens, 200 asked for");
  EXPECT_EQ(ranked_names({{}, 60, 100}, decided(0)), (Names{"a"}));
  EXPECT_EQ(describe(ranked_.excluded.at(0), market_), "b: takes 50 tokens of input, 60 needed");
}

TEST(Market, TheTypicalAnswerLengthDecidesBetweenCheapInputAndCheapOutput) {
  auto priced = [](std::string name, std::int64_t input, std::int64_t output) {
    MarketModel one;
    one.model.name = std::move(name);
    one.model.prices.input = base::TokenPrice::per_million({input * 1'000'000'000});
    one.model.prices.output = base::TokenPrice::per_million({output * 1'000'000'000});
    return one;
  };
  const std::vector<MarketModel> models = {priced("cheap-input", 1, 10), priced("cheap-output", 4, 1)};
  const auto first = [&](std::int64_t typical_output) {
    const Market market = *Market::build(models, {{"c", {"cheap-input", "cheap-output"}}}, {}, typical_output);
    Ranked ranked;
    EXPECT_TRUE(rank({{}, 1000, 0}, decided(0), market, {}, ranked).has_value());
    return market.model(ranked.candidates.front().model).name;
  };
  EXPECT_EQ(first(100), "cheap-input");
  EXPECT_EQ(first(1000), "cheap-output");
}

TEST(Market, OrdersTheFallbackByTierWhenNoneIsConfigured) {
  const Market market = build({});
  std::vector<std::string> order;
  for (const ModelIndex one : market.fallback()) order.push_back(market.model(one).name);
  EXPECT_EQ(order, (Names{"huge", "large", "long", "small", "twin", "unpriced", "tiny"}));
}

TEST(Market, RefusesUnknownDoubleAndEmptyLists) {
  const std::vector<MarketModel> models = {make("small", 1, 1, {}, 1), make("large", 1, 1, {}, 1)};
  const auto unknown = Market::build(models, {{"simple", {"smal"}}}, {});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message().find("did you mean small?"), std::string::npos) << unknown.error().message();
  EXPECT_FALSE(Market::build(models, {{"simple", {"small", "small"}}}, {}).has_value());
  EXPECT_FALSE(Market::build(models, {{"simple", {}}}, {}).has_value());
  EXPECT_FALSE(Market::build(models, {}, {"nobody"}).has_value());
  EXPECT_FALSE(Market::build({}, {}, {}).has_value());
  EXPECT_FALSE(Market::build({models[0], models[0]}, {}, {}).has_value());
}

TEST(Ranking, HoldsItsPromisesForRandomMarkets) {
  base::Rng rng(7);
  Ranked ranked;
  for (int round = 0; round < 3000; ++round) {
    std::vector<MarketModel> models;
    CategoryCandidates category{"c", {}};
    for (std::uint64_t i = 0; i < 1 + rng.below(8); ++i) {
      models.push_back(make("m" + std::to_string(i),
                            rng.below(5) == 0 ? std::nullopt : std::optional<std::int64_t>(rng.below(4) * 1000),
                            rng.below(4) == 0 ? std::nullopt : std::optional<std::int64_t>(1000 << rng.below(4)),
                            llm::CapabilitySet::from_bits(static_cast<std::uint32_t>(rng.below(4))), 1));
      if (rng.below(2) == 0 || category.models.empty()) category.models.push_back(models.back().model.name);
    }
    const auto market = Market::build(models, {category}, {models.back().model.name});
    ASSERT_TRUE(market.has_value());
    std::vector<Health> health(models.size());
    for (Health& one : health) one = rng.below(3) == 0 ? Health::kUnhealthy : Health::kHealthy;
    const llm::Requirements needs{llm::CapabilitySet::from_bits(static_cast<std::uint32_t>(rng.below(4))),
                                  static_cast<std::int64_t>(rng.below(5000)), 0};
    const auto result = rank(needs, decided(rng.below(3) == 0 ? -1 : 0), *market, {.health = health}, ranked);
    const bool any_fits = std::ranges::any_of(std::views::iota(ModelIndex{0}, static_cast<ModelIndex>(models.size())),
                                              [&](ModelIndex one) { return !misfit(needs, *market, one); });
    ASSERT_EQ(result.has_value(), any_fits);
    for (std::size_t i = 0; i < ranked.candidates.size(); ++i) {
      const Candidate& one = ranked.candidates[i];
      EXPECT_FALSE(misfit(needs, *market, one.model).has_value());
      EXPECT_EQ(one.healthy, health[one.model] == Health::kHealthy);
      EXPECT_EQ(std::ranges::count(ranked.candidates, one.model, &Candidate::model), 1);
      if (i == 0) continue;
      const Candidate& before = ranked.candidates[i - 1];
      EXPECT_GE(before.healthy, one.healthy);
      if (before.healthy != one.healthy || before.source != Source::kCategory || one.source != before.source) continue;
      if (one.expected_cost) EXPECT_TRUE(before.expected_cost && *before.expected_cost <= *one.expected_cost);
    }
  }
}

}  // namespace
}  // namespace pointsman::route
