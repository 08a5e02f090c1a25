// When events are sent, sent again and given up, on a clock that only the tests move.
#include "webhook/outbox.h"

#include <gtest/gtest.h>

namespace pointsman::webhook {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kStart{1h};

LetterPtr letter(std::string id) {
  return std::make_shared<const Letter>(Letter{std::move(id), "budget.warning", "{}"});
}

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() { outbox_.set_receivers({"a"}); }

  std::vector<std::string> take_all() {
    std::vector<std::string> out;
    while (const auto one = outbox_.take(now_)) {
      out.push_back(one->receiver + ":" + one->letter->id);
      outbox_.finish(one->number, Verdict::kDelivered, {}, now_);
    }
    return out;
  }

  Outbox outbox_{RetryPolicy{}, 1, 3};
  base::MonoTime now_ = kStart;
};

TEST_F(OutboxTest, SendsAtOnceAndInOrder) {
  outbox_.put(letter("1"), now_);
  outbox_.put(letter("2"), now_);
  EXPECT_EQ(take_all(), (std::vector<std::string>{"a:1", "a:2"}));
  EXPECT_EQ(outbox_.waiting(), 0U);
  EXPECT_FALSE(outbox_.next_due());
}

TEST_F(OutboxTest, SendsEveryReceiverEveryLetter) {
  outbox_.set_receivers({"a", "b"});
  outbox_.put(letter("1"), now_);
  EXPECT_EQ(take_all(), (std::vector<std::string>{"a:1", "b:1"}));
}

TEST_F(OutboxTest, HasOneDeliveryUnderWayForEachReceiver) {
  outbox_.set_receivers({"a", "b"});
  outbox_.put(letter("1"), now_);
  outbox_.put(letter("2"), now_);
  const auto first = outbox_.take(now_);
  const auto other = outbox_.take(now_);
  ASSERT_TRUE(first && other);
  EXPECT_NE(first->receiver, other->receiver);
  EXPECT_FALSE(outbox_.take(now_));
  EXPECT_EQ(outbox_.under_way(), 2U);
  outbox_.finish(first->number, Verdict::kDelivered, {}, now_);
  EXPECT_EQ(outbox_.take(now_)->letter->id, "2");
}

TEST_F(OutboxTest, TriesAgainLaterWithoutHoldingUpOthers) {
  outbox_.put(letter("1"), now_);
  outbox_.put(letter("2"), now_);
  const auto failed = outbox_.take(now_);
  const Outcome outcome = outbox_.finish(failed->number, Verdict::kRetry, {}, now_);
  ASSERT_EQ(outcome.fate, Fate::kRetried);
  EXPECT_EQ(take_all(), std::vector<std::string>{"a:2"});
  EXPECT_EQ(outbox_.next_due(), now_ + outcome.wait);
  now_ += outcome.wait - 1ns;
  EXPECT_FALSE(outbox_.take(now_));
  now_ += 1ns;
  const auto again = outbox_.take(now_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->letter->id, "1");
  EXPECT_EQ(again->attempt, 2);
}

TEST_F(OutboxTest, GivesUpAfterAboutADay) {
  outbox_.put(letter("1"), now_);
  int attempts = 0;
  for (;;) {
    const auto one = outbox_.take(now_);
    ASSERT_TRUE(one);
    ++attempts;
    const Outcome outcome = outbox_.finish(one->number, Verdict::kRetry, {}, now_);
    if (outcome.fate == Fate::kGivenUp) break;
    now_ += outcome.wait;
  }
  EXPECT_EQ(outbox_.waiting(), 0U);
  EXPECT_GT(attempts, 15);
  EXPECT_LE(attempts, 30);
  EXPECT_GT(now_ - kStart, 8h);
  EXPECT_LE(now_ - kStart, 24h);
}

TEST_F(OutboxTest, GivesUpAtOnceWhereTheReceiverIsGone) {
  outbox_.put(letter("1"), now_);
  EXPECT_EQ(outbox_.finish(outbox_.take(now_)->number, Verdict::kGone, {}, now_).fate, Fate::kGivenUp);
  EXPECT_EQ(outbox_.waiting(), 0U);
}

TEST_F(OutboxTest, LosesTheOldestThatIsNotUnderWayWhenItIsFull) {
  EXPECT_EQ(outbox_.put(letter("1"), now_), 0U);
  const auto first = outbox_.take(now_);
  EXPECT_EQ(outbox_.put(letter("2"), now_), 0U);
  EXPECT_EQ(outbox_.put(letter("3"), now_), 0U);
  EXPECT_EQ(outbox_.put(letter("4"), now_), 1U);
  EXPECT_EQ(outbox_.waiting(), 3U);
  EXPECT_EQ(outbox_.finish(first->number, Verdict::kDelivered, {}, now_).fate, Fate::kDelivered);
  EXPECT_EQ(take_all(), (std::vector<std::string>{"a:3", "a:4"}));
}

TEST_F(OutboxTest, ForgetsReceiversThatAreGoneAndKeepsTheOthers) {
  outbox_.set_receivers({"a", "b"});
  outbox_.put(letter("1"), now_);
  const auto under_way = outbox_.take(now_);
  ASSERT_EQ(under_way->receiver, "a");
  EXPECT_EQ(outbox_.set_receivers({"b", "c"}), 1U);
  EXPECT_EQ(outbox_.finish(under_way->number, Verdict::kRetry, {}, now_).fate, Fate::kUnknown);
  EXPECT_EQ(take_all(), std::vector<std::string>{"b:1"});
}

TEST(RetrySchedule, DoublesTheLongestWaitUpToABound) {
  const RetryPolicy policy;
  base::Rng rng(7);
  base::Duration seen[12]{};
  for (int round = 0; round < 2'000; ++round) {
    for (int attempt = 1; attempt <= 12; ++attempt) {
      const auto wait = next_wait(policy, attempt, base::Duration(0), {}, rng);
      ASSERT_TRUE(wait);
      ASSERT_GE(*wait, policy.least);
      seen[attempt - 1] = std::max(seen[attempt - 1], *wait);
    }
  }
  base::Duration most = policy.first;
  for (const base::Duration longest : seen) {
    EXPECT_LE(longest, most);
    EXPECT_GT(longest, most * 9 / 10) << "drawn from all of it";
    most = std::min(most * 2, policy.longest);
  }
}

TEST(RetrySchedule, WaitsAsLongAsItIsAskedUpToABound) {
  const RetryPolicy policy;
  base::Rng rng(1);
  EXPECT_EQ(next_wait(policy, 1, base::Duration(0), 300s, rng), 300s);
  EXPECT_EQ(next_wait(policy, 1, base::Duration(0), 24h, rng), policy.asked_most);
  EXPECT_LE(*next_wait(policy, 1, base::Duration(0), 0s, rng), policy.first);
}

TEST(RetrySchedule, EndsByAgeOrByNumber) {
  const RetryPolicy policy;
  base::Rng rng(1);
  EXPECT_FALSE(next_wait(policy, 30, base::Duration(0), {}, rng));
  EXPECT_FALSE(next_wait(policy, 3, 24h, {}, rng));
  EXPECT_TRUE(next_wait(policy, 29, 1h, {}, rng));
}

TEST(RetrySchedule, OnlyTwoHundredsDeliver) {
  for (const int status : {200, 202, 204, 299}) EXPECT_EQ(verdict_of(status), Verdict::kDelivered) << status;
  for (const int status : {0, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503}) {
    EXPECT_EQ(verdict_of(status), Verdict::kRetry) << status;
  }
  EXPECT_EQ(verdict_of(410), Verdict::kGone);
}

}  // namespace
}  // namespace pointsman::webhook
