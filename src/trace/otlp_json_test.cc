// Traces as a collector gets them, member by member, in both generations of names.
#include "trace/otlp_json.h"

#include <gmock/gmock.h>

#include <vector>

#include "json/document.h"

namespace pointsman::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

void add_calls(Record& out) {
  out.opinion.id = {0x33};
  out.opinion.time = {200, 800};
  out.opinion.model = "judge";
  out.opinion.upstream_model = "gpt-nano";
  out.opinion.provider = "openai";
  out.opinion.status = 0;
  Call& failed = out.add_call();
  failed.id = {0x44};
  failed.time = {1'000, 400'000};
  failed.model = failed.upstream_model = "first";
  failed.provider = "mistral";
  failed.status = 503;
  failed.error = "status_503";
  failed.failed = true;
  Call& answered = out.add_call();
  answered.id = {0x55};
  answered.time = {400'000, 2'500'000};
  answered.first_byte = 300'000;
  answered.model = "small";
  answered.upstream_model = "grok-small";
  answered.provider = "xai";
  answered.address = "api.x.ai";
  answered.port = 443;
  answered.status = 200;
  answered.usage = out.usage;
  answered.cost = out.cost;
}

Record routed() {
  Record out;
  out.trace = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  out.id = {0x11};
  out.parent = {0xf067aa0ba902b7};
  out.state = "rojo=1";
  out.start = 1'700'000'000'000'001;
  out.took = 2'500'000;
  out.first_byte = 700'000;
  out.overhead = 250;
  out.stream = true;
  out.decision = "0190a5b0-0000-7000-8000-000000000001";
  out.asked_for = "auto";
  out.model = "small";
  out.provider = "xai";
  out.max_tokens = 64;
  out.status = 200;
  out.outcome = "ok";
  out.usage.input_tokens = 120;
  out.usage.output_tokens = 30;
  out.usage.cached_input_tokens = 100;
  out.usage.reasoning_tokens = 5;
  out.cost = base::Money{1'250'000};
  out.baseline_cost = base::Money{5'000'000};
  out.choice = {.id = {0x22},
                .time = {100, 900},
                .route = "code",
                .stage = "llm",
                .reason = "llm_at_or_above_threshold",
                .confidence = 0.75F,
                .threshold = 0.6F,
                .router_version = "abc",
                .classifier_version = "def",
                .opinion = "used"};
  out.asked_opinion = true;
  add_calls(out);
  return out;
}

// The objects of the list, one text each.
std::vector<std::string> spans_of(const Record& record, Convention convention) {
  std::string text;
  append_spans(record, convention, text);
  std::vector<std::string> out;
  constexpr std::string_view kBegin = "{\"traceId\"";
  for (std::size_t at = text.find(kBegin); at != std::string::npos;) {
    const std::size_t next = text.find(kBegin, at + 1);
    std::string one = text.substr(at, next == std::string::npos ? next : next - at - 1);
    json::Document document;
    EXPECT_TRUE(document.validate(one)) << one;
    out.push_back(std::move(one));
    at = next;
  }
  return out;
}

// `"intValue":"3"`; empty if the span has no such attribute.
std::string attribute(const std::string& span, std::string_view key) {
  const std::string begin = "{\"key\":\"" + std::string(key) + "\",\"value\":{";
  const std::size_t at = span.find(begin);
  if (at == std::string::npos) return "";
  const std::size_t from = at + begin.size();
  return span.substr(from, span.find('}', from) - from);
}

TEST(OtlpJson, ARequestIsATree) {
  const auto spans = spans_of(routed(), Convention::kGenAi136);
  ASSERT_EQ(spans.size(), 5U);
  for (const std::string& one : spans) {
    EXPECT_THAT(one, StartsWith("{\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00000000000000"));
    EXPECT_THAT(one, HasSubstr("\"traceState\":\"rojo=1\""));
  }
  const auto is = [&](std::size_t at, std::string_view id, std::string_view parent, std::string_view name, int kind) {
    EXPECT_THAT(spans[at], HasSubstr("\"spanId\":\"00000000000000" + std::string(id) + "\""));
    EXPECT_THAT(spans[at], HasSubstr("\"parentSpanId\":\"" + std::string(parent) + "\""));
    EXPECT_THAT(spans[at], HasSubstr("\"name\":\"" + std::string(name) + "\",\"kind\":" + std::to_string(kind) + ","));
  };
  is(0, "11", "00f067aa0ba902b7", "chat auto", 2);
  is(1, "22", "0000000000000011", "classify", 1);
  is(2, "33", "0000000000000022", "chat gpt-nano", 3);
  is(3, "44", "0000000000000011", "chat first", 3);
  is(4, "55", "0000000000000011", "chat grok-small", 3);
  EXPECT_THAT(spans[0], HasSubstr("\"flags\":769,")) << "sampled, and the parent is known to be remote";
  EXPECT_THAT(spans[3], HasSubstr("\"flags\":257,")) << "sampled, and the parent is known not to be";
}

TEST(OtlpJson, TimesAreNanosecondsInTexts) {
  const auto spans = spans_of(routed(), Convention::kGenAi136);
  EXPECT_THAT(spans[0], HasSubstr("\"startTimeUnixNano\":\"1700000000000001000\",\"endTimeUnixNano\":"
                                  "\"1700000002500001000\""));
  EXPECT_THAT(spans[3], HasSubstr("\"startTimeUnixNano\":\"1700000000001001000\",\"endTimeUnixNano\":"
                                  "\"1700000000400001000\""));
}

TEST(OtlpJson, NoSpanEndsBeforeItBegins) {
  Record record = routed();
  record.calls[0].time = {5'000, 4'000};
  EXPECT_THAT(spans_of(record, Convention::kGenAi136)[3],
              HasSubstr("\"startTimeUnixNano\":\"1700000000005001000\",\"endTimeUnixNano\":\"1700000000005001000\""));
}

TEST(OtlpJson, ARequestWithoutAParentHasNone) {
  Record record = routed();
  record.parent = {};
  record.state.clear();
  const auto spans = spans_of(record, Convention::kGenAi136);
  EXPECT_THAT(spans[0], Not(HasSubstr("parentSpanId")));
  EXPECT_THAT(spans[0], Not(HasSubstr("traceState")));
  EXPECT_THAT(spans[0], HasSubstr("\"flags\":257,"));
}

TEST(OtlpJson, TheRequestSaysWhatItCameTo) {
  const std::string span = spans_of(routed(), Convention::kGenAi136)[0];
  const std::pair<std::string_view, std::string_view> wanted[] = {
      {"gen_ai.operation.name", R"("stringValue":"chat")"},
      {"gen_ai.system", R"("stringValue":"xai")"},
      {"gen_ai.request.model", R"("stringValue":"auto")"},
      {"gen_ai.request.max_tokens", R"("intValue":"64")"},
      {"gen_ai.response.model", R"("stringValue":"small")"},
      {"gen_ai.usage.input_tokens", R"("intValue":"120")"},
      {"gen_ai.usage.output_tokens", R"("intValue":"30")"},
      {"http.response.status_code", R"("intValue":"200")"},
      {"error.type", ""},
      {"pointsman.decision.id", R"("stringValue":"0190a5b0-0000-7000-8000-000000000001")"},
      {"pointsman.route", R"("stringValue":"code")"},
      {"pointsman.stage", R"("stringValue":"llm")"},
      {"pointsman.confidence", R"("doubleValue":0.75)"},
      {"pointsman.model", R"("stringValue":"small")"},
      {"pointsman.outcome", R"("stringValue":"ok")"},
      {"pointsman.cost.usd", R"("doubleValue":0.00125)"},
      {"pointsman.baseline_cost.usd", R"("doubleValue":0.005)"},
      {"pointsman.overhead", R"("doubleValue":0.00025)"},
      {"pointsman.attempts", R"("intValue":"2")"},
  };
  for (const auto& [key, value] : wanted) EXPECT_EQ(attribute(span, key), value) << key;
}

TEST(OtlpJson, TheChoiceSaysHowTheModelWasChosen) {
  const std::string span = spans_of(routed(), Convention::kGenAi136)[1];
  EXPECT_EQ(attribute(span, "pointsman.route"), R"("stringValue":"code")");
  EXPECT_EQ(attribute(span, "pointsman.reason"), R"("stringValue":"llm_at_or_above_threshold")");
  EXPECT_EQ(attribute(span, "pointsman.fallback.reason"), "");
  EXPECT_EQ(attribute(span, "pointsman.router.version"), R"("stringValue":"abc")");
  EXPECT_EQ(attribute(span, "pointsman.classifier.version"), R"("stringValue":"def")");
  EXPECT_EQ(attribute(span, "pointsman.llm"), R"("stringValue":"used")");
  Record record = routed();
  record.choice.fallback = true;
  record.choice.reason = "below_threshold";
  EXPECT_EQ(attribute(spans_of(record, Convention::kGenAi136)[1], "pointsman.fallback.reason"),
            R"("stringValue":"below_threshold")");
}

TEST(OtlpJson, ACallThatFailedIsAnError) {
  const auto spans = spans_of(routed(), Convention::kGenAi136);
  EXPECT_EQ(attribute(spans[3], "error.type"), R"("stringValue":"status_503")");
  EXPECT_EQ(attribute(spans[3], "http.response.status_code"), R"("intValue":"503")");
  EXPECT_THAT(spans[3], HasSubstr(R"("status":{"code":2,"message":"status_503"})"));
  EXPECT_THAT(spans[4], Not(HasSubstr("\"status\":"))) << "what went well leaves it unset";
}

TEST(OtlpJson, WhatTheClientOrWeGaveUpIsNoError) {
  Record record = routed();
  record.error = "client_gone";
  record.calls[1].error = "cancelled";
  const auto spans = spans_of(record, Convention::kGenAi136);
  for (const std::size_t at : {0U, 4U}) EXPECT_THAT(spans[at], Not(HasSubstr("\"status\":")));
  EXPECT_EQ(attribute(spans[0], "error.type"), R"("stringValue":"client_gone")");
  EXPECT_EQ(attribute(spans[4], "error.type"), R"("stringValue":"cancelled")");
  record.failed = true;
  EXPECT_THAT(spans_of(record, Convention::kGenAi136)[0], HasSubstr(R"("status":{"code":2,"message":"client_gone"})"));
}

TEST(OtlpJson, UsesTheNamesOfTheGenerationThatIsWanted) {
  const std::string old = spans_of(routed(), Convention::kGenAi136)[4];
  const std::string latest = spans_of(routed(), Convention::kGenAiLatest)[4];
  EXPECT_EQ(attribute(old, "gen_ai.system"), R"("stringValue":"xai")");
  EXPECT_EQ(attribute(latest, "gen_ai.provider.name"), R"("stringValue":"x_ai")");
  for (const std::string_view key : {"gen_ai.provider.name", "gen_ai.response.time_to_first_chunk",
                                     "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.reasoning.output_tokens"}) {
    EXPECT_EQ(attribute(old, key), "") << key;
    EXPECT_NE(attribute(latest, key), "") << key;
  }
  EXPECT_EQ(attribute(latest, "gen_ai.system"), "");
  EXPECT_EQ(attribute(spans_of(routed(), Convention::kGenAiLatest)[0], "gen_ai.request.stream"), "\"boolValue\":true");
  EXPECT_EQ(attribute(latest, "server.address"), R"("stringValue":"api.x.ai")");
  EXPECT_EQ(attribute(latest, "server.port"), R"("intValue":"443")");
}

TEST(OtlpJson, WhatIsNotKnownIsNotTold) {
  Record record;
  record.trace = {1, 2};
  record.id = {3};
  record.choice.id = {4};
  const auto spans = spans_of(record, Convention::kGenAiLatest);
  ASSERT_EQ(spans.size(), 2U);
  for (const std::string_view key : {"gen_ai.usage.input_tokens", "pointsman.cost.usd", "pointsman.confidence",
                                     "gen_ai.request.max_tokens", "http.response.status_code", "pointsman.route"}) {
    EXPECT_EQ(attribute(spans[0], key), "") << key;
  }
}

TEST(OtlpJson, TextsThatWouldBreakItAreEscaped) {
  Record record = routed();
  record.model = "a\"b\\c\n\xff";
  const std::string span = spans_of(record, Convention::kGenAi136)[0];
  EXPECT_EQ(attribute(span, "pointsman.model"), "\"stringValue\":\"a\\\"b\\\\c\\n\xef\xbf\xbd\"");
}

TEST(SpanBatch, IsOneRequestOfManyRecords) {
  SpanBatch batch({.service = "edge", .version = "1.2", .instance = "host-1"}, Convention::kGenAi136);
  EXPECT_THAT(batch.take(), IsEmpty());
  batch.add(routed());
  batch.add(routed());
  EXPECT_EQ(batch.spans(), 10U);
  const std::string body = batch.take();
  EXPECT_THAT(body, StartsWith(R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":)"
                               R"({"stringValue":"edge"}})"));
  EXPECT_THAT(body, HasSubstr(R"("scopeSpans":[{"scope":{"name":"pointsman","version":"1.2"},"spans":[{"traceId")"));
  json::Document document;
  EXPECT_TRUE(document.validate(body)) << body;
  EXPECT_EQ(batch.spans(), 0U);
  EXPECT_THAT(batch.take(), IsEmpty());
}

TEST(PartialSuccess, SaysHowManySpansWereNotTaken) {
  EXPECT_EQ(rejected_spans(R"({"partialSuccess":{"rejectedSpans":"7","errorMessage":"no"}})"), 7U);
  EXPECT_EQ(rejected_spans(R"({"partialSuccess":{"rejectedSpans":3}})"), 3U);
  EXPECT_EQ(rejected_spans(R"({"other":[1],"partialSuccess":{}})"), 0U);
  for (const std::string_view body : {"", "{}", "ok", "{\"partialSuccess\":{\"rejectedSpans\":\"7\"", "[]",
                                      R"({"partialSuccess":{"rejectedSpans":-4}})"}) {
    EXPECT_EQ(rejected_spans(body), 0U) << body;
  }
}

}  // namespace
}  // namespace pointsman::trace
