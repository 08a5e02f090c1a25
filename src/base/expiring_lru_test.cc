#include "base/expiring_lru.h"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::base {
namespace {

using namespace std::chrono_literals;
constexpr MonoTime kNow{1h};

TEST(ExpiringLru, ForgetsWhatWasUsedLongestAgo) {
  ExpiringLru<std::string, int> cache(2, 1min);
  cache.put("a", 1, kNow);
  cache.put("b", 2, kNow);
  ASSERT_NE(cache.find("a", kNow), nullptr);
  cache.put("c", 3, kNow);
  EXPECT_EQ(cache.find("b", kNow), nullptr);
  EXPECT_EQ(*cache.find("a", kNow), 1);
  EXPECT_EQ(*cache.find("c", kNow), 3);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(ExpiringLru, GivesNothingBackAfterItsTime) {
  ExpiringLru<std::string, int> cache(2, 1min);
  cache.put("a", 1, kNow);
  EXPECT_NE(cache.find("a", kNow + 59s), nullptr);
  EXPECT_EQ(cache.find("a", kNow + 60s), nullptr) << "being used does not make it younger";
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpiringLru, ReplacesAndRejuvenates) {
  ExpiringLru<std::string, int> cache(2, 1min);
  cache.put("a", 1, kNow);
  cache.put("a", 2, kNow + 30s);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(*cache.find("a", kNow + 80s), 2);
}

TEST(ExpiringLru, KeepsNothingWithoutRoom) {
  ExpiringLru<std::string, int> cache(0, 1min);
  cache.put("a", 1, kNow);
  EXPECT_EQ(cache.find("a", kNow), nullptr);
}

}  // namespace
}  // namespace pointsman::base
