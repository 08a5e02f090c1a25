// What waits for the collector, and what becomes of it when that fails.
#include "trace/outbox.h"

#include <gmock/gmock.h>

namespace pointsman::trace {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kStart{1h};

Batch batch(std::size_t spans, std::size_t bytes = 10) {
  return {std::string(bytes, 'x'), spans};
}

TEST(SpanOutbox, GivesOneBatchAtATimeTheOldestFirst) {
  Outbox outbox({}, 1);
  EXPECT_EQ(outbox.put(batch(1)), 0U);
  EXPECT_EQ(outbox.put(batch(2)), 0U);
  const Batch* first = outbox.take(kStart);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->spans, 1U);
  EXPECT_EQ(outbox.take(kStart), nullptr);
  EXPECT_EQ(outbox.finish(Verdict::kTaken, {}, kStart), 0U);
  EXPECT_EQ(outbox.take(kStart)->spans, 2U);
  EXPECT_EQ(outbox.finish(Verdict::kTaken, {}, kStart), 0U);
  EXPECT_TRUE(outbox.empty());
}

TEST(SpanOutbox, TriesAgainLaterAndLater) {
  Outbox outbox({.first = 1s, .longest = 8s, .attempts = 6}, 1);
  outbox.put(batch(3));
  base::MonoTime now = kStart;
  for (const base::Duration most :
       {base::Duration(1s), base::Duration(2s), base::Duration(4s), base::Duration(8s), base::Duration(8s)}) {
    ASSERT_NE(outbox.take(now), nullptr);
    EXPECT_EQ(outbox.finish(Verdict::kRetry, {}, now), 0U);
    const base::MonoTime due = *outbox.next_due();
    EXPECT_GE(due - now, most / 2);
    EXPECT_LE(due - now, most);
    EXPECT_EQ(outbox.take(due - 1ns), nullptr);
    now = due;
  }
  ASSERT_NE(outbox.take(now), nullptr);
  EXPECT_EQ(outbox.finish(Verdict::kRetry, {}, now), 3U) << "the sixth failure is the last";
  EXPECT_TRUE(outbox.empty());
}

TEST(SpanOutbox, WaitsAsLongAsItIsAskedToWithinReason) {
  Outbox outbox({.first = 1s, .asked_most = 60s}, 1);
  outbox.put(batch(1));
  (void)outbox.take(kStart);
  outbox.finish(Verdict::kRetry, 20s, kStart);
  EXPECT_EQ(*outbox.next_due(), kStart + 20s);
  (void)outbox.take(kStart + 20s);
  outbox.finish(Verdict::kRetry, 24h, kStart + 20s);
  EXPECT_EQ(*outbox.next_due(), kStart + 80s);
}

TEST(SpanOutbox, DropsWhatIsRefusedAndGoesOnAtOnce) {
  Outbox outbox({}, 1);
  outbox.put(batch(4));
  outbox.put(batch(5));
  (void)outbox.take(kStart);
  EXPECT_EQ(outbox.finish(Verdict::kRefused, {}, kStart), 4U);
  EXPECT_EQ(outbox.take(kStart)->spans, 5U);
}

TEST(SpanOutbox, MakesRoomWithTheOldestButForTheOneUnderWay) {
  Outbox outbox({.max_bytes = 30}, 1);
  EXPECT_EQ(outbox.put(batch(1)), 0U);
  EXPECT_EQ(outbox.put(batch(2)), 0U);
  EXPECT_EQ(outbox.put(batch(3)), 0U);
  EXPECT_EQ(outbox.put(batch(4)), 1U);
  EXPECT_EQ(outbox.take(kStart)->spans, 2U);
  EXPECT_EQ(outbox.put(batch(5)), 3U);
  EXPECT_EQ(outbox.put(batch(9, 31)), 9U) << "it alone is too large";
  EXPECT_EQ(outbox.finish(Verdict::kTaken, {}, kStart), 0U);
  EXPECT_EQ(outbox.clear(), 9U);
  EXPECT_TRUE(outbox.empty());
}

TEST(SpanOutbox, KnowsWhichAnswersAreWorthAnotherTry) {
  for (const int status : {200, 202, 204}) EXPECT_EQ(verdict_of(status), Verdict::kTaken) << status;
  for (const int status : {0, 429, 502, 503, 504}) EXPECT_EQ(verdict_of(status), Verdict::kRetry) << status;
  for (const int status : {301, 307, 400, 401, 404, 413, 500})
    EXPECT_EQ(verdict_of(status), Verdict::kRefused) << status;
}

}  // namespace
}  // namespace pointsman::trace
