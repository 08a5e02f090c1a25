// Where a request's node is found: where it was seen last, or wherever it is by now.
#include "gateway/quota_desk.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

limits::QuotaDefinition owners(std::vector<std::string> names) {
  limits::QuotaDefinition out;
  for (std::string& one : names) {
    out.nodes.push_back({.name = std::move(one), .parent = "", .limits = {}, .end_users = {}});
    out.nodes.back().limits.rates.concurrent_requests = 1;
  }
  return out;
}

TEST(QuotaDesk, EntersWhereTheNodeWasOrWhereItIsByNow) {
  const base::ManualClock clock;
  QuotaDesk desk(clock);
  EXPECT_EQ(desk.find("a"), limits::NodeRef());
  ASSERT_TRUE(desk.configure(owners({"a", "b"}), {}).has_value());
  const limits::NodeRef a = desk.find("a");
  ASSERT_NE(a, limits::NodeRef());

  const auto place = desk.enter("a", "", a);
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->node, a);
  EXPECT_FALSE(desk.enter("a", "", a).has_value()) << "one at a time";
  EXPECT_EQ(desk.enter("b", "", a).value_or(Place()).node, desk.find("b")) << "whatever else is there";
  desk.leave(place->request);

  ASSERT_TRUE(desk.configure(owners({"b"}), {}).has_value());
  const auto gone = desk.enter("a", "", a);
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().limit, limits::LimitKind::kUnknownNode);
  ASSERT_TRUE(desk.configure(owners({"c", "a"}), {}).has_value());
  const auto again = desk.enter("a", "", a);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->node, desk.find("a"));
  EXPECT_NE(again->node, a);
}

TEST(QuotaDesk, ADaysEndIsSeenAMillisecondLateAtMost) {
  base::ManualClock clock(base::WallTime(std::chrono::days(20'000)) - std::chrono::milliseconds(1));
  QuotaDesk desk(clock);
  limits::QuotaDefinition definition = owners({"a"});
  definition.nodes[0].limits.budgets = {{limits::Period::kDay, 100, std::nullopt}};
  ASSERT_TRUE(desk.configure(definition, {}).has_value());
  const limits::NodeRef a = desk.find("a");
  ASSERT_TRUE(desk.reserve(a, {.nanos = 100, .tokens = 1, .requests = 0}).has_value());
  EXPECT_FALSE(desk.reserve(a, {.nanos = 100, .tokens = 1, .requests = 0}).has_value());
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(desk.reserve(a, {.nanos = 100, .tokens = 1, .requests = 0}).has_value());
}

}  // namespace
}  // namespace pointsman::gateway
