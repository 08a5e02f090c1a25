// The gateway with a sentence encoder for a second opinion: when it answers, when it is too slow, and what happens to a
// request that waits for it.
#include <gmock/gmock.h>

#include <future>

#include "cli/replay.h"
#include "support/encoders.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using namespace std::chrono_literals;
using ledger::Outcome;
using testing::ask_encoder_a;
using testing::chat;
using testing::FakeEncoder;
using testing::field_of;
using testing::get;
using ::testing::HasSubstr;
using testing::kChat;
using testing::post;
using testing::RawClient;
using testing::status_of;
using testing::whole_answer;

// Two encoders at the paths "a" and "b"; the classifier "asks-a" wants the first.
class EncoderTest : public testing::GatewayTest {
 protected:
  void start(const testing::TestGateway::Change& change = {}) {
    const auto asking = [change](config::Config& config) {
      ask_encoder_a(config);
      if (change) change(config);
    };
    gateway_.emplace(ports(), asking,
                     app::RuntimeOptions{"test", testing::load_asking(), testing::load_fakes({{"a", a_}, {"b", b_}})});
    for (auto* one : {&small_, &tools_, &large_}) one->when().then_body(whole_answer("x"));
  }
  // Behind the gate.
  void start_gated(const testing::TestGateway::Change& change = {}) {
    a_ = std::make_shared<FakeEncoder>('a', &gate_);
    start(change);
  }
  std::unique_ptr<RawClient> ask_and_wait_at_the_gate(const std::string& text, int arrivals = 1) {
    auto client = connect();
    EXPECT_TRUE(client->send(post(kChat, chat(text))));
    EXPECT_TRUE(gate_.wait_for(arrivals));
    return client;
  }
  // Until the metrics page has that line.
  bool metrics_show(const std::string& line) {
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < patience) {
      if (ask(get("/metrics")).find(line) != std::string::npos) return true;
    }
    return false;
  }
  void reload(const testing::TestGateway::Change& change) {
    auto reloaded = gateway_->runtime().reload(gateway_->config(change));
    ASSERT_TRUE(reloaded.has_value()) << reloaded.error().message();
  }

  testing::Gate gate_;
  std::shared_ptr<FakeEncoder> a_ = std::make_shared<FakeEncoder>('a');
  std::shared_ptr<FakeEncoder> b_ = std::make_shared<FakeEncoder>('b');
  // The gate must be open before the gateway ends, or it would wait for its encoder.
  void TearDown() override { gate_.open(); }
};

TEST_F(EncoderTest, DecidesWhatTheClassifierDoubtsAndSaysSoEverywhere) {
  start();
  const std::string answer = ask_chat(chat("hm [s]"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(answer, "x-pointsman-encoder"), "used");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.encoder, "used");
  EXPECT_EQ(one.category, "simple");
  EXPECT_EQ(one.stage, "local");
  EXPECT_THAT(one.probabilities, ::testing::ElementsAre(0.8F, 0.1F, 0.1F));
  EXPECT_LE(one.encoder_time, one.classify_time);
  const std::string decided = ask(post("/v1/route", chat("hm [r]")));
  EXPECT_THAT(decided, HasSubstr(R"("category":"reasoning")"));
  EXPECT_THAT(decided, HasSubstr(R"("encoder":{"outcome":"used","us":)"));
  EXPECT_TRUE(metrics_show("pointsman_encoder_requests_total{outcome=\"used\"} 2\n"));
  EXPECT_TRUE(metrics_show("pointsman_encoder_queue_length 0\n"));
  EXPECT_TRUE(metrics_show("pointsman_encoder_info{version=\"aaaaaaaaaaaa\"} 1\n"));
}

TEST_F(EncoderTest, IsLeftAloneByThoseWhoDoNotNeedIt) {
  start();
  EXPECT_EQ(field_of(ask_chat(chat("a simple one")), "x-pointsman-encoder"), "not_needed");
  EXPECT_EQ(field_of(ask_chat(chat("hm [s]"), "x-pointsman-route: tool_use\r\n"), "x-pointsman-encoder"), "not_needed");
  EXPECT_EQ(field_of(ask_chat(chat("hm [s]", "sim-tools")), "x-pointsman-encoder"), "");
  EXPECT_TRUE(a_->batches().empty());
  const auto all = gateway_->entries(3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].encoder, "not_needed");
  EXPECT_EQ(all[2].encoder, "");
}

TEST_F(EncoderTest, TooLateAnAnswerIsNotWaitedFor) {
  start_gated([](config::Config& config) { config.router.encoder->deadline = 20ms; });
  const std::string answer = ask_chat(chat("hm [s]"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(field_of(answer, "x-pointsman-encoder"), "late");
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large") << "doubt never routes down";
  const ledger::Entry one = entry();
  EXPECT_EQ(one.encoder, "late");
  EXPECT_GE(one.encoder_time, 20ms);
  EXPECT_EQ(one.reason, "below_threshold");
}

TEST_F(EncoderTest, ThoseWhoFindTheQueueFullAreDecidedWithoutIt) {
  start_gated([](config::Config& config) {
    config.router.encoder->queue = 1;
    config.router.encoder->batch = 1;
  });
  const auto held = ask_and_wait_at_the_gate("hm [s]");
  const auto queued = connect();
  ASSERT_TRUE(queued->send(post(kChat, chat("hm [t]"))));
  ASSERT_TRUE(metrics_show("pointsman_encoder_queue_length 1\n"));
  EXPECT_EQ(field_of(ask_chat(chat("hm [r]")), "x-pointsman-encoder"), "queue_full");
  EXPECT_EQ(field_of(ask_chat(chat("a simple one")), "x-pointsman-model"), "sim-small") << "others are not held up";
  gate_.open();
  EXPECT_EQ(field_of(held->read_answer(), "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(queued->read_answer(), "x-pointsman-model"), "sim-tools");
  EXPECT_TRUE(metrics_show("pointsman_encoder_requests_total{outcome=\"queue_full\"} 1\n"));
}

// ---- a certificate that names the encoder

TEST_F(EncoderTest, UnderItsCertificateTheEncoderIsAskedAndItsAbsenceSentToTheFallback) {
  start_gated([](config::Config& config) {
    testing::certify(config, 'a');
    config.router.encoder->deadline = 20ms;
  });
  const std::string late = ask_chat(chat("hm [s]"));
  EXPECT_EQ(field_of(late, "x-pointsman-encoder"), "late");
  EXPECT_EQ(field_of(late, "x-pointsman-model"), "sim-large") << "though the classifier alone reaches the threshold";
  EXPECT_EQ(field_of(ask_chat(chat("a simple one")), "x-pointsman-model"), "sim-small") << "it was sure without";
  EXPECT_TRUE(metrics_show("pointsman_fallbacks_total{reason=\"without_encoder\"} 1\n"));
  gate_.open();
  reload([](config::Config& config) {
    ask_encoder_a(config);
    testing::certify(config, 'a');
  });
  EXPECT_EQ(field_of(ask_chat(chat("hm [t]")), "x-pointsman-model"), "sim-tools");
  const auto all = gateway_->entries(3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].reason, "without_encoder");
  EXPECT_EQ(all[0].stage, "fallback");
  EXPECT_EQ(all[0].encoder, "late");
  EXPECT_EQ(all[1].reason, "at_or_above_certified_threshold");
  EXPECT_EQ(all[2].reason, "at_or_above_certified_threshold");
  EXPECT_EQ(all[2].encoder, "used");
  for (const ledger::Entry& one : all) {
    const auto again = cli::replay(one, gateway_->runtime().snapshot().policy_document);
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_THAT(again->differences, ::testing::IsEmpty());
  }
}

TEST_F(EncoderTest, AReloadToAnotherEncoderThanCertifiedIsRefused) {
  start([](config::Config& config) { testing::certify(config, 'a'); });
  auto reloaded = gateway_->runtime().reload(gateway_->config([](config::Config& config) {
    ask_encoder_a(config);
    testing::certify(config, 'a');
    config.router.encoder->path = "b";
  }));
  ASSERT_FALSE(reloaded.has_value());
  EXPECT_THAT(reloaded.error().message(), HasSubstr("but router.encoder is bbbbbbbbbbbb"));
  EXPECT_EQ(field_of(ask_chat(chat("hm [t]")), "x-pointsman-encoder"), "used") << "the one before keeps serving";
}

TEST_F(EncoderTest, AnEncoderThatFailsIsDoneWithout) {
  start();
  EXPECT_EQ(field_of(ask_chat(chat("hm [x]")), "x-pointsman-encoder"), "unavailable");
  EXPECT_EQ(field_of(ask_chat(chat("hm [s]")), "x-pointsman-encoder"), "used");
}

TEST_F(EncoderTest, WithoutItsEncoderTheClassifierServesAlone) {
  start([](config::Config& config) { config.router.encoder.reset(); });
  EXPECT_THAT(gateway_->runtime().snapshot().encoder_note, HasSubstr("set router.encoder"));
  const std::string answer = ask_chat(chat("hm [s]"));
  EXPECT_EQ(field_of(answer, "x-pointsman-encoder"), "unavailable");
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-large");
}

TEST_F(EncoderTest, AClientThatLeavesWhileItWaitsLeavesOneEntryAndNoPlaceTaken) {
  start_gated([](config::Config& config) { config.router.encoder->batch = 1; });
  const auto held = ask_and_wait_at_the_gate("hm [s]");
  const auto queued = connect();
  ASSERT_TRUE(queued->send(post(kChat, chat("hm [t]"))));
  ASSERT_TRUE(metrics_show("pointsman_encoder_queue_length 1\n"));
  queued->close();
  held->close();
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  for (const ledger::Entry& one : all) {
    EXPECT_EQ(one.outcome, Outcome::kClientGone);
    EXPECT_EQ(one.status, 499);
    EXPECT_EQ(one.encoder, "cancelled");
    EXPECT_TRUE(one.attempts.empty()) << "nobody was to be asked any more";
  }
  EXPECT_TRUE(metrics_show("pointsman_encoder_queue_length 0\n"));
  EXPECT_EQ(gate_.arrived(), 1);
}

TEST_F(EncoderTest, AShutdownDoesNotWaitForTheQueue) {
  start_gated([](config::Config& config) {
    config.router.encoder->batch = 1;
    config.limits.drain_timeout = 50ms;
  });
  const auto held = ask_and_wait_at_the_gate("hm [s]");
  const auto queued = connect();
  ASSERT_TRUE(queued->send(post(kChat, chat("hm [t]"))));
  ASSERT_TRUE(metrics_show("pointsman_encoder_queue_length 1\n"));
  auto stopped = std::async(std::launch::async, [this] {
    const std::atomic<bool> hurry{false};
    gateway_->runtime().stop(hurry);
  });
  EXPECT_NE(queued->read_to_end(), RawClient::End::kOpen);
  EXPECT_NE(held->read_to_end(), RawClient::End::kOpen);
  gate_.open();
  stopped.get();
  EXPECT_EQ(gate_.arrived(), 1) << "what waited is forgotten";
  const auto all = gateway_->committed();
  ASSERT_EQ(all.size(), 2U);
  for (const ledger::Entry& one : all) EXPECT_EQ(one.encoder, "cancelled");
}

TEST_F(EncoderTest, ARequestThatWaitsOverAReloadEndsAsItBegan) {
  start_gated();
  const auto held = ask_and_wait_at_the_gate("hm [s]");
  reload([](config::Config& config) { config.router.classifier = "builtin"; });
  EXPECT_EQ(field_of(ask_chat(chat("hm [s]")), "x-pointsman-encoder"), "") << "the new classifier names no encoder";
  gate_.open();
  EXPECT_EQ(field_of(held->read_answer(), "x-pointsman-model"), "sim-small");
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].classifier_version, "words-1");
  EXPECT_EQ(all[1].classifier_version, "asks-a");
  EXPECT_EQ(all[1].encoder, "used");
}

TEST_F(EncoderTest, AReloadMayBringAnotherClassifierAndItsEncoder) {
  start_gated([](config::Config& config) { config.router.encoder->threads = 2; });
  const auto held = ask_and_wait_at_the_gate("hm [s]");
  reload([](config::Config& config) {
    ask_encoder_a(config);
    config.router.classifier = "asks-b";
    config.router.encoder->path = "b";
    config.router.encoder->threads = 3;
  });
  EXPECT_EQ(field_of(ask_chat(chat("hm [t]")), "x-pointsman-model"), "sim-tools");
  gate_.open();
  EXPECT_EQ(field_of(held->read_answer(), "x-pointsman-model"), "sim-small");
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  for (const ledger::Entry& one : all) EXPECT_EQ(one.encoder, "used");
  EXPECT_EQ(all[0].classifier_version, "asks-b");  // entries are in the order of their decisions
  EXPECT_EQ(all[1].classifier_version, "asks-a");
  EXPECT_EQ(b_->batches().size(), 1U);
  EXPECT_TRUE(metrics_show("pointsman_encoder_info{version=\"bbbbbbbbbbbb\"} 1\n"));
}

TEST_F(EncoderTest, ManyAtOnceAllGetTheirOwnAnswer) {
  start([](config::Config& config) { config.router.encoder->threads = 2; });
  const std::array<std::pair<const char*, const char*>, 3> kinds = {
      {{"hm [s]", "sim-small"}, {"hm [r]", "sim-large"}, {"hm [t]", "sim-tools"}}};
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::async(std::launch::async, [&, i] {
      const auto& [text, model] = kinds[static_cast<std::size_t>(i % 3)];
      const auto client = connect();
      int wrong = 0;
      for (int n = 0; n < 50; ++n) {
        if (!client->send(post(kChat, chat(text)))) return 1000;
        const std::string answer = client->read_answer();
        if (field_of(answer, "x-pointsman-model") != model || field_of(answer, "x-pointsman-encoder") != "used")
          ++wrong;
      }
      return wrong;
    }));
  }
  for (auto& one : clients) EXPECT_EQ(one.get(), 0);
  EXPECT_EQ(gateway_->entries(300).size(), 300U);
}

}  // namespace
}  // namespace pointsman
