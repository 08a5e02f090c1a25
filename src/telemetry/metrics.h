// The metrics of one thread. Updating one costs a load and a store; nothing is locked and no line is shared.
//
// One Shard per thread that counts, owned by the Registry and never destroyed before it. Only the shard's own thread
// updates its metrics; any thread may read them while it does (each value is whole, values of one moment may differ by
// an update). Finding a metric takes a mutex and builds its key: keep the reference, it holds as long as the registry.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/money.h"
#include "telemetry/exemplar.h"
#include "telemetry/labels.h"

namespace pointsman::telemetry {

class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.store(value() + by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Counts whole nano-dollars. A counter never falls, so a negative amount is not added.
class MoneyCounter {
 public:
  void add(base::Money amount) {
    if (amount.nanos > 0) nanos_.add(static_cast<std::uint64_t>(amount.nanos));
  }
  std::uint64_t nanos() const { return nanos_.value(); }

 private:
  Counter nanos_;
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { set(value() + by); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  static constexpr std::size_t kMaxBuckets = 20;

  explicit Histogram(std::span<const double> bounds) : bounds_(bounds) {}
  // Values that are not finite are not counted: one of them would spoil the sum for good.
  void observe(double value);
  // The bucket remembers the request until the next one.
  void observe(double value, const ExampleRequest& of);
  void observe(base::Duration took) { observe(std::chrono::duration<double>(took).count()); }

  std::span<const double> bounds() const { return bounds_; }
  // Observations in bucket `at` alone; at == bounds().size() is the one up to +Inf.
  std::uint64_t in_bucket(std::size_t at) const { return counts_[at].value(); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  // The last request in bucket `at` that was named; nothing if none was, or while one is being written.
  std::optional<Exemplar> exemplar(std::size_t at) const;

 private:
  std::size_t bucket_of(double value) const;

  std::span<const double> bounds_;
  std::array<Counter, kMaxBuckets + 1> counts_;
  std::atomic<double> sum_{0};
  ExemplarShelf exemplars_;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<double>::is_always_lock_free);
static_assert(std::ranges::all_of(kMetrics, [](const MetricSpec& metric) {
  return metric.buckets.size() <= Histogram::kMaxBuckets &&
         (metric.type == MetricType::kHistogram) == !metric.buckets.empty() && std::ranges::is_sorted(metric.buckets);
}));

class Shard {
 public:
  // Lines of text that the series of one shard may come to; beyond it a metric's new series are one, labelled `other`.
  static constexpr std::size_t kMaxSeries = 2'000;

  Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  Counter& counter(CounterName name, Labels labels = {});
  MoneyCounter& money(MoneyName name, Labels labels = {});
  Gauge& gauge(GaugeName name, Labels labels = {});
  Histogram& histogram(HistogramName name, Labels labels = {});

 private:
  friend class Registry;

  // The series of one type: stable objects and where they are, by metric and label text.
  template <class T>
  struct Family {
    std::array<std::unordered_map<std::string, T*>, kMetrics.size()> by_labels;
    std::deque<T> all;
  };
  template <class T>
  T& find_or_make(Family<T>& family, std::size_t metric, Labels labels);

  mutable std::mutex mutex_;  // guards the families' shape, not the values
  Family<Counter> counters_;
  Family<MoneyCounter> moneys_;
  Family<Gauge> gauges_;
  Family<Histogram> histograms_;
  std::size_t series_ = 0;
  Counter* dropped_;
};

}  // namespace pointsman::telemetry
