#include "gateway/report_desk.h"

#include <gtest/gtest.h>

#include <future>

namespace pointsman::gateway {
namespace {

using base::ErrorCode;
using base::Result;

class Errand final : public ReportErrand {
 public:
  using Make = std::function<Result<std::string>(Errand&)>;
  explicit Errand(Make make) : make_(std::move(make)) {}
  Result<std::string> make(ledger::Reader&) override { return make_(*this); }
  void done(Result<std::string> report) override { came_.set_value(std::move(report)); }
  Result<std::string> wait() { return came_.get_future().get(); }

 private:
  Make make_;
  std::promise<Result<std::string>> came_;
};

// Reads nothing; errands of these tests do not ask it.
class NoReader final : public ledger::Reader {
  Result<std::optional<ledger::Entry>> find(const base::Uuid&) override { return std::nullopt; }
  Result<void> scan(const ledger::Filter&, const std::function<bool(const ledger::Entry&)>&) override { return {}; }
  Result<std::optional<std::string>> policy(std::string_view) override { return std::nullopt; }
};

class ReportDeskTest : public testing::Test {
 protected:
  void start() {
    desk_.start([this]() -> Result<std::unique_ptr<ledger::Reader>> {
      ++opened_;
      return std::make_unique<NoReader>();
    });
  }
  std::atomic<int> opened_{0};
  ReportDesk desk_;
};

TEST_F(ReportDeskTest, MakesReportsOneAfterTheOtherOnOneConnection) {
  start();
  for (const char* word : {"a", "b"}) {
    const auto errand = std::make_shared<Errand>([word](Errand&) -> Result<std::string> { return word; });
    ASSERT_EQ(desk_.offer(errand), ReportDesk::Offer::kTaken);
    EXPECT_EQ(errand->wait().value(), word);
  }
  EXPECT_EQ(opened_, 1);
}

TEST_F(ReportDeskTest, OpensTheLedgerAnewAfterAFailure) {
  start();
  const auto broken = std::make_shared<Errand>(
      [](Errand&) -> Result<std::string> { return base::fail(ErrorCode::kIo, "the disk is gone"); });
  ASSERT_EQ(desk_.offer(broken), ReportDesk::Offer::kTaken);
  EXPECT_EQ(broken->wait().error().code(), ErrorCode::kIo);
  const auto next = std::make_shared<Errand>([](Errand&) -> Result<std::string> { return "x"; });
  ASSERT_EQ(desk_.offer(next), ReportDesk::Offer::kTaken);
  EXPECT_TRUE(next->wait());
  EXPECT_EQ(opened_, 2);
}

TEST_F(ReportDeskTest, TurnsAwayWhatIsTooMuchAndAllWhenItStopped) {
  const auto idle = [] { return std::make_shared<Errand>([](Errand&) -> Result<std::string> { return "x"; }); };
  EXPECT_EQ(desk_.offer(idle()), ReportDesk::Offer::kClosed);
  start();
  std::promise<void> begun;
  std::promise<void> go;
  const auto slow = std::make_shared<Errand>([&](Errand&) -> Result<std::string> {
    begun.set_value();
    go.get_future().wait();
    return "slow";
  });
  ASSERT_EQ(desk_.offer(slow), ReportDesk::Offer::kTaken);
  begun.get_future().wait();
  for (std::size_t i = 1; i < ReportDesk::kWaiting; ++i) EXPECT_EQ(desk_.offer(idle()), ReportDesk::Offer::kTaken);
  EXPECT_EQ(desk_.offer(idle()), ReportDesk::Offer::kFull);
  go.set_value();
  EXPECT_TRUE(slow->wait());
  desk_.stop();
  EXPECT_EQ(desk_.offer(idle()), ReportDesk::Offer::kClosed);
}

TEST_F(ReportDeskTest, AbandonsTheReportItIsMakingWhenItStops) {
  start();
  std::promise<void> begun;
  const auto endless = std::make_shared<Errand>([&](Errand& self) -> Result<std::string> {
    begun.set_value();
    while (self.wanted()) std::this_thread::yield();
    return base::fail(ErrorCode::kCancelled, "nobody waits for it");
  });
  ASSERT_EQ(desk_.offer(endless), ReportDesk::Offer::kTaken);
  begun.get_future().wait();
  desk_.stop();
  EXPECT_EQ(endless->wait().error().code(), ErrorCode::kCancelled);
}

TEST_F(ReportDeskTest, DoesNotMakeWhatNobodyWaitsForAnyMore) {
  start();
  bool made = false;
  const auto left = std::make_shared<Errand>([&made](Errand&) -> Result<std::string> {
    made = true;
    return "x";
  });
  left->abandon();
  ASSERT_EQ(desk_.offer(left), ReportDesk::Offer::kTaken);
  desk_.stop();
  EXPECT_FALSE(made);
}

}  // namespace
}  // namespace pointsman::gateway
