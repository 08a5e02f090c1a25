#include "gateway/encoder_queue.h"

#include <gmock/gmock.h>

#include "support/encoders.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::FakeEncoder;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Job final : EncoderJob {
  void done() override {}
};

class EncoderQueueTest : public ::testing::Test {
 protected:
  EncoderJobPtr job(const std::string& text, const EncoderPtr& encoder, int deadline_ms = 1000) {
    auto made = std::make_shared<Job>();
    made->text = text;
    made->encoder = encoder;
    made->deadline = start_ + milliseconds(deadline_ms);
    return made;
  }
  std::vector<std::string> take(std::size_t most, int now_ms = 0) {
    std::vector<EncoderJobPtr> batch;
    queue_.take(most, start_ + milliseconds(now_ms), batch);
    std::vector<std::string> texts;
    for (const EncoderJobPtr& one : batch) texts.push_back(one->text);
    return texts;
  }
  void SetUp() override { queue_.set_limit(4); }

  const base::MonoTime start_{std::chrono::hours(5)};
  const EncoderPtr a_ = std::make_shared<FakeEncoder>('a');
  const EncoderPtr b_ = std::make_shared<FakeEncoder>('b');
  EncoderQueue queue_;
};

TEST_F(EncoderQueueTest, TurnsAwayWhatDoesNotFitAndTakesAgainWhenThereIsRoom) {
  for (const char* text : {"1", "2", "3", "4"}) EXPECT_TRUE(queue_.push(job(text, a_)));
  EXPECT_FALSE(queue_.push(job("5", a_)));
  EXPECT_THAT(take(1), ElementsAre("1"));
  EXPECT_TRUE(queue_.push(job("6", a_)));
  EXPECT_THAT(take(9), ElementsAre("2", "3", "4", "6"));
  EXPECT_THAT(take(9), IsEmpty());
}

TEST_F(EncoderQueueTest, ASmallerLimitKeepsWhatWaits) {
  for (const char* text : {"1", "2", "3"}) EXPECT_TRUE(queue_.push(job(text, a_)));
  queue_.set_limit(2);
  EXPECT_FALSE(queue_.push(job("4", a_)));
  EXPECT_THAT(take(9), ElementsAre("1", "2", "3"));
}

TEST_F(EncoderQueueTest, ABatchIsOfOneEncoderAndKeepsTheOrder) {
  queue_.push(job("a1", a_));
  queue_.push(job("b1", b_));
  queue_.push(job("a2", a_));
  queue_.push(job("b2", b_));
  EXPECT_THAT(take(9), ElementsAre("a1", "a2"));
  EXPECT_THAT(take(1), ElementsAre("b1"));
  EXPECT_THAT(take(1), ElementsAre("b2"));
}

TEST_F(EncoderQueueTest, WhatNobodyWaitsForAnyMoreIsNotEncodedAndMakesRoom) {
  queue_.push(job("late", a_, 10));
  queue_.push(job("in time", a_, 11));
  const EncoderJobPtr gone = job("gone", a_);
  queue_.push(gone);
  queue_.withdraw(*gone);
  queue_.withdraw(*gone);
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_THAT(take(9, 10), ElementsAre("in time"));
  EXPECT_EQ(queue_.size(), 0U);
}

TEST(BatchShare, IsEvenBetweenIdleWorkersAndNeverNothing) {
  EXPECT_EQ(batch_share(1, 1, 8), 1U);
  EXPECT_EQ(batch_share(20, 1, 8), 8U);
  EXPECT_EQ(batch_share(8, 2, 8), 4U);
  EXPECT_EQ(batch_share(3, 2, 8), 2U);
  EXPECT_EQ(batch_share(1, 4, 8), 1U);
  EXPECT_EQ(batch_share(0, 0, 0), 1U);
}

}  // namespace
}  // namespace pointsman::gateway
