// Who looks for a new configuration in the database, and when.
#include "app/config_watch.h"

#include <gtest/gtest.h>

#include "support/told_feed.h"

namespace pointsman::app {
namespace {

using test::Said;
using test::ToldFeed;

class ConfigWatchTest : public testing::Test {
 protected:
  ConfigWatchTest()
      : watch_(
            std::make_unique<ToldFeed>(said_),
            [this]() -> base::Result<std::int64_t> {
              ++looks_;
              if (!answers_) return base::fail(base::ErrorCode::kConnect, "too many connections");
              return newest_;
            },
            1, clock_) {}
  void tell() { said_.changed[static_cast<std::size_t>(ledger::Change::kConfig)] = true; }

  base::ManualClock clock_;
  Said said_;
  int looks_ = 0;
  bool answers_ = true;
  std::int64_t newest_ = 1;
  ConfigWatch watch_;
};

TEST_F(ConfigWatchTest, LooksWhenItIsTold) {
  EXPECT_FALSE(watch_.changed());
  EXPECT_EQ(looks_, 0);
  newest_ = 2;
  tell();
  EXPECT_TRUE(watch_.changed());
  EXPECT_FALSE(watch_.changed());
  EXPECT_EQ(looks_, 1);
}

TEST_F(ConfigWatchTest, WhatWasPutBetweenReadingAndListeningIsAChange) {
  newest_ = 2;
  tell();  // as a feed does that has just connected
  EXPECT_TRUE(watch_.changed());
}

TEST_F(ConfigWatchTest, ALookThatFailsIsMadeAgain) {
  newest_ = 2;
  answers_ = false;
  tell();
  EXPECT_FALSE(watch_.changed());
  EXPECT_FALSE(watch_.changed());
  EXPECT_EQ(looks_, 1) << "not at once";
  answers_ = true;
  clock_.advance(ConfigWatch::kAgain);
  EXPECT_TRUE(watch_.changed());
}

TEST_F(ConfigWatchTest, LooksNowAndThenIfNothingIsTold) {
  newest_ = 2;
  clock_.advance(ConfigWatch::kLookAnyway);
  EXPECT_TRUE(watch_.changed());
  EXPECT_FALSE(watch_.changed());
  EXPECT_EQ(looks_, 1);
}

TEST_F(ConfigWatchTest, NobodyAsksADatabaseThatDoesNotAnswer) {
  said_.connected = false;
  tell();
  clock_.advance(ConfigWatch::kLookAnyway);
  EXPECT_FALSE(watch_.changed());
  EXPECT_EQ(looks_, 0);
  said_.connected = true;
  newest_ = 2;
  EXPECT_TRUE(watch_.changed());
}

}  // namespace
}  // namespace pointsman::app
