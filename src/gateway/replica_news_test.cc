#include "gateway/replica_news.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kNow{1h};

TEST(ReplicaNews, WhatIsTakenLateIsAsOldAsItIs) {
  ReplicaNews news;
  news.conversation({.conversation = 1, .last = {.model = 2, .tokens = 3}}, kNow);
  news.failing({.target = {}, .left = 60s}, kNow + 1s);
  const auto taken = news.take(kNow + 41s);
  ASSERT_EQ(taken.conversations.size(), 1U);
  EXPECT_EQ(taken.conversations[0].last.age, 41s);
  EXPECT_EQ(taken.conversations[0].last.tokens, 3);
  ASSERT_EQ(taken.failures.size(), 1U);
  EXPECT_EQ(taken.failures[0].left, 20s);
  EXPECT_TRUE(news.take(kNow + 42s).conversations.empty()) << "once";
}

TEST(ReplicaNews, TheOldestMakesRoom) {
  ReplicaNews news;
  for (std::uint64_t i = 1; i <= ReplicaNews::kConversations + 5; ++i) news.conversation({.conversation = i}, kNow);
  const auto taken = news.take(kNow);
  ASSERT_EQ(taken.conversations.size(), ReplicaNews::kConversations);
  EXPECT_EQ(taken.conversations.front().conversation, 6U);
}

}  // namespace
}  // namespace pointsman::gateway
