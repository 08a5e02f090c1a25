#include "gateway/feedback_desk.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "ledger/memory_store.h"
#include "support/encoders.h"
#include "support/memory_feedback_store.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::BorrowedReader;
using pointsman::testing::FeedbackMemory;
using pointsman::testing::Gate;
using pointsman::testing::MemoryFeedbackStore;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Offer = FeedbackDesk::Offer;

struct Errand final : FeedbackErrand {
  using FeedbackErrand::FeedbackErrand;
  void done() override { told.set_value(); }
  bool wait() { return heard.wait_for(seconds(20)) == std::future_status::ready; }

  std::promise<void> told;
  std::future<void> heard = told.get_future();
};
using ErrandPtr = std::shared_ptr<Errand>;

class FeedbackDeskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger::Entry entry;
    entry.id = known_ = base::Uuid::at(clock_.wall() - seconds(60));
    ledger_.append(entry);
  }
  void start(const FeedbackDeskOptions& options = {}) {
    desk_.start([this] { return open(); }, clock_, registry_.add_shard(), 1, options);
  }
  base::Result<FeedbackBooks> open() {
    ++opened_;
    if (cannot_open_) return base::fail(base::ErrorCode::kIo, "no such disk");
    return FeedbackBooks{std::make_unique<MemoryFeedbackStore>(memory_), std::make_unique<BorrowedReader>(ledger_)};
  }
  ErrandPtr errand(const base::Uuid& decision, std::string comment = "x") {
    ledger::Feedback said;
    said.decision = decision;
    said.comment = std::move(comment);
    return std::make_shared<Errand>(std::move(said));
  }
  ErrandPtr hand_in(ErrandPtr one) {
    EXPECT_EQ(desk_.offer(one), Offer::kTaken);
    return one;
  }
  // From now on every statement that is kept waits at the gate.
  void close_gate() {
    memory_->before_add = [this]() -> base::Result<void> {
      gate_.pass();
      return {};
    };
  }

  telemetry::Registry registry_;
  base::SystemClock clock_;
  base::Uuid known_;
  ledger::MemoryStore ledger_;
  std::shared_ptr<FeedbackMemory> memory_ = std::make_shared<FeedbackMemory>();
  Gate gate_;
  std::atomic<bool> cannot_open_ = false;
  std::atomic<int> opened_ = 0;
  FeedbackDesk desk_;
};

TEST_F(FeedbackDeskTest, KeepsWhatIsHandedInAndOpensItsBooksOnce) {
  start();
  EXPECT_EQ(opened_, 0) << "a gateway that nobody gives feedback to needs no file for it";
  for (int i = 0; i < 3; ++i) {
    const ErrandPtr one = hand_in(errand(known_));
    ASSERT_TRUE(one->wait());
    EXPECT_TRUE(one->answer().receipt.has_value());
  }
  EXPECT_THAT(memory_->all(), SizeIs(3));
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(desk_.waiting(), 0U);
  EXPECT_THAT(registry_.render(), HasSubstr("\npointsman_feedback_total{verdict=\"unsaid\"} 3\n"));
}

TEST_F(FeedbackDeskTest, TurnsAwayWhatIsTooMuch) {
  close_gate();
  start({.errands = 2, .bytes = 100});
  const ErrandPtr held = hand_in(errand(known_));
  ASSERT_TRUE(gate_.wait_for(1));
  EXPECT_EQ(desk_.offer(errand(known_, std::string(100, 'x'))), Offer::kFull) << "too many bytes";
  const ErrandPtr waits = hand_in(errand(known_));
  EXPECT_EQ(desk_.waiting(), 2U);
  EXPECT_EQ(desk_.offer(errand(known_)), Offer::kFull);
  gate_.open();
  ASSERT_TRUE(held->wait() && waits->wait());
  const ErrandPtr large = hand_in(errand(known_, std::string(200, 'x')));
  EXPECT_TRUE(large->wait()) << "one alone may be larger than the limit";
}

TEST_F(FeedbackDeskTest, ADecisionThatIsWaitedForHoldsUpNobody) {
  start();
  const base::Uuid coming = base::Uuid::at(clock_.wall());
  const ErrandPtr early = hand_in(errand(coming));
  const ErrandPtr other = hand_in(errand(known_));
  ASSERT_TRUE(other->wait());
  ledger::Entry entry;
  entry.id = coming;
  ledger_.append(entry);
  ASSERT_TRUE(early->wait());
  EXPECT_TRUE(early->answer().receipt || early->answer().error->code() == base::ErrorCode::kNotFound);
  EXPECT_THAT(memory_->all(), SizeIs(::testing::Ge(1U)));
}

TEST_F(FeedbackDeskTest, AnUnknownDecisionIsToldInTheEnd) {
  start();
  const ErrandPtr one = hand_in(errand(base::Uuid::at(clock_.wall())));
  ASSERT_TRUE(one->wait());
  ASSERT_TRUE(one->answer().error.has_value());
  EXPECT_EQ(one->answer().error->code(), base::ErrorCode::kNotFound);
}

TEST_F(FeedbackDeskTest, AShortErrandOvertakesALongImport) {
  close_gate();
  start();
  std::string text;
  for (int i = 1; i <= 500; ++i)
    text += R"({"decision_id":")" + known_.to_string() + R"(","comment":")" + std::to_string(i) + "\"}\n";
  const auto import = std::make_shared<Errand>(text, std::vector<std::string>());
  hand_in(import);
  ASSERT_TRUE(gate_.wait_for(1));
  const ErrandPtr quick = hand_in(errand(known_, "quick"));
  gate_.open();
  ASSERT_TRUE(quick->wait() && import->wait());
  const auto all = memory_->all();
  ASSERT_THAT(all, SizeIs(501));
  const auto at = std::ranges::find(all, "quick", &ledger::Feedback::comment) - all.begin();
  EXPECT_LE(at, static_cast<std::ptrdiff_t>(FeedbackErrand::kKeepSlice)) << "it waited for the whole import";
}

TEST_F(FeedbackDeskTest, OpensItsBooksAgainAfterTheyFailed) {
  cannot_open_ = true;
  start();
  const ErrandPtr first = hand_in(errand(known_));
  ASSERT_TRUE(first->wait());
  ASSERT_TRUE(first->answer().error.has_value());
  EXPECT_THAT(first->answer().error->message(), HasSubstr("no such disk"));
  cannot_open_ = false;
  const ErrandPtr second = hand_in(errand(known_));
  ASSERT_TRUE(second->wait());
  EXPECT_TRUE(second->answer().receipt.has_value());
}

TEST_F(FeedbackDeskTest, GoesOnAfterAStoreThatThrowsAndOpensItAgain) {
  int adds = 0;
  memory_->before_add = [&adds]() -> base::Result<void> {
    if (++adds == 1) throw std::bad_alloc();
    return {};
  };
  start();
  const ErrandPtr first = hand_in(errand(known_));
  ASSERT_TRUE(first->wait());
  EXPECT_EQ(first->answer().error->code(), base::ErrorCode::kInternal);
  const ErrandPtr second = hand_in(errand(known_));
  ASSERT_TRUE(second->wait());
  EXPECT_TRUE(second->answer().receipt.has_value());
  EXPECT_EQ(opened_, 2);
}

TEST_F(FeedbackDeskTest, TakesNothingBeforeItStartsAndAfterItStops) {
  EXPECT_EQ(desk_.offer(errand(known_)), Offer::kClosed);
  close_gate();
  start();
  const ErrandPtr held = hand_in(errand(known_));
  ASSERT_TRUE(gate_.wait_for(1));
  const ErrandPtr waits = hand_in(errand(known_));
  auto stopped = std::async(std::launch::async, [&] { desk_.stop(); });
  while (desk_.offer(errand(known_)) != Offer::kClosed) std::this_thread::yield();
  gate_.open();
  stopped.get();
  EXPECT_EQ(desk_.offer(errand(known_)), Offer::kClosed);
  EXPECT_EQ(waits.use_count(), 1);
  EXPECT_EQ(desk_.waiting(), 0U);
  EXPECT_THAT(memory_->all(), SizeIs(1)) << "what was begun is brought to its end";
}

}  // namespace
}  // namespace pointsman::gateway
