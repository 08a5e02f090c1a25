#include "answers/response_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"

namespace pointsman::answers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMega = std::size_t{1} << 20;
const base::MonoTime kNow{1h};

AnswerKey key(int number) {
  return base::sha256(std::to_string(number));
}
// One of those that share a shard.
AnswerKey neighbour(int number) {
  AnswerKey out = key(number);
  out.back() = 0;
  return out;
}

KeptAnswerPtr answer(std::string body, std::uint64_t snapshot = 1) {
  return std::make_shared<const KeptAnswer>(KeptAnswer{.body = std::move(body), .model = "m", .snapshot = snapshot});
}

std::string body_of(ResponseCache& cache, const AnswerKey& key, base::MonoTime now = kNow) {
  const auto found = cache.find(key, now);
  return found ? found->answer->body : "(none)";
}

TEST(ResponseCache, GivesWhatWasPutAndSaysHowOldItIs) {
  ResponseCache cache(kMega);
  EXPECT_FALSE(cache.find(key(1), kNow));
  EXPECT_TRUE(cache.put(key(1), answer("one"), kNow, 1min));
  const auto found = cache.find(key(1), kNow + 7s);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->answer->body, "one");
  EXPECT_EQ(found->age, 7s);
  EXPECT_FALSE(cache.find(key(2), kNow));
}

TEST(ResponseCache, GivesNothingFromTheEndOfItsTimeOn) {
  ResponseCache cache(kMega);
  cache.put(key(1), answer("one"), kNow, 1min);
  EXPECT_EQ(body_of(cache, key(1), kNow + 1min - 1ns), "one");
  EXPECT_TRUE(cache.contains(key(1), kNow + 1min - 1ns));
  EXPECT_FALSE(cache.contains(key(1), kNow + 1min));
  EXPECT_EQ(body_of(cache, key(1), kNow + 1min), "(none)");
  EXPECT_EQ(cache.size(), 0U) << "and its memory is free";
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(ResponseCache, UseDoesNotMakeAnAnswerYounger) {
  ResponseCache cache(kMega);
  cache.put(key(1), answer("one"), kNow, 1min);
  EXPECT_EQ(body_of(cache, key(1), kNow + 50s), "one");
  EXPECT_EQ(body_of(cache, key(1), kNow + 70s), "(none)");
}

TEST(ResponseCache, ASecondAnswerTakesThePlaceOfTheFirst) {
  ResponseCache cache(kMega);
  cache.put(key(1), answer("one"), kNow, 1min);
  const std::size_t before = cache.bytes();
  cache.put(key(1), answer("two"), kNow + 30s, 1min);
  EXPECT_EQ(body_of(cache, key(1), kNow + 80s), "two");
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.bytes(), before);
}

TEST(ResponseCache, WhatWasUsedLongestAgoMakesRoom) {
  ResponseCache cache(8 * 64 * 1024);
  const std::string large(15 * 1024, 'x');  // four of a shard's
  for (int i = 0; i < 4; ++i) cache.put(neighbour(i), answer(large), kNow, 1h);
  EXPECT_EQ(cache.size(), 4U);
  (void)cache.find(neighbour(0), kNow);
  cache.put(neighbour(4), answer(large), kNow, 1h);
  EXPECT_EQ(body_of(cache, neighbour(0)), large);
  EXPECT_EQ(body_of(cache, neighbour(1)), "(none)");
  EXPECT_EQ(body_of(cache, neighbour(2)), large);
  EXPECT_EQ(body_of(cache, neighbour(4)), large);
}

TEST(ResponseCache, LookingWhetherItIsThereIsNoUse) {
  ResponseCache cache(8 * 64 * 1024);
  const std::string large(15 * 1024, 'x');
  for (int i = 0; i < 4; ++i) cache.put(neighbour(i), answer(large), kNow, 1h);
  EXPECT_TRUE(cache.contains(neighbour(0), kNow));
  cache.put(neighbour(4), answer(large), kNow, 1h);
  EXPECT_FALSE(cache.contains(neighbour(0), kNow));
}

TEST(ResponseCache, NeverHoldsMoreThanItsBytes) {
  base::Rng rng(7);
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{4096}, kMega, 4 * kMega}) {
    ResponseCache cache(capacity);
    for (int i = 0; i < 3'000; ++i) {
      cache.put(key(i), answer(std::string(rng.below(40'000), 'x')), kNow, std::chrono::seconds(rng.below(100)));
      ASSERT_LE(cache.bytes(), capacity);
    }
  }
}

TEST(ResponseCache, AnAnswerThatIsTooLargeIsNotKept) {
  ResponseCache small(8 * 64 * 1024);
  EXPECT_EQ(small.longest_answer(), 16U * 1024);
  EXPECT_TRUE(small.put(key(1), answer(std::string(16 * 1024, 'x')), kNow, 1h));
  EXPECT_FALSE(small.put(key(2), answer(std::string(16 * 1024 + 1, 'x')), kNow, 1h));
  EXPECT_EQ(small.size(), 1U);
  EXPECT_EQ(ResponseCache(1024 * kMega).longest_answer(), ResponseCache::kLongestAnswer);
}

TEST(ResponseCache, GrowsAndShrinks) {
  ResponseCache cache(8 * kMega);
  for (int i = 0; i < 100; ++i) cache.put(key(i), answer(std::string(10'000, 'x')), kNow, 1h);
  EXPECT_EQ(cache.size(), 100U);
  cache.resize(kMega / 4);
  EXPECT_LE(cache.bytes(), kMega / 4);
  EXPECT_GT(cache.size(), 0U);
  cache.resize(0);
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_FALSE(cache.put(key(1), answer(""), kNow, 1h));
}

TEST(ResponseCache, SweepingFreesWhatIsTooOld) {
  ResponseCache cache(8 * kMega);
  for (int i = 0; i < 100; ++i) cache.put(key(i), answer("x"), kNow, std::chrono::seconds(i + 1));
  cache.sweep(kNow + 60s);
  EXPECT_EQ(cache.size(), 40U);
  EXPECT_EQ(body_of(cache, key(60), kNow + 60s), "x");
  cache.sweep(kNow + 100s);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(ResponseCache, WhatOtherSnapshotsMadeIsFreed) {
  ResponseCache cache(8 * kMega);
  for (int i = 0; i < 30; ++i) cache.put(key(i), answer("x", static_cast<std::uint64_t>(i % 3)), kNow, 1h);
  cache.keep_only(std::array<std::uint64_t, 2>{0, 2});
  EXPECT_EQ(cache.size(), 20U);
  EXPECT_FALSE(cache.contains(key(1), kNow));
  EXPECT_TRUE(cache.contains(key(2), kNow));
}

TEST(ResponseCache, AnAnswerInUseOutlivesItsPlace) {
  ResponseCache cache(kMega);
  cache.put(key(1), answer("one"), kNow, 1min);
  const auto found = cache.find(key(1), kNow);
  cache.resize(0);
  EXPECT_EQ(found->answer->body, "one");
}

// Worth most under ThreadSanitizer.
TEST(ResponseCache, ManyThreadsNeverGetAnothersAnswer) {
  ResponseCache cache(kMega);
  const auto work = [&cache](std::uint64_t seed) {
    base::Rng rng(seed);
    for (int i = 0; i < 5'000; ++i) {
      const int number = static_cast<int>(rng.below(200));
      const base::MonoTime now = kNow + std::chrono::milliseconds(i);
      if (rng.below(3) == 0) {
        cache.put(key(number), answer(std::to_string(number)), now, std::chrono::milliseconds(rng.below(1'000)));
      } else if (const auto found = cache.find(key(number), now)) {
        EXPECT_EQ(found->answer->body, std::to_string(number));
      }
      if (rng.below(500) == 0) cache.sweep(now);
      if (rng.below(500) == 0) cache.resize(kMega / 8 + rng.below(kMega));
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (std::thread& one : threads) one.join();
  cache.sweep(kNow + 1h);
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace pointsman::answers
