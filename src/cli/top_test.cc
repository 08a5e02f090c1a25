// `top`, but for the terminal: metrics read back, what happened between two readings, and the picture at any size.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "cli/text_format.h"
#include "cli/top_screen.h"
#include "telemetry/registry.h"

namespace pointsman::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(MetricsText, ReadsWhatARegistryWrites) {
  telemetry::Registry registry;
  telemetry::Shard& shard = registry.add_shard();
  registry.info("pointsman_build_info", "1.2.3");
  shard.counter("pointsman_requests_total", {{"route", "a\"b\\c\nd"}, {"model", "m,x}"}, {"code", "200"}}).add(3);
  shard.counter("pointsman_requests_total", {{"route", "r"}, {"model", "m,x}"}, {"code", "500"}}).add(2);
  shard.money("pointsman_cost_usd_total", {{"model", "m"}}).add(base::Money{1'500'000'000});
  shard.histogram("pointsman_overhead_duration_seconds").observe(3e-5);
  const MetricsText text = MetricsText::parse(registry.render());
  EXPECT_EQ(text.label("pointsman_build_info", "version"), "1.2.3");
  EXPECT_EQ(text.sum("pointsman_requests_total"), 5);
  EXPECT_EQ(text.sum("pointsman_requests_total", [](const auto& labels) { return labels.at("code") == "500"; }), 2);
  EXPECT_THAT(text.by("pointsman_requests_total", "model"), ElementsAre(Pair("m,x}", 5)));
  EXPECT_THAT(text.by("pointsman_requests_total", "route"), ElementsAre(Pair("a\"b\\c\nd", 3), Pair("r", 2)));
  EXPECT_EQ(text.sum("pointsman_cost_usd_total"), 1.5);
  const auto buckets = text.buckets("pointsman_overhead_duration_seconds");
  ASSERT_FALSE(buckets.empty());
  EXPECT_EQ(buckets.back(), (std::pair<double, double>(kInfinity, 1)));
  EXPECT_EQ(buckets.front().second, 0);
}

TEST(MetricsText, SkipsWhatIsNone) {
  const MetricsText text = MetricsText::parse(
      "# HELP a b\n\nnothing\na{ 1\na{b=\"c} 1\na{b=\"c\"}\na{b=\"c\"} x\nb NaN\nb 2\n 3\nc{x=\"y\"} 4");
  EXPECT_FALSE(text.has("a"));
  EXPECT_EQ(text.sum("b"), 2);
  EXPECT_EQ(text.sum("c"), 4);
  EXPECT_EQ(text.sum("d"), 0);
  EXPECT_THAT(text.buckets("c"), IsEmpty());
}

TEST(Growth, OfACounterThatBeganAnewIsWhatItHas) {
  EXPECT_EQ(growth(3, 10), 7);
  EXPECT_EQ(growth(10, 4), 4);
}

TEST(QuantileBetween, LiesWithinTheBucketWhereItMustBe) {
  const std::vector<std::pair<double, double>> before = {{0.1, 10}, {1, 20}, {kInfinity, 20}};
  const std::vector<std::pair<double, double>> now = {{0.1, 20}, {1, 40}, {kInfinity, 40}};
  EXPECT_DOUBLE_EQ(quantile_between(before, now, 0.25), 0.05);
  EXPECT_DOUBLE_EQ(quantile_between(before, now, 0.5), 0.1);
  EXPECT_DOUBLE_EQ(quantile_between(before, now, 0.75), 0.55);
  EXPECT_TRUE(std::isnan(quantile_between(now, now, 0.5)));
  EXPECT_TRUE(std::isnan(quantile_between({}, {}, 0.5)));
  EXPECT_DOUBLE_EQ(quantile_between({}, {{0.1, 0}, {kInfinity, 5}}, 0.5), 0.1) << "the highest bound there is";
  EXPECT_DOUBLE_EQ(quantile_between({{0.1, 90}, {kInfinity, 90}}, {{0.1, 4}, {kInfinity, 4}}, 0.5), 0.05)
      << "after a restart all of it is new";
}

MetricsText reading(double factor) {
  const auto line = [factor](std::string_view series, double value) {
    return fmt::format("{} {}\n", series, value * factor);
  };
  return MetricsText::parse("pointsman_build_info{version=\"1.2.3\"} 1\n" +
                            line("pointsman_requests_total{route=\"code\",model=\"big\",code=\"200\"}", 60) +
                            line("pointsman_requests_total{route=\"chat\",model=\"small\",code=\"200\"}", 120) +
                            line("pointsman_requests_total{route=\"none\",model=\"none\",code=\"429\"}", 10) +
                            line("pointsman_requests_total{route=\"chat\",model=\"small\",code=\"502\"}", 10) +
                            line("pointsman_decisions_total{route=\"chat\",stage=\"local\"}", 80) +
                            line("pointsman_decisions_total{route=\"none\",stage=\"fallback\"}", 20) +
                            line("pointsman_decisions_total{route=\"none\",stage=\"passthrough\"}", 70) +
                            line("pointsman_fallbacks_total{reason=\"below_threshold\"}", 20) +
                            line("pointsman_cost_usd_total{model=\"big\"}", 0.9) +
                            line("pointsman_cost_usd_total{model=\"small\"}", 0.1) +
                            line("pointsman_llm_cost_usd_total", 0.1) + line("pointsman_baseline_cost_usd_total", 3.1) +
                            line("pointsman_request_duration_seconds_bucket{le=\"1\"}", 100) +
                            line("pointsman_request_duration_seconds_bucket{le=\"2\"}", 200) +
                            line("pointsman_request_duration_seconds_bucket{le=\"+Inf\"}", 200) +
                            "pointsman_connections{state=\"active\"} 5\npointsman_connections{state=\"open\"} "
                            "12\npointsman_ledger_queue_depth 3\n"
                            "pointsman_breaker_state{model=\"big\"} 2\npointsman_breaker_state{model=\"small\"} 1\n");
}

TEST(TopView, SaysWhatHappenedBetweenTwoReadings) {
  const TopView view = view_between(reading(1), reading(2), 10);
  EXPECT_EQ(view.version, "1.2.3");
  EXPECT_DOUBLE_EQ(view.requests, 20);
  EXPECT_DOUBLE_EQ(view.errors, 0.05);
  EXPECT_DOUBLE_EQ(view.refused, 0.05);
  EXPECT_DOUBLE_EQ(view.fallback, 0.2) << "of what was routed";
  EXPECT_DOUBLE_EQ(view.p50, 1);
  EXPECT_THAT(view.p99, DoubleNear(1.98, 1e-9));
  EXPECT_TRUE(std::isnan(view.first_p50));
  EXPECT_THAT(view.spent, DoubleNear(1.1 * 360, 1e-6));
  EXPECT_THAT(view.saved, DoubleNear(2.0 * 360, 1e-6));
  ASSERT_EQ(view.routes.size(), 3U);
  EXPECT_EQ(view.routes[0].name, "chat");
  EXPECT_DOUBLE_EQ(view.routes[0].share, 0.65);
  EXPECT_DOUBLE_EQ(view.models[0].per_second, 13);
  EXPECT_THAT(*view.models[1].per_hour, DoubleNear(0.9 * 360, 1e-6));
  EXPECT_EQ(view.connections, 12);
  EXPECT_EQ(view.ledger_waiting, 3);
  EXPECT_THAT(view.resting, ElementsAre("big"));
}

TEST(TopView, BeginsAnewAfterARestart) {
  EXPECT_DOUBLE_EQ(view_between(reading(5), reading(1), 10).requests, 20);
}

TEST(TopView, OfNothingIsNothing) {
  const TopView view = view_between(reading(1), reading(1), 10);
  EXPECT_EQ(view.requests, 0);
  EXPECT_TRUE(std::isnan(view.errors));
  EXPECT_THAT(view.routes, IsEmpty());
}

TEST(TopFold, SaysTheSameOfEntries) {
  TopFold fold;
  for (int i = 0; i < 4; ++i) {
    ledger::Entry entry;
    entry.status = i == 0 ? 502 : 200;
    entry.stage = i == 1 ? "fallback" : "local";
    entry.category = i < 3 ? "chat" : "";
    entry.model = i < 3 ? "small" : "big";
    entry.total = std::chrono::milliseconds(100 * (i + 1));
    entry.overhead = std::chrono::microseconds(50);
    entry.cost = base::Money{100'000'000};
    entry.baseline_cost = base::Money{400'000'000};
    fold.add(entry);
  }
  const TopView view = fold.view(60);
  EXPECT_DOUBLE_EQ(view.requests, 4.0 / 60);
  EXPECT_DOUBLE_EQ(view.errors, 0.25);
  EXPECT_DOUBLE_EQ(view.fallback, 0.25);
  EXPECT_DOUBLE_EQ(view.p50, 0.3);
  EXPECT_THAT(view.spent, DoubleNear(0.4 * 60, 1e-9));
  EXPECT_THAT(view.saved, DoubleNear(1.2 * 60, 1e-9));
  EXPECT_EQ(view.routes[0].name, "chat");
  EXPECT_DOUBLE_EQ(view.models[0].share, 0.75);
  EXPECT_FALSE(view.connections);
  EXPECT_TRUE(std::isnan(TopFold().view(60).p50));
}

std::string picture(const TopView& view, std::size_t columns = 80, std::size_t rows = 24) {
  std::string out;
  for (const std::string& line :
       top_screen(view, {.source = "http://127.0.0.1:9090", .columns = columns, .rows = rows}))
    out += line + "\n";
  return out;
}

TEST(TopScreen, ShowsTheFigures) {
  const std::string text = picture(view_between(reading(1), reading(2), 10));
  EXPECT_THAT(text, StartsWith("pointsman 1.2.3  http://127.0.0.1:9090"));
  EXPECT_THAT(text, HasSubstr("  requests   20.0 /s over 10 s   errors 5.0 %   refused 5.0 %   fallback 20.0 %\n"));
  EXPECT_THAT(text, HasSubstr("  latency    p50 1.00 s   p99 1.98 s   first token p50 -   p99 -\n"));
  EXPECT_THAT(text, HasSubstr("  money      $396.00 /h   saved $720.00 /h (64.5 %)"));
  EXPECT_THAT(text, HasSubstr("12 connections   3 waiting for the ledger   big rests\n"));
  EXPECT_THAT(text, HasSubstr("13.0 /s"));
}

TEST(TopScreen, SaysWhereItWaits) {
  EXPECT_THAT(picture(TopView()), AllOf(HasSubstr("waiting for a second reading"), Not(HasSubstr("nan"))));
}

TEST(TopScreen, FitsEverySize) {
  TopView view = view_between(reading(1), reading(2), 10);
  for (int i = 0; i < 40; ++i) {
    view.routes.push_back(
        {.name = "a-route-with-quite-a-long-name-" + std::to_string(i), .per_second = 1, .share = 0.01});
    view.models.push_back({.name = "vendor/a-model-with-quite-a-long-name-" + std::to_string(i),
                           .per_second = 1,
                           .share = 0.01,
                           .per_hour = 123'456.789});
  }
  for (const std::size_t columns : {40U, 60U, 80U, 100U, 200U}) {
    for (const std::size_t rows : {12U, 24U, 50U, 200U}) {
      const auto lines =
          top_screen(view, {.source = "http://gateway.example.com:9090", .columns = columns, .rows = rows});
      EXPECT_LE(lines.size(), rows) << columns;
      for (const std::string& line : lines) EXPECT_LE(columns_of(line), columns) << line;
    }
  }
  EXPECT_THAT(picture(view, 100, 24), HasSubstr("more\n"));
  EXPECT_THAT(picture(view, 100, 200), Not(HasSubstr("more\n")));
}

TEST(TopScreen, CannotBeSteeredByAName) {
  TopView view = view_between(reading(1), reading(2), 10);
  view.models[0].name = "evil\x1b[2Jname";
  EXPECT_THAT(picture(view), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace pointsman::cli
