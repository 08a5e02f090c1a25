#include "route/conversation_memory.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/rng.h"

namespace pointsman::route {
namespace {

using std::chrono::seconds;

TEST(ConversationMemory, KnowsWhatWasNotedLast) {
  ConversationMemory memory;
  EXPECT_FALSE(memory.find(7, seconds(0)));
  memory.note(7, {.model = 9, .tokens = 40'000, .kept = true}, seconds(1000));
  memory.note(7, {.model = 12345, .tokens = 50'000}, seconds(1600));
  const auto last = memory.find(7, seconds(1700));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->model, 12345U);
  EXPECT_FALSE(last->kept);
  EXPECT_NEAR(static_cast<double>(last->tokens), 50'000, 600);
  EXPECT_GE(last->age, seconds(84));
  EXPECT_LE(last->age, seconds(116));
}

TEST(ConversationMemory, HoldsTokensToWithinTwoPercent) {
  ConversationMemory memory;
  for (std::int64_t tokens = 1; tokens < 2'000'000'000; tokens = tokens * 9 / 8 + 1) {
    memory.note(7, {.model = 1, .tokens = tokens}, seconds(0));
    const auto held = static_cast<double>(memory.find(7, seconds(0))->tokens);
    EXPECT_NEAR(held, static_cast<double>(tokens), 0.5 + 0.011 * static_cast<double>(tokens));
  }
  for (const std::int64_t tokens : {std::int64_t{0}, std::int64_t{-3}}) {
    memory.note(7, {.model = 1, .tokens = tokens}, seconds(0));
    EXPECT_EQ(memory.find(7, seconds(0))->tokens, 0);
  }
  memory.note(7, {.model = 1, .tokens = INT64_MAX}, seconds(0));
  EXPECT_GT(memory.find(7, seconds(0))->tokens, 4'000'000'000);
}

TEST(ConversationMemory, GivesAPlaceToWhoComesLater) {
  ConversationMemory memory;
  constexpr std::uint64_t kSamePlace = 7 + (std::uint64_t{1} << 20);
  memory.note(7, {.model = 1, .tokens = 1024}, seconds(0));
  EXPECT_FALSE(memory.find(kSamePlace, seconds(0))) << "another conversation at the same place";
  memory.note(kSamePlace, {.model = 2, .tokens = 2048}, seconds(0));
  EXPECT_FALSE(memory.find(7, seconds(0)));
  EXPECT_EQ(memory.find(kSamePlace, seconds(0))->model, 2U);
}

TEST(ConversationMemory, NobodysConversationIsNotKept) {
  ConversationMemory memory;
  memory.note(0, {.model = 1, .tokens = 1024}, seconds(0));
  EXPECT_FALSE(memory.find(0, seconds(0)));
}

TEST(ConversationMemory, CountsAgesAcrossTheEndOfItsClock) {
  ConversationMemory memory;
  constexpr seconds kLap(16LL << 15);
  memory.note(7, {.model = 1, .tokens = 1024}, kLap - seconds(32));
  EXPECT_EQ(memory.find(7, kLap + seconds(64))->age, seconds(96));
}

// Meant for ThreadSanitizer. Each thread notes words whose parts belong together; whoever reads gets one of them whole.
TEST(ConversationMemory, ThreadsSeeWholeWords) {
  ConversationMemory memory;
  std::vector<std::thread> threads;
  std::atomic<int> torn{0};
  for (std::uint32_t who = 1; who <= 4; ++who) {
    threads.emplace_back([&memory, &torn, who] {
      base::Rng rng(who);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t conversation = 1 + rng.next() % 8;
        memory.note(conversation, {.model = who, .tokens = std::int64_t{1} << (who + 10), .kept = who % 2 == 0},
                    seconds(16 * who));
        const auto seen = memory.find(conversation, seconds(80));
        const bool whole = seen && seen->tokens == std::int64_t{1} << (seen->model + 10) &&
                           seen->kept == (seen->model % 2 == 0) && seen->age == seconds(80 - 16 * seen->model);
        if (!whole) torn.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(torn.load(), 0);
}

}  // namespace
}  // namespace pointsman::route
