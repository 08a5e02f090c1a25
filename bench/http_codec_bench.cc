// links: pm_http
// The HTTP/1.1 codec on the sizes it meets in service: a chat request's head, an upstream's head, an SSE stream.
#include <benchmark/benchmark.h>

#include <string>

#include "http/body.h"
#include "http/head.h"
#include "http/write.h"

namespace pointsman::http {
namespace {

std::string request_bytes() {
  return "POST /v1/chat/completions HTTP/1.1\r\n"
         "Host: gateway.example.com:8080\r\n"
         "Authorization: Bearer pm-0123456789abcdef0123456789abcdef\r\n"
         "Content-Type: application/json\r\n"
         "Accept: text/event-stream\r\n"
         "Accept-Encoding: identity\r\n"
         "User-Agent: OpenAI/Python 1.99.1\r\n"
         "X-Stainless-Lang: python\r\n"
         "X-Stainless-OS: Linux\r\n"
         "X-Stainless-Arch: x64\r\n"
         "X-Stainless-Runtime: CPython\r\n"
         "X-Stainless-Runtime-Version: 3.12\r\n"
         "X-Stainless-Async: async:asyncio\r\n"
         "X-Stainless-Retry-Count: 0\r\n"
         "X-Request-Start: 1700000000\r\n"
         "Connection: keep-alive\r\n"
         "Content-Length: 2048\r\n\r\n";
}

std::string response_bytes() {
  return "HTTP/1.1 200 OK\r\n"
         "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
         "Content-Type: text/event-stream; charset=utf-8\r\n"
         "Transfer-Encoding: chunked\r\n"
         "Connection: keep-alive\r\n"
         "Cache-Control: no-cache\r\n"
         "openai-organization: example-org\r\n"
         "openai-processing-ms: 312\r\n"
         "openai-version: 2020-10-01\r\n"
         "x-ratelimit-limit-requests: 10000\r\n"
         "x-ratelimit-limit-tokens: 2000000\r\n"
         "x-ratelimit-remaining-requests: 9999\r\n"
         "x-ratelimit-remaining-tokens: 1999000\r\n"
         "x-ratelimit-reset-requests: 6ms\r\n"
         "x-request-id: req_0123456789abcdef0123456789abcdef\r\n"
         "strict-transport-security: max-age=31536000\r\n"
         "Server: example\r\n\r\n";
}

void RequestHeadEndAndParse(benchmark::State& state) {
  const std::string bytes = request_bytes();
  RequestHead head;
  for (auto _ : state) {
    const auto size = head_end(bytes, 0);
    if (!size || !*size || !parse_request_head(std::string_view(bytes).substr(0, **size), {}, head)) {
      state.SkipWithError("the request was refused");
      break;
    }
    benchmark::DoNotOptimize(head.fields.size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes.size()) * state.iterations());
  state.counters["head_bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(RequestHeadEndAndParse);

void RequestHeadEnd(benchmark::State& state) {
  const std::string bytes = request_bytes();
  for (auto _ : state) {
    auto size = head_end(bytes, 0);
    benchmark::DoNotOptimize(size);
  }
}
BENCHMARK(RequestHeadEnd);

void ResponseHeadEndAndParse(benchmark::State& state) {
  const std::string bytes = response_bytes();
  ResponseHead head;
  for (auto _ : state) {
    const auto size = head_end(bytes, 0, {}, Peer::kUpstream);
    if (!size || !*size || !parse_response_head(bytes, Method::kPost, {}, head)) {
      state.SkipWithError("the response was refused");
      break;
    }
    benchmark::DoNotOptimize(head.fields.size());
  }
  state.counters["head_bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(ResponseHeadEndAndParse);

// An SSE stream of 250-byte events, one chunk each, relayed as reads of 4 KiB.
void RelayChunkedStream(benchmark::State& state) {
  constexpr std::size_t kChunks = 1000;
  const std::string event = "data: " + std::string(242, 'x') + "\n\n";
  std::string stream;
  for (std::size_t i = 0; i < kChunks; ++i) {
    stream.append(ChunkHeader(event.size()).text()).append(event).append(kChunkEnd);
  }
  stream.append(kLastChunk);
  for (auto _ : state) {
    auto body = BodyReader::open({Framing::Kind::kChunked, 0}, Peer::kUpstream);
    std::size_t payload = 0;
    for (std::size_t at = 0; at < stream.size(); at += 4096) {
      const auto relayed =
          body->relay(std::string_view(stream).substr(at, 4096), [&](std::string_view run) { payload += run.size(); });
      if (!relayed) state.SkipWithError("the stream was refused");
    }
    if (payload != kChunks * event.size() || !body->done()) state.SkipWithError("the payload is not what was sent");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(stream.size()) * state.iterations());
  state.counters["s_per_chunk"] = benchmark::Counter(
      static_cast<double>(kChunks), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(RelayChunkedStream);

void WriteResponseHead(benchmark::State& state) {
  std::string out;
  DateCache dates;
  const base::WallTime now(std::chrono::seconds(1'700'000'000));
  for (auto _ : state) {
    out.clear();
    append_status_line(out, 200);
    append_line(out, "content-type: application/json");
    const bool fine = append_field(out, "date", dates.at(now)) &&
                      append_field(out, "x-pointsman-decision-id", "018bcfe5-687b-7000-8000-000000000000") &&
                      append_field(out, "x-pointsman-model", "gpt-4o-mini");
    append_content_length(out, 1234);
    append_head_end(out);
    if (!fine) state.SkipWithError("a field was refused");
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(WriteResponseHead);

}  // namespace
}  // namespace pointsman::http

BENCHMARK_MAIN();
