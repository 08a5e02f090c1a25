#include "telemetry/registry.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>

namespace pointsman::telemetry {
namespace {

// The value of one series, merged from the shards and the callbacks.
struct Merged {
  std::uint64_t whole = 0;  // counts, nano-dollars
  double real = 0;          // gauges, callbacks, sums of histograms
  bool seen = false;
  std::array<std::uint64_t, Histogram::kMaxBuckets + 1> buckets{};
  std::array<std::optional<Exemplar>, Histogram::kMaxBuckets + 1> exemplars{};

  void add_real(double value, Merge merge) {
    real = !seen ? value : merge == Merge::kMax ? std::max(real, value) : real + value;
    seen = true;
  }
  void add_exemplar(std::size_t at, const std::optional<Exemplar>& one) {
    if (one && (!exemplars[at] || exemplars[at]->of.at < one->of.at)) exemplars[at] = one;
  }
};

// Sorted by label text; the texts belong to the shards and callbacks and outlive the rendering.
using Series = std::map<std::string_view, Merged>;

void append_real(std::string& out, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}\n", value);
  } else {
    out += std::isnan(value) ? "NaN\n" : value > 0 ? "+Inf\n" : "-Inf\n";
  }
}

// In OpenMetrics a family of counters is named without the _total of its samples.
void append_head(std::string& out, const MetricSpec& metric, Format format) {
  static constexpr std::array<std::string_view, 3> kTypes = {"counter", "gauge", "histogram"};
  static constexpr std::string_view kTotal = "_total";
  std::string_view name = metric.name;
  if (format == Format::kOpenMetrics && metric.type == MetricType::kCounter && name.ends_with(kTotal)) {
    name.remove_suffix(kTotal.size());
  }
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, metric.help,
                 kTypes[static_cast<std::size_t>(metric.type)]);
}

// OpenMetrics wants bounds as real numbers: 1.0.
void append_bound(std::string& out, double bound, Format format) {
  const std::string text = fmt::format("{}", bound);
  out += text;
  if (format == Format::kOpenMetrics && text.find_first_of(".e") == std::string::npos) out += ".0";
}

void append_exemplar(std::string& out, const std::optional<Exemplar>& exemplar) {
  if (!exemplar) return;
  const auto to = std::back_inserter(out);
  fmt::format_to(to, " # {{decision_id=\"{}\"", exemplar->of.decision.to_string());
  const auto& trace = exemplar->of.trace;
  if (trace != std::array<std::uint64_t, 2>{}) fmt::format_to(to, ",trace_id=\"{:016x}{:016x}\"", trace[0], trace[1]);
  const std::chrono::duration<double> at = exemplar->of.at.time_since_epoch();
  fmt::format_to(to, "}} {} {:.3f}", exemplar->value, at.count());
}

void append_histogram(std::string& out, const MetricSpec& metric, std::string_view labels, const Merged& value,
                      Format format) {
  const std::string_view inner = labels.empty() ? labels : labels.substr(1, labels.size() - 2);
  const std::string_view comma = labels.empty() ? "" : ",";
  const auto to = std::back_inserter(out);
  std::uint64_t total = 0;
  for (std::size_t at = 0; at <= metric.buckets.size(); ++at) {
    total += value.buckets[at];
    fmt::format_to(to, "{}_bucket{{{}{}le=\"", metric.name, inner, comma);
    if (at < metric.buckets.size()) {
      append_bound(out, metric.buckets[at], format);
    } else {
      out += "+Inf";
    }
    fmt::format_to(to, "\"}} {}", total);
    if (format == Format::kOpenMetrics) append_exemplar(out, value.exemplars[at]);
    out += '\n';
  }
  fmt::format_to(to, "{}_sum{} ", metric.name, labels);
  append_real(out, value.real);
  // The count is what the buckets say, so that the two agree although the thread goes on observing.
  fmt::format_to(to, "{}_count{} {}\n", metric.name, labels, total);
}

void append_scalar(std::string& out, const MetricSpec& metric, std::string_view labels, const Merged& value) {
  fmt::format_to(std::back_inserter(out), "{}{} ", metric.name, labels);
  if (metric.unit == Unit::kUsd) {
    out += base::Money{static_cast<std::int64_t>(value.whole)}.to_string();
    out += '\n';
  } else if (value.seen) {
    append_real(out, value.real + static_cast<double>(value.whole));
  } else {
    fmt::format_to(std::back_inserter(out), "{}\n", value.whole);
  }
}

}  // namespace

Format format_for(std::string_view accept) {
  return accept.contains("application/openmetrics-text") ? Format::kOpenMetrics : Format::kPrometheus;
}

std::string_view content_type(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

Shard& Registry::add_shard() {
  auto shard = std::make_unique<Shard>();
  const std::lock_guard lock(mutex_);
  return *shards_.emplace_back(std::move(shard));
}

void Registry::callback(ScalarName name, Labels labels, std::function<double()> read) {
  Callback made{name.index(), label_text(kMetrics[name.index()], labels), std::move(read)};
  const std::lock_guard lock(mutex_);
  std::erase_if(callbacks_,
                [&](const Callback& old) { return old.metric == made.metric && old.labels == made.labels; });
  callbacks_.push_back(std::move(made));
}

void Registry::info(InfoName name, std::string_view version) {
  std::string labels = label_text(kMetrics[name.index()], {{"version", version}});
  const std::lock_guard lock(mutex_);
  infos_[name.index()] = std::move(labels);
}

std::string Registry::render(Format format) const {
  std::array<Series, kMetrics.size()> families;
  const auto each = [&families](const auto& by_labels, const auto& merge) {
    for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
      for (const auto& [labels, series] : by_labels[metric]) merge(families[metric][labels], *series, kMetrics[metric]);
    }
  };
  const std::lock_guard lock(mutex_);
  for (const auto& shard : shards_) {
    const std::lock_guard shard_lock(shard->mutex_);
    each(shard->counters_.by_labels, [](Merged& m, const Counter& c, const MetricSpec&) { m.whole += c.value(); });
    each(shard->moneys_.by_labels, [](Merged& m, const MoneyCounter& c, const MetricSpec&) { m.whole += c.nanos(); });
    each(shard->gauges_.by_labels, [](Merged& m, const Gauge& g, const MetricSpec& spec) {
      m.add_real(static_cast<double>(g.value()), spec.merge);
    });
    each(shard->histograms_.by_labels, [](Merged& m, const Histogram& h, const MetricSpec&) {
      for (std::size_t at = 0; at <= h.bounds().size(); ++at) {
        m.buckets[at] += h.in_bucket(at);
        m.add_exemplar(at, h.exemplar(at));
      }
      m.real += h.sum();
    });
  }
  for (const Callback& callback : callbacks_) {
    families[callback.metric][callback.labels].add_real(callback.read(), kMetrics[callback.metric].merge);
  }
  for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
    if (!infos_[metric].empty()) families[metric][infos_[metric]].add_real(1, Merge::kMax);
  }

  std::string out;
  out.reserve(16 * 1024);
  for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
    const MetricSpec& spec = kMetrics[metric];
    if (!families[metric].empty()) append_head(out, spec, format);
    for (const auto& [labels, value] : families[metric]) {
      if (spec.type == MetricType::kHistogram) {
        append_histogram(out, spec, labels, value, format);
      } else {
        append_scalar(out, spec, labels, value);
      }
    }
  }
  if (format == Format::kOpenMetrics) out += "# EOF\n";
  return out;
}

}  // namespace pointsman::telemetry
