// links: pm_json
// What a chunk of 4 bytes of a growing answer costs, scanned alone and held against a schema: an extraction with nested
// lists of objects, of 1, 10 and 100 KB; the same with a list of alternatives, formats and patterns; and what compiling
// the schema costs. `ns_per_chunk` is the time of an iteration over its chunks, `allocations` counts calls of operator
// new in an iteration after the first.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "json/incremental_scanner.h"
#include "json/prefix_validator.h"

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

constexpr std::size_t kChunk = 4;

// An invoice as one would have it taken out of a letter: 16 members, a list of objects in it.
constexpr std::string_view kExtraction = R"({"type":"object","additionalProperties":false,
"required":["number","date","seller","buyer","currency","lines","total","tax","paid","method","notes","language",
"confidence","country","pages","reference"],
"properties":{"number":{"type":"string"},"date":{"type":"string","maxLength":10},
"seller":{"$ref":"#/$defs/party"},"buyer":{"$ref":"#/$defs/party"},"currency":{"enum":["EUR","USD","GBP","CHF","JPY"]},
"lines":{"type":"array","items":{"$ref":"#/$defs/line"}},"total":{"type":"number","minimum":0},"tax":{"type":"number"},
"paid":{"type":"boolean"},"method":{"enum":["card","transfer","cash","unknown"]},"notes":{"type":["string","null"]},
"language":{"type":"string","minLength":2,"maxLength":2},"confidence":{"type":"number","minimum":0,"maximum":1},
"country":{"type":"string"},"pages":{"type":"integer"},"reference":{"type":["string","null"]}},
"$defs":{"party":{"type":"object","additionalProperties":false,"required":["name","address","vat"],
"properties":{"name":{"type":"string"},"address":{"type":"string"},"vat":{"type":["string","null"]}}},
"line":{"type":"object","additionalProperties":false,"required":["article","quantity","price","unit","tags"],
"properties":{"article":{"type":"string"},"quantity":{"type":"integer","minimum":1},"price":{"type":"number"},
"unit":{"enum":["piece","kg","m","hour"]},"tags":{"type":"array","items":{"type":"string"},"maxItems":10}}}}})";

// Lines of three kinds told apart by a constant, with patterns: what tool calls and agents' steps look like.
constexpr std::string_view kAlternatives =
    R"({"type":"object","required":["lines"],"properties":{"lines":{"type":"array",
"items":{"anyOf":[{"type":"object","required":["article"],"properties":{"article":{"type":"string","pattern":"^[A-Z]"},
"quantity":{"type":"integer"},"price":{"type":"number","multipleOf":0.01},"unit":{"const":"piece"}}},
{"type":"object","properties":{"article":{"type":"string","minLength":1},"unit":{"const":"kg"}}},
{"type":"object","properties":{"article":{"type":"string"},"unit":{"type":"string"}}}]}}}})";

std::string invoice(std::size_t bytes) {
  std::string text =
      R"({"number":"2026-0117","date":"2026-11-21","seller":{"name":"Mill & Sons","address":"12 High Street\nBath",)"
      R"("vat":"GB123456789"},"buyer":{"name":"Ostrander Ltd","address":"4 Quay Road","vat":null},"currency":"GBP",)"
      R"("lines":[)";
  for (int i = 0; text.size() + 200 < bytes; ++i) {
    if (i != 0) text += ',';
    text += R"({"article":"Oak board, planed, )" + std::to_string(i) + R"( mm wide","quantity":)" +
            std::to_string(i % 90 + 1) + R"(,"price":)" + std::to_string(i % 700) +
            R"(.25,"unit":"piece","tags":["wood","board","planed on both sides"]})";
  }
  return text + R"(],"total":1840.5,"tax":306.75,"paid":false,"method":"transfer","notes":"Deliver to the back door",)"
                R"("language":"en","confidence":0.93,"country":"United Kingdom","pages":2,"reference":null})";
}

struct NoSink {
  void begin_object() {}
  void end_object() {}
  void begin_array() {}
  void end_array() {}
  void key(std::string_view) {}
  void begin_string() {}
  void string_piece(std::string_view) {}
  void end_string() {}
  void begin_number() {}
  void number(std::string_view) {}
  void begin_literal(json::Literal) {}
  void literal(json::Literal) {}
};

void set_chunks(benchmark::State& state, std::size_t bytes) {
  const auto chunks = static_cast<double>((bytes + kChunk - 1) / kChunk);
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["ns_per_chunk"] =
      benchmark::Counter(chunks * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class Sink>
void feed_all(json::IncrementalScanner<Sink>& scanner, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); at += kChunk)
    benchmark::DoNotOptimize(scanner.feed(text.substr(at, kChunk)));
  scanner.finish();
}

void scanner_alone(benchmark::State& state) {
  const std::string text = invoice(static_cast<std::size_t>(state.range(0)));
  NoSink sink;
  json::IncrementalScanner<NoSink> scanner(sink);
  for (auto _ : state) {
    scanner.reset();
    feed_all(scanner, text);
  }
  set_chunks(state, text.size());
}

void with_schema(benchmark::State& state, std::string_view schema_text) {
  const std::string text = invoice(static_cast<std::size_t>(state.range(0)));
  const auto schema = json::Schema::compile(schema_text);
  if (!schema) return state.SkipWithError(schema.error().message().c_str());
  json::PrefixValidator validator(*schema);
  json::IncrementalScanner<json::PrefixValidator> scanner(validator);
  feed_all(scanner, text);
  const std::size_t before = allocations;
  for (auto _ : state) {
    scanner.reset();
    validator.reset();
    feed_all(scanner, text);
    if (validator.prospect() != json::Prospect::kComplete) return state.SkipWithError("not valid");
  }
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(std::max<std::int64_t>(state.iterations(), 1));
  set_chunks(state, text.size());
}

void compile(benchmark::State& state, std::string_view schema_text) {
  for (auto _ : state) benchmark::DoNotOptimize(json::Schema::compile(schema_text));
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : {1 << 10, 10 << 10, 100 << 10}) bench->Arg(size);
}

BENCHMARK(scanner_alone)->Apply(sizes);
BENCHMARK_CAPTURE(with_schema, extraction, kExtraction)->Apply(sizes);
BENCHMARK_CAPTURE(with_schema, alternatives, kAlternatives)->Apply(sizes);
BENCHMARK_CAPTURE(compile, extraction, kExtraction);
BENCHMARK_CAPTURE(compile, alternatives, kAlternatives);

}  // namespace

BENCHMARK_MAIN();
