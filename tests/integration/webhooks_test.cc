// From budgets that many threads use up to a receiver that hears of each crossing once.
#include <gmock/gmock.h>

#include <thread>

#include "app/budget_watch.h"
#include "support/tcp_peer.h"

namespace pointsman {
namespace {

using test_support::read_to;
using test_support::send;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kEach = 10;  // tokens of a request
constexpr int kThreads = 4;
constexpr int kRequests = 250;  // of each thread
constexpr std::int64_t kBudget = kThreads * kRequests * kEach;

class WebhooksTest : public ::testing::Test {
 protected:
  WebhooksTest() {
    for (int i = 0; i < 20; ++i) peer_.next({read_to(), read_to("}}"), send("HTTP/1.1 204 No Content\r\n\r\n")});
    receiver_ = std::thread([this] { loop_.run(); });
    config_.webhooks.push_back({"billing", *config::Url::parse("http://127.0.0.1:" + std::to_string(peer_.port())),
                                base::Secret("a-secret-of-some-length"), true});
    EXPECT_TRUE(watch_.follow(config_));
  }
  ~WebhooksTest() override { (void)types(); }

  static limits::QuotaDefinition definition() {
    limits::QuotaDefinition out;
    out.warn_at = {80, 100};
    out.nodes = {{"acme", "", {{{limits::Period::kDay, std::nullopt, kBudget}}, {}}, {}}, {"acme@ci", "acme", {}, {}}};
    return out;
  }
  // One request of the key; false if the budget has no room for it.
  static bool ask(gateway::QuotaDesk& desk) {
    auto place = desk.enter("acme@ci", "");
    EXPECT_TRUE(place);
    const auto held = desk.reserve(place->node, {.nanos = 0, .tokens = kEach, .requests = 0});
    if (held) {
      desk.settle(*held, {.nanos = 0, .tokens = kEach});
    } else {
      desk.refused(held.error());
    }
    desk.leave(place->request);
    return held.has_value();
  }
  static void ask_from_threads(gateway::QuotaDesk& desk) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&desk] {
        for (int n = 0; n < kRequests; ++n) ask(desk);
      });
    }
    for (std::thread& one : threads) one.join();
  }
  // What has arrived, after the last words.
  std::vector<std::string> types() {
    watch_.stop();
    if (receiver_.joinable()) {
      loop_.stop();
      receiver_.join();
    }
    std::vector<std::string> out;
    constexpr std::string_view kMember = "\"type\":\"";
    const std::string& all = peer_.received();
    for (std::size_t at = 0; (at = all.find(kMember, at)) != std::string::npos;) {
      at += kMember.size();
      out.push_back(all.substr(at, all.find('"', at) - at));
    }
    return out;
  }

  net::Loop loop_;
  test_support::TcpPeer peer_{loop_};
  std::thread receiver_;
  base::ManualClock clock_;
  telemetry::Registry registry_;
  config::Config config_;
  gateway::QuotaDesk quotas_{clock_};
  app::BudgetWatch watch_{quotas_, clock_, registry_, 1};
};

TEST_F(WebhooksTest, TellEachCrossingOnceWhoeverMadeIt) {
  ASSERT_TRUE(quotas_.configure(definition(), {}));
  ask_from_threads(quotas_);
  watch_.tick();
  EXPECT_FALSE(ask(quotas_));
  ask_from_threads(quotas_);
  watch_.tick();
  EXPECT_FALSE(ask(quotas_));
  EXPECT_THAT(types(), ElementsAre("budget.warning", "budget.exhausted", "budget.refused"));
  EXPECT_THAT(peer_.received(), HasSubstr("\"owner\":\"acme\",\"key\":null,\"end_user\":null,\"period\":\"day\""));
}

TEST_F(WebhooksTest, TellNothingAgainThatRestoredSpendHadReached) {
  ASSERT_TRUE(quotas_.configure(definition(), {}));
  for (const limits::MissingSpend& one : quotas_.missing_spend()) quotas_.restore(one, 0, kBudget - 2 * kEach);
  EXPECT_TRUE(ask(quotas_));
  watch_.tick();
  EXPECT_TRUE(ask(quotas_));
  EXPECT_THAT(types(), ElementsAre("budget.exhausted"));
}

TEST_F(WebhooksTest, TellOnceThatTheCapOnDoubtIsReached) {
  constexpr auto kDoubt = limits::SpendKind::kFallback;
  ASSERT_TRUE(quotas_.configure(definition(), {{kDoubt, limits::Period::kDay, 1'000}}));
  const auto first = quotas_.reserve_cap(kDoubt, 600);
  ASSERT_TRUE(first);
  EXPECT_FALSE(quotas_.reserve_cap(kDoubt, 600)) << "room as soon as the other has ended: nothing to tell";
  quotas_.settle_cap(*first, 600);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(quotas_.reserve_cap(kDoubt, 600));
  EXPECT_THAT(types(), ElementsAre("fallback_cap.reached"));
}

TEST_F(WebhooksTest, GoNowhereOnceTheyAreTakenOutOfTheConfiguration) {
  ASSERT_TRUE(quotas_.configure(definition(), {}));
  ASSERT_TRUE(watch_.follow(config::Config()));
  ask_from_threads(quotas_);
  EXPECT_THAT(types(), IsEmpty());
}

}  // namespace
}  // namespace pointsman
