// Drift over simulated traffic: texts of CLINC150 as a classifier of 130 of its intents sees them, drawn at random. The
// reference is drawn from the same texts as the traffic before the change, so that nothing but chance tells them apart.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "learn/json_text.h"
#include "learn/parallel.h"
#include "learning/drift_pool.h"
#include "learning/repeated_runs.h"
#include "picture/picture.h"
#include "watch/drift.h"

namespace pointsman::bench {
namespace {

using base::Result;
using watch::DriftGroup;

constexpr std::size_t kRuns = 200;
constexpr std::size_t kReference = 4000;
constexpr std::size_t kBefore = 3000;  // requests before the change
constexpr std::size_t kAfter = 10'000;
constexpr std::size_t kSteady = 20'000;  // requests without any change
constexpr double kOutside = 0.05;        // share of requests that belong to no category, before the change

// After the change this share of the requests comes from elsewhere.
struct Change {
  std::string_view name;
  const Observations* from = nullptr;
  double share = 0;
  double goal = 0;  // requests until half of the runs noticed
};

struct Ran {
  std::optional<std::size_t> alarm;  // requests after the change
  bool false_alarm = false;          // before it
  std::uint8_t groups = 0;           // raised at the end
};

class Traffic {
 public:
  Traffic(const DriftPool& pool, std::uint64_t seed) : pool_(pool), rng_(seed) {}

  const watch::DriftObservation& usual() { return any(rng_.uniform() < kOutside ? pool_.outside : pool_.usual); }
  const watch::DriftObservation& changed(const Change& change) {
    return rng_.uniform() < change.share ? any(*change.from) : usual();
  }
  double chance() { return rng_.uniform(); }
  watch::DriftProfile reference() {
    Observations rows;
    for (std::size_t i = 0; i < kReference; ++i) rows.push_back(usual());
    return watch::profile_drift(rows, pool_.categories, pool_.classifier);
  }

 private:
  const watch::DriftObservation& any(const Observations& from) { return from[rng_.below(from.size())]; }

  const DriftPool& pool_;
  base::Rng rng_;
};

Ran run(const DriftPool& pool, const Change& change, std::uint64_t seed) {
  Traffic traffic(pool, seed);
  watch::DriftMonitor monitor(traffic.reference());
  Ran out;
  for (std::size_t i = 0; i < kBefore; ++i) monitor.observe(traffic.usual(), traffic.chance());
  out.false_alarm = monitor.raised();
  for (std::size_t i = 1; i <= kAfter; ++i) {
    const watch::DriftNews news = monitor.observe(traffic.changed(change), traffic.chance());
    if (news.raised != 0 && !out.alarm) out.alarm = i;
  }
  for (std::size_t i = 0; i < watch::kDriftGroups; ++i) {
    if (monitor.raised(static_cast<DriftGroup>(i))) out.groups |= static_cast<std::uint8_t>(1U << i);
  }
  return out;
}

// About how many requests a test would need that knew the change: ln of what evidence must reach over the divergence
// of Kullback and Leibler (Lorden 1971), in the group that shows it best.
double requests_if_known(const DriftPool& pool, const Change& change) {
  Traffic traffic(pool, 1);
  const watch::DriftProfile before = traffic.reference();
  Observations rows;
  for (std::size_t i = 0; i < 10 * kReference; ++i) rows.push_back(traffic.changed(change));
  double most = 0;
  for (std::size_t i = 0; i < watch::kDriftGroups; ++i) {
    const auto group = static_cast<DriftGroup>(i);
    std::vector<double> after(before.bins(group));
    for (const watch::DriftObservation& one : rows) after[before.bin_of(group, one)] += 1;
    double divergence = 0;
    for (std::size_t bin = 0; bin < after.size(); ++bin) {
      const double p = (before.counts[i][bin] + 0.5) / static_cast<double>(kReference);
      const double q = after[bin] / static_cast<double>(rows.size());
      if (q > 0) divergence += q * std::log(q / p);
    }
    most = std::max(most, divergence);
  }
  const double needed = watch::DriftOptions{}.requests_between_false_alarms * static_cast<double>(watch::kDriftGroups);
  return std::log(needed) / most;
}

std::string group_names(const std::vector<Ran>& runs) {
  std::string out;
  for (std::size_t i = 0; i < watch::kDriftGroups; ++i) {
    const auto count = std::ranges::count_if(runs, [&](const Ran& one) { return (one.groups >> i & 1U) != 0; });
    if (static_cast<std::size_t>(count) * 2 < runs.size()) continue;
    out += (out.empty() ? "" : ", ") + std::string(to_string(static_cast<DriftGroup>(i)));
  }
  return out.empty() ? "none" : out;
}

class Section {
 public:
  Section(const DriftPool& pool, const BenchOptions& options)
      : pool_(pool), options_(options), runs_(options.quick ? 20 : kRuns) {
    out_.name = "drift";
    json_.open_object().member("traffic", "simulated").member("runs", runs_).member("reference", kReference);
    json_.key("changes").open_array();
  }

  Result<SectionResult> run_all() {
    const Change changes[] = {
        {.name = "10 % of a topic never seen", .from = &pool_.topic, .share = 0.1, .goal = 1000},
        {.name = "13 % of 20 unseen intents", .from = &pool_.unseen, .share = 20.0 / 150, .goal = 1000},
        {.name = "out-of-scope share 5 % to 10 %", .from = &pool_.outside, .share = 0.05 / 0.95, .goal = 4000},
        {.name = "misspelt, all requests", .from = &pool_.misspelt, .share = 1, .goal = 500},
        {.name = "misspelt, one request in three", .from = &pool_.misspelt, .share = 1.0 / 3, .goal = 2000},
        {.name = "10 % move to 5 known intents", .from = &pool_.moved, .share = 0.1, .goal = 3000},
    };
    std::vector<Delays> all;
    for (const Change& change : changes) all.push_back(noticing(change));
    json_.close_array();
    for (const double stated : {1e6, 1e5}) without_change(stated);
    for (const std::size_t window : {std::size_t{500}, std::size_t{1000}}) by_rule_of_thumb(window);
    if (!options_.quick) PM_CHECK(draw(all));
    out_.details_json = json_.close_object().take();
    return std::move(out_);
  }

 private:
  Delays noticing(const Change& change) {
    std::vector<Ran> ran(runs_);
    learn::in_parallel(static_cast<int>(runs_), options_.threads, [&](int i) {
      ran[static_cast<std::size_t>(i)] = run(pool_, change, static_cast<std::uint64_t>(i) + 1);
    });
    Delays delays;
    for (const Ran& one : ran) delays.push_back(one.alarm);
    const auto median = steps_until(delays, 0.5);
    const auto most = steps_until(delays, 0.9);
    const double known = requests_if_known(pool_, change);
    add(fmt::format("{}: noticed, half of the runs", change.name), median.value_or(std::nan("")), "requests",
        change.goal, median && *median <= change.goal,
        fmt::format("90 % within {}, {} of {} simulated runs in {}; who knew the drift: about {:.0f}; by: {}",
                    steps_text(most), noticed(delays), runs_, kAfter, known, group_names(ran)));
    json_.open_object().member("name", change.name).member("share", change.share);
    json_.key("median").number(median.value_or(std::nan(""))).key("at_90").number(most.value_or(std::nan("")));
    json_.member("if_known", known)
        .member("noticed", noticed(delays))
        .member("groups", std::string_view(group_names(ran)));
    json_.member("false_before", std::ranges::count_if(ran, &Ran::false_alarm)).close_object();
    return delays;
  }

  // Requests like the reference: at most kSteady / `stated` of the runs may raise anything.
  void without_change(double stated) {
    std::vector<char> alarmed(runs_);
    learn::in_parallel(static_cast<int>(runs_), options_.threads, [&](int i) {
      Traffic traffic(pool_, 1000 + static_cast<std::uint64_t>(i));
      // However small the drift: what does not matter is no excuse here.
      watch::DriftMonitor monitor(traffic.reference(), {.requests_between_false_alarms = stated, .least_figure = 0});
      bool any = false;
      for (std::size_t k = 0; k < kSteady; ++k) {
        any = monitor.observe(traffic.usual(), traffic.chance()).raised != 0 || any;
      }
      alarmed[static_cast<std::size_t>(i)] = any ? 1 : 0;
    });
    const auto count = static_cast<std::size_t>(std::ranges::count(alarmed, 1));
    const double at_most = static_cast<double>(kSteady) / stated;
    add(fmt::format("no change, {:.0f} requests between false alarms", stated), percent(count), "% of runs",
        100 * at_most, fits(count, runs_, at_most),
        fmt::format("with any alarm in {} requests, all groups, {} simulated runs", kSteady, runs_));
    json_.key(fmt::format("false_alarms_{:.0e}", stated)).integer(count);
  }

  // What the usual rule does on the same traffic: stability index above 0.2 in a window of so many requests.
  void by_rule_of_thumb(std::size_t window) {
    const auto group = DriftGroup::kCategory;
    std::size_t raised = 0;
    for (std::size_t i = 0; i < runs_; ++i) {
      Traffic traffic(pool_, 1000 + i);
      const watch::DriftProfile profile = traffic.reference();
      const auto& then = profile.counts[static_cast<std::size_t>(group)];
      bool any = false;
      for (std::size_t k = 0; k < kSteady / window && !any; ++k) {
        std::vector<double> now(then.size());
        for (std::size_t r = 0; r < window; ++r) now[profile.bin_of(group, traffic.usual())] += 1;
        double index = 0;
        for (std::size_t bin = 0; bin < now.size(); ++bin) {
          const double p = (then[bin] + 0.5) / static_cast<double>(kReference);
          const double q = (now[bin] + 0.5) / static_cast<double>(window);
          index += (q - p) * std::log(q / p);
        }
        any = index > 0.2;
      }
      raised += any ? 1 : 0;
    }
    out_.targets.push_back({fmt::format("no change, stability index above 0.2 of {} requests", window), percent(raised),
                            "% of runs", 0, false, "the usual rule, of the categories alone; for comparison", true});
    json_.member(fmt::format("false_alarms_by_rule_of_thumb_{}", window), raised);
  }

  Result<void> draw(const std::vector<Delays>& all) {
    cli::SvgPlot plot("Runs in which drift was noticed, by requests since the change, simulated",
                      {.label = "requests, of 4,000"}, {.label = "noticed"});
    constexpr std::size_t kSteps = 100;
    const std::size_t shown[] = {0, 1, 2, 5};
    for (std::size_t line = 0; line < std::size(shown); ++line) {
      const Delays& delays = all[shown[line]];
      std::vector<cli::PlotPoint> points;
      for (std::size_t i = 0; i <= kSteps; ++i) {
        const std::size_t until = i * 4000 / kSteps;
        const auto count = std::ranges::count_if(delays, [&](const auto& one) { return one && *one <= until; });
        points.push_back({static_cast<double>(i) / kSteps, static_cast<double>(count) / static_cast<double>(runs_)});
      }
      plot.line(points, kPens[line]);
    }
    return save_picture("learning_drift", picture(plot, {"10 % new topic", "20 unseen intents", "out of scope x 2",
                                                         "10 % move to 5 intents"}));
  }

  double percent(std::size_t count) const { return 100 * static_cast<double>(count) / static_cast<double>(runs_); }

  void add(std::string name, double value, std::string unit, double goal, bool holds, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), goal, holds, std::move(note)});
  }

  const DriftPool& pool_;
  BenchOptions options_;
  std::size_t runs_;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> learning_drift_section(const BenchOptions& options) {
  PM_TRY(const DriftPool pool, load_drift_pool(options));
  return Section(pool, options).run_all();
}

}  // namespace pointsman::bench
