// Answers that are given again to the very same request (categories.*.cache_ttl): to whom, for how long, at what price,
// and which are not kept.
#include <gmock/gmock.h>

#include "cli/replay.h"
#include "ledger/savings.h"
#include "support/caching_gateway.h"

namespace pointsman {
namespace {

using ledger::Outcome;
using testing::body_of;
using testing::cache_of;
using testing::chat;
using testing::chat_stream;
using ::testing::ElementsAre;
using testing::event;
using testing::field_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kChat;
using testing::kDone;
using testing::kEvents;
using testing::kFinish;
using testing::kUsage;
using ::testing::Not;
using testing::post;
using testing::status_of;
using testing::unchunked;
using testing::whole_answer;

constexpr std::string_view kMessages = "/v1/messages";
constexpr std::string_view kResponses = "/v1/responses";

class ResponseCacheTest : public testing::CachingTest {};

TEST_F(ResponseCacheTest, TheSameRequestGetsTheSameAnswerAndNobodyIsAsked) {
  start_keeping();
  small_.when().times(1).then_header("x-upstream", "1").then_body(whole_answer("first"));
  const auto got = ask_twice(chat("simple"));
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(cache_of(got[0]), "miss");
  EXPECT_EQ(field_of(got[0], "age"), "");
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(field_of(got[1], "age"), "0");
  EXPECT_EQ(status_of(got[1]), 200);
  EXPECT_EQ(body_of(got[1]), whole_answer("first"));
  EXPECT_EQ(field_of(got[1], "content-type"), field_of(got[0], "content-type"));
  EXPECT_EQ(field_of(got[1], "x-upstream"), "") << "that was about a call";
  EXPECT_EQ(field_of(got[1], "x-pointsman-model"), "sim-small");
  EXPECT_EQ(field_of(got[1], "x-pointsman-category"), "simple");
  EXPECT_EQ(field_of(got[1], "x-pointsman-fallback"), "none");
  EXPECT_EQ(field_of(got[1], "x-pointsman-cost-usd"), base::Money{}.to_string());
  EXPECT_NE(field_of(got[1], "x-pointsman-decision-id"), field_of(got[0], "x-pointsman-decision-id"));
}

TEST_F(ResponseCacheTest, ItCostsNothingAndSavesWhatTheBaselineWouldHaveCost) {
  start_keeping();
  small_.when().then_body(whole_answer("first"));
  ask_twice(chat("simple"));
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  const ledger::Entry& first = all[0];
  const ledger::Entry& again = all[1];
  EXPECT_EQ(again.bill.replayed, first.id.to_string());
  EXPECT_EQ(again.outcome, Outcome::kOk);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.model, "sim-small");
  EXPECT_EQ(again.provider, first.provider);
  EXPECT_THAT(again.attempts, IsEmpty());
  EXPECT_EQ(again.usage, first.usage) << "of the answer";
  EXPECT_EQ(again.response_bytes, first.response_bytes);
  EXPECT_EQ(again.candidates, first.candidates);
  EXPECT_EQ(again.cost, base::Money{});
  ASSERT_TRUE(first.cost && first.baseline_cost);
  EXPECT_GT(first.cost->nanos, 0);
  EXPECT_EQ(again.baseline_cost, first.baseline_cost);
  EXPECT_FALSE(again.bill.expected);
  const auto replay = cli::replay(again, gateway_->runtime().snapshot().policy_document);
  EXPECT_TRUE(replay.has_value() && replay->same());
  ledger::SavingsFold fold(ledger::SavingsBy::kRoute);
  for (const ledger::Entry& one : all) fold.add(one);
  const ledger::Savings total = fold.report().total;
  EXPECT_EQ(total.replayed, 1U);
  EXPECT_EQ(total.actual, *first.cost);
  EXPECT_EQ(total.baseline, *first.baseline_cost + *first.baseline_cost);
}

TEST_F(ResponseCacheTest, MetricsCountWhatHappenedAndNoTokensTwice) {
  start_keeping([](config::Config& config) { config.workers = 1; });
  small_.when().then_body(whole_answer("first"));
  ask_twice(chat("simple"));
  ask_chat(chat("simple"), "cache-control: no-store\r\n");
  const std::string metrics = ask(testing::get("/metrics"));
  EXPECT_THAT(metrics, HasSubstr("pointsman_cache_requests_total{result=\"hit\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("pointsman_cache_requests_total{result=\"miss\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("pointsman_cache_requests_total{result=\"bypass\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("pointsman_tokens_total{direction=\"input\",model=\"sim-small\"} 200\n"));
  EXPECT_THAT(metrics, HasSubstr("pointsman_upstream_requests_total{provider=\"sim-small\",model=\"sim-small\"} 2\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("pointsman_cache_bytes 0\n")));
}

TEST_F(ResponseCacheTest, ACategoryThatDoesNotAskForItHasNothingOfIt) {
  start_keeping();
  large_.when().then_body(whole_answer("large"));
  const auto got = ask_twice(chat("reasoning"));
  EXPECT_EQ(cache_of(got[0]), "");
  EXPECT_EQ(cache_of(got[1]), "");
  EXPECT_EQ(large_.provider.requests().size(), 2U);
  ask_chat(chat("in doubt"));
  ask_chat(chat("in doubt"));
  EXPECT_EQ(large_.provider.requests().size(), 4U) << "what goes to the fallback is no category's";
  EXPECT_EQ(answers().size(), 0U);
}

TEST_F(ResponseCacheTest, AModelThatTheClientNamesAnswersItself) {
  start_keeping();
  small_.when().then_body(whole_answer("small"));
  const auto got = ask_twice(chat("simple", "sim-small"));
  EXPECT_EQ(cache_of(got[1]), "");
  EXPECT_EQ(asked(), 2U);
}

TEST_F(ResponseCacheTest, ARequestIsTheSameHoweverItIsWritten) {
  start_keeping();
  small_.when().then_body(whole_answer("small"));
  const auto got =
      ask_all({post(kChat, R"({"model":"auto","temperature":0.5,"messages":[{"role":"user","content":"simple"}]})"),
               post(kChat, R"({ "messages": [{"content":"s\u0069mple", "role":"user"}], "user":"u1", "stream":false,)"
                           "\n"
                           R"("temperature":0.5,"model":"auto"})"),
               post(kChat, R"({"model":"auto","temperature":0.6,"messages":[{"role":"user","content":"simple"}]})"),
               post(kChat, R"({"model":"auto","temperature":0.5,"messages":[{"role":"user","content":"simple "}]})"),
               post(kChat, R"({"model":"auto","temperature":0.5,"messages":[{"role":"user","content":"simple"}]})",
                    "openai-beta: x\r\n"),
               post(kChat, R"({"model":"auto","temperature":0.5,"messages":[{"role":"user","content":"simple"}]})",
                    "x-stainless-retry-count: 1\r\n")});
  std::vector<std::string> results;
  for (const std::string& one : got) results.push_back(cache_of(one));
  EXPECT_THAT(results, ElementsAre("miss", "hit", "miss", "miss", "miss", "hit"));
}

TEST_F(ResponseCacheTest, NothingIsGivenOnceItsTimeIsOver) {
  start_keeping();
  small_.when().times(1).then_body(whole_answer("first"));
  small_.when().then_body(whole_answer("second"));
  ask_twice(chat("simple"));
  EXPECT_EQ(answers().size(), 1U);
  answers().sweep(base::SystemClock().mono() + std::chrono::minutes(59));
  EXPECT_EQ(answers().size(), 1U);
  answers().sweep(base::SystemClock().mono() + std::chrono::minutes(61));
  EXPECT_EQ(answers().size(), 0U);
  const std::string got = ask_chat(chat("simple"));
  EXPECT_EQ(cache_of(got), "miss");
  EXPECT_EQ(body_of(got), whole_answer("second"));
}

TEST_F(ResponseCacheTest, AClientMayWantANewAnswerOrNoneKept) {
  start_keeping();
  small_.when().times(1).then_body(whole_answer("first"));
  small_.when().times(1).then_body(whole_answer("second"));
  small_.when().times(1).then_body(whole_answer("third"));
  small_.when().times(1).then_body(whole_answer("fourth"));
  const std::string body = chat("simple");
  const auto got = ask_all({post(kChat, body, "cache-control: no-store\r\n"), post(kChat, body), post(kChat, body),
                            post(kChat, body, "cache-control: no-cache\r\n"), post(kChat, body),
                            post(kChat, body, "cache-control: max-age=0\r\n"), post(kChat, body),
                            post(kChat, body, "cache-control: max-age=3600\r\n")});
  std::vector<std::string> told;
  for (const std::string& one : got)
    told.push_back(cache_of(one) + " " +
                   (one.contains("\"first")    ? "1"
                    : one.contains("\"second") ? "2"
                    : one.contains("\"third")  ? "3"
                                               : "4"));
  EXPECT_THAT(told, ElementsAre("bypass 1", "miss 2", "hit 2", "bypass 3", "hit 3", "miss 4", "hit 4", "hit 4"));
}

TEST_F(ResponseCacheTest, ARequestWithToolsOrWithAStoreIsNotLookedUp) {
  start_keeping([](config::Config& config) {
    config.categories.front().models = {"sim-tools"};  // that can
  });
  tools_.when().then_body(whole_answer("tools"));
  for (const std::string_view more :
       {R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)",
        R"("store":true,)"}) {
    const auto got = ask_twice(chat("simple", "auto", more));
    EXPECT_EQ(status_of(got[0]), 200) << got[0];
    EXPECT_EQ(cache_of(got[1]), "bypass") << more;
  }
  EXPECT_EQ(answers().size(), 0U);
}

// ---- what is not worth keeping

TEST_F(ResponseCacheTest, AnAnswerThatIsNotWholeAndGoodIsNotKept) {
  const auto ended = [](std::string_view reason) {
    std::string out = whole_answer("x");
    return out.replace(out.find("\"stop\""), 6, "\"" + std::string(reason) + "\"");
  };
  start_keeping();
  for (const std::string_view reason : {"length", "content_filter"}) {
    small_.when(simulate::body_contains(std::string(reason))).then_body(ended(reason));
    const auto got = ask_twice(chat("simple " + std::string(reason)));
    EXPECT_EQ(cache_of(got[1]), "miss") << reason;
  }
  EXPECT_EQ(asked(), 4U);
}

TEST_F(ResponseCacheTest, AStreamThatWasCutIsNotKept) {
  start_keeping();
  small_.when().times(1).then_header("content-type", kEvents).then_stream({event("a")}).then_close();
  small_.when().times(1).then_header("content-type", kEvents).then_stream({event("a"), kFinish, kDone});
  ask_chat(chat_stream("simple"));
  const std::string again = ask_chat(chat_stream("simple"));
  EXPECT_EQ(cache_of(again), "miss");
  EXPECT_EQ(unchunked(body_of(again)), event("a") + kFinish + kDone);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(ResponseCacheTest, AnErrorIsNotKept) {
  start_keeping([](config::Config& config) { config.router.retries.max_attempts = 1; });
  small_.when().times(2).then_status(400).then_body(R"({"error":{"message":"no"}})");
  const auto got = ask_twice(chat("simple"));
  EXPECT_EQ(status_of(got[0]), 400);
  EXPECT_EQ(status_of(got[1]), 400);
  EXPECT_EQ(cache_of(got[1]), "miss");
  EXPECT_EQ(asked(), 2U);
}

TEST_F(ResponseCacheTest, WhatAnotherModelSaidInNeedIsNotKept) {
  start_keeping();
  small_.when().times(1).then_status(500).then_body("{}");
  small_.when().then_body(whole_answer("small"));
  large_.when().then_body(whole_answer("large"));
  const auto got = ask_all({post(kChat, chat("simple")), post(kChat, chat("simple")), post(kChat, chat("simple"))});
  EXPECT_EQ(field_of(got[0], "x-pointsman-fallback"), "failover");
  EXPECT_EQ(body_of(got[0]), whole_answer("large"));
  EXPECT_EQ(cache_of(got[1]), "miss");
  EXPECT_EQ(body_of(got[1]), whole_answer("small"));
  EXPECT_EQ(cache_of(got[2]), "hit");
}

TEST_F(ResponseCacheTest, AnAnswerThatIsTooLargeIsNotKept) {
  start_keeping();
  small_.when().then_body(whole_answer(std::string((1U << 20) + 1, 'x')));
  const auto got = ask_twice(chat("simple"));
  EXPECT_EQ(cache_of(got[1]), "miss");
  EXPECT_EQ(body_of(got[1]).size(), body_of(got[0]).size());
}

// ---- streams

TEST_F(ResponseCacheTest, AStreamIsGivenAgainAsItWas) {
  start_keeping();
  small_.when()
      .times(1)
      .then_header("content-type", kEvents)
      .then_stream({event("one"), ": comment\n\n" + event("two"), kFinish + kUsage, kDone});
  const auto got = ask_twice(chat_stream("simple", R"("stream_options":{"include_usage":true},)"));
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(field_of(got[1], "content-type"), kEvents);
  EXPECT_EQ(field_of(got[1], "transfer-encoding"), "chunked");
  EXPECT_EQ(unchunked(body_of(got[1])), event("one") + ": comment\n\n" + event("two") + kFinish + kUsage + kDone);
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(gateway_->entries(2)[1].usage.output_tokens, 50);
}

TEST_F(ResponseCacheTest, AUsageReportThatWasHiddenStaysHidden) {
  start_keeping();
  small_.when().times(1).then_header("content-type", kEvents).then_stream({event("one"), kFinish, kUsage, kDone});
  const auto got = ask_twice(chat_stream("simple"));
  EXPECT_EQ(unchunked(body_of(got[0])), event("one") + kFinish + kDone);
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(unchunked(body_of(got[1])), event("one") + kFinish + kDone);
  const auto all = gateway_->entries(2);
  EXPECT_EQ(all[1].baseline_cost, all[0].baseline_cost);
  EXPECT_TRUE(all[1].baseline_cost.has_value());
}

TEST_F(ResponseCacheTest, AStreamAndAWholeAnswerAreKeptApart) {
  start_keeping();
  small_.when(simulate::body_contains("\"stream\":true"))
      .then_header("content-type", kEvents)
      .then_stream({event("one"), kFinish, kDone});
  small_.when().then_body(whole_answer("whole"));
  const auto got = ask_all({post(kChat, chat_stream("simple")), post(kChat, chat("simple")),
                            post(kChat, chat_stream("simple")), post(kChat, chat("simple"))});
  EXPECT_EQ(cache_of(got[1]), "miss");
  EXPECT_EQ(unchunked(body_of(got[2])), event("one") + kFinish + kDone);
  EXPECT_EQ(body_of(got[3]), whole_answer("whole"));
  EXPECT_EQ(asked(), 2U);
}

TEST_F(ResponseCacheTest, LongAnswersAreGivenAgainInParts) {
  start_keeping();
  std::vector<std::string> events;
  for (int i = 0; i < 400; ++i) events.push_back(event(std::string(500, static_cast<char>('a' + i % 26))));
  events.push_back(kFinish);
  events.push_back(kDone);
  std::string all;
  for (const std::string& one : events) all += one;
  ASSERT_GT(all.size(), 3U * 64 * 1024);
  small_.when(simulate::body_contains("\"stream\":true")).then_header("content-type", kEvents).then_stream(events);
  const std::string whole = whole_answer(std::string(200'000, 'x'));
  small_.when().then_body(whole);
  const auto got = ask_all({post(kChat, chat_stream("simple")), post(kChat, chat_stream("simple")),
                            post(kChat, chat("simple")), post(kChat, chat("simple"))});
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(unchunked(body_of(got[1])), all);
  EXPECT_EQ(cache_of(got[3]), "hit");
  EXPECT_EQ(body_of(got[3]), whole);
  for (const ledger::Entry& one : gateway_->entries(4)) EXPECT_EQ(one.outcome, Outcome::kOk);
}

TEST_F(ResponseCacheTest, AClientOfTheOldProtocolGetsItWithoutChunks) {
  start_keeping();
  small_.when().then_header("content-type", kEvents).then_stream({event("one"), kFinish, kDone});
  ask_twice(chat_stream("simple"));
  std::string old = post(kChat, chat_stream("simple"));
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  const auto client = connect();
  ASSERT_TRUE(client->send(old));
  EXPECT_EQ(client->read_to_end(), testing::RawClient::End::kClosed);
  EXPECT_EQ(cache_of(client->received()), "hit");
  EXPECT_TRUE(std::string_view(client->received()).ends_with("\r\n\r\n" + event("one") + kFinish + kDone));
}

// ---- the other protocols

std::string messages(std::string_view more = {}) {
  return R"({"model":"auto","max_tokens":64,)" + std::string(more) +
         R"("messages":[{"role":"user","content":"simple"}]})";
}
std::string responses(std::string_view more = {}) {
  return R"({"model":"auto",)" + std::string(more) + R"("input":"simple"})";
}

TEST_F(ResponseCacheTest, ClientsOfOtherProtocolsGetTheirOwnFormAgain) {
  start_keeping();
  small_.when(simulate::body_contains("\"stream\":true"))
      .then_header("content-type", kEvents)
      .then_stream({event("one"), kFinish, kUsage, kDone});
  small_.when().then_header("content-type", "application/json").then_body(whole_answer("whole"));
  constexpr std::string_view kStream = R"("stream":true,)";
  for (const std::string& request : {post(kMessages, messages()), post(kMessages, messages(kStream)),
                                     post(kResponses, responses()), post(kResponses, responses(kStream))}) {
    const auto got = ask_all({request, request});
    EXPECT_EQ(cache_of(got[0]), "miss") << got[0];
    EXPECT_EQ(cache_of(got[1]), "hit") << request;
    EXPECT_EQ(field_of(got[1], "content-type"), field_of(got[0], "content-type"));
    EXPECT_EQ(unchunked(body_of(got[1])), unchunked(body_of(got[0])));
  }
  const auto all = gateway_->entries(8);
  ASSERT_EQ(all.size(), 8U);
  for (std::size_t i = 0; i < 8; i += 2) {
    EXPECT_EQ(all[i + 1].passage, all[i].passage);
    EXPECT_EQ(all[i + 1].bill.replayed, all[i].id.to_string());
  }
  EXPECT_EQ(asked(), 4U);
}

TEST_F(ResponseCacheTest, AMessageOfItsOwnProtocolIsGivenAgainByteForByte) {
  const std::string message =
      R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"hi"}],)"
      R"("stop_reason":"end_turn","stop_sequence":null,"odd":1e400,"usage":{"input_tokens":100,"output_tokens":50}})";
  start_keeping([](config::Config& config) {
    config.providers.front().kind = config::ProviderKind::kAnthropic;
    config.providers.front().headers.push_back({"anthropic-version", base::Secret("2023-06-01")});
  });
  small_.provider.when(std::string(kMessages)).then_header("content-type", "application/json").then_body(message);
  const auto got = ask_all({post(kMessages, messages(R"("metadata":{"user_id":"a"},)")), post(kMessages, messages()),
                            post(kMessages, messages(), "anthropic-beta: new\r\n"),
                            post(kMessages, messages(), "Anthropic-Beta: new\r\n")});
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(body_of(got[1]), message);
  EXPECT_EQ(cache_of(got[2]), "miss");
  EXPECT_EQ(cache_of(got[3]), "hit");
}

TEST_F(ResponseCacheTest, WhatWasLostOnTheWayIsToldAgain) {
  start_keeping();
  small_.when().then_body(whole_answer("whole"));
  const std::string request = post(kMessages, messages(R"("top_k":7,)"));
  const auto got = ask_all({request, request});
  EXPECT_EQ(field_of(got[0], "x-pointsman-lost"), "top_k");
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(field_of(got[1], "x-pointsman-lost"), "top_k");
}

}  // namespace
}  // namespace pointsman
