// Reloads under load, stops with requests running, and a ledger that has no room.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "gateway/worker.h"
#include "ledger/memory_store.h"
#include "simulate/cluster.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using namespace std::chrono_literals;
using ledger::Outcome;
using testing::body_of;
using testing::chat;
using testing::chat_stream;
using testing::event;
using testing::GatewayTest;
using testing::get;
using ::testing::HasSubstr;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kUsage;
using testing::post;
using testing::RawClient;
using testing::status_of;
using testing::TestGateway;
using testing::unchunked;
using testing::whole_answer;

const std::atomic<bool> kNoHurry{false};

// ---- reload

// One client that asks, again and again, on one connection; counts what was not a whole answer.
int ask_until(std::uint16_t port, const std::atomic<bool>& enough, std::atomic<int>& asked) {
  RawClient client(port);
  int failed = 0;
  for (int i = 0; !enough; ++i) {
    const bool stream = i % 3 == 0;
    const char* text = i % 2 == 0 ? "simple" : "hm";
    if (!client.send(post(kChat, stream ? chat_stream(text) : chat(text)))) return failed + 1;
    const std::string answer = client.read_answer();
    const bool whole = status_of(answer) == 200 && (!stream || answer.find(kDone) != std::string::npos);
    failed += whole ? 0 : 1;
    ++asked;
  }
  return failed;
}

TEST(Reload, TwoHundredUnderLoadFailNobodyAndMixNothing) {
  auto options = simulate::demo_options(0, 1);
  for (simulate::ProviderOptions& one : options.providers) {
    one.timing = {};
    one.answer_tokens = 20;
  }
  auto cluster = *simulate::Cluster::start(options);
  const auto& at = cluster->providers();
  TestGateway gateway({at[0].port, at[1].port, at[2].port});
  std::atomic<bool> enough{false};
  std::atomic<int> asked{0};
  std::vector<std::future<int>> clients;
  const std::shared_ptr<void> end_clients(nullptr, [&](void*) { enough = true; });  // also when an assertion fails
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::async(std::launch::async, [&] { return ask_until(gateway.port(), enough, asked); }));
  }
  std::set<std::string> versions = {gateway.runtime().snapshot().policy_version};
  for (int i = 0; i < 200; ++i) {
    const int before = asked;
    auto reloaded = gateway.runtime().reload(gateway.config([&](config::Config& config) {
      config.router.default_threshold = 0.5F;
      for (config::CategoryConfig& one : config.categories) {
        one.threshold = 0.5F + 0.3F * static_cast<float>(i) / 200.0F;
      }
      if (i % 2 == 0) {  // indices move, and a provider and its connections come and go
        config.models.erase(config.models.begin() + 2);
        config.categories.erase(config.categories.begin() + 2);
        config.router.fallback = {"sim-large"};
        std::swap(config.models[0], config.models[1]);
      }
    }));
    ASSERT_TRUE(reloaded.has_value()) << reloaded.error().message();
    EXPECT_TRUE(reloaded->empty());
    versions.insert(gateway.runtime().snapshot().policy_version);
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (asked == before && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    ASSERT_GT(asked, before) << "nobody is answered any more";
  }
  enough = true;
  for (auto& client : clients) EXPECT_EQ(client.get(), 0);
  EXPECT_EQ(versions.size(), 201U);
  const auto all = gateway.entries(static_cast<std::size_t>(asked));
  ASSERT_EQ(all.size(), static_cast<std::size_t>(asked));
  std::set<std::string> used;
  for (const ledger::Entry& one : all) {
    EXPECT_TRUE(versions.contains(one.policy_version));
    used.insert(one.policy_version);
    EXPECT_EQ(one.outcome, Outcome::kOk);
    EXPECT_EQ(one.model, one.stage == "local" ? "sim-small" : "sim-large");
    ASSERT_TRUE(one.cost.has_value());
  }
  EXPECT_GT(used.size(), 50U) << "the reloads were not under load";
}

using LifecycleTest = GatewayTest;

TEST_F(LifecycleTest, ARequestInFlightOverAReloadEndsAsItBegan) {
  start([](config::Config& config) {
    for (config::ProviderConfig& one : config.providers) one.idle_timeout = one.first_byte_timeout = 10s;
  });
  const std::string old = gateway_->runtime().snapshot().policy_version;
  tools_.when().then_wait_until([this] { return go_.load(); }).then_status(500).then_body("{}");
  large_.when().then_body(whole_answer("from the large one"));
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("tool_use"))));
  ASSERT_TRUE(tools_.server.wait_until([&](http::Server&) { return tools_.provider.requests().size() == 1; }));
  // The new configuration knows one model only: the old one's indices point behind its end.
  auto reloaded = gateway_->runtime().reload(gateway_->config([](config::Config& config) {
    std::erase_if(config.models, [](const auto& model) { return model.name != "sim-small"; });
    std::erase_if(config.providers, [](const auto& provider) { return provider.name != "sim-small"; });
    config.categories.resize(1);
    config.router.fallback = {"sim-small"};
  }));
  ASSERT_TRUE(reloaded.has_value()) << reloaded.error().message();
  small_.when().then_body(whole_answer("new"));
  EXPECT_EQ(body_of(ask_chat(chat("simple"))), whole_answer("new"));
  go_ = true;
  EXPECT_EQ(body_of(client->read_answer()), whole_answer("from the large one"));
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].policy_version, old);
  EXPECT_EQ(all[0].model, "sim-large");
  EXPECT_EQ(all[0].attempts.size(), 2U);
  EXPECT_NE(all[1].policy_version, old);
}

TEST_F(LifecycleTest, ABadConfigurationChangesNothing) {
  start();
  small_.when().then_body(whole_answer("x"));
  const std::string before = gateway_->runtime().snapshot().policy_version;
  auto reloaded = gateway_->runtime().reload(
      gateway_->config([](config::Config& config) { config.models[0].provider = "nobody"; }));
  ASSERT_FALSE(reloaded.has_value());
  EXPECT_EQ(gateway_->runtime().snapshot().policy_version, before);
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  EXPECT_THAT(ask(get("/metrics")), HasSubstr(R"(pointsman_reloads_total{result="failed"} 1)"));
}

TEST_F(LifecycleTest, AReloadNamesWhatNeedsARestart) {
  start();
  auto reloaded = gateway_->runtime().reload(gateway_->config([](config::Config& config) {
    config.workers = 3;
    config.limits.max_body = 5;
    config.ledger.max_size = 1 << 25;
    config.admin = config::AdminConfig{};
    config.limits.drain_timeout = 1s;
  }));
  ASSERT_TRUE(reloaded.has_value());
  EXPECT_THAT(*reloaded, ::testing::UnorderedElementsAre("workers", "limits", "ledger.max_size", "admin"));
}

// ---- stop

TEST_F(LifecycleTest, AStopThatLingersServesWhoComesMeanwhileAlthoughNothingWasUnderWay) {
  start();
  small_.when().then_body(whole_answer("late"));
  std::atomic<bool> hurry{false};
  auto stopped = std::async(std::launch::async, [&] { gateway_->runtime().stop(hurry, 1h); });
  std::string ready;
  for (int i = 0; i < 1000 && status_of(ready) != 503; ++i) ready = ask(get("/readyz"));
  EXPECT_EQ(status_of(ready), 503);
  const std::string late = ask_chat(chat("simple"));
  EXPECT_EQ(body_of(late), whole_answer("late"));
  EXPECT_EQ(testing::field_of(late, "connection"), "close");
  hurry = true;
  stopped.get();
  EXPECT_FALSE(RawClient(gateway_->port()).connected());
}

TEST_F(LifecycleTest, AStopLetsARunningStreamEndAndSaysThatItIsNotReady) {
  start([](config::Config& config) {
    for (config::ProviderConfig& one : config.providers) one.idle_timeout = 10s;
  });
  EXPECT_EQ(status_of(ask(get("/readyz"))), 200);
  small_.when(simulate::body_contains("long"))
      .then_header("content-type", kEvents)
      .then_stream({event("one")})
      .then_wait_until([this] { return go_.load(); })
      .then_stream({kFinish, kUsage, kDone});
  small_.when().then_body(whole_answer("late"));
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat_stream("simple long"))));
  ASSERT_TRUE(client->read_until("one"));
  auto stopped = std::async(std::launch::async, [&] { gateway_->runtime().stop(kNoHurry); });
  std::string ready;
  for (int i = 0; i < 1000 && status_of(ready) != 503; ++i) ready = ask(get("/readyz"));
  EXPECT_EQ(status_of(ready), 503);
  EXPECT_EQ(status_of(ask(get("/livez"))), 200);
  // Who has not heard yet is still served, and told to go.
  const std::string late = ask_chat(chat("simple"));
  EXPECT_EQ(body_of(late), whole_answer("late"));
  EXPECT_EQ(testing::field_of(late, "connection"), "close");
  go_ = true;
  EXPECT_EQ(unchunked(body_of(client->read_answer())), event("one") + kFinish + kDone);
  stopped.get();
  EXPECT_FALSE(RawClient(gateway_->port()).connected());
  const auto all = gateway_->committed();
  ASSERT_EQ(all.size(), 2U);
  for (const ledger::Entry& one : all) EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(LifecycleTest, AStopCutsWhatIsStillRunningAtItsLimitAndRecordsIt) {
  start([](config::Config& config) {
    config.limits.drain_timeout = 100ms;
    for (config::ProviderConfig& one : config.providers) one.idle_timeout = one.first_byte_timeout = 1min;
  });
  small_.when(simulate::body_contains("stream\":true"))
      .then_header("content-type", kEvents)
      .then_stream({event("one")})
      .then_hang();
  small_.when().then_hang();
  const auto stream = connect();
  ASSERT_TRUE(stream->send(post(kChat, chat_stream("simple"))));
  ASSERT_TRUE(stream->read_until("one"));
  const auto waiting = connect();
  ASSERT_TRUE(waiting->send(post(kChat, chat("simple"))));
  ASSERT_TRUE(small_.server.wait_until([&](http::Server&) { return small_.provider.requests().size() == 2; }));
  gateway_->runtime().stop(kNoHurry);
  EXPECT_NE(stream->read_to_end(), RawClient::End::kOpen);
  EXPECT_FALSE(stream->received().ends_with("0\r\n\r\n"));
  EXPECT_NE(waiting->read_to_end(), RawClient::End::kOpen);
  EXPECT_TRUE(small_.wait_alone());
  const auto all = gateway_->committed();
  ASSERT_EQ(all.size(), 2U);
  for (const ledger::Entry& one : all) {
    EXPECT_EQ(one.outcome, Outcome::kGatewayError) << one.error;
    EXPECT_NE(one.status, 499) << "it was not the client who left";
  }
}

TEST_F(LifecycleTest, AHurryEndsTheWaiting) {
  start([](config::Config& config) {
    config.limits.drain_timeout = 1h;
    for (config::ProviderConfig& one : config.providers) one.first_byte_timeout = 1h;
  });
  small_.when().then_hang();
  const auto client = connect();
  ASSERT_TRUE(client->send(post(kChat, chat("simple"))));
  ASSERT_TRUE(small_.server.wait_until([&](http::Server&) { return small_.provider.requests().size() == 1; }));
  std::atomic<bool> hurry{false};
  auto stopped = std::async(std::launch::async, [&] { gateway_->runtime().stop(hurry); });
  hurry = true;
  ASSERT_EQ(stopped.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(gateway_->committed().size(), 1U);
}

TEST_F(LifecycleTest, AGatewayThatIsTakenDownWithRequestsRunningLeavesNothingBehind) {
  small_.when().then_hang();
  std::vector<std::unique_ptr<RawClient>> clients;
  start();
  for (int i = 0; i < 8; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back()->send(post(kChat, chat("simple"))));
  }
  ASSERT_TRUE(small_.server.wait_until([&](http::Server&) { return small_.provider.requests().size() >= 4; }));
  gateway_.reset();
  EXPECT_TRUE(small_.wait_alone());
  for (const auto& client : clients) EXPECT_NE(client->read_to_end(), RawClient::End::kOpen);
}

// ---- the ledger

// A worker with a ledger of our own.
class FullLedgerTest : public ::testing::Test {
 protected:
  explicit FullLedgerTest() : sink_(1) {
    gateway::WorkerParts parts{loop_,     resolver_, sink_, registry_.add_shard(), registry_, clock_, encoders_,
                               feedback_, quotas_,   load_};
    parts.ready = [] { return true; };
    worker_ = std::make_unique<gateway::Worker>(std::move(parts));
    config::DemoPorts ports{upstream_.server.port(), 1, 1};
    worker_->use({.champion = *gateway::build_snapshot(testing::three_models(ports), testing::load_words(), nullptr)});
    server_ = std::make_unique<http::Server>(loop_, *worker_, http::ServerLimits{}, nullptr);
    port_ = *server_->listen("127.0.0.1", 0);
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~FullLedgerTest() override {
    loop_.post([this] {
      server_->drain();
      server_->close_all();
    });
    for (bool alone = false; !alone;) {
      std::promise<bool> answer;
      loop_.post([&] { answer.set_value(loop_.running() == 0); });
      alone = answer.get_future().get();
    }
    loop_.stop();
    thread_.join();
  }

  testing::ScriptedUpstream upstream_;
  ledger::MemoryStore sink_;
  telemetry::Registry registry_;
  base::SystemClock clock_;
  net::Resolver resolver_;
  gateway::EncoderPool encoders_;
  gateway::FeedbackDesk feedback_;
  gateway::QuotaDesk quotas_{clock_};
  gateway::LoadGauge load_;
  net::Loop loop_;
  std::unique_ptr<gateway::Worker> worker_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(FullLedgerTest, ARequestThatCannotBeRecordedIsNotServed) {
  upstream_.when().then_body(whole_answer("x"));
  RawClient client(port_);
  ASSERT_TRUE(client.send(post(kChat, chat("simple"))));
  EXPECT_EQ(status_of(client.read_answer()), 200);
  ASSERT_TRUE(client.send(post(kChat, chat("simple"))));
  const std::string refused = client.read_answer();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_EQ(testing::field_of(refused, "x-should-retry"), "true");
  EXPECT_EQ(upstream_.provider.requests().size(), 1U);
  EXPECT_EQ(sink_.entries().size(), 1U);
  EXPECT_THAT(registry_.render(), HasSubstr("\npointsman_ledger_refused_total 1"));
}

TEST_F(FullLedgerTest, ARefusedRequestGivesItsRoomBack) {
  upstream_.when().then_body(whole_answer("x"));
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(post(kChat, chat("simple", "no-such-model"))));
    EXPECT_EQ(status_of(client.read_answer()), 404);
  }
  ASSERT_TRUE(client.send(post(kChat, chat("simple"))));
  EXPECT_EQ(status_of(client.read_answer()), 200);
  EXPECT_EQ(sink_.reserved(), 0U);
}

TEST_F(FullLedgerTest, AClientThatIsSlowToSendTakesNoRoom) {
  upstream_.when().then_body(whole_answer("x"));
  RawClient slow(port_);
  const std::string request = post(kChat, chat("simple"));
  ASSERT_TRUE(slow.send(request.substr(0, request.size() - 1)));
  RawClient quick(port_);
  ASSERT_TRUE(quick.send(request));
  EXPECT_EQ(status_of(quick.read_answer()), 200);
}

}  // namespace
}  // namespace pointsman
