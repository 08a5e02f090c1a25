#include "simulate/provider.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "simulate/cluster.h"
#include "simulate/completion.h"
#include "simulate/json_text.h"
#include "support/json_value.h"
#include "support/raw_client.h"
#include "support/server_thread.h"

namespace pointsman::simulate {
namespace {

using testing::body_of;
using testing::get;
using testing::Json;
using testing::post;
using testing::RawClient;
using testing::ServerThread;
using testing::unchunked;

constexpr std::string_view kPath = "/v1/chat/completions";

std::string chat(std::string_view more = "", std::string_view model = "sim-small") {
  std::string out = R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":"hi"}])";
  if (!more.empty()) out += ',';
  return out + std::string(more) + "}";
}

std::vector<std::string> events_of(std::string_view answer) {
  const std::string text = unchunked(body_of(answer));
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\n\n", at);
    if (end == std::string::npos || !text.substr(at).starts_with("data: ")) {
      ADD_FAILURE() << "not an event: " << text.substr(at);
      break;
    }
    out.push_back(text.substr(at + 6, end - at - 6));
    at = end + 2;
  }
  return out;
}

std::string content_of(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& event : events) {
    if (event == "[DONE]") continue;
    Json json(event);
    EXPECT_TRUE(json.ok) << event;
    if (json.has("/choices/0/delta/content") && !json.text_at("/choices/0/delta/content").starts_with("(")) {
      out += json.text_at("/choices/0/delta/content");
    }
  }
  return out;
}

class SimulatedProviderTest : public ::testing::Test {
 protected:
  // Its own provider and connection, one request.
  std::string ask(const std::string& request, ProviderOptions options = {}) {
    auto persona = Persona::make(std::move(options));
    if (!persona) return persona.error().message();
    SimulatedProvider provider(*persona);
    ServerThread server(provider);
    RawClient client(server.port());
    client.send(request);
    return client.read_answer();
  }
};

TEST_F(SimulatedProviderTest, AnswersTheSameRequestTheSameWayInEveryProcessAndOnBothPaths) {
  const std::string first = body_of(ask(post(kPath, chat())));
  EXPECT_EQ(first, body_of(ask(post("/chat/completions", chat()))));
  ProviderOptions other;
  other.seed = 2;
  EXPECT_NE(first, body_of(ask(post(kPath, chat()), other)));
  Json json(first);
  ASSERT_TRUE(json.ok);
  EXPECT_EQ(json.text_at("/object"), "chat.completion");
  EXPECT_EQ(json.text_at("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(json.number_at("/usage/completion_tokens"), 120);
  EXPECT_EQ(json.number_at("/usage/prompt_tokens"), static_cast<std::int64_t>(chat().size() / 4 + 1));
  EXPECT_GT(json.text_at("/choices/0/message/content").size(), 300U);
}

TEST_F(SimulatedProviderTest, GivesTheSameBytesOnTheFastPathAndOnTheThoroughOne) {
  ProviderOptions options;
  options.cached_prompt_percent = 50;
  options.reasoning_tokens = 7;
  const std::string fast = ask(post(kPath, chat()), options);
  const std::string thorough = ask(post(kPath, chat(), "x-sim-ttft-ms: 0\r\n"), options);
  EXPECT_EQ(body_of(fast), body_of(thorough));
  EXPECT_NE(fast.find("x-simulated-provider: sim-small\r\n"), std::string::npos);
}

TEST_F(SimulatedProviderTest, StreamsTheTextItWouldHaveAnsweredWhole) {
  const auto events = events_of(ask(post(kPath, chat(R"("stream":true)"), "x-sim-tokens: 9\r\n")));
  ASSERT_EQ(events.size(), 1U + 9 + 1 + 1);
  EXPECT_EQ(events.back(), "[DONE]");
  Json role(events.front());
  EXPECT_EQ(role.text_at("/choices/0/delta/role"), "assistant");
  EXPECT_EQ(role.text_at("/object"), "chat.completion.chunk");
  EXPECT_FALSE(role.has("/usage"));
  const std::string text = content_of(events);
  std::size_t spaces = 0;
  for (const char c : text) spaces += c == ' ' ? 1 : 0;
  EXPECT_EQ(spaces, 8U) << text;
}

TEST_F(SimulatedProviderTest, ReportsUsageInAStreamAsAsked) {
  const std::string body = chat(R"("stream":true,"stream_options":{"include_usage":true})");
  const auto asked = events_of(ask(post(kPath, body)));
  ASSERT_GT(asked.size(), 3U);
  EXPECT_NE(asked[1].find(R"("usage":null)"), std::string::npos);
  Json usage(asked[asked.size() - 2]);
  EXPECT_EQ(usage.number_at("/usage/completion_tokens"), 120);
  EXPECT_FALSE(usage.has("/choices/0"));
  const auto none = events_of(ask(post(kPath, body, "x-sim-usage: none\r\n")));
  for (const std::string& event : none) EXPECT_EQ(event.find("usage"), std::string::npos);
  const auto early = events_of(ask(post(kPath, body, "x-sim-usage: early\r\n")));
  EXPECT_EQ(Json(early.front()).number_at("/usage/completion_tokens"), 120);
  const auto finish = events_of(ask(post(kPath, body, "x-sim-usage: with-finish\r\n")));
  Json last(finish[finish.size() - 2]);
  EXPECT_EQ(last.text_at("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(last.number_at("/usage/completion_tokens"), 120);
}

TEST_F(SimulatedProviderTest, CutsContentIntoChunksOfBytes) {
  const auto events = events_of(ask(post(kPath, chat(R"("stream":true)"), "x-sim-chunk-bytes: 100\r\n")));
  EXPECT_EQ(Json(events[1]).text_at("/choices/0/delta/content").size(), 100U);
  EXPECT_EQ(content_of(events).substr(0, 60),
            content_of(events_of(ask(post(kPath, chat(R"("stream":true)"))))).substr(0, 60));
}

TEST_F(SimulatedProviderTest, HonoursMaxTokensStopAndN) {
  Json cut(body_of(ask(post(kPath, chat(R"("max_tokens":5)")))));
  EXPECT_EQ(cut.text_at("/choices/0/finish_reason"), "length");
  EXPECT_EQ(cut.number_at("/usage/completion_tokens"), 5);
  Json stopped(body_of(ask(post(kPath, chat(R"("stop":[".",","])")))));
  EXPECT_EQ(stopped.text_at("/choices/0/message/content").find_first_of(".,"), std::string::npos);
  EXPECT_EQ(stopped.text_at("/choices/0/finish_reason"), "stop");
  Json three(body_of(ask(post(kPath, chat(R"("n":3)")))));
  EXPECT_TRUE(three.has("/choices/2/message/content"));
  EXPECT_NE(three.text_at("/choices/0/message/content"), three.text_at("/choices/1/message/content"));
  EXPECT_EQ(three.number_at("/usage/completion_tokens"), 360);
}

constexpr std::string_view kTools =
    R"("tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":)"
    R"({"city":{"type":"string"},"unit":{"enum":["C","F"]},"days":{"type":"integer","minimum":3,"maximum":3}}}}}])";

TEST_F(SimulatedProviderTest, CallsToolsWhenRequiredAndStreamsTheirArgumentsInFragments) {
  const std::string body = chat(std::string(kTools) + R"(,"tool_choice":"required")");
  Json whole(body_of(ask(post(kPath, body))));
  EXPECT_EQ(whole.text_at("/choices/0/finish_reason"), "tool_calls");
  EXPECT_EQ(whole.text_at("/choices/0/message/tool_calls/0/function/name"), "weather");
  Json arguments(whole.text_at("/choices/0/message/tool_calls/0/function/arguments"));
  ASSERT_TRUE(arguments.ok);
  EXPECT_EQ(arguments.number_at("/days"), 3);
  const auto events =
      events_of(ask(post(kPath, chat(std::string(kTools) + R"(,"tool_choice":"required","stream":true)"))));
  std::string joined;
  int fragments = 0;
  for (const std::string& event : events) {
    if (event == "[DONE]") continue;
    Json json(event);
    if (!json.has("/choices/0/delta/tool_calls/0/function/arguments")) continue;
    joined += json.text_at("/choices/0/delta/tool_calls/0/function/arguments");
    ++fragments;
  }
  EXPECT_GT(fragments, 3);
  EXPECT_TRUE(Json(joined).has("/city")) << joined;
}

TEST_F(SimulatedProviderTest, CallsToolsOnOfferOnlyIfConfiguredOrHinted) {
  EXPECT_EQ(Json(body_of(ask(post(kPath, chat(kTools))))).text_at("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(Json(body_of(ask(post(kPath, chat(kTools), "x-sim-tools: call\r\n")))).text_at("/choices/0/finish_reason"),
            "tool_calls");
  ProviderOptions options;
  options.tools = ToolUse::kWhenOffered;
  EXPECT_EQ(Json(body_of(ask(post(kPath, chat(kTools)), options))).text_at("/choices/0/finish_reason"), "tool_calls");
  EXPECT_EQ(Json(body_of(ask(post(kPath, chat(std::string(kTools) + R"(,"tool_choice":"none")")), options)))
                .text_at("/choices/0/finish_reason"),
            "stop");
}

TEST_F(SimulatedProviderTest, AnswersASchemaWithAnInstanceOfIt) {
  const std::string format =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"v","schema":{"type":"object","properties":)"
      R"({"category":{"type":"string","enum":["simple","coding"]},"p":{"type":"number","minimum":0,"maximum":1},)"
      R"("tags":{"type":"array","items":{"$ref":"#/$defs/tag"}}},"$defs":{"tag":{"const":"é\"x"}}}}})";
  Json json(Json(body_of(ask(post(kPath, chat(format))))).text_at("/choices/0/message/content"));
  ASSERT_TRUE(json.ok) << json.bytes;
  const std::string category = json.text_at("/category");
  EXPECT_TRUE(category == "simple" || category == "coding") << category;
  EXPECT_EQ(json.text_at("/tags/0"), "é\"x");
  const auto events = events_of(ask(post(kPath, chat(format + R"(,"stream":true)"))));
  EXPECT_TRUE(Json(content_of(events)).ok) << content_of(events);
  Json object(Json(body_of(ask(post(kPath, chat(R"("response_format":{"type":"json_object"})")))))
                  .text_at("/choices/0/message/content"));
  EXPECT_TRUE(object.ok);
}

TEST_F(SimulatedProviderTest, GivesLogprobsForEveryToken) {
  Json json(body_of(ask(post(kPath, chat(R"("logprobs":true,"max_tokens":2)")))));
  EXPECT_TRUE(json.has("/choices/0/logprobs/content/1/bytes/0"));
  EXPECT_FALSE(json.has("/choices/0/logprobs/content/2"));
}

TEST_F(SimulatedProviderTest, RefusesAsOpenAIDoes) {
  struct Case {
    std::string request;
    std::string status;
    std::string param_or_code;
  };
  const std::vector<Case> cases = {
      {post(kPath, chat("", "gpt-9")), "404", R"("code":"model_not_found")"},
      {post(kPath, "{nonsense"), "400", R"("type":"invalid_request_error")"},
      {post(kPath, R"({"messages":[{"role":"user"}]})"), "400", R"("param":"model")"},
      {post(kPath, R"({"model":"sim-small","messages":[]})"), "400", R"("param":"messages")"},
      {post(kPath, chat(R"("n":0)")), "400", R"("param":"n")"},
      {post(kPath, chat(), "x-sim-fault: earthquake\r\n"), "400", "no such fault"},
      {post(kPath, chat(), "x-sim-tokens: many\r\n"), "400", "x-sim-tokens"},
      {get(kPath), "405", "Only POST"},
      {get("/v1/nothing"), "404", "Unknown request URL"},
  };
  for (const Case& one : cases) {
    const std::string answer = ask(one.request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + one.status)) << answer;
    EXPECT_NE(answer.find(one.param_or_code), std::string::npos) << answer;
    EXPECT_TRUE(Json(body_of(answer)).has("/error/message")) << answer;
  }
}

TEST_F(SimulatedProviderTest, WantsItsKeyIfItHasOne) {
  ProviderOptions options;
  options.api_key = base::Secret("sk-sim");
  EXPECT_TRUE(ask(post(kPath, chat()), options).starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(ask(post(kPath, chat(), "Authorization: Bearer sk-sim\r\n"), options).starts_with("HTTP/1.1 200"));
}

TEST_F(SimulatedProviderTest, ListsItsModelsAndHealth) {
  ProviderOptions options;
  options.models = {"a", "b"};
  EXPECT_EQ(Json(body_of(ask(get("/v1/models"), options))).text_at("/data/1/id"), "b");
  EXPECT_EQ(Json(body_of(ask(get("/models/b"), options))).text_at("/owned_by"), "simulated");
  EXPECT_TRUE(ask(get("/v1/models/c"), options).starts_with("HTTP/1.1 404"));
  EXPECT_EQ(Json(body_of(ask(get("/health")))).text_at("/status"), "ok");
}

TEST_F(SimulatedProviderTest, KeepsABillAndTheLastRequests) {
  ProviderOptions options;
  options.keep_requests = 2;
  options.input_price = base::TokenPrice::per_million({1'000'000'000});  // 1 dollar a million: 1000 nanos a token
  options.output_price = base::TokenPrice::per_million({2'000'000'000});
  auto persona = Persona::make(options);
  ASSERT_TRUE(persona);
  SimulatedProvider provider(*persona);
  ServerThread server(provider);
  RawClient client(server.port());
  for (const char* content : {"one", "two", "three"}) {
    client.send(
        post(kPath, R"({"model":"sim-small","messages":[{"role":"user","content":")" + std::string(content) + "\"}]}"));
    client.read_answer();
  }
  client.send(get("/sim/stats"));
  Json stats(body_of(client.read_answer()));
  EXPECT_EQ(stats.number_at("/requests"), 3);
  EXPECT_EQ(stats.number_at("/answers"), 3);
  EXPECT_EQ(stats.number_at("/completion_tokens"), 360);
  EXPECT_EQ(stats.number_at("/cost_nanos"), stats.number_at("/prompt_tokens") * 1000 + 360 * 2000);
  client.send(get("/sim/requests"));
  Json kept(body_of(client.read_answer()));
  EXPECT_NE(kept.text_at("/requests/0/body").find("two"), std::string::npos);
  EXPECT_NE(kept.text_at("/requests/1/body").find("three"), std::string::npos);
  EXPECT_FALSE(kept.has("/requests/2"));
  client.send(post("/sim/reset", ""));
  client.read_answer();
  client.send(get("/sim/stats"));
  EXPECT_EQ(Json(body_of(client.read_answer())).number_at("/requests"), 0);
}

TEST(AnswerBook, GivesAPrefixWhenLessIsAsked) {
  const AnswerBook book(3, 50, 0);
  const Answer whole = book.answer(11, 50);
  const Answer part = book.answer(11, 20);
  EXPECT_EQ(whole.text, book.answer(11).text);
  EXPECT_TRUE(whole.text.starts_with(part.text));
  EXPECT_EQ(part.token_ends.size(), 20U);
  EXPECT_EQ(part.token_ends.back(), part.text.size());
}

TEST(PlainRequestScan, TakesPlainRequestsAndLeavesTheRest) {
  const auto plain = scan_plain_request(R"( {"messages" : [{"content":"a\"},{\\"}] , "stream": true, "model" : "m"} )");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->model, "m");
  EXPECT_TRUE(plain->stream);
  for (const char* other :
       {"", "[]", R"({"model":"m"})", R"({"model":"m","messages":[1],"n":2})", R"({"model":"m\n","messages":[1]})",
        R"({"model":"m","messages":[1])", R"({"model":"m","messages":[1]}x)", R"({"model":"m","messages":["x]})",
        R"({"model":"m","messages":[1],})", R"({"model":"m","messages":[1],"stream":1})"}) {
    EXPECT_FALSE(scan_plain_request(other)) << other;
  }
}

TEST(Persona, SaysWhatIsWrongWithItsOptions) {
  ProviderOptions options;
  options.faults = {{"reset@1", 0.7}, {"500", 0.4}};
  EXPECT_NE(Persona::make(options).error().message().find("add up"), std::string::npos);
  options.faults.clear();
  options.name = "bad name";
  EXPECT_FALSE(Persona::make(options));
}

TEST(Cluster, ServesEveryProviderFromEveryThreadWithOneBill) {
  Options options = demo_options(0, 5);
  options.threads = 2;
  for (ProviderOptions& provider : options.providers) provider.timing = {};
  auto cluster = Cluster::start(options);
  ASSERT_TRUE(cluster) << cluster.error().message();
  ASSERT_EQ((*cluster)->providers().size(), 3U);
  std::set<std::uint16_t> ports;
  for (const Cluster::Provider& provider : (*cluster)->providers()) {
    const std::string& name = provider.persona->options().name;
    ports.insert(provider.port);
    for (int i = 0; i < 16; ++i) {
      RawClient client(provider.port);
      ASSERT_TRUE(client.send(post(kPath, chat("", name))));
      EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200")) << name;
    }
    EXPECT_EQ(Json(provider.persona->bill().stats_json()).number_at("/answers"), 16);
    EXPECT_EQ(provider.base_url(), "http://127.0.0.1:" + std::to_string(provider.port) + "/v1");
  }
  EXPECT_EQ(ports.size(), 3U);
  (*cluster)->stop();
  EXPECT_FALSE(RawClient(*ports.begin()).connected());
}

}  // namespace
}  // namespace pointsman::simulate
