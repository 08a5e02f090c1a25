// A gateway that asks a scripted small model where its classifier is unsure, and calls the likely model meanwhile.
// For integration tests; the order of events is made by scripts that wait for one another.
#pragma once

#include "cli/exact_counters.h"
#include "cli/replay.h"
#include "gateway/snapshot.h"
#include "support/test_gateway.h"

namespace pointsman::testing {

// The classifier is unsure of texts without its words, and finds the first of these likeliest, with 0.45.
inline constexpr int kSimple = 0;     // sim-small
inline constexpr int kReasoning = 1;  // sim-large

class SpeculatingTest : public GatewayTest {
 protected:
  void start_speculating(const TestGateway::Change& change = {}, float from = 0.4F) {
    start([&](config::Config& config) {
      config.workers = 1;
      config::ProviderConfig provider = config.providers.front();
      provider.name = "tiny";
      provider.base_url.address.port = mini_.server.port();
      config.providers.push_back(std::move(provider));
      config.categories.front().speculate = from;
      pair(config);
      if (change) change(config);
    });
  }

  // The small model's answer, sure of a category.
  std::string opinion(int category) const {
    const std::string& label = labels_.at(static_cast<std::size_t>(category));
    return R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + label +
           R"("},"logprobs":{"content":[{"token":")" + label + R"(","logprob":-0.01,"top_logprobs":[{"token":")" +
           label +
           R"(","logprob":-0.01}]}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":40,"completion_tokens":1}})";
  }
  // The small model answers once `upstream` has been asked.
  void mini_says(int category, const ScriptedUpstream& after) {
    mini_.when().then_wait_until([&after] { return !after.provider.requests().empty(); }).then_body(opinion(category));
  }

  // The value behind that text in the metrics.
  std::string metric(std::string_view name) {
    const std::string all = ask(get("/metrics"));
    const std::size_t at = all.find(std::string(name) + " ");
    return at == std::string::npos ? "" : all.substr(at + name.size() + 1, all.find('\n', at) - at - name.size() - 1);
  }
  bool wait_for_metric(std::string_view name, std::string_view value) {
    return mini_.server.wait_until([&](http::Server&) { return metric(name) == value; });
  }

  // The only entry, whose decision can be made again.
  ledger::Entry entry_that_replays() {
    const ledger::Entry one = entry();
    const auto again = cli::replay(one, gateway_->runtime().snapshot().policy_document);
    EXPECT_TRUE(again.has_value() && again->same());
    return one;
  }

  std::atomic<bool> decide_{false};  // for the small model's scripts to wait for
  ScriptedUpstream mini_;

 private:
  void pair(config::Config& config) {
    config::LlmConfig& llm = config.router.llm.emplace();
    llm.provider = "tiny";
    llm.model = "mini";
    llm.structure = config::LlmStructure::kToken;
    llm.deadline = std::chrono::seconds(20);
    llm.pairing = "pair.json";
    const auto consultant = *gateway::make_consultant(config, cli::exact_counters(config));
    for (int i = 0; i < static_cast<int>(config.categories.size()); ++i) {
      labels_.push_back(consultant->prompt().labels().label(i));
    }
    llm.paired.classifier = "words-1";
    llm.paired.model = "mini";
    llm.paired.prompt_version = consultant->prompt_version();
    llm.paired.opinions.set(classify::OpinionSource::kLogprobs, {.local = 0.5F, .model = 1});
    llm.paired.certified = true;
    for (config::CategoryConfig& category : config.categories) {
      category.certified = true;
      category.pooled_threshold = 0.7F;
      category.strategy = route::Strategy::kPreference;  // of one model each
    }
  }

  std::vector<std::string> labels_;  // of the categories
};

}  // namespace pointsman::testing
