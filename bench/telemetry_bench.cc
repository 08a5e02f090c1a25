// links: pm_telemetry
// What counting costs the thread that counts, and what a scrape costs at the series limit.
#include <benchmark/benchmark.h>

#include <string>

#include "telemetry/registry.h"

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

}  // namespace
}  // namespace pointsman::telemetry
