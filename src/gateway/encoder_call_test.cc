#include "gateway/encoder_call.h"

#include <gtest/gtest.h>

#include "support/encoders.h"
#include "support/loop_run.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::FakeEncoder;
using pointsman::testing::Gate;
using std::chrono::milliseconds;
using std::chrono::seconds;

class EncoderCallTest : public ::testing::Test {
 protected:
  net::Loop& loop() { return run_.loop(); }
  EncoderCallPtr call(const EncoderPtr& encoder, const std::string& text, base::Duration patience = seconds(60)) {
    return std::make_shared<EncoderCall>(loop(), text, encoder, net::Loop::now() + patience);
  }
  net::Awaitable<> ask(EncoderCallPtr asked, EncoderOutcome& outcome, bool& ended) {
    outcome = co_await ask_encoder(pool_, std::move(asked), cancel_);
    ended = true;
  }
  EncoderOutcome outcome_of(const EncoderCallPtr& asked) {
    EncoderOutcome outcome = EncoderOutcome::kNone;
    bool ended = false;
    run_.run(ask(asked, outcome, ended));
    EXPECT_TRUE(ended);
    return outcome;
  }

  Gate gate_;
  std::shared_ptr<FakeEncoder> open_ = std::make_shared<FakeEncoder>('a');
  std::shared_ptr<FakeEncoder> gated_ = std::make_shared<FakeEncoder>('b', &gate_);
  test_support::LoopRun run_;
  net::CancelToken cancel_;
  EncoderPool pool_;  // its threads post to the loop: they end first
};

TEST_F(EncoderCallTest, BringsTheAnswerToItsLoop) {
  pool_.configure({.threads = 1});
  const auto asked = call(open_, "[r]");
  EXPECT_EQ(outcome_of(asked), EncoderOutcome::kUsed);
  EXPECT_EQ(asked->vector, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(outcome_of(call(open_, "[x]")), EncoderOutcome::kUnavailable);
}

TEST_F(EncoderCallTest, GivesUpAtTheDeadlineAndLeavesItsPlace) {
  pool_.configure({.threads = 1, .batch = 1});
  ASSERT_EQ(pool_.offer(call(gated_, "held")), EncoderPool::Offer::kTaken);
  ASSERT_TRUE(gate_.wait_for(1));
  EXPECT_EQ(outcome_of(call(gated_, "queued", milliseconds(5))), EncoderOutcome::kLate);
  EXPECT_EQ(pool_.waiting(), 0U) << "what was given up must not take a place";
  gate_.open();
  EXPECT_EQ(outcome_of(call(open_, "[s]")), EncoderOutcome::kUsed);
  EXPECT_EQ(gate_.arrived(), 1);
}

TEST_F(EncoderCallTest, SaysAtOnceThatTheQueueIsFullOrThatNobodyEncodes) {
  EXPECT_EQ(outcome_of(call(open_, "")), EncoderOutcome::kUnavailable);
  pool_.configure({.threads = 1, .queue = 1, .batch = 1});
  const auto held = call(gated_, "held");
  ASSERT_EQ(pool_.offer(held), EncoderPool::Offer::kTaken);
  ASSERT_TRUE(gate_.wait_for(1));
  const auto queued = call(gated_, "queued");
  ASSERT_EQ(pool_.offer(queued), EncoderPool::Offer::kTaken);
  EXPECT_EQ(outcome_of(call(gated_, "too many")), EncoderOutcome::kQueueFull);
  gate_.open();
}

net::Awaitable<> leave_when(net::Loop& loop, Gate& gate, net::CancelToken& cancel) {
  co_await test_support::eventually(loop, [&] { return gate.arrived() == 1; });
  cancel.request();
}

TEST_F(EncoderCallTest, AClientThatLeavesEndsTheWaiting) {
  pool_.configure({.threads = 1});
  loop().spawn("leave", leave_when(loop(), gate_, cancel_));
  EXPECT_EQ(outcome_of(call(gated_, "held")), EncoderOutcome::kCancelled);
  gate_.open();
  EXPECT_EQ(outcome_of(call(open_, "")), EncoderOutcome::kCancelled) << "who has left asks nobody";
  EXPECT_TRUE(open_->batches().empty());
}

}  // namespace
}  // namespace pointsman::gateway
