#include "watch/conversation_tally.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

constexpr std::uint32_t kHorizon = 10;

// Lets the first horizon pass with conversations that are not heard of again.
void warm_up(ConversationTally& tally, std::uint32_t horizon = kHorizon) {
  for (std::uint64_t i = 0; i < horizon; ++i) EXPECT_FALSE(tally.observe(1'000'000 + i, Arm::kChampion, 1.0));
}

TEST(ConversationTally, AddsUpTheRequestsWithinTheHorizon) {
  ConversationTally tally(kHorizon);
  warm_up(tally);
  tally.observe(7, Arm::kCanary, 1.5);
  tally.observe(7, Arm::kCanary, 2.0);
  for (std::uint64_t i = 0; i < kHorizon - 2; ++i) EXPECT_FALSE(tally.observe(100 + i, Arm::kChampion, 1.0));
  const auto over = tally.observe(7, Arm::kCanary, 64.0);  // the horizon has passed
  ASSERT_TRUE(over);
  EXPECT_EQ(over->arm, Arm::kCanary);
  EXPECT_EQ(over->cost, 3.5);
}

TEST(ConversationTally, KnowsNoCostWhereThatOfOneRequestIsUnknown) {
  ConversationTally tally(1);
  warm_up(tally, 1);
  tally.observe(7, Arm::kCanary, {});
  const auto over = tally.observe(8, Arm::kCanary, 1.0);
  ASSERT_TRUE(over);
  EXPECT_FALSE(over->cost);
}

TEST(ConversationTally, LeavesOutWhatMayHaveBegunBeforeItWatched) {
  ConversationTally tally(kHorizon);
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(tally.observe(static_cast<std::uint64_t>(i) % 5, Arm::kCanary, 1.0));
}

TEST(ConversationTally, CountsAConversationOnceHoweverLongItGoesOn) {
  ConversationTally tally(kHorizon);
  warm_up(tally);
  int told = 0;
  for (int i = 0; i < 500; ++i) told += tally.observe(7, Arm::kCanary, 1.0) ? 1 : 0;
  EXPECT_EQ(told, 1);
}

TEST(ConversationTally, ForgetsAConversationThatIsNotHeardOf) {
  ConversationTally tally(kHorizon);
  warm_up(tally);
  tally.observe(7, Arm::kCanary, 1.0);
  for (std::uint64_t i = 0; i < 10 * kHorizon; ++i) tally.observe(8, Arm::kChampion, 1.0);
  EXPECT_EQ(tally.size(), 1U);
}

// The same by a map and no bound: what conversations cost within their horizon, in the order in which they began.
TEST(ConversationTally, AgreesWithASlowOneOnRandomTraffic) {
  for (const std::uint32_t horizon : {1U, 2U, 17U, 300U}) {
    base::Rng rng(horizon);
    ConversationTally tally(horizon);
    struct Slow {
      std::uint64_t begun = 0;
      std::uint64_t last = 0;
      double cost = 0;
    };
    std::map<std::uint64_t, Slow> slow;
    std::map<std::uint64_t, std::uint64_t> due;  // by the request with which the horizon has passed
    for (std::uint64_t request = 1; request <= 5000; ++request) {
      // Never heard of again after about one horizon, so that forgetting makes no difference.
      const std::uint64_t id = request / (horizon + 1) * 1000 + rng.below(horizon + 1);
      const double cost = static_cast<double>(rng.below(100));
      const auto over = tally.observe(id, Arm::kCanary, cost);
      const auto expected = due.find(request);
      ASSERT_EQ(over.has_value(), expected != due.end()) << horizon << ' ' << request;
      if (over) ASSERT_EQ(over->cost, slow[expected->second].cost);
      const auto [at, is_new] = slow.try_emplace(id, Slow{.begun = request});
      if (is_new && request > horizon) due[request + horizon] = id;
      if (request < at->second.begun + horizon) at->second.cost += cost;
    }
    EXPECT_LE(tally.size(), 2U * horizon);
  }
}

TEST(ConversationTally, StaysWithinItsMemoryWhateverTheTraffic) {
  for (const std::uint32_t horizon : {0U, 1U, 5U, 64U}) {
    ConversationTally tally(horizon);
    base::Rng rng(3);
    std::size_t most = 0;
    for (int i = 0; i < 50'000; ++i) {
      // Bursts of new conversations, then the same few dozen again and again.
      const std::uint64_t id = i / 100 % 2 == 0 ? rng.next() : rng.below(4 * horizon + 1);
      tally.observe(id, Arm::kChampion, 1.0);
      most = std::max(most, tally.size());
    }
    EXPECT_LE(most, 2U * std::max(horizon, 1U));
  }
}

}  // namespace
}  // namespace pointsman::watch
