// What people say about decisions over HTTP: kept before it is answered, refused by name, never holding up a loop.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "gateway/worker.h"
#include "ledger/memory_store.h"
#include "support/encoders.h"
#include "support/memory_feedback_store.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using namespace std::chrono_literals;
using testing::body_of;
using testing::chat;
using testing::field_of;
using testing::get;
using ::testing::HasSubstr;
using testing::kChat;
using testing::post;
using testing::RawClient;
using ::testing::SizeIs;
using testing::status_of;
using testing::whole_answer;

constexpr std::string_view kFeedback = "/v1/feedback";
constexpr std::string_view kImport = "/v1/feedback/import";

std::string with_type(std::string request, std::string_view type) {
  constexpr std::string_view kJson = "application/json";
  return request.replace(request.find(kJson), kJson.size(), type);
}

std::string lines_of(std::string_view body) {
  return with_type(post(kImport, body), "application/x-ndjson");
}

// A worker with a ledger and a feedback store of our own.
class FeedbackTest : public ::testing::Test {
 protected:
  void start(const gateway::FeedbackDeskOptions& options = {}) {
    desk_.start([this] { return open(); }, clock_, registry_.add_shard(), 1, options);
    gateway::WorkerParts parts{loop_, resolver_, ledger_, registry_.add_shard(), registry_, clock_, encoders_,
                               desk_, quotas_,   load_};
    parts.ready = [] { return true; };
    worker_ = std::make_unique<gateway::Worker>(std::move(parts));
    config::DemoPorts ports{upstream_.server.port(), 1, 1};
    worker_->use({.champion = *gateway::build_snapshot(testing::three_models(ports), testing::load_words(), nullptr)});
    server_ = std::make_unique<http::Server>(loop_, *worker_, http::ServerLimits{}, nullptr);
    port_ = *server_->listen("127.0.0.1", 0);
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~FeedbackTest() override {
    gate_.open();
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
    desk_.stop();
  }
  base::Result<gateway::FeedbackBooks> open() {
    return gateway::FeedbackBooks{std::make_unique<testing::MemoryFeedbackStore>(memory_),
                                  std::make_unique<testing::BorrowedReader>(ledger_)};
  }
  // From now on every statement that is kept waits at the gate.
  void close_gate() {
    memory_->before_add = [this]() -> base::Result<void> {
      gate_.pass();
      return {};
    };
  }
  std::string ask(std::string_view request) {
    RawClient client(port_);
    EXPECT_TRUE(client.send(request));
    return client.read_answer();
  }
  // The id of a decision that was made and has ended.
  std::string decide() {
    upstream_.when().then_body(whole_answer("x"));
    return field_of(ask(post(kChat, chat("simple"))), "x-pointsman-decision-id");
  }
  static std::string about(std::string_view decision, std::string_view more) {
    return R"({"decision_id":")" + std::string(decision) + "\"," + std::string(more) + "}";
  }

  testing::ScriptedUpstream upstream_;
  ledger::MemoryStore ledger_;
  std::shared_ptr<testing::FeedbackMemory> memory_ = std::make_shared<testing::FeedbackMemory>();
  testing::Gate gate_;
  telemetry::Registry registry_;
  base::SystemClock clock_;
  net::Resolver resolver_;
  gateway::EncoderPool encoders_;
  net::Loop loop_;
  gateway::FeedbackDesk desk_;
  gateway::QuotaDesk quotas_{clock_};
  gateway::LoadGauge load_;
  std::unique_ptr<gateway::Worker> worker_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(FeedbackTest, WhatIsSaidAboutADecisionIsKeptAndAcknowledged) {
  start();
  const std::string id = decide();
  const std::string answer =
      ask(post(kFeedback, about(id, R"("category":"reasoning","verdict":"underpowered","annotator":"ann")")));
  EXPECT_EQ(status_of(answer), 200) << answer;
  const auto all = memory_->all();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(body_of(answer),
            R"({"id":")" + all[0].id.to_string() + R"(","decision_id":")" + id + R"(","repeated":false})");
  EXPECT_EQ(all[0].category, "reasoning");
  EXPECT_EQ(all[0].who, "api:ann");
  EXPECT_THAT(ask(get("/metrics")), HasSubstr("\npointsman_feedback_total{verdict=\"underpowered\"} 1\n"));
}

TEST_F(FeedbackTest, TheSameKeyIsKeptOnceAndAnotherContentUnderItIsAConflict) {
  start();
  const std::string body = about(decide(), R"("rating":2)");
  const std::string key = "Idempotency-Key: \"k-1\"\r\n";
  EXPECT_THAT(body_of(ask(post(kFeedback, body, key))), HasSubstr(R"("repeated":false)"));
  EXPECT_THAT(body_of(ask(post(kFeedback, body, key))), HasSubstr(R"("repeated":true)"));
  const std::string other = ask(post(kFeedback, about(memory_->all()[0].decision.to_string(), R"("rating":3)"), key));
  EXPECT_EQ(status_of(other), 409);
  EXPECT_THAT(body_of(other), HasSubstr("another content"));
  EXPECT_EQ(field_of(other, "x-should-retry"), "false");
  EXPECT_THAT(memory_->all(), SizeIs(1));
  EXPECT_THAT(ask(get("/metrics")), HasSubstr("\npointsman_feedback_total{verdict=\"unsaid\"} 1\n"));
}

struct Refused {
  const char* name;
  std::string request;
  int status;
  const char* says;
};

TEST_F(FeedbackTest, WhatCannotBeTakenIsRefusedByName) {
  start();
  const std::string id = decide();
  const std::string good = about(id, R"("rating":2)");
  const Refused cases[] = {
      {"a typo", post(kFeedback, about(id, R"("ratting":2)")), 400, R"("param":"ratting")"},
      {"another category", post(kFeedback, about(id, R"("category":"reasonning")")), 400, "did you mean 'reasoning'"},
      {"golden", post(kFeedback, about(id, R"("rating":2,"golden":true)")), 400, "not taken over HTTP"},
      {"broken JSON", post(kFeedback, "{"), 400, R"("code":"parse")"},
      {"a form", with_type(post(kFeedback, good), "text/plain"), 415, "application/json"},
      {"a large one", post(kFeedback, std::string(300'000, ' ')), 413, "262144"},
      {"unknown", post(kFeedback, about("01920000-0000-7000-8000-000000000001", R"("rating":2)")), 404, "forgotten"},
      {"a bad key", post(kFeedback, good, "Idempotency-Key: \r\n"), 400, "Idempotency-Key is empty"},
      {"another method", get(kFeedback), 405, "use POST"},
      {"a preflight", "OPTIONS /v1/feedback HTTP/1.1\r\nHost: test\r\n\r\n", 405, "use POST"},
      {"an import as JSON", post(kImport, good), 415, "application/x-ndjson"},
      {"an import as text", with_type(post(kImport, good), "text/plain"), 415, "application/x-ndjson"},
      {"bad lines", lines_of(good + "\n{}\n" + good + "\nx"), 400, R"("problems":["2:1: /decision_id)"},
      {"an unknown line", lines_of(good + "\n" + about("01920000-0000-7000-8000-000000000001", R"("rating":2)")), 400,
       R"(["2:16: /decision_id: the decision 01920000-)"},
  };
  for (const Refused& one : cases) {
    const std::string answer = ask(one.request);
    EXPECT_EQ(status_of(answer), one.status) << one.name << answer;
    EXPECT_THAT(body_of(answer), HasSubstr(one.says)) << one.name;
    EXPECT_TRUE(body_of(answer).starts_with(R"({"error":{"message":)")) << one.name;
    EXPECT_EQ(answer.find("access-control-"), std::string::npos) << one.name;
  }
  EXPECT_THAT(memory_->all(), SizeIs(0));
  EXPECT_THAT(ask(get("/metrics")), HasSubstr("\npointsman_feedback_refused_total{status=\"404\"} 1\n"));
}

TEST_F(FeedbackTest, AnImportIsKeptAsAWholeAndMayBeSentAgain) {
  start();
  const std::string first = decide();
  const std::string body = about(first, R"("rating":2)") + "\n\n" + about(decide(), R"("verdict":"good_fit")") + "\r\n";
  const std::string answer = ask(lines_of(body));
  EXPECT_EQ(status_of(answer), 200) << answer;
  EXPECT_EQ(body_of(answer), R"({"accepted":2,"repeated":0})");
  EXPECT_EQ(body_of(ask(lines_of(body))), R"({"accepted":0,"repeated":2})");
  EXPECT_THAT(ask(get("/metrics")), HasSubstr("\npointsman_feedback_total{verdict=\"good_fit\"} 1\n"));
}

TEST_F(FeedbackTest, TheTwoTypesOfAnImportAreTheSame) {
  start();
  const std::string body = about(decide(), R"("rating":2)");
  EXPECT_EQ(body_of(ask(with_type(post(kImport, body), "application/jsonl; charset=utf-8"))),
            R"({"accepted":1,"repeated":0})");
  EXPECT_EQ(body_of(ask(lines_of(body))), R"({"accepted":0,"repeated":1})");
}

TEST_F(FeedbackTest, NothingIsAcknowledgedBeforeItIsKeptAndTheLoopGoesOnMeanwhile) {
  close_gate();
  start();
  const std::string id = decide();
  RawClient waits(port_);
  ASSERT_TRUE(waits.send(post(kFeedback, about(id, R"("rating":2)"))));
  ASSERT_TRUE(gate_.wait_for(1));
  EXPECT_EQ(status_of(ask(post(kChat, chat("simple")))), 200);
  EXPECT_TRUE(waits.silent_for(20));
  EXPECT_THAT(memory_->all(), SizeIs(0));
  gate_.open();
  EXPECT_EQ(status_of(waits.read_answer()), 200);
}

TEST_F(FeedbackTest, TooMuchAtOnceIsTurnedAwayAndToldWhenToComeBack) {
  close_gate();
  start({.errands = 1});
  const std::string body = about(decide(), R"("rating":2)");
  RawClient waits(port_);
  ASSERT_TRUE(waits.send(post(kFeedback, body)));
  ASSERT_TRUE(gate_.wait_for(1));
  const std::string refused = ask(post(kFeedback, body));
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_EQ(field_of(refused, "retry-after"), "1");
  EXPECT_EQ(field_of(refused, "x-should-retry"), "true");
  gate_.open();
  EXPECT_EQ(status_of(waits.read_answer()), 200);
}

TEST_F(FeedbackTest, AStoreThatFailsIsToldWithoutItsDetails) {
  memory_->before_add = []() -> base::Result<void> {
    return base::fail(base::ErrorCode::kIo, "/srv/ledger/learning.db: disk I/O error");
  };
  start();
  const std::string answer = ask(post(kFeedback, about(decide(), R"("rating":2)")));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_EQ(answer.find("learning.db"), std::string::npos);
}

TEST_F(FeedbackTest, WhatAClientSaidBeforeItLeftIsKept) {
  close_gate();
  start();
  const std::string id = decide();
  {
    RawClient leaves(port_);
    ASSERT_TRUE(leaves.send(post(kFeedback, about(id, R"("rating":2)"))));
    ASSERT_TRUE(gate_.wait_for(1));
  }
  gate_.open();
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (memory_->all().empty() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_THAT(memory_->all(), SizeIs(1));
}

}  // namespace
}  // namespace pointsman
