#include "route/strategy.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"
#include "route/ranking.h"

namespace pointsman::route {
namespace {

using Names = std::vector<std::string>;
using std::chrono::microseconds;

MarketModel priced(std::string name, std::optional<std::int64_t> picos) {
  MarketModel one;
  one.model.name = one.model.upstream_name = std::move(name);
  if (picos) one.model.prices = {base::TokenPrice{*picos}, {}, base::TokenPrice{*picos}};
  return one;
}

// A category of a, b, c and free (no known price), with "big" as the fallback.
Market market(Strategy strategy, std::vector<Weight> weights = {}) {
  auto built = Market::build(
      {priced("a", 300), priced("b", 100), priced("c", 200), priced("free", std::nullopt), priced("big", 9'000)},
      {{"kind", {"free", "a", "b", "c"}, strategy, std::move(weights)}}, {"big"});
  EXPECT_TRUE(built.has_value()) << (built ? "" : built.error().message());
  return *built;
}

struct Order {
  Names names;
  std::string drawn;
};

Order order(const Market& market, const Conditions& conditions) {
  classify::Verdict verdict;
  verdict.category = 0;
  verdict.stage = classify::Stage::kLocal;
  Ranked ranked;
  EXPECT_TRUE(rank({{}, 1'000, 0}, verdict, market, conditions, ranked).has_value());
  Order out;
  for (const Candidate& one : ranked.candidates) out.names.push_back(market.model(one.model).name);
  if (ranked.drawn) out.drawn = market.model(*ranked.drawn).name;
  EXPECT_EQ(ranked.strategy, market.strategy(0));
  return out;
}

TEST(Strategy, NamesReadBack) {
  for (const Strategy one :
       {Strategy::kPrice, Strategy::kPreference, Strategy::kLatency, Strategy::kSplit, Strategy::kEscalate}) {
    EXPECT_EQ(strategy_from(to_string(one)), one);
  }
  EXPECT_EQ(strategy_from("fastest"), std::nullopt);
}

TEST(Strategy, PricePutsTheCheapestFirstAndUnknownPricesLast) {
  const Order got = order(market(Strategy::kPrice), {});
  EXPECT_EQ(got.names, (Names{"b", "c", "a", "free", "big"}));
  EXPECT_EQ(got.drawn, "");
}

TEST(Strategy, PreferenceAndEscalateKeepTheConfiguredOrder) {
  EXPECT_EQ(order(market(Strategy::kPreference), {}).names, (Names{"free", "a", "b", "c", "big"}));
  EXPECT_EQ(order(market(Strategy::kEscalate), {}).names, (Names{"free", "a", "b", "c", "big"}));
}

TEST(Strategy, LatencyPutsTheQuickestFirstAndUnknownOnesBehind) {
  const std::vector<Pace> paces = {microseconds(900), microseconds(500), std::nullopt, microseconds(100), std::nullopt};
  const Order got = order(market(Strategy::kLatency), {.paces = paces});
  EXPECT_EQ(got.names, (Names{"free", "b", "a", "c", "big"}));
  EXPECT_EQ(got.drawn, "");
  const std::vector<Health> health = {Health::kHealthy, Health::kHealthy, Health::kHealthy, Health::kUnhealthy,
                                      Health::kHealthy};
  EXPECT_EQ(order(market(Strategy::kLatency), {.health = health, .paces = paces}).names,
            (Names{"b", "a", "c", "big", "free"}));
}

TEST(Strategy, WithoutFiguresLatencyKeepsTheConfiguredOrder) {
  EXPECT_EQ(order(market(Strategy::kLatency), {}).names, (Names{"free", "a", "b", "c", "big"}));
}

TEST(Strategy, LatencyLooksAtEveryModelAgainForTheStatedShareOfRequests) {
  const Market one = market(Strategy::kLatency);
  const std::vector<Pace> paces = {microseconds(900), microseconds(500), std::nullopt, microseconds(100), std::nullopt};
  base::Rng rng(3);
  constexpr int kRequests = 40'000;
  std::map<std::string, int> drawn;
  for (int i = 0; i < kRequests; ++i) {
    const Order got = order(one, {.paces = paces, .lot = rng.next()});
    EXPECT_EQ(got.names.front(), got.drawn.empty() ? "free" : got.drawn);
    ++drawn[got.drawn];
  }
  EXPECT_NEAR(drawn[""], kRequests * (1 - kExplored), 200) << "more than four standard deviations off";
  for (const char* name : {"a", "b", "c", "free"}) EXPECT_NEAR(drawn[name], kRequests * kExplored / 4, 100) << name;
}

TEST(Strategy, SplitsComeOutAsWeighted) {
  const Market one = market(Strategy::kSplit, {{"a", 3}, {"b", 1}, {"c", 0}, {"free", 6}});
  base::Rng rng(11);
  constexpr int kConversations = 50'000;
  std::map<std::string, int> first;
  std::map<std::string, int> second_after_free;
  for (int i = 0; i < kConversations; ++i) {
    const Order got = order(one, {.conversation = rng.next()});
    EXPECT_EQ(got.names.front(), got.drawn);
    EXPECT_EQ(got.names[3], "c") << "a weight of zero: only when all others fail";
    ++first[got.drawn];
    if (got.drawn == "free") ++second_after_free[got.names[1]];
  }
  EXPECT_NEAR(first["free"], kConversations * 0.6, 550);  // five standard deviations
  EXPECT_NEAR(first["a"], kConversations * 0.3, 550);
  EXPECT_NEAR(first["b"], kConversations * 0.1, 400);
  EXPECT_EQ(first["c"], 0);
  EXPECT_NEAR(second_after_free["a"], first["free"] * 0.75, 400) << "the second place falls by weight, too";
}

TEST(Strategy, AConversationKeepsItsArmAndCategoriesDrawOnTheirOwn) {
  const std::vector<MarketModel> models = {priced("a", 1), priced("b", 1)};
  const auto both = Market::build(
      models, {{"one", {"a", "b"}, Strategy::kSplit, {}}, {"two", {"b", "a"}, Strategy::kSplit, {}}}, {"a"});
  ASSERT_TRUE(both.has_value());
  int alike = 0;
  for (std::uint64_t conversation = 0; conversation < 2'000; ++conversation) {
    classify::Verdict verdict;
    verdict.stage = classify::Stage::kLocal;
    ModelIndex drawn[2] = {};
    for (const int category : {0, 1}) {
      verdict.category = category;
      Ranked ranked;
      ASSERT_TRUE(rank({}, verdict, *both, {.conversation = conversation, .lot = 1}, ranked).has_value());
      drawn[category] = ranked.drawn.value();
      Ranked again;
      ASSERT_TRUE(rank({}, verdict, *both, {.conversation = conversation, .lot = 2}, again).has_value());
      EXPECT_EQ(again.drawn, ranked.drawn);
    }
    alike += drawn[0] == drawn[1] ? 1 : 0;
  }
  EXPECT_NEAR(alike, 1'000, 110);
}

TEST(Strategy, AnArmThatLeavesMovesOnlyItsOwnConversations) {
  const std::vector<MarketModel> models = {priced("a", 1), priced("b", 1), priced("c", 1)};
  const Market with = *Market::build(models, {{"k", {"a", "b", "c"}, Strategy::kSplit, {}}}, {"a"});
  const Market without = *Market::build(models, {{"k", {"a", "b"}, Strategy::kSplit, {}}}, {"a"});
  for (std::uint64_t conversation = 0; conversation < 1'000; ++conversation) {
    const Order before = order(with, {.conversation = conversation});
    const Order after = order(without, {.conversation = conversation});
    if (before.drawn != "c") EXPECT_EQ(after.drawn, before.drawn);
    if (before.drawn == "c") EXPECT_EQ(after.drawn, before.names[1]);
  }
}

TEST(Strategy, AWeightOfAModelThatIsNotTheCategorysIsRefused) {
  const auto refused =
      Market::build({priced("a", 1), priced("b", 1)}, {{"k", {"a"}, Strategy::kSplit, {{"b", 2}}}}, {"a"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("weighs the model b"), std::string::npos) << refused.error().message();
}

}  // namespace
}  // namespace pointsman::route
