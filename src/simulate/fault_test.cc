#include "simulate/fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "simulate/provider.h"
#include "simulate/script.h"
#include "support/raw_client.h"
#include "support/server_thread.h"

namespace pointsman::simulate {
namespace {

using testing::body_of;
using testing::get;
using testing::post;
using testing::RawClient;
using testing::ServerThread;
using testing::unchunked;
using End = RawClient::End;

constexpr std::string_view kPath = "/v1/chat/completions";
const std::string kWhole = R"({"model":"sim-small","messages":[{"role":"user","content":"hi"}]})";
const std::string kStream = R"({"model":"sim-small","messages":[{"role":"user","content":"hi"}],"stream":true})";

class FaultTest : public ::testing::Test {
 protected:
  // One request with that fault on a connection of its own.
  std::unique_ptr<RawClient> ask(const std::string& fault, const std::string& body = kWhole,
                                 const std::string& more = {}) {
    auto client = std::make_unique<RawClient>(server_.port());
    client->send(post(kPath, body, "x-sim-fault: " + fault + "\r\n" + more));
    return client;
  }
  bool aborted(std::uint64_t times) {
    return server_.wait_until([&](http::Server&) {
      return persona_->bill().stats_json().find("\"aborted\":" + std::to_string(times) + ",") != std::string::npos;
    });
  }

  std::shared_ptr<Persona> persona_ = *Persona::make({});
  SimulatedProvider provider_{persona_};
  ServerThread server_{provider_};
};

TEST_F(FaultTest, AnswersWithTheStatusAskedForAndWhenToComeBack) {
  for (const char* status : {"429", "500", "502", "503", "529"}) {
    const auto client = ask(status);
    const std::string answer = client->read_answer();
    EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + status)) << answer;
    EXPECT_NE(answer.find(R"({"error":{"message":)"), std::string::npos);
  }
  const std::string limited = ask("429@1500")->read_answer();
  EXPECT_NE(limited.find("retry-after: 2\r\n"), std::string::npos);
  EXPECT_NE(limited.find("retry-after-ms: 1500\r\n"), std::string::npos);
  EXPECT_NE(limited.find(R"("code":"rate_limit_exceeded")"), std::string::npos);
  const std::string key = ask("bad-key")->read_answer();
  EXPECT_TRUE(key.starts_with("HTTP/1.1 401"));
  EXPECT_NE(key.find(R"("code":"invalid_api_key")"), std::string::npos);
  const std::string window = ask("context-too-long")->read_answer();
  EXPECT_TRUE(window.starts_with("HTTP/1.1 400"));
  EXPECT_NE(window.find(R"("code":"context_length_exceeded")"), std::string::npos);
}

TEST_F(FaultTest, SendsAPageInsteadOfJson) {
  const std::string fine = ask("html")->read_answer();
  EXPECT_TRUE(fine.starts_with("HTTP/1.1 200"));
  EXPECT_NE(fine.find("content-type: text/html"), std::string::npos);
  EXPECT_TRUE(body_of(fine).starts_with("<!doctype html>"));
  EXPECT_TRUE(ask("html502")->read_answer().starts_with("HTTP/1.1 502"));
}

TEST_F(FaultTest, HangsUntilTheClientLeavesAndRecordsThat) {
  const auto client = ask("hang");
  EXPECT_TRUE(client->silent_for(3));
  client->close();
  EXPECT_TRUE(aborted(1));
}

TEST_F(FaultTest, CutsAtEveryByteAskedForWithFinOrRst) {
  for (const std::string& body : {kWhole, kStream}) {
    for (const std::size_t at : {0U, 1U, 17U, 200U, 333U, 500U}) {
      const auto closed = ask("close@" + std::to_string(at), body);
      EXPECT_EQ(closed->read_to_end(), End::kClosed) << at;
      EXPECT_EQ(closed->received().size(), at);
      const auto reset = ask("reset@" + std::to_string(at), body);
      EXPECT_EQ(reset->read_to_end(), End::kReset) << at;
      EXPECT_EQ(reset->received().size(), at);
    }
  }
}

TEST_F(FaultTest, StallsAfterSoManyBytesAndNoticesTheClientLeave) {
  const auto client = ask("stall@600", kStream);
  ASSERT_TRUE(client->read_at_least(600));
  EXPECT_TRUE(client->silent_for(3));
  EXPECT_EQ(client->received().size(), 600U);
  client->close();
  EXPECT_TRUE(aborted(1));
  EXPECT_NE(persona_->bill().stats_json().find("\"bytes\":600,"), std::string::npos) << persona_->bill().stats_json();
}

TEST_F(FaultTest, StopsInTheMiddleOfAChunk) {
  const auto client = ask("half-chunk@2", kStream);
  EXPECT_EQ(client->read_to_end(), End::kClosed);
  const std::string body = body_of(client->received());
  const std::string whole = unchunked(body);
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 4);
  EXPECT_FALSE(body.ends_with("\r\n"));
}

TEST_F(FaultTest, EndsAStreamWithAnErrorEvent) {
  const std::string text = unchunked(body_of(ask("error-event@3", kStream)->read_answer()));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
  EXPECT_NE(text.find(R"(data: {"error":{"message":)"), std::string::npos);
  EXPECT_EQ(text.find("[DONE]"), std::string::npos);
  EXPECT_TRUE(ask("error-event@3", kWhole)->read_answer().starts_with("HTTP/1.1 500"));
}

TEST_F(FaultTest, BreaksJsonLengthDoneAndHttpItself) {
  const std::string broken = body_of(ask("bad-json")->read_answer());
  EXPECT_TRUE(broken.starts_with("{\"id\""));
  EXPECT_FALSE(broken.ends_with("}"));
  EXPECT_NE(unchunked(body_of(ask("bad-json", kStream)->read_answer())).find("[{\"index\":0,\n\n"), std::string::npos);
  const std::string undone = unchunked(body_of(ask("no-done", kStream)->read_answer()));
  EXPECT_NE(undone.find(R"("finish_reason":"stop")"), std::string::npos);
  EXPECT_EQ(undone.find("[DONE]"), std::string::npos);
  const auto longer = ask("wrong-length");
  EXPECT_EQ(longer->read_to_end(), End::kClosed);
  const std::size_t said = longer->received().find("content-length: ") + 16;
  EXPECT_EQ(std::stoul(longer->received().substr(said, 8)), body_of(longer->received()).size() + 16);
  const auto garbage = ask("garbage");
  EXPECT_EQ(garbage->read_to_end(), End::kClosed);
  EXPECT_FALSE(garbage->received().starts_with("HTTP"));
}

TEST_F(FaultTest, IsSlowWithTheHeadOrWithTheBodyAndAnswersAllTheSame) {
  const auto head = ask("slow-head@4");
  ASSERT_TRUE(head->read_until("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(head->read_answer().find("\"object\":\"chat.completion\""), std::string::npos);
  const auto read = ask("slow-read@2", kStream);
  EXPECT_NE(read->read_answer().find("[DONE]"), std::string::npos);
}

TEST_F(FaultTest, BillsWhatItSentToAClientThatLeft) {
  const auto client = std::make_unique<RawClient>(server_.port());
  client->send(post(kPath, kStream, "x-sim-chunk-ms: 600000\r\n"));
  ASSERT_TRUE(client->read_until(R"({"content":")"));
  ASSERT_TRUE(client->read_until("\n\n", client->received().rfind("data: ")));
  client->close();
  ASSERT_TRUE(aborted(1));
  EXPECT_NE(persona_->bill().stats_json().find("\"completion_tokens\":1,"), std::string::npos)
      << persona_->bill().stats_json();
}

TEST(FaultPlan, DrawsEachFaultAboutAsOftenAsConfigured) {
  const auto plan = FaultPlan::make({{"500", 0.2}, {"reset@5", 0.1}});
  ASSERT_TRUE(plan);
  base::Rng rng(4);
  int errors = 0;
  int resets = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Fault fault = plan->draw(rng);
    errors += fault.kind == FaultKind::kStatus ? 1 : 0;
    resets += fault == Fault{FaultKind::kReset, 0, 5} ? 1 : 0;
  }
  EXPECT_NEAR(errors, 2000, 200);
  EXPECT_NEAR(resets, 1000, 150);
}

TEST(FaultName, IsRefusedWhenUnknownOrWithAWrongNumber) {
  for (const char* text :
       {"", "reset", "reset@", "reset@x", "reset@-1", "hang@3", "418", "reset@99999999999999999999"}) {
    const auto fault = parse_fault(text);
    ASSERT_FALSE(fault) << text;
    EXPECT_NE(fault.error().message().find(text), std::string::npos);
  }
}

TEST(ScriptedProvider, PlaysItsRulesInOrderAndRemembersWhatItSaw) {
  ScriptedProvider provider;
  provider.when("/v1/x").times(1).then_status(429).then_header("retry-after", "1").then_body("{}");
  provider.when("/v1/x", body_contains("stream")).then_stream({"data: a\n\n", "data: b\n\n"});
  provider.when("/v1/x").then_stream({"data: a\n\n"}).then_close();
  provider.when("/raw").then_raw("HTTP/1.1 200 OK\r\n\r\nuntil close").then_close();
  ServerThread server(provider);
  RawClient client(server.port());
  client.send(post("/v1/x", "stream", "x-key: 1\r\n"));
  const std::string limited = client.read_answer();
  EXPECT_TRUE(limited.starts_with("HTTP/1.1 429"));
  EXPECT_NE(limited.find("retry-after: 1\r\n"), std::string::npos);
  client.send(post("/v1/x", "stream"));
  EXPECT_EQ(unchunked(body_of(client.read_answer())), "data: a\n\ndata: b\n\n");
  client.send(post("/nothing", ""));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 404"));
  client.send(post("/v1/x", "other"));
  EXPECT_EQ(client.read_to_end(), End::kClosed);
  EXPECT_TRUE(client.received().ends_with("data: a\n\n\r\n"));
  RawClient raw(server.port());
  raw.send(get("/raw"));
  EXPECT_EQ(raw.read_to_end(), End::kClosed);
  EXPECT_EQ(raw.received(), "HTTP/1.1 200 OK\r\n\r\nuntil close");
  ASSERT_EQ(provider.requests().size(), 5U);
  EXPECT_EQ(provider.requests()[0].header("X-Key"), "1");
  EXPECT_EQ(provider.requests()[3].body, "other");
}

TEST(ScriptedProvider, FailsAtEveryByteOfItsAnswer) {
  ScriptedProvider provider;
  for (std::uint64_t at = 0; at < 150; ++at) {
    provider.when("/" + std::to_string(at)).fail_after(at).then_stream({"data: one\n\n", "data: two\n\n"});
  }
  provider.when("/body").fail_before_body().then_body("never");
  provider.when("/after").then_body("whole").then_reset();
  ServerThread server(provider);
  std::size_t cut = 0;
  for (std::uint64_t at = 0; at < 150; ++at) {
    RawClient client(server.port());
    client.send(get("/" + std::to_string(at)));
    if (client.read_answer().ends_with("\r\n0\r\n\r\n")) break;
    EXPECT_EQ(client.end(), End::kReset) << at;
    EXPECT_EQ(client.received().size(), at);
    ++cut;
  }
  EXPECT_GT(cut, 100U);
  RawClient refused(server.port());
  refused.send(post("/body", "x"));
  EXPECT_EQ(refused.read_to_end(), End::kReset);
  EXPECT_EQ(refused.received(), "");
  RawClient after(server.port());
  after.send(get("/after"));
  EXPECT_EQ(after.read_to_end(), End::kReset);
  EXPECT_TRUE(after.received().ends_with("whole"));
}

}  // namespace
}  // namespace pointsman::simulate
