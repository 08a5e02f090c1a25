// links: pm_wire
// What one request and one streamed chunk cost in JSON and SSE work: read a Chat Completions body, splice the
// upstream's model name into it, and meter an answer. simdjson On-Demand reading only model and stream stands beside as
// a floor.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

#include "json/document.h"
#include "llm/token_estimate.h"
#include "wire/openai_chat/body_meter.h"
#include "wire/openai_chat/forward.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_chat/usage_meter.h"

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;

// A conversation of about `bytes` bytes: a system prompt, a tool, turns of English and code with escapes.
std::string make_body(std::size_t bytes) {
  std::string body =
      R"({"model":"auto","stream":true,"temperature":0.7,"tools":[{"type":"function","function":{"name":)"
      R"("get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],)"
      R"("messages":[{"role":"system","content":"You are a careful assistant. Answer briefly."})";
  const std::string turn = R"(Please look at this function and tell me why it fails on empty input:\n\nint sum(const)"
                           R"( std::vector<int>& v) {\n  int total = v[0];\n  for (int x : v) total += x;\n  return)"
                           R"( total;\n}\n\nIt worked yesterday, and nothing has changed since \"then\". )";
  for (int i = 0; body.size() + 64 < bytes; ++i) {
    body += R"(,{"role":")" + std::string(i % 2 == 0 ? "user" : "assistant") + R"(","content":")";
    for (std::size_t used = 0; used < 2000 && body.size() + 64 < bytes; used += turn.size()) body += turn;
    body += "\"}";
  }
  return body + R"(,{"role":"user","content":"And now?"}]})";
}

void set_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.counters["body"] = static_cast<double>(bytes);
}

void read_and_splice(benchmark::State& state) {
  const std::string body = make_body(static_cast<std::size_t>(state.range(0)));
  chat::Reader reader;
  llm::ChatRequest request;
  json::Splices splices;
  for (auto _ : state) {
    if (!chat::read_chat_request(body, reader, request)) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(chat::forward_body(request, {.model = "gpt-5-mini", .ask_usage = true}, splices));
    benchmark::DoNotOptimize(splices.pieces().data());
  }
  set_bytes(state, body.size());
}

void validate_only(benchmark::State& state) {
  const std::string body = make_body(static_cast<std::size_t>(state.range(0)));
  json::Document document;
  for (auto _ : state) benchmark::DoNotOptimize(document.validate(body));
  set_bytes(state, body.size());
}

void inspector(benchmark::State& state) {
  const std::string body = make_body(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(json::find_fault(body));
  set_bytes(state, body.size());
}

void simdjson_floor(benchmark::State& state) {
  const simdjson::padded_string body(make_body(static_cast<std::size_t>(state.range(0))));
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    auto document = parser.iterate(body);
    std::string_view model;
    bool stream = false;
    if (document["model"].get(model) || document["stream"].get(stream)) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(model);
    benchmark::DoNotOptimize(stream);
  }
  set_bytes(state, body.size());
}

void estimate_tokens(benchmark::State& state) {
  const std::string body = make_body(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    llm::TokenEstimate estimate;
    estimate.add(body);
    benchmark::DoNotOptimize(estimate.tokens());
  }
  set_bytes(state, body.size());
}

// A chunk as OpenAI sends it; about 310 bytes framed, or with `short` names about 200.
std::string chunk(bool long_form) {
  return long_form
             ? "data: {\"id\":\"chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0\",\"object\":\"chat.completion.chunk\","
               "\"created\":1770933892,\"model\":\"gpt-4.1-nano-2025-04-14\",\"service_tier\":\"default\","
               "\"system_fingerprint\":\"fp_de604bd877\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Holiday\"},"
               "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"dTh\"}\n\n"
             : "data: {\"id\":\"f0f0f217-c24d-1fee-5fe3\",\"object\":\"chat.completion.chunk\",\"created\":1770772287,"
               "\"model\":\"grok-3-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"First\"},"
               "\"finish_reason\":null}]}\n\n";
}

void meter_chunk(benchmark::State& state, bool long_form, chat::UsageReport report) {
  const std::string bytes = chunk(long_form);
  json::Document document;
  chat::StreamMeter meter(document);
  meter.reset(report);
  for (auto _ : state) benchmark::DoNotOptimize(meter.feed(bytes).data());
  set_bytes(state, bytes.size());
}

void meter_body(benchmark::State& state) {
  const std::string bytes = R"({"id":"c","model":"m","choices":[{"message":{"content":)" + make_body(32768) +
                            R"(},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})";
  json::Document document;
  chat::BodyMeter meter(document);
  for (auto _ : state) {
    meter.reset();
    meter.feed(bytes);
    meter.finish();
    benchmark::DoNotOptimize(&meter.observed());
  }
  set_bytes(state, bytes.size());
}

constexpr std::int64_t kSizes[] = {1 << 10, 32 << 10, 100 << 10};
void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : kSizes) bench->Arg(size);
}

BENCHMARK(read_and_splice)->Apply(sizes);
BENCHMARK(validate_only)->Apply(sizes);
BENCHMARK(simdjson_floor)->Apply(sizes);
BENCHMARK(estimate_tokens)->Apply(sizes);
BENCHMARK(inspector)->Apply(sizes);
BENCHMARK_CAPTURE(meter_chunk, bytes_200_untouched, false, chat::UsageReport::kUntouched);
BENCHMARK_CAPTURE(meter_chunk, bytes_200_hidden, false, chat::UsageReport::kHidden);
BENCHMARK_CAPTURE(meter_chunk, bytes_330_untouched, true, chat::UsageReport::kUntouched);
BENCHMARK_CAPTURE(meter_chunk, bytes_330_hidden, true, chat::UsageReport::kHidden);
BENCHMARK(meter_body);

}  // namespace

BENCHMARK_MAIN();
