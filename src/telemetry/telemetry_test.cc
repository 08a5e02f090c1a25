#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <limits>
#include <string>
#include <thread>

#include "telemetry/process_facts.h"
#include "telemetry/registry.h"

namespace pointsman::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The value on the line that begins with `series`, or -1.
double value_of(const std::string& text, const std::string& series) {
  const std::size_t at = ("\n" + text).find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 1));
}

const MetricSpec& spec(std::string_view name) {
  return *std::ranges::find(kMetrics, name, &MetricSpec::name);
}

TEST(Registry, OpenMetricsNamesFamiliesBoundsAndRequestsItsOwnWay) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.counter("pointsman_ledger_refused_total").add(2);
  Histogram& confidence = shard.histogram("pointsman_decision_confidence");
  const base::WallTime at{std::chrono::milliseconds(1'700'000'000'123)};
  ExampleRequest one{.decision = base::Uuid::at(at), .at = at};
  confidence.observe(0.75, one);
  one.trace = {1, 0xabc};
  confidence.observe(0.97, one);
  confidence.observe(0.99);
  confidence.observe(std::numeric_limits<double>::infinity(), one);
  const std::string text = registry.render(Format::kOpenMetrics);
  EXPECT_THAT(text, HasSubstr("# TYPE pointsman_ledger_refused counter\npointsman_ledger_refused_total 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.7\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.8\"} 1 # {decision_id=\"" + one.decision.to_string() +
                              "\"} 0.75 1700000000.123\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"1.0\"} 3 # {decision_id=\"" + one.decision.to_string() +
                              "\",trace_id=\"00000000000000010000000000000abc\"} 0.97 1700000000.123\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_TRUE(text.ends_with("# EOF\n"));
  EXPECT_EQ(registry.render().find('#' + std::string(" {")), std::string::npos) << "the older format has none";
}

TEST(Exemplars, TheNewestOfTheShardsIsNamed) {
  Registry registry;
  std::array<base::Uuid, 2> ids;
  for (int i = 0; i < 2; ++i) {
    const base::WallTime at{std::chrono::seconds(1000 - i)};
    ids[static_cast<std::size_t>(i)] = base::Uuid::at(at);
    registry.add_shard()
        .histogram("pointsman_decision_confidence")
        .observe(0.05, {.decision = base::Uuid::at(at), .at = at});
  }
  const std::string text = registry.render(Format::kOpenMetrics);
  EXPECT_THAT(text, HasSubstr(ids[0].to_string()));
  EXPECT_THAT(text, ::testing::Not(HasSubstr(ids[1].to_string())));
}

// A reader never sees half of one request and half of another.
TEST(Exemplars, AreWholeWhileTheyAreWritten) {
  ExemplarShelf shelf;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t i = 1; i < 200'000; ++i) {
      shelf.put(0, {.of = {.decision = {}, .trace = {i, ~i}, .at = {}}, .value = static_cast<double>(i)});
    }
    done = true;
  });
  while (!done) {
    const auto one = shelf.get(0);
    if (!one) continue;
    ASSERT_EQ(one->of.trace[0], ~one->of.trace[1]);
    ASSERT_EQ(one->value, static_cast<double>(one->of.trace[0]));
  }
  writer.join();
  EXPECT_EQ(shelf.get(0)->value, 199'999);
  EXPECT_FALSE(shelf.get(1));
}

TEST(Registry, ReadsWhatAScraperTakes) {
  EXPECT_EQ(format_for("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"), Format::kOpenMetrics);
  EXPECT_EQ(format_for("text/plain;version=0.0.4"), Format::kPrometheus);
  EXPECT_EQ(format_for(""), Format::kPrometheus);
}

TEST(Registry, RendersEveryKindInTheTextFormat) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.counter("pointsman_requests_total", {{"route", "auto"}, {"model", "small"}, {"code", "200"}}).add(3);
  shard.counter("pointsman_requests_total", {{"code", "429"}, {"route", "auto"}, {"model", ""}}).add();
  shard.money("pointsman_cost_usd_total", {{"model", "small"}}).add(base::Money{1'234'500});
  shard.gauge("pointsman_connections", {{"state", "idle"}}).set(7);
  Histogram& confidence = shard.histogram("pointsman_decision_confidence");
  for (const double p : {0.05, 0.1, 0.75, 1.0, 1.5}) confidence.observe(p);
  registry.info("pointsman_build_info", "1.2.3");
  registry.callback("pointsman_ledger_queue_depth", {}, [] { return 12.0; });
  EXPECT_EQ(registry.render(), R"(# HELP pointsman_build_info The version that is running.
# TYPE pointsman_build_info gauge
pointsman_build_info{version="1.2.3"} 1
# HELP pointsman_connections Client connections.
# TYPE pointsman_connections gauge
pointsman_connections{state="idle"} 7
# HELP pointsman_cost_usd_total What answers cost, where it is known.
# TYPE pointsman_cost_usd_total counter
pointsman_cost_usd_total{model="small"} 0.0012345
# HELP pointsman_decision_confidence Calibrated probability of the category decided on.
# TYPE pointsman_decision_confidence histogram
pointsman_decision_confidence_bucket{le="0.1"} 2
pointsman_decision_confidence_bucket{le="0.2"} 2
pointsman_decision_confidence_bucket{le="0.3"} 2
pointsman_decision_confidence_bucket{le="0.4"} 2
pointsman_decision_confidence_bucket{le="0.5"} 2
pointsman_decision_confidence_bucket{le="0.6"} 2
pointsman_decision_confidence_bucket{le="0.7"} 2
pointsman_decision_confidence_bucket{le="0.8"} 3
pointsman_decision_confidence_bucket{le="0.9"} 3
pointsman_decision_confidence_bucket{le="1"} 4
pointsman_decision_confidence_bucket{le="+Inf"} 5
pointsman_decision_confidence_sum 3.4
pointsman_decision_confidence_count 5
# HELP pointsman_ledger_queue_depth Ledger entries that are not yet on disk.
# TYPE pointsman_ledger_queue_depth gauge
pointsman_ledger_queue_depth 12
# HELP pointsman_metrics_series_dropped_total Requests for a new series beyond the limit, counted under the label value 'other'.
# TYPE pointsman_metrics_series_dropped_total counter
pointsman_metrics_series_dropped_total 0
# HELP pointsman_requests_total Requests answered.
# TYPE pointsman_requests_total counter
pointsman_requests_total{route="auto",model="",code="429"} 1
pointsman_requests_total{route="auto",model="small",code="200"} 3
)");
}

TEST(Registry, AddsUpTheShards) {
  Registry registry;
  Shard& first = registry.add_shard();
  Shard& second = registry.add_shard();
  for (Shard* shard : {&first, &second}) {
    shard->counter("pointsman_tokens_total", {{"direction", "in"}, {"model", "m"}}).add(10);
    shard->money("pointsman_baseline_cost_usd_total").add(base::Money{500'000'000});
    shard->gauge("pointsman_connections", {{"state", "active"}}).add(2);
    shard->histogram("pointsman_request_duration_seconds").observe(std::chrono::milliseconds(30));
  }
  const std::string text = registry.render();
  EXPECT_EQ(value_of(text, R"(pointsman_tokens_total{direction="in",model="m"})"), 20);
  EXPECT_EQ(value_of(text, "pointsman_baseline_cost_usd_total"), 1);
  EXPECT_EQ(value_of(text, R"(pointsman_connections{state="active"})"), 4);
  EXPECT_EQ(value_of(text, R"(pointsman_request_duration_seconds_bucket{le="0.02"})"), 0);
  EXPECT_EQ(value_of(text, R"(pointsman_request_duration_seconds_bucket{le="0.04"})"), 2);
  EXPECT_DOUBLE_EQ(value_of(text, "pointsman_request_duration_seconds_sum"), 0.06);
  EXPECT_EQ(value_of(text, "pointsman_request_duration_seconds_count"), 2);
}

TEST(Registry, ShowsTheWorstBreakerOfAllShards) {
  Registry registry;
  registry.add_shard().gauge("pointsman_breaker_state", {{"model", "m"}}).set(2);
  registry.add_shard().gauge("pointsman_breaker_state", {{"model", "m"}}).set(0);
  EXPECT_EQ(value_of(registry.render(), R"(pointsman_breaker_state{model="m"})"), 2);
}

TEST(Registry, ForgetsTheVersionThatWasInForceBefore) {
  Registry registry;
  registry.info("pointsman_config_info", "one");
  registry.info("pointsman_config_info", "two");
  const std::string text = registry.render();
  EXPECT_THAT(text, Not(HasSubstr("\"one\"")));
  EXPECT_EQ(value_of(text, R"(pointsman_config_info{version="two"})"), 1);
}

TEST(Registry, AsksTheCallbackThatWasGivenLast) {
  Registry registry;
  registry.callback("pointsman_connections", {{"state", "idle"}}, [] { return 1.0; });
  registry.callback("pointsman_connections", {{"state", "idle"}}, [] { return 5.0; });
  registry.callback("pointsman_connections", {{"state", "active"}}, [] { return 2.5; });
  const std::string text = registry.render();
  EXPECT_EQ(value_of(text, R"(pointsman_connections{state="idle"})"), 5);
  EXPECT_EQ(value_of(text, R"(pointsman_connections{state="active"})"), 2.5);
}

TEST(Shard, GivesTheSameMetricForTheSameLabelsInAnyOrder) {
  Registry registry;
  Shard& shard = registry.add_shard();
  Counter& one = shard.counter("pointsman_tokens_total", {{"direction", "in"}, {"model", "m"}});
  for (int i = 0; i < 500; ++i) shard.counter("pointsman_upstream_retries_total", {{"reason", std::to_string(i)}});
  EXPECT_EQ(&one, &shard.counter("pointsman_tokens_total", {{"model", "m"}, {"direction", "in"}}));
  EXPECT_NE(&one, &shard.counter("pointsman_tokens_total", {{"model", "m"}, {"direction", "out"}}));
}

TEST(Shard, CountsSeriesBeyondTheLimitAsOther) {
  Registry registry;
  Shard& shard = registry.add_shard();
  for (int i = 0; i < 5'000; ++i) {
    shard.counter("pointsman_upstream_retries_total", {{"reason", "r" + std::to_string(i)}}).add();
  }
  shard.histogram("pointsman_request_duration_seconds").observe(0.5);  // no longer fits; has no labels to give up
  const std::string text = registry.render();
  EXPECT_EQ(value_of(text, R"(pointsman_upstream_retries_total{reason="r0"})"), 1);
  EXPECT_EQ(value_of(text, R"(pointsman_upstream_retries_total{reason="r4999"})"), -1);
  const double other = value_of(text, R"(pointsman_upstream_retries_total{reason="other"})");
  EXPECT_EQ(other, 5'000 - (2'000 - 1));  // one line is the counter of what was dropped
  EXPECT_EQ(value_of(text, "pointsman_metrics_series_dropped_total"), other + 1);
  EXPECT_EQ(value_of(text, "pointsman_request_duration_seconds_count"), 1);
}

TEST(Labels, EscapeWhatWouldEndTheValueOrTheLine) {
  EXPECT_EQ(label_text(spec("pointsman_fallbacks_total"), {{"reason", "a\"b\\c\nd{}=,\r"}}),
            "{reason=\"a\\\"b\\\\c\\nd{}=,\r\"}");
}

TEST(Labels, AreCutBetweenCharacters) {
  const auto text_of = [](const std::string& value) {
    return label_text(spec("pointsman_fallbacks_total"), {{"reason", value}});
  };
  EXPECT_EQ(text_of(std::string(1'000, 'x')), "{reason=\"" + std::string(kMaxLabelBytes, 'x') + "\"}");
  const std::string almost(kMaxLabelBytes - 1, 'x');
  EXPECT_EQ(text_of(almost + "\u00e9"), "{reason=\"" + almost + "\"}");
  EXPECT_EQ(text_of(almost + "\"z"), "{reason=\"" + almost + "\\\"\"}");
}

TEST(Labels, AreAlwaysValidUtf8) {
  const auto text_of = [](std::string_view value) {
    return label_text(spec("pointsman_fallbacks_total"), {{"reason", value}});
  };
  EXPECT_EQ(text_of("gr\u00fc\u00df \U0001F642"), "{reason=\"gr\u00fc\u00df \U0001F642\"}");
  EXPECT_EQ(text_of("a\xff\xc3"), "{reason=\"a??\"}");          // no lead byte; cut short
  EXPECT_EQ(text_of("\xc0\xaf"), "{reason=\"??\"}");            // overlong
  EXPECT_EQ(text_of("\xed\xa0\x80"), "{reason=\"???\"}");       // surrogate
  EXPECT_EQ(text_of("\xf4\x90\x80\x80"), "{reason=\"????\"}");  // beyond U+10FFFF
  EXPECT_EQ(text_of("\xe2\x82x"), "{reason=\"??x\"}");
}

TEST(Histogram, PutsABoundInItsOwnBucketAndLeavesOutWhatIsNotFinite) {
  Histogram histogram(table::kTenths);
  histogram.observe(0.3);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  histogram.observe(std::numeric_limits<double>::infinity());
  histogram.observe(-1.0);
  EXPECT_EQ(histogram.in_bucket(0), 1U);
  EXPECT_EQ(histogram.in_bucket(2), 1U);
  EXPECT_EQ(histogram.in_bucket(10), 0U);
  EXPECT_DOUBLE_EQ(histogram.sum(), -0.7);
}

TEST(MoneyCounter, NeverFalls) {
  MoneyCounter spent;
  spent.add(base::Money{5});
  spent.add(base::Money{-3});
  EXPECT_EQ(spent.nanos(), 5U);
}

TEST(MetricTable, FollowsTheNamingRules) {
  for (const MetricSpec& metric : kMetrics) {
    const std::string name(metric.name);
    EXPECT_EQ(metric.type == MetricType::kCounter, name.ends_with("_total")) << name;
    if (metric.unit == Unit::kInfo) EXPECT_TRUE(name.ends_with("_info")) << name;
    if (metric.unit == Unit::kUsd) EXPECT_THAT(name, HasSubstr("_usd_")) << name;
    if (metric.unit == Unit::kSeconds) EXPECT_THAT(name, HasSubstr("_seconds")) << name;
    if (metric.unit == Unit::kBytes) EXPECT_THAT(name, HasSubstr("_bytes")) << name;
    EXPECT_THAT(std::string(metric.help), Not(HasSubstr("\n"))) << name;
    EXPECT_TRUE(metric.help.ends_with('.')) << name;
  }
  EXPECT_EQ(std::ranges::adjacent_find(kMetrics, {}, &MetricSpec::name), kMetrics.end());
}

TEST(ProcessFacts, AreThisProcess) {
  Registry registry;
  add_process_facts(registry);
  const std::string text = registry.render();
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value_of(text, "process_open_fds"), 2);
  EXPECT_LE(value_of(text, "process_open_fds"), value_of(text, "process_max_fds"));
  EXPECT_GT(value_of(text, "process_cpu_seconds_total"), 0);
  EXPECT_LT(value_of(text, "process_start_time_seconds"), now + 2);
  EXPECT_GT(value_of(text, "process_start_time_seconds"), now - 86'400);
}

// Counts, observes and makes new series while another thread renders.
void work(Shard& shard, int rounds) {
  Counter& entries = shard.counter("pointsman_ledger_entries_total");
  Histogram& overhead = shard.histogram("pointsman_overhead_duration_seconds");
  for (int i = 0; i < rounds; ++i) {
    entries.add();
    overhead.observe(0.25);
    if (i % 64 == 0) shard.gauge("pointsman_connections", {{"state", std::to_string(i)}}).set(i);
  }
}

TEST(Registry, RendersWhileThreadsCount) {
  constexpr int kThreads = 3;
  constexpr int kRounds = 20'000;
  Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&registry] { work(registry.add_shard(), kRounds); });
  }
  double last = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string text = registry.render();
    const double seen = std::max(value_of(text, "pointsman_ledger_entries_total"), 0.0);
    EXPECT_GE(seen, last);
    last = seen;
    EXPECT_EQ(value_of(text, R"(pointsman_overhead_duration_seconds_bucket{le="+Inf"})"),
              value_of(text, "pointsman_overhead_duration_seconds_count"));
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = registry.render();
  EXPECT_EQ(value_of(text, "pointsman_ledger_entries_total"), kThreads * kRounds);
  EXPECT_EQ(value_of(text, "pointsman_overhead_duration_seconds_sum"), kThreads * kRounds * 0.25);
}

}  // namespace
}  // namespace pointsman::telemetry
