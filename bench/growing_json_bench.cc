// links: pm_json
// What a growing JSON text costs for each piece that comes: documents of 1, 10 and 100 KB in pieces of 4 bytes, the
// size of a token. The scanner alone, a growing value, one that tells its changes, and the events of patch_stream.h.
//
// growing_json_bench --write-documents FOLDER writes the documents and their events instead, for partial_rivals.mjs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "json/growing_value.h"
#include "json/patch_stream.h"

namespace {

namespace json = pointsman::json;

constexpr std::size_t kPiece = 4;
constexpr std::int64_t kSizes[] = {1'000, 10'000, 100'000};

// A report as a model would write one: sections of prose with escapes and other scripts, numbers, lists, flags.
std::string make_document(std::size_t bytes) {
  static constexpr std::string_view kProse =
      "The trial ran for six weeks; \\\"nobody\\\" noticed. Caf\xC3\xA9s opened at 7\\u202f30, and "
      "\xE6\x9D\xB1\xE4\xBA\xAC "
      "followed.\\nCosts fell by a third. ";
  std::string text = R"({"title":"Quarterly report","sections":[)";
  for (int i = 0; text.size() + 200 < bytes; ++i) {
    if (i > 0) text += ',';
    text += R"({"id":)" + std::to_string(i) + R"(,"heading":"Section )" + std::to_string(i) + R"(","score":0.)" +
            std::to_string(i * 37 % 1000) + R"(,"final":)" + (i % 2 == 0 ? "true" : "false") +
            R"(,"tags":["costs","people",null],"body":")";
    for (int part = 0; part < 4 && text.size() + 200 < bytes; ++part) text += kProse;
    text += R"("})";
  }
  return text + R"(],"summary":"All is well."})";
}

std::size_t pieces_of(std::string_view text) {
  return (text.size() + kPiece - 1) / kPiece;
}

template <class Feed>
void feed_pieces(std::string_view text, Feed feed) {
  for (; text.size() > kPiece; text.remove_prefix(kPiece)) feed(text.substr(0, kPiece));
  feed(text);
}

void count(benchmark::State& state, std::string_view text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
  state.counters["pieces"] = static_cast<double>(pieces_of(text));
  state.counters["seconds_per_piece"] =
      benchmark::Counter(static_cast<double>(pieces_of(text)),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

struct Nothing {
  void begin_object() {}
  void end_object() {}
  void begin_array() {}
  void end_array() {}
  void key(std::string_view) {}
  void begin_string() {}
  void string_piece(std::string_view text) { benchmark::DoNotOptimize(text.data()); }
  void end_string() {}
  void begin_number() {}
  void number(std::string_view text) { benchmark::DoNotOptimize(text.data()); }
  void begin_literal(json::Literal) {}
  void literal(json::Literal) {}
};

void scanner(benchmark::State& state) {
  const std::string text = make_document(static_cast<std::size_t>(state.range(0)));
  Nothing nothing;
  json::IncrementalScanner<Nothing> scan(nothing);
  for (auto _ : state) {
    scan.reset();
    feed_pieces(text, [&](std::string_view piece) { scan.feed(piece); });
    if (!scan.finish()) return state.SkipWithError("no JSON");
  }
  count(state, text);
}

void growing_value(benchmark::State& state) {
  const std::string text = make_document(static_cast<std::size_t>(state.range(0)));
  json::GrowingValue<> value;
  for (auto _ : state) {
    value.reset();
    feed_pieces(text, [&](std::string_view piece) { value.feed(piece); });
    if (!value.finish()) return state.SkipWithError("no JSON");
  }
  count(state, text);
}

void growing_value_with_changes(benchmark::State& state) {
  struct Changes {
    std::size_t bytes = 0;
    void patch(const json::Patch& patch) { bytes += patch.text.size() + patch.path.depth(); }
  } changes;
  const std::string text = make_document(static_cast<std::size_t>(state.range(0)));
  json::GrowingValue<Changes> value(changes);
  for (auto _ : state) {
    value.reset();
    feed_pieces(text, [&](std::string_view piece) { value.feed(piece); });
    if (!value.finish()) return state.SkipWithError("no JSON");
    benchmark::DoNotOptimize(changes.bytes);
  }
  count(state, text);
}

void events_of(std::string_view text, std::string& events) {
  json::PatchedText patched(0);
  patched.open({}, events);
  feed_pieces(text, [&](std::string_view piece) { patched.feed(piece, events); });
  patched.finish({}, events);
}

void patch_events(benchmark::State& state) {
  const std::string text = make_document(static_cast<std::size_t>(state.range(0)));
  std::string events;
  for (auto _ : state) {
    events.clear();
    events_of(text, events);
    benchmark::DoNotOptimize(events.data());
  }
  count(state, text);
  state.counters["wire_ratio"] = static_cast<double>(events.size()) / static_cast<double>(text.size());
}

void one_snapshot(benchmark::State& state) {
  const std::string text = make_document(static_cast<std::size_t>(state.range(0)));
  json::GrowingValue<> value;
  value.feed(std::string_view(text).substr(0, text.size() - 20));
  for (auto _ : state) benchmark::DoNotOptimize(value.snapshot());
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : kSizes) bench->Arg(size);
}

BENCHMARK(scanner)->Apply(sizes);
BENCHMARK(growing_value)->Apply(sizes);
BENCHMARK(growing_value_with_changes)->Apply(sizes);
BENCHMARK(patch_events)->Apply(sizes);
BENCHMARK(one_snapshot)->Apply(sizes);

bool write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

int write_documents(const std::string& folder) {
  for (const std::int64_t size : kSizes) {
    const std::string text = make_document(static_cast<std::size_t>(size));
    std::string events;
    events_of(text, events);
    const std::string name = folder + "/" + std::to_string(size);
    if (write_file(name + ".json", text) && write_file(name + ".events", events)) continue;
    std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--write-documents") return write_documents(argv[2]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
