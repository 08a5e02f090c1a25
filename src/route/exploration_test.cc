#include "route/exploration.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "base/rng.h"

namespace pointsman::route {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

MarketModel make(std::string name, std::optional<std::int64_t> picos, std::optional<int> tier,
                 std::int64_t window = 100'000) {
  MarketModel one;
  one.model.name = one.model.upstream_name = std::move(name);
  one.model.provider = "p";
  one.model.context_window = window;
  if (picos) one.model.prices = {base::TokenPrice{*picos}, {}, base::TokenPrice{*picos}};
  one.tier = tier;
  return one;
}

class ExplorationTest : public testing::Test {
 protected:
  ExplorationTest() { build(Strategy::kPrice); }

  void build(Strategy of_hard) {
    auto market = Market::build(
        {make("tiny", 1'000'000, 10), make("small", 2'000'000, 20), make("middle", 4'000'000, 40),
         make("large", 20'000'000, 80), make("strange", std::nullopt, std::nullopt), make("narrow", 500'000, 90, 100)},
        {{"simple", {"tiny"}},
         {"usual", {"small"}},
         {"hard", {"middle"}, of_hard},
         {"odd", {"strange"}},
         {"long", {"narrow"}}},
        {"large"});
    EXPECT_TRUE(market) << market.error().message();
    market_ = *market;
  }
  static classify::Verdict decided(int category, classify::Stage stage = classify::Stage::kLocal) {
    return {.category = category, .stage = stage};
  }
  std::vector<std::string> alternatives(const classify::Verdict& verdict, const ExplorationRules& rules) {
    EXPECT_TRUE(rank(needs_, verdict, market_, {.health = health_}, ranked_));
    find_alternatives(needs_, verdict, market_, {.health = health_}, rules, ranked_, work_, found_);
    std::vector<std::string> names;
    for (const ModelIndex one : found_) names.push_back(market_.model(one).name);
    return names;
  }

  Market market_;
  llm::Requirements needs_{.input_tokens = 1000, .output_tokens = 500};
  std::vector<Health> health_;
  Ranked ranked_;
  Ranked work_;
  std::vector<ModelIndex> found_;
};

TEST_F(ExplorationTest, TriesOnlyMoreCapableModelsUnlessToldOtherwise) {
  EXPECT_THAT(alternatives(decided(1), {.share = 0.1}), UnorderedElementsAre("large", "middle"));
  EXPECT_THAT(alternatives(decided(1), {.share = 0.1, .down = true}),
              UnorderedElementsAre("large", "tiny", "middle", "strange"));
}

TEST_F(ExplorationTest, DoubtIsNeverExploredDownUnlessToldOtherwise) {
  const auto doubt = decided(0, classify::Stage::kFallback);
  EXPECT_THAT(alternatives(doubt, {.share = 0.5}), IsEmpty());
  EXPECT_THAT(alternatives(doubt, {.share = 0.5, .down = true}),
              UnorderedElementsAre("tiny", "small", "middle", "strange"));
}

TEST_F(ExplorationTest, LeavesAloneWhatTheClassifierDidNotDecide) {
  for (const auto stage : {classify::Stage::kClient, classify::Stage::kRule}) {
    EXPECT_THAT(alternatives(decided(0, stage), {.share = 1, .down = true}), IsEmpty());
  }
  EXPECT_THAT(alternatives(decided(-1, classify::Stage::kFallback), {.share = 1, .down = true}), IsEmpty());
  EXPECT_THAT(alternatives(decided(0), {.share = 0, .down = true}), IsEmpty());
}

TEST_F(ExplorationTest, LeavesAloneAnswersThatAreJudged) {
  build(Strategy::kEscalate);
  EXPECT_THAT(alternatives(decided(2), {.share = 1}), IsEmpty());
  EXPECT_THAT(alternatives(decided(1), {.share = 1}), ElementsAre("large"));
}

TEST_F(ExplorationTest, TriesNoSickModelAndNoneThatDoesNotFit) {
  health_.assign(market_.models().size(), Health::kHealthy);
  health_[*market_.find("middle")] = Health::kUnhealthy;
  // "narrow" has the highest tier and cannot hold the prompt.
  EXPECT_THAT(alternatives(decided(1), {.share = 1}), ElementsAre("large"));
}

TEST_F(ExplorationTest, TriesNothingItCannotAfford) {
  // 1500 tokens cost 3, 6 and 30 thousandths of a dollar with small, middle and large.
  EXPECT_THAT(alternatives(decided(1), {.share = 1, .affordable = base::Money{4'000'000}}), ElementsAre("middle"));
  EXPECT_THAT(alternatives(decided(1), {.share = 1, .affordable = base::Money{}}), IsEmpty());
  EXPECT_THAT(alternatives(decided(1), {.share = 1, .down = true, .affordable = base::Money{}}), ElementsAre("tiny"));
}

TEST_F(ExplorationTest, DrawsAsOftenAsItsPropensitySays) {
  const ExplorationRules rules{.share = 0.2};
  base::Rng rng(4);
  std::map<ModelIndex, int> drawn;
  std::map<ModelIndex, double> propensity;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    alternatives(decided(1), rules);
    const Explored one = explore(found_, needs_, market_, rules, rng.next(), ranked_);
    EXPECT_EQ(ranked_.candidates.front().model, one.first);
    EXPECT_EQ(one.preferred, *market_.find("small"));
    ++drawn[one.first];
    propensity[one.first] = one.propensity;
  }
  ASSERT_EQ(drawn.size(), 3U);
  for (const auto& [model, count] : drawn) {
    const double p = propensity[model];
    EXPECT_NEAR(count, p * kDraws, 4 * std::sqrt(p * (1 - p) * kDraws)) << market_.model(model).name;
  }
  EXPECT_DOUBLE_EQ(propensity[*market_.find("large")], 0.1);
}

TEST_F(ExplorationTest, WithoutAlternativesIsCertain) {
  alternatives(decided(0, classify::Stage::kFallback), {.share = 0.5});
  const Explored one = explore(found_, needs_, market_, {.share = 0.5}, 0, ranked_);
  EXPECT_FALSE(one.moved());
  EXPECT_EQ(one.propensity, 1);
}

TEST_F(ExplorationTest, KeepsTheOthersAsAWayOut) {
  alternatives(decided(1), {.share = 1});
  put_first(*market_.find("middle"), needs_, market_, ranked_);
  std::vector<std::string> names;
  for (const Candidate& one : ranked_.candidates) names.push_back(market_.model(one.model).name);
  EXPECT_THAT(names, ElementsAre("middle", "small", "large"));
  EXPECT_EQ(ranked_.candidates.front().source, Source::kExplored);
  put_first(*market_.find("large"), needs_, market_, ranked_);
  EXPECT_EQ(ranked_.candidates.size(), 3U);
  EXPECT_EQ(ranked_.candidates.front().source, Source::kFallback);
}

TEST_F(ExplorationTest, KnowsTheExtraCost) {
  alternatives(decided(1), {.share = 1, .affordable = base::Money{4'000'000}});
  const Explored one = explore(found_, needs_, market_, {.share = 1}, 0, ranked_);
  EXPECT_EQ(one.extra, base::Money{3'000'000});
}

TEST_F(ExplorationTest, DoesNotTakeTheUnknownForCapable) {
  const auto is_more = [&](const char* a, const char* b) {
    return more_capable(market_, *market_.find(a), *market_.find(b));
  };
  EXPECT_TRUE(is_more("large", "narrow"));  // the fallback list comes before tiers
  EXPECT_TRUE(is_more("middle", "small"));
  EXPECT_FALSE(is_more("strange", "tiny"));
  EXPECT_FALSE(is_more("middle", "strange"));
  EXPECT_FALSE(is_more("small", "small"));
}

}  // namespace
}  // namespace pointsman::route
