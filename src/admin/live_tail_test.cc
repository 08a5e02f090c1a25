#include "admin/live_tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

ledger::Entry entry(std::uint8_t number, std::string category) {
  ledger::Entry out;
  out.id.bytes[0] = number;
  out.category = std::move(category);
  return out;
}

TEST(LiveTail, GivesEachWatcherWhatFitsItsFilter) {
  LiveTail tail;
  int woken = 0;
  tail.publish(entry(1, "code"));
  const auto all = tail.sit({}, [&] { ++woken; });
  const auto some = tail.sit({.category = "code"}, [] {});
  tail.publish(entry(2, "code"));
  tail.publish(entry(3, "chat"));
  EXPECT_EQ(woken, 1);  // for the first; the second came before anybody had read
  const auto news = all->take();
  ASSERT_EQ(news.rows.size(), 2U);
  EXPECT_EQ(news.rows[1].id, entry(3, "").id.to_string());
  EXPECT_THAT(news.rows[1].json, testing::HasSubstr("\"category\":\"chat\""));
  EXPECT_EQ(some->take().rows.size(), 1U);
  EXPECT_TRUE(all->take().rows.empty());
  tail.publish(entry(4, "chat"));
  EXPECT_EQ(woken, 2);
}

TEST(LiveTail, LeavesOutTheOldestForWhoReadsTooSlowlyAndCounts) {
  LiveTail tail;
  const auto seat = tail.sit({}, [] {});
  for (std::size_t i = 0; i < Seat::kMost + 7; ++i) tail.publish(entry(static_cast<std::uint8_t>(i), "x"));
  const auto news = seat->take();
  EXPECT_EQ(news.rows.size(), Seat::kMost);
  EXPECT_EQ(news.missed, 7U);
  EXPECT_EQ(seat->take().missed, 0U);
}

TEST(LiveTail, SeatsAreFewAndGivenBack) {
  LiveTail tail;
  std::vector<std::shared_ptr<Seat>> seats;
  for (std::size_t i = 0; i < LiveTail::kSeats; ++i) seats.push_back(tail.sit({}, [] {}));
  EXPECT_EQ(tail.sit({}, [] {}), nullptr);
  seats.pop_back();
  EXPECT_NE(tail.sit({}, [] {}), nullptr);
}

}  // namespace
}  // namespace pointsman::admin
