// A ledger on disk for commands: entries as the gateway records them, under a policy of two categories.
// For tests; one test, one ledger.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/policy.h"
#include "ledger_sqlite/store.h"
#include "support/command_line.h"

namespace pointsman::test {

inline constexpr std::int64_t kNow = 1'767'348'000;  // 2026-01-02 10:00:00 UTC

inline config::Policy two_categories() {
  const auto model = [](const char* name, llm::CapabilitySet can, std::int64_t cents) {
    const auto price = base::TokenPrice::per_million({cents * 10'000'000});
    return route::Model{.name = name,
                        .provider = "p",
                        .upstream_name = name,
                        .capabilities = can,
                        .prices = {.input = price, .output = price}};
  };
  return {.router = "auto",
          .stages = {config::RouterStage::kHeader, config::RouterStage::kRules, config::RouterStage::kLocal},
          .categories = {{"chat", "small talk", 0.6F, {"small", "tools"}}, {"sums", "", 0.6F, {"tools"}}},
          .rules = {{"numbers", "sums", {"add"}, {}}},
          .fallback = {"large"},
          .models = {model("small", {}, 10), model("tools", {llm::Capability::kTools}, 40),
                     model("large", {llm::Capability::kTools}, 250)},
          .expected_output_tokens = 500};
}

class LedgerOnDisk : public testing::Test {
 protected:
  LedgerOnDisk() {
    line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(kNow)));
    document_ = config::policy_document(two_categories());
    version_ = config::policy_version(document_);
  }

  base::Uuid id_at(std::int64_t seconds_ago) {
    return ids_.next(base::WallTime(std::chrono::seconds(kNow - seconds_ago)));
  }

  // A request about small talk with a tool, as the gateway records it.
  ledger::Entry chat_entry(std::int64_t seconds_ago) {
    ledger::Entry entry;
    entry.id = id_at(seconds_ago);
    entry.started = entry.id.time();
    entry.requested_model = "auto";
    entry.capabilities = llm::CapabilitySet{llm::Capability::kTools}.bits();
    entry.input_tokens_estimate = 12;
    entry.probabilities = {0.9F, 0.1F};
    entry.category = "chat";
    entry.probability = 0.9F;
    entry.threshold = 0.6F;
    entry.stage = "local";
    entry.reason = "at_or_above_threshold";
    entry.candidates = {"tools", "large"};
    entry.policy_version = version_;
    entry.classifier_version = "0123456789abcdef";
    entry.attempts = {{.model = "tools", .provider = "p", .status = 200, .first_byte = std::chrono::milliseconds(7)}};
    entry.model = "tools";
    entry.provider = "p";
    entry.status = 200;
    entry.usage = {.input_tokens = 11, .output_tokens = 20};
    entry.cost = base::Money{12'400};
    entry.baseline_cost = base::Money{77'500};
    entry.total = std::chrono::milliseconds(31);
    entry.overhead = std::chrono::microseconds(90);
    return entry;
  }
  ledger::Entry doubtful_entry(std::int64_t seconds_ago) {
    ledger::Entry entry = chat_entry(seconds_ago);
    entry.probabilities = {0.5F, 0.5F};
    entry.probability = 0.5F;
    entry.stage = "fallback";
    entry.reason = "below_threshold";
    entry.candidates = {"large"};
    entry.model = "large";
    entry.cost.reset();
    return entry;
  }

  void keep(const std::vector<ledger::Entry>& entries) { keep(entries, document_); }
  void keep(const std::vector<ledger::Entry>& entries, const std::string& document) {
    ledger_sqlite::StoreOptions options;
    options.directory = ledger_;
    options.ring_bytes = 1 << 20;
    options.writer.clock = &line_.clock;
    auto store = ledger_sqlite::open_store(options);
    ASSERT_TRUE(store) << store.error().message();
    if (!document.empty()) {
      ASSERT_TRUE((*store)->save_policy(version_, document));
    }
    for (const ledger::Entry& entry : entries) {
      ASSERT_TRUE((*store)->sink(0).reserve());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close());
  }
  Ran run(const std::string& command, std::vector<std::string> more) {
    more.insert(more.begin(), {command, "--ledger", ledger_});
    return line_.run(std::move(more));
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  TemporaryDirectory directory_;
  std::string ledger_ = directory_.file("ledger");
  std::string document_;
  std::string version_;
  base::UuidGenerator ids_{7};
  CommandLine line_;
};

}  // namespace pointsman::test
