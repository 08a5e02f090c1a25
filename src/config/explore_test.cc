// What may be said of exploration, and what is refused.
#include <gmock/gmock.h>

#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;

std::string with(std::string_view router) {
  return "providers: {p: {base_url: \"http://127.0.0.1:1/v1\"}}\n"
         "models: {small: {provider: p}, large: {provider: p}}\n"
         "categories: {easy: {models: [small]}}\n"
         "router: {fallback: [large], " +
         std::string(router) + "}\n";
}

TEST(ExploreConfig, IsOffUnlessSet) {
  FakeHost host;
  const auto config = host.load(with("default_threshold: 0.5"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  EXPECT_FALSE(config->router.explore.has_value());
}

TEST(ExploreConfig, IsReadWithItsDefaults) {
  FakeHost host;
  const auto config = host.load(with("explore: {max_cost_per_day: 2.50}"));
  ASSERT_TRUE(config) << config.error().front().to_string();
  const ExploreConfig& explore = *config->router.explore;
  EXPECT_DOUBLE_EQ(explore.share, 0.01);
  EXPECT_EQ(explore.max_cost_per_day, base::Money{2'500'000'000});
  EXPECT_FALSE(explore.down);
}

TEST(ExploreConfig, NeedsALimitInMoney) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("explore: {share: 2%}")), HasSubstr("router.explore.max_cost_per_day"));
}

TEST(ExploreConfig, ExploringDownContradictsAPromise) {
  FakeHost host;
  const std::string problems = host.problems(
      with("explore: {max_cost_per_day: 1, down: true}, risk: {under_routing: 2%, certificate: cert.json}"));
  EXPECT_THAT(problems, HasSubstr("router.explore.down: sends requests to weaker models than router.risk promises"));
}

}  // namespace
}  // namespace pointsman::config
