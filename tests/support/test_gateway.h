// A running gateway in front of scripted upstreams, with a ledger in a temporary directory.
// For integration tests; every wait is bounded, so that a broken gateway fails a test instead of hanging it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "app/runtime.h"
#include "ledger_sqlite/reader.h"
#include "simulate/script.h"
#include "support/raw_client.h"
#include "support/routing.h"
#include "support/server_thread.h"
#include "support/temporary_directory.h"

namespace pointsman::testing {

inline constexpr std::string_view kChat = "/v1/chat/completions";

struct ScriptedUpstream {
  simulate::Script& when(simulate::Predicate predicate = {}) {
    return provider.when(std::string(kChat), std::move(predicate));
  }
  // Until nobody is being answered: whoever asked has left.
  bool wait_alone() {
    return server.wait_until([](http::Server& one) { return one.active() == 0; });
  }

  simulate::ScriptedProvider provider;
  ServerThread server{provider};
};

class TestGateway {
 public:
  using Change = std::function<void(config::Config&)>;

  explicit TestGateway(config::DemoPorts ports, const Change& change = {},
                       app::RuntimeOptions options = {"test", load_words()})
      : ports_(ports) {
    begin(config(change), std::move(options));
  }

  // Stops it, and starts another one on the same ledger with the same configuration.
  void restart() {
    config::Config same = runtime_->snapshot().config;
    runtime_.reset();
    begin(std::move(same), {"test", load_words()});
  }

  config::Config config(const Change& change = {}) const {
    config::Config made = three_models(ports_, directory_.file("ledger"));
    made.limits.max_connections = 512;
    if (change) change(made);
    config::set_version(made);
    return made;
  }
  app::Runtime& runtime() { return *runtime_; }
  std::uint16_t port() const { return runtime_->ports().front(); }

  // The ledger's entries, oldest first, once there are `least`; fewer if they never come.
  std::vector<ledger::Entry> entries(std::size_t least) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
      (void)runtime_->flush_ledger();  // waits for the writer, so this does not spin
      std::vector<ledger::Entry> all = committed();
      if (all.size() >= least || std::chrono::steady_clock::now() > patience) return all;
    }
  }
  // Those that are in the database; also after the gateway has stopped.
  std::vector<ledger::Entry> committed() const {
    std::vector<ledger::Entry> all;
    auto reader = ledger_sqlite::open_reader(directory_.file("ledger"));
    EXPECT_TRUE(reader.has_value());
    ledger::Filter filter;
    filter.limit = 1'000'000;
    filter.newest_first = false;
    auto scanned = (*reader)->scan(filter, [&](const ledger::Entry& entry) {
      all.push_back(entry);
      return true;
    });
    EXPECT_TRUE(scanned.has_value());
    // By when they were decided, as ids are; but the ids of two workers are in order only by milliseconds.
    std::ranges::sort(all, {}, [](const ledger::Entry& one) { return one.started + one.classify_time; });
    return all;
  }

 private:
  void begin(config::Config config, app::RuntimeOptions options) {
    auto started = app::Runtime::start(std::move(config), std::move(options));
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message());
    if (started) runtime_ = std::move(*started);
  }

  config::DemoPorts ports_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<app::Runtime> runtime_;
};

// Three scripted upstreams and, once start() was called, a gateway in front of them.
class GatewayTest : public ::testing::Test {
 protected:
  config::DemoPorts ports() const { return {small_.server.port(), tools_.server.port(), large_.server.port()}; }
  void start(const TestGateway::Change& change = {}) { gateway_.emplace(ports(), change); }

  std::unique_ptr<RawClient> connect() { return std::make_unique<RawClient>(gateway_->port()); }
  // One request on a connection of its own.
  std::string ask(std::string_view request) {
    const auto client = connect();
    EXPECT_TRUE(client->send(request));
    return client->read_answer();
  }
  std::string ask_chat(std::string_view body, std::string_view fields = {}) { return ask(post(kChat, body, fields)); }
  // The only entry.
  ledger::Entry entry() {
    const auto all = gateway_->entries(1);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? ledger::Entry{} : all.front();
  }

  std::atomic<bool> go_{false};  // for scripts to wait for, so it outlives them
  ScriptedUpstream small_;
  ScriptedUpstream tools_;
  ScriptedUpstream large_;
  std::optional<TestGateway> gateway_;
};

inline std::string chat(std::string_view text, std::string_view model = "auto", std::string_view more = {}) {
  return R"({"model":")" + std::string(model) + R"(",)" + std::string(more) +
         R"("messages":[{"role":"user","content":")" + std::string(text) + R"("}]})";
}
inline std::string chat_stream(std::string_view text, std::string_view more = {}) {
  return chat(text, "auto", R"("stream":true,)" + std::string(more));
}

inline std::string field_of(std::string_view answer, std::string_view name) {
  const std::string head(answer.substr(0, answer.find("\r\n\r\n") + 2));
  const std::string key = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(key);
  if (at == std::string::npos) return {};
  return head.substr(at + key.size(), head.find("\r\n", at + key.size()) - at - key.size());
}
inline int status_of(std::string_view answer) {
  return answer.size() < 12 ? 0 : std::stoi(std::string(answer.substr(9, 3)));
}

// A whole answer that used 100 and 50 tokens.
inline std::string whole_answer(std::string_view says) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
         R"("content":")" +
         std::string(says) +
         R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150}})";
}

inline std::string event(std::string_view says) {
  return R"(data: {"id":"chatcmpl-1","model":"m","choices":[{"index":0,"delta":{"content":")" + std::string(says) +
         R"("},"finish_reason":null}]})"
         "\n\n";
}
inline const std::string kFinish =
    "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
inline const std::string kUsage =
    "data: {\"id\":\"chatcmpl-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50}}\n\n";
inline const std::string kDone = "data: [DONE]\n\n";
inline constexpr const char* kEvents = "text/event-stream";

}  // namespace pointsman::testing
