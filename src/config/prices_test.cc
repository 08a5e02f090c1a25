// What a configuration may say of prices, and how it is kept.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/overlay.h"
#include "config/policy.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string with_price(const std::string& price) {
  return "providers: {openai: {api_key: k}}\n"
         "models: {m: {provider: openai, price: {" +
         price + "}}}\nrouter: {fallback: [m]}\n";
}

constexpr const char* kEverything =
    "input: 5, cached_input: 0.5, output: 25, cache_write: 6.25, long_cache_write: 10, reasoning: 30, image: 0.002, "
    "batch: 50%, flex: 50%, priority: 200%, tiers: [{above: 200000, input: 10, cached_input: 1, output: 37.5, "
    "cache_write: 12.5}, "
    "{above: 500000, input: 20, output: 50}]";

TEST(Prices, CanBeGivenForEveryPartAndByLengthOfThePrompt) {
  FakeHost host;
  const auto config = host.load(with_price(kEverything));
  ASSERT_TRUE(config) << config.error().front().to_string();
  const route::Prices& price = config->models[0].price;
  EXPECT_EQ(price.cache_write, base::TokenPrice{6'250'000});
  EXPECT_EQ(price.long_cache_write, base::TokenPrice{10'000'000});
  EXPECT_EQ(price.reasoning, base::TokenPrice{30'000'000});
  EXPECT_EQ(price.image, base::Money{2'000'000});
  EXPECT_EQ(price.batch, 0.5);
  EXPECT_EQ(price.flex, 0.5);
  EXPECT_EQ(price.priority, 2.0);
  ASSERT_EQ(price.tiers.size(), 2U);
  EXPECT_EQ(price.tiers[0].above, 200'000);
  EXPECT_EQ(price.tiers[0].cache_write, base::TokenPrice{12'500'000});
  EXPECT_EQ(price.tiers[1].output, base::TokenPrice{50'000'000});
  EXPECT_FALSE(price.tiers[1].cached_input);
}

TEST(Prices, TiersRiseAndAreWholePrices) {
  FakeHost host;
  EXPECT_THAT(host.problems(with_price("tiers: [{above: 5, input: 1, output: 1}, {above: 5, input: 1, output: 1}]")),
              HasSubstr("models.m.price.tiers[1].above: is not more than that of the tier before"));
  EXPECT_THAT(host.problems(with_price("tiers: [{above: 5, output: 1}]")), HasSubstr("tiers[0].input: is missing"));
  EXPECT_THAT(host.problems(with_price("tiers: [{above: 0, input: 1, output: 1}]")), HasSubstr("tiers[0].above"));
}

TEST(Prices, OfTheCatalogueFillWhatIsLeftOutWhereTheRestAgrees) {
  FakeHost host;
  const auto lookup = [](std::string_view) -> std::optional<route::Model> {
    route::Model facts;
    facts.prices = {.input = base::TokenPrice{5'000'000},
                    .output = base::TokenPrice{25'000'000},
                    .cache_write = base::TokenPrice{6'250'000}};
    return facts;
  };
  auto agrees = host.load(with_price("input: 5, output: 25"));
  auto differs = host.load(with_price("input: 4, output: 25"));
  ASSERT_TRUE(agrees && differs);
  overlay(*agrees, lookup);
  overlay(*differs, lookup);
  EXPECT_EQ(agrees->models[0].price.cache_write, base::TokenPrice{6'250'000});
  EXPECT_FALSE(differs->models[0].price.cache_write);
}

TEST(Prices, StandInThePolicyDocumentAsFarAsTheyAreKnown) {
  FakeHost host;
  const auto config = host.load(with_price(kEverything));
  ASSERT_TRUE(config);
  const std::string document = policy_document(policy_of(*config));
  const auto again = read_policy(document);
  ASSERT_TRUE(again) << again.error().place() << again.error().message();
  EXPECT_EQ(policy_document(*again), document);
  EXPECT_EQ(again->models[0].prices, config->models[0].price);

  const auto plain = host.load(with_price("input: 1, output: 2"));
  ASSERT_TRUE(plain);
  EXPECT_THAT(policy_document(policy_of(*plain)), Not(HasSubstr("cache_write")));
  EXPECT_THAT(policy_document(policy_of(*plain)), Not(HasSubstr("tiers")));
}

}  // namespace
}  // namespace pointsman::config
