// links: pm_gateway
// What counting and tracing cost the thread that serves, and what a scrape costs at the series limit.
//
// record_and_metrics is all that telemetry does for one request that is answered by its second attempt: every metric
// that is counted for it, its place in a client's trace, what its two calls are told of that, and the record that is
// handed to the thread which sends traces.
#include <benchmark/benchmark.h>

#include <string>

#include "gateway/generation.h"
#include "gateway/span_record.h"
#include "support/routing.h"
#include "telemetry/registry.h"
#include "trace/otlp_json.h"
#include "trace/ring.h"

namespace pointsman::telemetry {
namespace {

void increment_counter(benchmark::State& state) {
  Registry registry;
  Counter& counter = registry.add_shard().counter("pointsman_ledger_entries_total");
  for (auto _ : state) {
    counter.add();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(increment_counter);

void observe_histogram(benchmark::State& state) {
  Registry registry;
  Histogram& histogram = registry.add_shard().histogram("pointsman_overhead_duration_seconds");
  for (auto _ : state) {
    histogram.observe(3e-5);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(observe_histogram);

void find_counter(benchmark::State& state) {
  Registry registry;
  Shard& shard = registry.add_shard();
  for (auto _ : state) {
    Labels labels = {{"route", "auto"}, {"model", "gpt-4.1-mini"}, {"code", "200"}};
    benchmark::DoNotOptimize(&shard.counter("pointsman_requests_total", labels));
  }
}
BENCHMARK(find_counter);

void render_full(benchmark::State& state) {
  Registry registry;
  for (int shard = 0; shard < 8; ++shard) {
    Shard& own = registry.add_shard();
    for (int i = 0; i < 2'000; ++i) {
      own.counter("pointsman_requests_total", {{"route", "auto"}, {"model", std::to_string(i)}, {"code", "200"}}).add();
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(registry.render());
}
BENCHMARK(render_full)->Unit(benchmark::kMillisecond);

// A request as it is when it ends.
struct Served {
  Served() {
    decision.routed = true;
    decision.verdict = {.category = 0, .stage = classify::Stage::kLocal, .reason = "at_or_above_threshold"};
    decision.verdict.probability = 0.87F;
    entry.id = base::UuidGenerator(1).next(base::WallTime(std::chrono::seconds(1'780'000'000)));
    entry.started = base::WallTime(std::chrono::seconds(1'780'000'000));
    entry.requested_model = "auto";
    entry.stream = true;
    entry.probability = 0.87F;
    entry.threshold = 0.6F;
    entry.category = "simple";
    entry.stage = "local";
    entry.reason = decision.verdict.reason;
    entry.policy_version = std::string(64, 'a');
    entry.classifier_version = std::string(64, 'b');
    entry.model = entry.provider = "sim-large";
    entry.status = 200;
    entry.usage.input_tokens = 900;
    entry.usage.output_tokens = 120;
    entry.cost = base::Money{1'000'000};
    entry.baseline_cost = base::Money{5'000'000};
    entry.overhead = std::chrono::microseconds(40);
    entry.first_byte = std::chrono::microseconds(400'000);
    entry.total = std::chrono::microseconds(2'000'000);
    ledger::Attempt& failed = entry.attempts.emplace_back();
    failed.model = failed.provider = "sim-small";
    failed.status = 503;
    failed.error = "status_503";
    ledger::Attempt& answered = entry.attempts.emplace_back();
    answered.model = answered.provider = "sim-large";
    answered.status = 200;
    fields.add({"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
  }

  gateway::Decision decision;
  ledger::Entry entry;
  http::FieldList fields;
  std::string decision_id = entry.id.to_string();
};

class Serving {
 public:
  Serving()
      : snapshot_(
            *gateway::build_snapshot(pointsman::testing::three_models(), pointsman::testing::load_words(), nullptr)) {}

  void count() {
    measure_.decided(served_.decision, std::chrono::microseconds(30));
    measure_.attempted(0);
    measure_.failed_attempt(0, "status_503");
    measure_.retried("status");
    measure_.attempted(1);
    measure_.finished(served_.entry, 0, 1);
  }
  void trace() {
    constexpr base::MonoTime kStart{std::chrono::hours(1)};
    constexpr std::chrono::milliseconds kLater{5};
    notes_.begin(served_.fields, 0.1, rng_);
    notes_.decided(kStart, kStart + kLater);
    for (int i = 0; i < 2; ++i) {
      notes_.begin_call(kStart + kLater);
      benchmark::DoNotOptimize(notes_.fields().data());
    }
    notes_.end_call(0, kStart + 2 * kLater);
    gateway::fill_record({.snapshot = *snapshot_,
                          .entry = served_.entry,
                          .notes = notes_,
                          .decision = served_.decision_id,
                          .received = kStart,
                          .answered = kStart + 3 * kLater,
                          .now = kStart + 4 * kLater,
                          .released = 1},
                         *ring_.slot());
    ring_.commit();
  }
  const trace::Record& record() const { return *ring_.front(); }
  void pop() { ring_.pop(); }

 private:
  gateway::SnapshotPtr snapshot_;
  Registry registry_;
  gateway::Measure measure_{*snapshot_, registry_.add_shard()};
  base::Rng rng_{1};
  gateway::SpanNotes notes_;
  trace::Ring ring_;
  Served served_;
};

void record_and_metrics(benchmark::State& state) {
  Serving serving;
  for (auto _ : state) {
    serving.count();
    serving.trace();
    serving.pop();
  }
}
BENCHMARK(record_and_metrics);

void metrics_of_a_request(benchmark::State& state) {
  Serving serving;
  for (auto _ : state) serving.count();
}
BENCHMARK(metrics_of_a_request);

void record_of_a_request(benchmark::State& state) {
  Serving serving;
  for (auto _ : state) {
    serving.trace();
    serving.pop();
  }
}
BENCHMARK(record_of_a_request);

// Not on a request's way: the other thread's part.
void encode_a_record(benchmark::State& state) {
  Serving serving;
  serving.trace();
  trace::SpanBatch batch({.service = "pointsman", .version = "1", .instance = "host"}, trace::Convention::kGenAi136);
  for (auto _ : state) {
    batch.add(serving.record());
    if (batch.bytes() > (1U << 20)) benchmark::DoNotOptimize(batch.take());
  }
}
BENCHMARK(encode_a_record);

}  // namespace
}  // namespace pointsman::telemetry
