// Traces to a collector on this machine: one that takes them, refuses, fails, never answers, or is not there.
#include "courier/span_rounds.h"

#include <gmock/gmock.h>

#include <functional>

#include "support/tcp_peer.h"

namespace pointsman::courier {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::LoopRun;
using test_support::read_to;
using test_support::send;
using test_support::TcpPeer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEnd = "]}]}]}";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

class SpanRoundsTest : public ::testing::Test {
 protected:
  SpanRoundsTest()
      : rounds_(run_.loop(), resolver_, shard_, {ring_},
                {.seed = 1,
                 .policy = {.first = 4ms, .longest = 4ms, .attempts = 3},
                 .limits = {.connect = 2s, .total = 10s},
                 .look = 2ms,
                 .linger = 4ms,
                 .batch_bytes = 1'000'000}) {}

  SpanPlanPtr plan(std::string_view path = "") {
    config::OtlpConfig config;
    config.endpoint = *config::Url::parse("http://127.0.0.1:" + std::to_string(peer_.port()) + std::string(path));
    config.headers = {{"x-tenant", base::Secret("blue")}};
    auto target = make_span_target(config);
    EXPECT_TRUE(target);
    return std::make_shared<const SpanPlan>(SpanPlan{std::move(*target), {"edge", "1.2.3", "host-1"}});
  }
  // A request of two spans, and of as many more as it has calls.
  void finish(std::string_view model = "m", std::size_t calls = 0) {
    trace::Record* const slot = ring_->slot();
    ASSERT_NE(slot, nullptr);
    slot->trace = {1, 2};
    slot->id = {3};
    slot->asked_for = model;
    slot->call_count = 0;
    for (std::size_t i = 0; i < calls; ++i) slot->add_call().id = {10 + i};
    ring_->commit();
  }
  void answer(std::string_view with) { peer_.next({read_to(), read_to(std::string(kEnd)), send(std::string(with))}); }
  std::uint64_t exported() { return shard_.counter("pointsman_spans_exported_total").value(); }
  std::uint64_t failures() { return shard_.counter("pointsman_span_export_failures_total").value(); }
  std::uint64_t dropped(std::string_view reason) {
    return shard_.counter("pointsman_spans_dropped_total", {{"reason", reason}}).value();
  }
  void run_until(const std::function<bool()>& holds) { run_.run(eventually(run_.loop(), holds)); }
  void end() {
    rounds_.stop();
    run_until([&] { return !rounds_.busy(); });
  }

  LoopRun run_;
  net::Resolver resolver_;
  telemetry::Shard shard_;
  RingPtr ring_ = std::make_shared<trace::Ring>(64);
  TcpPeer peer_{run_.loop()};
  SpanRounds rounds_;
};

TEST_F(SpanRoundsTest, SendWhatTheRingsHaveAsOneRequest) {
  answer(kOk);
  finish("first");
  finish("second", 1);
  rounds_.set_plan(plan());
  run_until([&] { return exported() == 5; });
  EXPECT_THAT(peer_.received(),
              AllOf(HasSubstr("POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:"), HasSubstr("x-tenant: blue\r\n"),
                    HasSubstr("content-type: application/json\r\n"), HasSubstr("chat first"), HasSubstr("chat second"),
                    HasSubstr("{\"stringValue\":\"edge\"}")));
  EXPECT_EQ(peer_.accepted(), 1U);
  EXPECT_EQ(failures(), 0U);
}

TEST_F(SpanRoundsTest, AddThePathWhereItIsNotThere) {
  answer(kOk);
  answer(kOk);
  finish();
  rounds_.set_plan(plan("/otlp"));
  run_until([&] { return exported() == 2; });
  EXPECT_THAT(peer_.received(), HasSubstr("POST /otlp/v1/traces "));
  rounds_.set_plan(plan("/custom/v1/traces"));
  finish();
  run_until([&] { return exported() == 4; });
  EXPECT_THAT(peer_.received(), HasSubstr("POST /custom/v1/traces "));
}

TEST_F(SpanRoundsTest, TryAgainWhatFailedForATime) {
  answer("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
  answer("HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n");
  answer(kOk);
  finish();
  rounds_.set_plan(plan());
  run_until([&] { return exported() == 2; });
  EXPECT_EQ(failures(), 2U);
  EXPECT_EQ(peer_.accepted(), 3U);
}

TEST_F(SpanRoundsTest, GiveUpInTheEnd) {
  finish();  // and the peer closes every connection
  rounds_.set_plan(plan());
  run_until([&] { return dropped("unsent") == 2; });
  EXPECT_EQ(failures(), 3U);
}

TEST_F(SpanRoundsTest, DoNotSendAgainWhatIsRefused) {
  answer("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n");
  answer(kOk);
  finish();
  rounds_.set_plan(plan());
  run_until([&] { return dropped("rejected") == 2; });
  finish("next");
  run_until([&] { return exported() == 2; });
  EXPECT_EQ(peer_.accepted(), 2U);
}

TEST_F(SpanRoundsTest, CountWhatACollectorTookOnlyInPart) {
  constexpr std::string_view kPart = R"({"partialSuccess":{"rejectedSpans":"3"}})";
  answer("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(kPart.size()) + "\r\n\r\n" + std::string(kPart));
  finish("m", 3);
  rounds_.set_plan(plan());
  run_until([&] { return exported() > 0; });
  EXPECT_EQ(exported(), 2U);
  EXPECT_EQ(dropped("rejected"), 3U);
}

TEST_F(SpanRoundsTest, WithoutACollectorWhatComesIsLost) {
  rounds_.set_plan(plan());
  rounds_.set_plan(nullptr);
  finish();
  run_until([&] { return dropped("unsent") == 2; });
  EXPECT_EQ(peer_.accepted(), 0U);
}

TEST_F(SpanRoundsTest, EndAlsoWhereTheCollectorNeverAnswers) {
  net::Event never;
  peer_.next({read_to(), test_support::wait_for(never)});
  finish();
  rounds_.set_plan(plan());
  run_until([&] { return peer_.accepted() == 1; });
  finish("late");
  rounds_.hurry();
  EXPECT_TRUE(rounds_.busy());
  end();
  EXPECT_EQ(dropped("unsent"), 4U);
  EXPECT_THAT(peer_.received(), Not(HasSubstr("chat late")));
}

}  // namespace
}  // namespace pointsman::courier
