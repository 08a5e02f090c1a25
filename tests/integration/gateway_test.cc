// The running gateway in this process: simulated providers, two workers, a real ledger, raw clients over loopback.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/runtime.h"
#include "classify/linear_model.h"
#include "cli/blocking_client.h"
#include "config/defaults.h"
#include "config/describe.h"
#include "ledger_sqlite/reader.h"
#include "simulate/cluster.h"
#include "starter/starter.h"
#include "support/temporary_directory.h"

namespace pointsman {
namespace {

using base::Result;

Result<std::shared_ptr<const classify::Classifier>> starter_model(const std::string&) {
  PM_TRY(auto model, classify::LinearModel::open(starter::artefact(), nullptr));
  return model;
}

// The demo's gateway before instant simulated providers.
class GatewayTest : public testing::Test {
 protected:
  void SetUp() override {
    simulate::Options options = simulate::demo_options(0, 11);
    for (simulate::ProviderOptions& provider : options.providers) {
      provider.timing = {};
      provider.keep_requests = 16;
    }
    auto cluster = simulate::Cluster::start(options);
    ASSERT_TRUE(cluster) << cluster.error().message();
    cluster_ = std::move(*cluster);
    auto runtime = app::Runtime::start(configuration(), {"test", starter_model});
    ASSERT_TRUE(runtime) << runtime.error().message();
    runtime_ = std::move(*runtime);
  }

  config::Config configuration() {
    const auto& at = cluster_->providers();
    config::Config config = config::demo_config({at[0].port, at[1].port, at[2].port}, ledger());
    config.listeners.front().address.port = 0;
    config.workers = 2;
    config.limits.drain_timeout = std::chrono::seconds(5);
    config::set_version(config);
    return config;
  }

  std::string ledger() const { return directory_.path() + "/ledger"; }
  std::uint16_t port() const { return runtime_->ports().front(); }

  static std::string chat(const std::string& text, const std::string& more = "", const std::string& model = "auto") {
    return R"({"model":")" + model + R"(",)" + more + R"("messages":[{"role":"user","content":")" + text + R"("}]})";
  }

  cli::HttpAnswer post(const std::string& body, const std::string& fields = "",
                       const std::string& path = "/v1/chat/completions") {
    cli::BlockingClient client("127.0.0.1", port());
    auto answer = client.request("POST", path, body, fields);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *answer : cli::HttpAnswer{};
  }

  std::vector<ledger::Entry> entries() {
    EXPECT_TRUE(runtime_->flush_ledger());
    std::vector<ledger::Entry> all;
    auto reader = ledger_sqlite::open_reader(ledger());
    EXPECT_TRUE(reader);
    ledger::Filter filter;
    filter.limit = 100'000;
    EXPECT_TRUE((*reader)->scan(filter, [&](const ledger::Entry& entry) {
      all.push_back(entry);
      return true;
    }));
    return all;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<simulate::Cluster> cluster_;
  std::unique_ptr<app::Runtime> runtime_;
};

TEST_F(GatewayTest, RoutesAnswersAndRecordsOneEntry) {
  const cli::HttpAnswer answer = post(chat("hi there, how are you?"));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-pointsman-category"), "simple");
  EXPECT_EQ(answer.header("x-pointsman-model"), "sim-small");
  EXPECT_EQ(answer.header("x-pointsman-stage"), "local");
  const auto all = entries();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id.to_string(), answer.header("x-pointsman-decision-id"));
  EXPECT_EQ(all[0].outcome, ledger::Outcome::kOk);
  EXPECT_TRUE(all[0].usage.known());
  ASSERT_TRUE(all[0].cost);
  EXPECT_EQ(all[0].cost->to_string(), answer.header("x-pointsman-cost-usd"));
  EXPECT_TRUE(all[0].text.empty());
}

TEST_F(GatewayTest, StreamsShowUsageOnlyToThoseWhoAskedAndAlwaysRecordIt) {
  const cli::HttpAnswer quiet = post(chat("good morning", R"("stream":true,)"));
  EXPECT_EQ(quiet.body.find("\"prompt_tokens\""), std::string::npos);
  EXPECT_TRUE(quiet.body.ends_with("data: [DONE]\n\n"));
  const cli::HttpAnswer asked = post(chat("good morning", R"("stream":true,"stream_options":{"include_usage":true},)"));
  EXPECT_NE(asked.body.find("\"prompt_tokens\""), std::string::npos);
  for (const ledger::Entry& entry : entries()) {
    EXPECT_TRUE(entry.usage.known());
    EXPECT_TRUE(entry.cost);
  }
}

TEST_F(GatewayTest, TheClientsWordDecidesAndAnUnknownOneIsRefused) {
  const cli::HttpAnswer told = post(chat("hello"), "x-pointsman-route: reasoning\r\n");
  EXPECT_EQ(told.header("x-pointsman-model"), "sim-large");
  EXPECT_EQ(told.header("x-pointsman-stage"), "client");
  EXPECT_EQ(post(chat("hello"), "x-pointsman-route: nonsense\r\n").status, 400);
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(GatewayTest, ATurnOfToolResultsKeepsTheModelOfTheQuestion) {
  const std::string tools =
      R"("tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}])";
  const std::string question = R"({"role":"user","content":"What is the weather in Oslo right now?"})";
  const cli::HttpAnswer first = post(R"({"model":"auto",)" + tools + R"(,"messages":[)" + question + "]}");
  const cli::HttpAnswer second = post(
      R"({"model":"auto",)" + tools + R"(,"messages":[)" + question +
      R"(,{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather",)" +
      R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"12 degrees, prove the theorem"}]})");
  ASSERT_EQ(first.status, 200);
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(first.header("x-pointsman-model"), second.header("x-pointsman-model"));
  EXPECT_EQ(first.header("x-pointsman-confidence"), second.header("x-pointsman-confidence"));
}

TEST_F(GatewayTest, RecordsEveryFailedAttemptAndTellsTheClientNoAddress) {
  const cli::HttpAnswer answer = post(chat("hello", "", "sim-small"), "x-sim-fault: 503\r\n");
  EXPECT_EQ(answer.status, 503);  // the client named the model: nobody else may answer
  const auto all = entries();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].outcome, ledger::Outcome::kUpstreamError);
  cluster_->stop();
  const cli::HttpAnswer dead = post(chat("hello"));
  EXPECT_EQ(dead.status, 502);
  EXPECT_EQ(dead.body.find("127.0.0.1"), std::string::npos) << dead.body;  // where a provider is, is nobody's business
  EXPECT_EQ(entries().front().attempts.size(), 2U);
}

TEST_F(GatewayTest, RefusesWhatItDoesNotKnowInOpenAisShape) {
  const cli::HttpAnswer answer = post(chat("hello", "", "sim-smal"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("sim-small"), std::string::npos) << answer.body;
  EXPECT_EQ(post("{\"model\":\"auto\",\"model\":\"sim-small\",\"messages\":[]}").status, 400);
  EXPECT_EQ(post("[[[").status, 400);
  EXPECT_TRUE(entries().empty());
}

TEST_F(GatewayTest, ReloadsUnderLoadWithoutAFailureOrAMixedVersion) {
  std::atomic<bool> done{false};
  std::atomic<int> failed{0};
  std::atomic<int> answered{0};
  const auto load = [&] {
    cli::BlockingClient client("127.0.0.1", port());
    while (!done) {
      const auto answer = client.request("POST", "/v1/chat/completions", chat("hello"));
      (answer && answer->status == 200 ? answered : failed)++;
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(load);
  std::set<std::string> versions{runtime_->snapshot().policy_version};
  for (int i = 0; i < 100; ++i) {
    config::Config config = configuration();
    config.router.expected_output_tokens = 100 + i % 7;
    const auto reloaded = runtime_->reload(std::move(config));
    ASSERT_TRUE(reloaded) << reloaded.error().message();
    versions.insert(runtime_->snapshot().policy_version);
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  const auto all = entries();
  EXPECT_EQ(all.size(), static_cast<std::size_t>(answered));
  EXPECT_GT(versions.size(), 5U);
  for (const ledger::Entry& entry : all) EXPECT_TRUE(versions.contains(entry.policy_version));
}

TEST_F(GatewayTest, ShowsItsMetricsAndItsReadiness) {
  post(chat("hello"));
  cli::BlockingClient client("127.0.0.1", port());
  const auto ready = client.request("GET", "/readyz", "");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 200);
  const auto metrics = client.request("GET", "/metrics", "");
  ASSERT_TRUE(metrics);
  EXPECT_NE(metrics->body.find("pointsman_requests_total{route=\"simple\",model=\"sim-small\",code=\"200\"} 1"),
            std::string::npos)
      << metrics->body;
}

}  // namespace
}  // namespace pointsman
