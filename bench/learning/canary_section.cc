// A canary over simulated conversations: how soon a worse one is stopped, and how often one that is no worse. 4 % of
// the champion's conversations go bad; a cost is log-normal and cut at 20 times the mean.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/json_text.h"
#include "learn/parallel.h"
#include "learning/repeated_runs.h"
#include "learning/simulated_conversations.h"
#include "picture/picture.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using watch::Arm;
using watch::CanaryDecision;

constexpr std::size_t kRuns = 200;
constexpr std::size_t kConversations = 40'000;
constexpr double kMostMoney = 20;
constexpr double kShares[] = {0.05, 0.1, 0.2};

struct Trials {
  Delays stopped;  // conversations, of both sides, until the stop
  Delays proved;   // until both were proved no worse
  std::size_t by_trouble = 0;
};

struct Ran {
  std::optional<std::size_t> stopped;
  std::optional<std::size_t> proved;
  bool by_trouble = false;
};

Ran run(watch::CanaryTrial trial, SimulatedConversations conversations, std::size_t most) {
  Ran out;
  for (std::size_t i = 1; i <= most; ++i) {
    const auto one = conversations.next();
    if (one.bad) trial.saw_trouble(one.id, one.arm);
    const CanaryDecision decision = trial.saw_end(one.arm, one.cost);
    if (decision == CanaryDecision::kEnough && !out.proved) out.proved = i;
    if (decision != CanaryDecision::kStop) continue;
    out.stopped = i;
    out.by_trouble = trial.verdict().ground == watch::CanaryGround::kTrouble;
    break;
  }
  return out;
}

class Section {
 public:
  explicit Section(const BenchOptions& options)
      : options_(options), runs_(options.quick ? 20 : kRuns), most_(options.quick ? 10'000 : kConversations) {
    out_.name = "canary";
    json_.open_object().member("conversations", "simulated").member("runs", runs_).member("of_each", most_);
    json_.member("bad_rate", ConversationTraffic{}.bad_rate).key("trials").open_array();
  }

  Result<SectionResult> run_all() {
    for (const double share : kShares) {
      PM_CHECK(unharmful(share));
      PM_CHECK(harmful(share));
    }
    PM_CHECK(by_looking_often());
    PM_CHECK(draw());
    json_.close_array().close_object();
    out_.details_json = json_.take();
    return std::move(out_);
  }

 private:
  Result<watch::CanaryTrial> trial_of(double share) const {
    watch::CanaryOptions options;
    options.share = share;
    options.most_money = kMostMoney;
    options.enough_conversations = 0;
    return watch::CanaryTrial::begin(options);
  }

  Result<Trials> try_often(double share, const ConversationTraffic& traffic) const {
    PM_TRY(const watch::CanaryTrial trial, trial_of(share));
    std::vector<Ran> ran(runs_);
    learn::in_parallel(static_cast<int>(runs_), options_.threads, [&](int i) {
      ran[static_cast<std::size_t>(i)] = run(trial, {traffic, share, static_cast<std::uint64_t>(i) + 1}, most_);
    });
    Trials out;
    for (const Ran& one : ran) {
      out.stopped.push_back(one.stopped);
      out.proved.push_back(one.proved);
      out.by_trouble += one.by_trouble ? 1 : 0;
    }
    return out;
  }

  // What must not be stopped: a canary as good as the champion, and one at both margins.
  Result<void> unharmful(double share) {
    const watch::CanaryOptions options;
    const double alpha = options.trouble_alpha + options.money_alpha;
    const ConversationTraffic margins{.times_worse = 1 + options.trouble_margin,
                                      .times_dearer = 1 + options.money_margin};
    for (const ConversationTraffic& traffic : {ConversationTraffic{}, margins}) {
      PM_TRY(const Trials trials, try_often(share, traffic));
      const std::size_t count = noticed(trials.stopped);
      const std::string name = traffic.times_worse > 1 ? "at both margins" : "as good";
      add(fmt::format("{:.0f} %, {}: stopped", 100 * share, name), percent(count), "%", 100 * alpha,
          fits(count, runs_, alpha),
          fmt::format("of {} simulated runs of {} conversations; in 50 % of the runs proved acceptable after {}", runs_,
                      most_, steps_text(steps_until(trials.proved, 0.5))));
      write(share, traffic, trials);
    }
    return {};
  }

  Result<void> harmful(double share) {
    for (const double worse : {1.5, 2.0, 3.0}) {
      PM_CHECK(one_harm(share, {.times_worse = worse}, fmt::format("{:.1f} x as many bad", worse), worse >= 2));
    }
    for (const double dearer : {1.1, 1.3}) {
      PM_CHECK(one_harm(share, {.times_dearer = dearer}, fmt::format("{:.0f} % dearer", 100 * (dearer - 1)), false));
    }
    return {};
  }

  Result<void> one_harm(double share, const ConversationTraffic& traffic, const std::string& what, bool has_goal) {
    PM_TRY(const Trials trials, try_often(share, traffic));
    const std::size_t count = noticed(trials.stopped);
    const std::size_t goal = runs_ * 95 / 100;
    out_.targets.push_back(
        {fmt::format("{:.0f} %, {}: stopped", 100 * share, what), percent(count), "%", 95, count >= goal,
         fmt::format("half of the runs within {} conversations, 90 % within {}",
                     steps_text(steps_until(trials.stopped, 0.5)), steps_text(steps_until(trials.stopped, 0.9))),
         !has_goal});
    write(share, traffic, trials);
    return {};
  }

  // What looking often at a test made for one look does: two rates compared with 5 % error, every 100 conversations.
  Result<void> by_looking_often() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < runs_; ++i) {
      SimulatedConversations conversations({}, 0.1, i + 1);
      double bad[2] = {};
      double all[2] = {};
      bool stopped = false;
      for (std::size_t seen = 1; seen <= most_ && !stopped; ++seen) {
        const auto one = conversations.next();
        const auto side = static_cast<std::size_t>(one.arm);
        bad[side] += one.bad ? 1 : 0;
        all[side] += 1;
        if (seen % 100 != 0 || bad[0] + bad[1] < 20 || all[1] < 1) continue;
        const double rate = (bad[0] + bad[1]) / (all[0] + all[1]);
        const double error = std::sqrt(rate * (1 - rate) * (1 / all[0] + 1 / all[1]));
        stopped = bad[1] / all[1] - bad[0] / all[0] > 1.645 * error;
      }
      count += stopped ? 1 : 0;
    }
    out_.targets.push_back({"10 %, as good: stopped by a fixed test looked at often", percent(count), "%", 5, false,
                            "normal test of two rates at 5 %, every 100 conversations; for comparison", true});
    return {};
  }

  Result<void> draw() {
    if (options_.quick) return {};
    cli::SvgPlot plot("Canaries stopped, by conversations seen: 10 % of the conversations, simulated",
                      {.label = "conversations, of 10,000"}, {.label = "canaries stopped"});
    const struct {
      double worse;
      std::string_view pen;
    } lines[] = {{3, "one"}, {2, "two"}, {1.5, "three"}, {1.1, "four"}};
    constexpr std::size_t kSteps = 100;
    for (const auto& line : lines) {
      PM_TRY(const Trials trials, try_often(0.1, {.times_worse = line.worse}));
      std::vector<cli::PlotPoint> points;
      for (std::size_t i = 0; i <= kSteps; ++i) {
        const std::size_t until = i * 10'000 / kSteps;
        const auto count = std::ranges::count_if(trials.stopped, [&](const auto& one) { return one && *one <= until; });
        points.push_back({static_cast<double>(i) / kSteps, static_cast<double>(count) / static_cast<double>(runs_)});
      }
      plot.line(points, line.pen);
    }
    return save_picture("learning_canary",
                        picture(plot, {"3 x as many bad", "2 x", "1.5 x", "1.1 x: within the margin"}));
  }

  double percent(std::size_t count) const { return 100 * static_cast<double>(count) / static_cast<double>(runs_); }

  void add(std::string name, double value, std::string unit, double goal, bool holds, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), goal, holds, std::move(note)});
  }

  void write(double share, const ConversationTraffic& traffic, const Trials& trials) {
    json_.open_object().member("share", share).member("times_worse", traffic.times_worse);
    json_.member("times_dearer", traffic.times_dearer).member("stopped", noticed(trials.stopped));
    json_.member("stopped_by_trouble", trials.by_trouble).member("proved", noticed(trials.proved));
    const auto steps = [&](std::string_view name, const Delays& delays, double part) {
      const auto value = steps_until(delays, part);
      json_.key(name).number(value ? *value : std::nan(""));
    };
    steps("stopped_median", trials.stopped, 0.5);
    steps("stopped_90", trials.stopped, 0.9);
    steps("proved_median", trials.proved, 0.5);
    json_.close_object();
  }

  BenchOptions options_;
  std::size_t runs_;
  std::size_t most_;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> learning_canary_section(const BenchOptions& options) {
  return Section(options).run_all();
}

}  // namespace pointsman::bench
