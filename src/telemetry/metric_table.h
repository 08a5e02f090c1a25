// Every metric of the program in one table: name, type, unit, labels, buckets, help. What is not here cannot be
// counted.
//
// Constant data, usable from any thread. Names are checked when the program is compiled: a misspelt name, or a name of
// the wrong type, does not build. Families are sorted by name because the text is rendered in this order.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace pointsman::telemetry {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

// kUsd counts whole nano-dollars and is shown as dollars; kInfo is always 1, its label says what is true.
enum class Unit : std::uint8_t { kCount, kUsd, kSeconds, kBytes, kRatio, kInfo };

// How the values of several threads become one.
enum class Merge : std::uint8_t { kSum, kMax };

struct MetricSpec {
  std::string_view name;
  MetricType type;
  Unit unit;
  Merge merge;
  std::string_view labels;          // names separated by commas, in the order they are shown
  std::span<const double> buckets;  // upper bounds, ascending, without +Inf
  std::string_view help;
};

namespace table {

inline constexpr std::array<double, 10> kTenths = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
// What we add ourselves: microseconds when rules decide, up to seconds when a small model is asked.
inline constexpr std::array<double, 17> kOurTime = {5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                                                    5e-3, 0.01, 0.025,  0.05, 0.1,  0.25,   1.0,  5.0};
// What models take: the doubling buckets of OpenTelemetry's GenAI conventions (0.01 s to 81.92 s) and two more.
inline constexpr std::array<double, 16> kModelTime = {0.01, 0.02, 0.04,  0.08,  0.16,  0.32,  0.64,   1.28,
                                                      2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68};

constexpr MetricSpec counter(std::string_view name, std::string_view labels, std::string_view help,
                             Unit unit = Unit::kCount) {
  return {name, MetricType::kCounter, unit, Merge::kSum, labels, {}, help};
}
constexpr MetricSpec gauge(std::string_view name, std::string_view labels, std::string_view help,
                           Unit unit = Unit::kCount, Merge merge = Merge::kSum) {
  return {name, MetricType::kGauge, unit, merge, labels, {}, help};
}
constexpr MetricSpec info(std::string_view name, std::string_view help) {
  return gauge(name, "version", help, Unit::kInfo, Merge::kMax);
}
constexpr MetricSpec histogram(std::string_view name, std::string_view labels, std::span<const double> buckets,
                               std::string_view help, Unit unit = Unit::kSeconds) {
  return {name, MetricType::kHistogram, unit, Merge::kSum, labels, buckets, help};
}

}  // namespace table

inline constexpr std::array kMetrics = {
    table::counter("pointsman_baseline_cost_usd_total", "",
                   "What the answered requests would have cost with the stated baseline model.", Unit::kUsd),
    table::gauge("pointsman_breaker_state", "model", "Circuit breaker: 0 closed, 1 half-open, 2 open.", Unit::kCount,
                 Merge::kMax),
    table::gauge("pointsman_budget_leases", "", "Slices of budgets shared with other replicas that are held here."),
    table::counter("pointsman_budget_renewals_total", "result",
                   "Exchanges with the pool of shared budgets, by whether it answered."),
    table::counter("pointsman_budget_waits_total", "outcome",
                   "Requests that waited for more of a shared budget, by how that ended."),
    table::info("pointsman_build_info", "The version that is running."),
    table::gauge("pointsman_cache_bytes", "", "Memory that answers take which may be given again.", Unit::kBytes),
    table::counter("pointsman_cache_requests_total", "result",
                   "Requests of categories with a cache_ttl: hit, miss, or bypass."),
    table::info("pointsman_classifier_info", "The classifier version that decides."),
    table::counter("pointsman_client_disconnects_total", "phase",
                   "Clients that left before their answer was complete."),
    table::info("pointsman_config_info", "The configuration version in force."),
    table::gauge("pointsman_connections", "state", "Client connections."),
    table::counter("pointsman_conversations_kept_total", "",
                   "Requests that stayed with their conversation's model, for what its provider has cached."),
    table::gauge("pointsman_corrections_remembered", "", "Corrected texts that take effect on requests like them."),
    table::counter("pointsman_cost_unknown_total", "model", "Answers whose cost is unknown: no price or no usage."),
    table::counter("pointsman_cost_usd_total", "model", "What answers cost, where it is known.", Unit::kUsd),
    table::histogram("pointsman_decision_confidence", "", table::kTenths,
                     "Calibrated probability of the category decided on.", Unit::kRatio),
    table::counter("pointsman_decisions_total", "route,stage", "Routing decisions by the stage that made them."),
    table::counter("pointsman_denied_total", "limit", "Requests that a budget or a rate limit refused."),
    table::gauge("pointsman_drift_raised", "kind", "1 while requests look unlike those when the classifier went live."),
    table::histogram("pointsman_encoder_duration_seconds", "", table::kOurTime,
                     "From asking the sentence encoder to its answer, or to the deadline."),
    table::info("pointsman_encoder_info", "The sentence encoder that is asked where the classifier is unsure."),
    table::gauge("pointsman_encoder_queue_length", "", "Texts that wait for the sentence encoder."),
    table::counter("pointsman_encoder_requests_total", "outcome",
                   "Decisions of a classifier that names a sentence encoder, by how asking it went."),
    table::counter("pointsman_fallbacks_total", "reason", "Decisions that went to the fallback model."),
    table::gauge("pointsman_feedback_queue_length", "", "Feedback and imports of it that are not yet kept."),
    table::counter("pointsman_feedback_refused_total", "status", "Feedback, or imports of it, that were refused."),
    table::counter("pointsman_feedback_total", "verdict", "Statements about decisions that were kept."),
    table::counter("pointsman_http_refused_total", "status", "Requests refused before they reached a handler."),
    table::counter("pointsman_ledger_entries_total", "", "Ledger entries written."),
    table::gauge("pointsman_ledger_queue_depth", "", "Ledger entries that are not yet on disk."),
    table::counter("pointsman_ledger_refused_total", "", "Requests refused because the ledger could not take them."),
    table::counter("pointsman_llm_cost_unknown_total", "",
                   "Questions to the small model whose cost is unknown: no price, no usage, or no answer."),
    table::counter("pointsman_llm_cost_usd_total", "", "What questions to the small model cost, where it is known.",
                   Unit::kUsd),
    table::histogram("pointsman_llm_duration_seconds", "", table::kModelTime,
                     "From asking the small model to its answer, or to the deadline."),
    table::counter("pointsman_llm_hedges_total", "",
                   "Second calls of the small model made because the first took long."),
    table::counter("pointsman_llm_requests_total", "outcome",
                   "Decisions where a small model is configured, by how asking it went."),
    table::counter("pointsman_metrics_series_dropped_total", "",
                   "Requests for a new series beyond the limit, counted under the label value 'other'."),
    table::histogram("pointsman_overhead_duration_seconds", "", table::kOurTime,
                     "Request time without the time spent waiting for the upstream."),
    table::histogram("pointsman_redis_operation_duration_seconds", "operation", table::kOurTime,
                     "What operations of Redis took that came to their end."),
    table::counter("pointsman_redis_operations_total", "operation,result",
                   "Operations of Redis: exchange, find, keep, hear; by ok, hit, miss, busy, refused, failed, "
                   "unreadable; of hear by conversation, failure."),
    table::gauge("pointsman_redis_replicas", "", "Replicas heard of by Redis, this one included.", Unit::kCount,
                 Merge::kMax),
    table::gauge("pointsman_redis_up", "", "1 while Redis answers; else each replica keeps to its share.", Unit::kCount,
                 Merge::kMax),
    table::counter("pointsman_reloads_total", "result", "Configuration reloads."),
    table::histogram("pointsman_request_duration_seconds", "", table::kModelTime,
                     "From the request's last byte to the answer's last byte."),
    table::gauge("pointsman_requests_in_flight", "", "Requests under way; streams until they end."),
    table::counter("pointsman_requests_shed_total", "reason,priority",
                   "Requests turned away under overload: in_flight, queue_delay, memory."),
    table::counter("pointsman_requests_total", "route,model,code", "Requests answered."),
    table::histogram("pointsman_routing_duration_seconds", "", table::kOurTime, "Time to reach a routing decision."),
    table::gauge("pointsman_shadow_cost_usd", "by",
                 "Expected cost of what the shadow was shown, as each would have routed it."),
    table::counter("pointsman_shadow_decisions_total", "agreement",
                   "Decisions that the shadow was shown, by whether it would have decided the same."),
    table::gauge(
        "pointsman_shadow_underrouted", "by",
        "Expected requests among them that each would have sent to too weak a model, by the shadow's opinion."),
    table::counter("pointsman_shift_alarms_total", "",
                   "Times that requests no longer looked like those of the certificate."),
    table::gauge("pointsman_shift_raised", "", "1 while a worker suspends certified thresholds for that.", Unit::kCount,
                 Merge::kMax),
    table::counter("pointsman_span_export_failures_total", "",
                   "Attempts to send traces that the collector did not take."),
    table::counter("pointsman_spans_dropped_total", "reason",
                   "Spans lost: queue_full here, unsent in time, or rejected by the collector."),
    table::counter("pointsman_spans_exported_total", "", "Spans that the collector took."),
    table::counter("pointsman_speculations_total", "outcome",
                   "Models called before the decision stood, by what became of their answers."),
    table::histogram("pointsman_time_to_first_token_seconds", "", table::kModelTime,
                     "Of streamed answers: from the request's last byte to the answer's first byte."),
    table::counter("pointsman_tokens_total", "direction,model", "Tokens as the upstream counted them."),
    table::counter("pointsman_trial_bad_conversations_total", "arm",
                   "Conversations of a canary's trial that went badly."),
    table::counter("pointsman_trial_conversations_total", "arm", "Conversations of a canary's trial that are over."),
    table::counter("pointsman_upstream_failures_total", "provider,model,reason", "Upstream attempts that failed."),
    table::counter("pointsman_upstream_requests_total", "provider,model", "Upstream attempts."),
    table::counter("pointsman_upstream_retries_total", "reason", "Upstream attempts made after another had failed."),
    table::counter("pointsman_webhook_deliveries_total", "result",
                   "Attempts to deliver events: delivered, retried later, given_up; and events lost to a full queue."),
    table::counter("process_cpu_seconds_total", "", "CPU time used, user and system.", Unit::kSeconds),
    table::gauge("process_max_fds", "", "Most file descriptors the process may have open."),
    table::gauge("process_open_fds", "", "File descriptors open."),
    table::gauge("process_resident_memory_bytes", "", "Memory held in RAM.", Unit::kBytes),
    table::gauge("process_start_time_seconds", "", "When the process started, Unix time.", Unit::kSeconds),
};
static_assert(std::ranges::is_sorted(kMetrics, {}, &MetricSpec::name));

namespace table {

constexpr bool is_counter(const MetricSpec& m) {
  return m.type == MetricType::kCounter && m.unit != Unit::kUsd;
}
constexpr bool is_money(const MetricSpec& m) {
  return m.type == MetricType::kCounter && m.unit == Unit::kUsd;
}
constexpr bool is_gauge(const MetricSpec& m) {
  return m.type == MetricType::kGauge && m.unit != Unit::kInfo;
}
constexpr bool is_histogram(const MetricSpec& m) {
  return m.type == MetricType::kHistogram;
}
constexpr bool is_info(const MetricSpec& m) {
  return m.unit == Unit::kInfo;
}
constexpr bool is_scalar(const MetricSpec& m) {
  return is_counter(m) || is_gauge(m);
}

}  // namespace table

// A place in kMetrics whose entry `kAccepts` takes; anything else is a compile error where it is written.
template <bool (*kAccepts)(const MetricSpec&)>
class MetricName {
 public:
  consteval MetricName(const char* name) : index_(find(name)) {  // NOLINT(google-explicit-constructor)
    if (index_ == kMetrics.size()) throw "no such metric in the table";
    if (!kAccepts(kMetrics[index_])) throw "this metric is of another type";
  }
  std::size_t index() const { return index_; }

 private:
  static consteval std::size_t find(std::string_view name) {
    std::size_t at = 0;
    while (at < kMetrics.size() && kMetrics[at].name != name) ++at;
    return at;
  }
  std::size_t index_;
};

using CounterName = MetricName<table::is_counter>;
using MoneyName = MetricName<table::is_money>;
using GaugeName = MetricName<table::is_gauge>;
using HistogramName = MetricName<table::is_histogram>;
using InfoName = MetricName<table::is_info>;
using ScalarName = MetricName<table::is_scalar>;  // what a callback may supply

}  // namespace pointsman::telemetry
