#include "telemetry/metrics.h"

#include <cmath>
#include <type_traits>

namespace pointsman::telemetry {

static_assert(ExemplarShelf::kPlaces == Histogram::kMaxBuckets + 1);

std::size_t Histogram::bucket_of(double value) const {
  std::size_t at = 0;
  while (at < bounds_.size() && value > bounds_[at]) ++at;
  return at;
}

void Histogram::observe(double value) {
  if (!std::isfinite(value)) return;
  counts_[bucket_of(value)].add();
  sum_.store(sum() + value, std::memory_order_relaxed);
}

void Histogram::observe(double value, const ExampleRequest& of) {
  if (!std::isfinite(value)) return;
  observe(value);
  exemplars_.put(bucket_of(value), {of, value});
}

std::optional<Exemplar> Histogram::exemplar(std::size_t at) const {
  return exemplars_.get(at);
}

Shard::Shard() : dropped_(&counter("pointsman_metrics_series_dropped_total")) {}

template <class T>
T& Shard::find_or_make(Family<T>& family, std::size_t metric, Labels labels) {
  const MetricSpec& spec = kMetrics[metric];
  std::string key = label_text(spec, labels);
  const std::lock_guard lock(mutex_);
  auto& known = family.by_labels[metric];
  auto found = known.find(key);
  if (found != known.end()) return *found->second;
  // A histogram is a line for each bucket, and +Inf, _sum and _count.
  const std::size_t lines = spec.buckets.empty() ? 1 : spec.buckets.size() + 3;
  if (series_ + lines > kMaxSeries) {
    dropped_->add();
    key = other_label_text(spec);
    found = known.find(key);
    if (found != known.end()) return *found->second;
  }
  series_ += lines;
  if constexpr (std::is_same_v<T, Histogram>) {
    family.all.emplace_back(spec.buckets);
  } else {
    family.all.emplace_back();
  }
  known.emplace(std::move(key), &family.all.back());
  return family.all.back();
}

Counter& Shard::counter(CounterName name, Labels labels) {
  return find_or_make(counters_, name.index(), labels);
}
MoneyCounter& Shard::money(MoneyName name, Labels labels) {
  return find_or_make(moneys_, name.index(), labels);
}
Gauge& Shard::gauge(GaugeName name, Labels labels) {
  return find_or_make(gauges_, name.index(), labels);
}
Histogram& Shard::histogram(HistogramName name, Labels labels) {
  return find_or_make(histograms_, name.index(), labels);
}

}  // namespace pointsman::telemetry
