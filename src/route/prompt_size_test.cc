#include "route/prompt_size.h"

#include <gtest/gtest.h>

#include "route/ranking.h"

namespace pointsman::route {
namespace {

MarketModel make(std::string name, std::int64_t price, std::int64_t window) {
  MarketModel one;
  one.model.name = one.model.upstream_name = std::move(name);
  one.model.provider = "p";
  one.model.context_window = window;
  one.model.prices = {base::TokenPrice{price}, {}, base::TokenPrice{price}};
  return one;
}

Market build() {
  auto market = Market::build({make("thrifty", 100'000, 1'000), make("wordy", 90'000, 1'000)},
                              {{"simple", {"thrifty", "wordy"}}}, {"thrifty"});
  EXPECT_TRUE(market.has_value());
  return *market;
}

const classify::Verdict kSimple{.category = 0, .stage = classify::Stage::kLocal};

TEST(PromptSize, WhereAllModelsCountAlikeTheCheaperOneIsFirst) {
  const Market market = build();
  Ranked ranked;
  ASSERT_TRUE(rank({{}, 500, 100}, kSimple, market, {}, ranked));
  EXPECT_EQ(ranked.candidates.front().model, 1U);
}

TEST(PromptSize, AModelThatMakesMoreTokensOfAPromptCostsMore) {
  const Market market = build();
  const std::vector<PromptSize> sizes = {{500, 500}, {700, 750}};
  Ranked ranked;
  ASSERT_TRUE(rank({{}, 500, 100}, kSimple, market, {.prompts = sizes}, ranked));
  EXPECT_EQ(ranked.candidates.front().model, 0U);
  EXPECT_EQ(ranked.candidates.back().expected_cost, (base::Money{(700 + 100) * 90}));
}

TEST(PromptSize, AWindowMustHoldTheMostThatThePromptMayHave) {
  const Market market = build();
  const std::vector<PromptSize> sizes = {{850, 850}, {850, 901}};
  const llm::Requirements needs{{}, 850, 100};
  EXPECT_FALSE(misfit(needs, market, 0, sizes));
  const auto wordy = misfit(needs, market, 1, sizes);
  ASSERT_TRUE(wordy);
  EXPECT_EQ(wordy->misfit, Misfit::kContextWindow);
  EXPECT_EQ(wordy->needed, 1'001);
  EXPECT_FALSE(misfit(needs, market, 1)) << "as the request counts itself";
}

TEST(PromptSize, TheLedgersTextGivesTheSameSizesAgain) {
  const Market market = build();
  const std::vector<PromptSize> sizes = {{500, 500}, {700, 750}};
  const std::string text = describe_sizes("o200k_base", 500, sizes, market);
  EXPECT_EQ(text, "o200k_base calibrated wordy=700/750;");
  const auto again = read_sizes(text, 500, market);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].expected, 500);
  EXPECT_EQ(again[1].expected, 700);
  EXPECT_EQ(again[1].most, 750);
  const std::vector<PromptSize> both = {{5, 6}, {7, 8}};
  EXPECT_EQ(describe_sizes("bytes", 4, both, market), "bytes calibrated thrifty=5/6; wordy=7/8;");
  EXPECT_EQ(read_sizes("bytes calibrated thrifty=5/6; wordy=7/8;", 4, market)[1].most, 8);
}

TEST(PromptSize, WithoutOtherSizesThereIsNothingToRead) {
  const Market market = build();
  const std::vector<PromptSize> same = {{500, 500}, {500, 500}};
  EXPECT_EQ(describe_sizes("o200k_base", 500, same, market), "o200k_base");
  for (const std::string_view text :
       {"", "o200k_base", "estimate", "o200k_base calibrated other=7/8;", "o200k_base calibrated wordy=700/75",
        "o200k_base calibrated wordy=9/8;", "o200k_base calibrated wordy=x/8;", "o200k_base calibrated wordy;"}) {
    EXPECT_TRUE(read_sizes(text, 500, market).empty()) << text;
  }
}

}  // namespace
}  // namespace pointsman::route
