#include "gateway/encoder_pool.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "support/encoders.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::FakeEncoder;
using pointsman::testing::Gate;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::ElementsAre;
using Offer = EncoderPool::Offer;

struct Job final : EncoderJob {
  void done() override { told.set_value(); }
  bool wait() { return heard.wait_for(seconds(20)) == std::future_status::ready; }

  std::promise<void> told;
  std::future<void> heard = told.get_future();
};
using JobPtr = std::shared_ptr<Job>;

JobPtr job(const EncoderPtr& encoder, const std::string& text) {
  auto made = std::make_shared<Job>();
  made->text = text;
  made->encoder = encoder;
  made->deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  return made;
}

TEST(EncoderPool, TurnsTextsIntoVectors) {
  EncoderPool pool;
  pool.configure({.threads = 2});
  const auto encoder = std::make_shared<FakeEncoder>('a');
  const JobPtr first = job(encoder, "[s]");
  const JobPtr second = job(encoder, "[t]");
  ASSERT_EQ(pool.offer(first), Offer::kTaken);
  ASSERT_EQ(pool.offer(second), Offer::kTaken);
  ASSERT_TRUE(first->wait() && second->wait());
  EXPECT_THAT(first->vector, ElementsAre(1, 0, 0));
  EXPECT_THAT(second->vector, ElementsAre(0, 0, 1));
}

TEST(EncoderPool, TakesSeveralAtOnceWhenTheyQueueUpAndTurnsAwayTheRest) {
  Gate gate;
  const auto encoder = std::make_shared<FakeEncoder>('a', &gate);
  EncoderPool pool;
  pool.configure({.threads = 1, .queue = 5, .batch = 3});
  std::vector<JobPtr> jobs;
  const auto offer = [&] {
    jobs.push_back(job(encoder, "[r]"));
    return pool.offer(jobs.back());
  };
  ASSERT_EQ(offer(), Offer::kTaken);
  ASSERT_TRUE(gate.wait_for(1));
  for (int i = 0; i < 5; ++i) ASSERT_EQ(offer(), Offer::kTaken);
  EXPECT_EQ(pool.waiting(), 5U);
  EXPECT_EQ(offer(), Offer::kFull);
  jobs.pop_back();
  gate.open();
  for (const JobPtr& one : jobs) {
    ASSERT_TRUE(one->wait());
    EXPECT_THAT(one->vector, ElementsAre(0, 1, 0));
  }
  EXPECT_THAT(encoder->batches(), ElementsAre(1, 3, 2));
}

TEST(EncoderPool, GoesOnAfterAnEncoderThatThrows) {
  EncoderPool pool;
  pool.configure({.threads = 1});
  const auto encoder = std::make_shared<FakeEncoder>('a');
  const JobPtr bad = job(encoder, "[x]");
  ASSERT_EQ(pool.offer(bad), Offer::kTaken);
  ASSERT_TRUE(bad->wait());
  EXPECT_TRUE(bad->failed);
  const JobPtr good = job(encoder, "[s]");
  ASSERT_EQ(pool.offer(good), Offer::kTaken);
  ASSERT_TRUE(good->wait());
  EXPECT_FALSE(good->failed);
}

TEST(EncoderPool, WithdrawnJobsHearNothingAndStoppingForgetsWhatWaits) {
  Gate gate;
  const auto encoder = std::make_shared<FakeEncoder>('a', &gate);
  EncoderPool pool;
  pool.configure({.threads = 1, .batch = 1});
  const JobPtr held = job(encoder, "held");
  const JobPtr gone = job(encoder, "gone");
  const JobPtr waits = job(encoder, "waits");
  ASSERT_EQ(pool.offer(held), Offer::kTaken);
  ASSERT_TRUE(gate.wait_for(1));
  ASSERT_EQ(pool.offer(gone), Offer::kTaken);
  ASSERT_EQ(pool.offer(waits), Offer::kTaken);
  pool.withdraw(*gone);
  EXPECT_EQ(pool.waiting(), 1U);
  EXPECT_EQ(gone.use_count(), 1);
  auto stopped = std::async(std::launch::async, [&] { pool.stop(); });
  while (pool.offer(job(encoder, "too late")) != Offer::kClosed) std::this_thread::yield();
  gate.open();
  stopped.get();
  EXPECT_TRUE(held->wait());
  EXPECT_EQ(waits.use_count(), 1);
  EXPECT_TRUE(waits->vector.empty());
  EXPECT_EQ(pool.waiting(), 0U);
  EXPECT_EQ(gate.arrived(), 1);
}

TEST(EncoderPool, TakesNothingWithoutThreads) {
  EncoderPool pool;
  EXPECT_EQ(pool.offer(job(std::make_shared<FakeEncoder>('a'), "")), Offer::kClosed);
}

TEST(EncoderPool, KeepsServingWhileItGrowsAndShrinks) {
  EncoderPool pool;
  const auto encoder = std::make_shared<FakeEncoder>('a');
  for (const std::size_t threads : {1, 4, 2, 1, 3}) {
    pool.configure({.threads = threads, .queue = 64, .batch = 2});
    std::vector<JobPtr> jobs;
    for (int i = 0; i < 20; ++i) {
      jobs.push_back(job(encoder, "[s]"));
      ASSERT_EQ(pool.offer(jobs.back()), Offer::kTaken);
    }
    for (const JobPtr& one : jobs) ASSERT_TRUE(one->wait());
  }
  EXPECT_THAT(encoder->batches(), Each(::testing::Le(2U)));
}

TEST(EncoderPool, KeepsNoEncoderThatNobodyUses) {
  EncoderPool pool;
  pool.configure({.threads = 1});
  auto encoder = std::make_shared<FakeEncoder>('a');
  const std::weak_ptr<const FakeEncoder> watched = encoder;
  JobPtr one = job(encoder, "[s]");
  ASSERT_EQ(pool.offer(one), Offer::kTaken);
  ASSERT_TRUE(one->wait());
  one.reset();
  encoder.reset();
  pool.stop();  // so that the thread has let go of the batch
  EXPECT_TRUE(watched.expired());
}

// What the thread that encodes may not do: take the processor from an event loop.
void say_priority(std::string_view, std::span<float> vector) {
  vector[0] = static_cast<float>(::sched_getscheduler(0));
  vector[1] = static_cast<float>(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
}

TEST(EncoderPool, WorksBelowTheEventLoops) {
  EncoderPool pool;
  pool.configure({.threads = 1});
  const JobPtr one = job(std::make_shared<testing::ScriptedEncoder>('0', 2, say_priority), "");
  ASSERT_EQ(pool.offer(one), Offer::kTaken);
  ASSERT_TRUE(one->wait());
  EXPECT_EQ(one->vector[0], SCHED_BATCH);
  EXPECT_GE(one->vector[1], 10);
  EXPECT_LT(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), one->vector[1]);
}

}  // namespace
}  // namespace pointsman::gateway
