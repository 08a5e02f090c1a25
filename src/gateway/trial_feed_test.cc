#include "gateway/trial_feed.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

TEST(TrialFeed, WantsNothingUntilSomebodyListens) {
  TrialFeed feed;
  EXPECT_FALSE(feed.wants_events());
  EXPECT_FALSE(feed.wants_requests());
  feed.listen(true, false);
  EXPECT_TRUE(feed.wants_events());
  EXPECT_FALSE(feed.wants_requests());
}

TEST(TrialFeed, WantsOnlyAsManyRequestsBetweenTwoTakesAsItKeeps) {
  TrialFeed feed;
  feed.listen(false, true);
  for (std::size_t i = 0; i < TrialFeed::kSeen; ++i) {
    EXPECT_TRUE(feed.wants_requests()) << i;
    feed.show({.text = std::to_string(i)});
  }
  EXPECT_FALSE(feed.wants_requests());
  feed.show({.text = "of a worker that had asked before"});
  const auto taken = feed.take();
  ASSERT_EQ(taken.seen.size(), TrialFeed::kSeen);
  EXPECT_EQ(taken.seen.back().text, std::to_string(TrialFeed::kSeen - 1));
  EXPECT_TRUE(feed.wants_requests());
}

TEST(TrialFeed, CountsTheEventsThatDidNotFit) {
  TrialFeed feed;
  for (std::size_t i = 0; i < TrialFeed::kEvents + 3; ++i) feed.note({.conversation = i});
  const auto taken = feed.take();
  EXPECT_EQ(taken.events.size(), TrialFeed::kEvents);
  EXPECT_EQ(taken.lost, 3U);
}

}  // namespace
}  // namespace pointsman::gateway
