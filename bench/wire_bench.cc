// links: pm_wire
// What the protocols cost. For a request of 1, 20 and 200 KB: `route`, the view that routing works on and the edits for
// a provider of the same protocol; `translate`, the whole way into another protocol. For a streamed chunk: `chunk`, an
// event read in one protocol and written in another; `meter`, one that stays in its protocol and is only watched.
//
// Streams are of 1000 tokens, a chunk each; a chunk's time has its thousandth of what opens and closes the stream.
// `allocations` counts calls of operator new: for a request, or for a chunk among the others.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <utility>

#include "json/document.h"
#include "json/splice.h"
#include "llm/sse.h"
#include "wire/anthropic_messages/conversation_reader.h"
#include "wire/anthropic_messages/forward.h"
#include "wire/anthropic_messages/meters.h"
#include "wire/anthropic_messages/request.h"
#include "wire/anthropic_messages/request_writer.h"
#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/stream_writer.h"
#include "wire/openai_chat/conversation_reader.h"
#include "wire/openai_chat/forward.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_chat/request_writer.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"
#include "wire/openai_chat/usage_meter.h"
#include "wire/openai_responses/conversation_reader.h"
#include "wire/openai_responses/forward.h"
#include "wire/openai_responses/request.h"
#include "wire/openai_responses/request_writer.h"
#include "wire/openai_responses/stream_meter.h"
#include "wire/openai_responses/stream_reader.h"
#include "wire/openai_responses/stream_writer.h"
#include "wire_bench/samples.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;
namespace messages = wire::anthropic_messages;
namespace responses = wire::openai_responses;

constexpr std::size_t kDeltas = 1000;
constexpr std::string_view kUpstream = "some-model-2026-08-07";

// What a worker keeps from request to request.
struct Worker {
  json::Document document;
  json::Splices splices;
  llm::ChatRequest request;
  chat::Reader chat;
  messages::Reader messages;
  responses::Reader responses;
};

bool route_chat(Worker& worker, std::string_view body) {
  return chat::read_chat_request(body, worker.chat, worker.request) &&
         chat::forward_body(worker.request, {.model = kUpstream, .ask_usage = true}, worker.splices);
}
bool route_messages(Worker& worker, std::string_view body) {
  return messages::read_messages_request(body, worker.messages, worker.request) &&
         messages::forward_body(worker.request, kUpstream, worker.splices);
}
bool route_responses(Worker& worker, std::string_view body) {
  return responses::read_responses_request(body, worker.responses, worker.request) &&
         responses::forward_body(worker.request, kUpstream, worker.document, worker.splices);
}

struct Protocol {
  std::string name;
  bench::Dialect dialect;
  decltype(&route_chat) route;
  decltype(&chat::read_conversation) read_conversation;
  decltype(&chat::write_request) write_request;
  decltype(&chat::make_stream_reader) make_stream_reader;
  decltype(&chat::make_stream_writer) make_stream_writer;
};

const Protocol kProtocols[] = {
    {"chat", bench::Dialect::kChat, &route_chat, &chat::read_conversation, &chat::write_request,
     &chat::make_stream_reader, &chat::make_stream_writer},
    {"messages", bench::Dialect::kMessages, &route_messages, &messages::read_conversation, &messages::write_request,
     &messages::make_stream_reader, &messages::make_stream_writer},
    {"responses", bench::Dialect::kResponses, &route_responses, &responses::read_conversation,
     &responses::write_request, &responses::make_stream_reader, &responses::make_stream_writer},
};

constexpr std::pair<std::string_view, std::size_t> kSizes[] = {{"1KB", 1000}, {"20KB", 20'000}, {"200KB", 200'000}};

bool translate(const Protocol& from, const Protocol& to, std::string_view body, json::Document& document,
               std::string& out) {
  llm::Conversation conversation;
  return from.read_conversation(body, document, conversation) &&
         to.write_request(conversation, {.model = kUpstream, .ask_usage = true}, out);
}

// The body in that protocol; empty if it cannot be translated.
std::string request_of(const Protocol& protocol, std::size_t bytes) {
  std::string body = bench::chat_request(bytes);
  if (protocol.dialect == bench::Dialect::kChat) return body;
  json::Document document;
  std::string out;
  return translate(kProtocols[0], protocol, body, document, out) ? out : std::string();
}

double per_iteration(std::size_t count, const benchmark::State& state) {
  return static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(state.iterations(), 1));
}

// Runs `work` with the body again and again; the first time fills buffers and is not counted.
template <class Work>
void measure_request(benchmark::State& state, const std::string& body, Work work) {
  if (!work(body)) return state.SkipWithError("refused");
  const std::size_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(work(body));
  state.counters["allocations"] = per_iteration(allocations - before, state);
  state.counters["body"] = static_cast<double>(body.size());
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

void route(benchmark::State& state, const Protocol& protocol, std::size_t bytes) {
  Worker worker;
  measure_request(state, request_of(protocol, bytes), [&](std::string_view body) {
    const bool good = protocol.route(worker, body);
    benchmark::DoNotOptimize(worker.splices.pieces().data());
    return good;
  });
}

void translate_request(benchmark::State& state, const Protocol& from, const Protocol& to, std::size_t bytes) {
  json::Document document;
  measure_request(state, request_of(from, bytes), [&](std::string_view body) {
    std::string out;
    const bool good = translate(from, to, body, document, out);
    benchmark::DoNotOptimize(out.data());
    return good;
  });
}

// `begin` prepares for a stream, `feed` takes what was read from the connection.
template <class Begin, class Feed>
void measure_stream(benchmark::State& state, const bench::Stream& stream, Begin begin, Feed feed) {
  std::size_t counted = 0;
  for (auto _ : state) {
    begin();
    for (const std::string& read : stream.opening) feed(read);
    const std::size_t before = allocations;
    for (const std::string& read : stream.deltas) feed(read);
    counted += allocations - before;
    for (const std::string& read : stream.closing) feed(read);
  }
  const auto deltas = static_cast<double>(stream.deltas.size());
  state.counters["allocations"] = per_iteration(counted, state) / deltas;
  state.counters["chunk_bytes"] = static_cast<double>(stream.deltas[1].size());
  state.counters["ns_per_chunk"] =
      benchmark::Counter(deltas * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void translate_stream(benchmark::State& state, const Protocol& from, const Protocol& to, bench::Said said) {
  const bench::Stream stream = bench::make_stream(from.dialect, said, kDeltas);
  const std::string request = request_of(to, kSizes[0].second);
  json::Document document;
  llm::SseScanner scanner;
  llm::SseEvent event;
  std::unique_ptr<llm::StreamReader> reader;
  std::unique_ptr<llm::StreamWriter> writer;
  std::size_t written = 0;
  const auto begin = [&] {
    scanner.reset();
    reader = from.make_stream_reader(document);
    writer = to.make_stream_writer({.request = request, .include_usage = true});
  };
  measure_stream(state, stream, begin, [&](std::string_view bytes) {
    scanner.feed(bytes);
    while (scanner.next(event)) reader->read(event, *writer);
    benchmark::DoNotOptimize(writer->out().data());
    written += writer->out().size();
    writer->out().clear();
  });
  if (!reader->done() || reader->malformed()) state.SkipWithError("not a whole stream");
  state.counters["written"] = per_iteration(written, state) / static_cast<double>(kDeltas);
}

template <class Meter, class Reset>
void measure_meter(benchmark::State& state, bench::Dialect dialect, bench::Said said, Reset reset) {
  const bench::Stream stream = bench::make_stream(dialect, said, kDeltas);
  json::Document document;
  Meter meter(document);
  measure_stream(
      state, stream, [&] { reset(meter); },
      [&](std::string_view bytes) { benchmark::DoNotOptimize(meter.feed(bytes).data()); });
  if (!meter.observed().usage.known()) state.SkipWithError("no usage seen");
}

using Body = std::function<void(benchmark::State&)>;
void add(const std::string& name, Body body) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(body));
}

void add_requests() {
  for (const Protocol& from : kProtocols) {
    for (const auto& [size, bytes] : kSizes) {
      add("route/" + from.name + "/" + std::string(size),
          [&from, bytes](benchmark::State& state) { route(state, from, bytes); });
      for (const Protocol& to : kProtocols) {
        if (&from == &to) continue;
        add("translate/" + from.name + "_to_" + to.name + "/" + std::string(size),
            [&from, &to, bytes](benchmark::State& state) { translate_request(state, from, to, bytes); });
      }
    }
  }
}

void add_streams(const std::string& kind, bench::Said said) {
  const auto plain = [](auto& meter) { meter.reset(); };
  add("meter/chat/" + kind,
      [=](benchmark::State& state) { measure_meter<chat::StreamMeter>(state, bench::Dialect::kChat, said, plain); });
  add("meter/chat_hiding_usage/" + kind, [=](benchmark::State& state) {
    measure_meter<chat::StreamMeter>(state, bench::Dialect::kChat, said,
                                     [](auto& meter) { meter.reset(chat::UsageReport::kHidden); });
  });
  add("meter/messages/" + kind, [=](benchmark::State& state) {
    measure_meter<messages::StreamMeter>(state, bench::Dialect::kMessages, said, plain);
  });
  add("meter/responses/" + kind, [=](benchmark::State& state) {
    measure_meter<responses::StreamMeter>(state, bench::Dialect::kResponses, said, plain);
  });
  for (const Protocol& from : kProtocols) {
    for (const Protocol& to : kProtocols) {
      if (&from == &to) continue;
      add("chunk/" + from.name + "_to_" + to.name + "/" + kind,
          [&from, &to, said](benchmark::State& state) { translate_stream(state, from, to, said); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  add_requests();
  add_streams("text", bench::Said::kText);
  add_streams("arguments", bench::Said::kArguments);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
