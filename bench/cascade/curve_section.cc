// How accurate the cascade is for each share of requests that the small model is asked about: 0 to 100 %. The model is
// simulated, right about 95 or 97 % of all texts. What the pool's weights and the rule for whom to ask are learnt from
// is the training set, scored by models that had not learnt from it; the test set judges.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cascade/ask_rule.h"
#include "picture/picture.h"
#include "cascade/scored_set.h"
#include "cascade/simulated_model.h"
#include "learn/json_text.h"
#include "learn/pool_fit.h"

namespace pointsman::bench {
namespace {

using base::Result;
using classify::Opinion;

constexpr double kAccuracies[] = {0.95, 0.97};
constexpr double kFitShare = 0.4;  // of the training rows, the least sure: those that questions are about
constexpr std::size_t kNarrow = 5;
constexpr int kPoints = 100;
constexpr int kCalls = 15;  // per cent of the requests, at which is judged

// What each row comes to if it is decided locally, or by both.
struct Judged {
  std::vector<bool> local;  // right
  std::vector<bool> model;
  std::vector<bool> both;
};

std::size_t best_of(std::span<const float> p) {
  return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

class Curve {
 public:
  Curve(const ScoredSet& set, const SimulatedModel& model, std::size_t narrow) : set_(set), n_(set.categories.size()) {
    taught_ = ask_all(model, set.teach, set.teach.size(), n_, narrow);
    told_ = ask_all(model, set.test, set.inside, n_, narrow);
  }

  Result<void> fit() {
    std::vector<std::size_t> order = order_of(urgencies(set_.teach, set_.teach.size(), AskRule::kProbability));
    order.resize(static_cast<std::size_t>(kFitShare * static_cast<double>(order.size())));
    std::vector<learn::OpinionRow> rows;
    for (const std::size_t row : order) {
      rows.push_back({set_.teach.local(row, n_), &taught_[row], set_.teach.truth[row]});
    }
    PM_TRY(fit_, learn::fit_pool(rows, classify::OpinionSource::kLogprobs));
    const Judged teach = judge(set_.teach, taught_);
    std::vector<GainRule::Taught> lessons;
    for (std::size_t i = 0; i < taught_.size(); ++i) {
      lessons.push_back({set_.teach.local(i, n_), !teach.local[i], !teach.both[i]});
    }
    gain_ = GainRule::fit(lessons);
    choose_rule(teach);
    test_ = judge(set_.test, told_);
    return {};
  }

  // Accuracy at 0, 1, ..., 100 % of calls.
  std::vector<double> by_rule(AskRule rule) const { return curve(set_.test, test_, rule); }
  // Of who knew beforehand where asking helps and where it harms.
  std::vector<double> by_oracle() const {
    std::vector<double> urgent;
    for (std::size_t i = 0; i < test_.local.size(); ++i)
      urgent.push_back((test_.both[i] ? 1 : 0) - (test_.local[i] ? 1 : 0));
    return along(test_, urgent);
  }
  // The rule that is best on the training rows.
  AskRule chosen() const { return rule_; }
  const learn::PoolFit& pool() const { return fit_; }
  double model_alone() const { return share(test_.model); }
  const Judged& test() const { return test_; }
  // Whether the row is among those that are asked about at that share of calls.
  std::vector<bool> asked(AskRule rule, int percent) const {
    const std::vector<std::size_t> order = order_of(urgencies(set_.test, test_.local.size(), rule));
    std::vector<bool> out(order.size(), false);
    for (std::size_t i = 0; i < order.size() * static_cast<std::size_t>(percent) / 100; ++i) out[order[i]] = true;
    return out;
  }

 private:
  Judged judge(const ScoredRows& rows, std::span<const Opinion> opinions) const {
    Judged out;
    std::vector<float> pooled(n_);
    for (std::size_t i = 0; i < opinions.size(); ++i) {
      classify::pool(rows.local(i, n_), opinions[i], fit_.weights, pooled);
      out.local.push_back(best_of(rows.local(i, n_)) == rows.truth[i]);
      out.model.push_back(best_of(opinions[i].probabilities) == rows.truth[i]);
      out.both.push_back(best_of(pooled) == rows.truth[i]);
    }
    return out;
  }

  static double share(const std::vector<bool>& right) {
    return static_cast<double>(std::ranges::count(right, true)) / static_cast<double>(right.size());
  }

  std::vector<double> urgencies(const ScoredRows& rows, std::size_t count, AskRule rule) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(urgency(rule, rows.local(i, n_), gain_, i));
    return out;
  }
  static std::vector<std::size_t> order_of(const std::vector<double>& urgent) {
    std::vector<std::size_t> order(urgent.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(
        order, [&](std::size_t a, std::size_t b) { return urgent[a] != urgent[b] ? urgent[a] > urgent[b] : a < b; });
    return order;
  }
  static std::vector<double> along(const Judged& judged, const std::vector<double>& urgent) {
    const std::vector<std::size_t> order = order_of(urgent);
    auto right = static_cast<double>(std::ranges::count(judged.local, true));
    std::vector<double> out;
    std::size_t asked = 0;
    for (int point = 0; point <= kPoints; ++point) {
      const std::size_t until = order.size() * static_cast<std::size_t>(point) / kPoints;
      for (; asked < until; ++asked) {
        right += (judged.both[order[asked]] ? 1 : 0) - (judged.local[order[asked]] ? 1 : 0);
      }
      out.push_back(right / static_cast<double>(order.size()));
    }
    return out;
  }
  std::vector<double> curve(const ScoredRows& rows, const Judged& judged, AskRule rule) const {
    return along(judged, urgencies(rows, judged.local.size(), rule));
  }

  void choose_rule(const Judged& teach) {
    double most = 0;
    for (const AskRule rule : kAskRules) {
      const double here = curve(set_.teach, teach, rule)[kCalls];
      if (here > most) rule_ = rule;
      most = std::max(most, here);
    }
  }

  const ScoredSet& set_;
  std::size_t n_;
  std::vector<Opinion> taught_;
  std::vector<Opinion> told_;
  learn::PoolFit fit_;
  GainRule gain_;
  AskRule rule_ = AskRule::kProbability;
  Judged test_;
};

double percentile(std::vector<double> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class Section {
 public:
  explicit Section(const BenchOptions& options) : quick_(options.quick) {
    out_.name = "curve";
    json_.open_object().member("teacher", "simulated").key("curves").open_array();
  }

  Result<void> add(const ScoredSet& set) {
    for (const double accuracy : kAccuracies) {
      PM_TRY(const SimulatedModel model, SimulatedModel::make(gold_of(set), set.categories, accuracy));
      for (const std::size_t narrow : {std::size_t{0}, kNarrow}) {
        Curve curve(set, model, narrow);
        PM_CHECK(curve.fit());
        const std::string name = fmt::format("{}, {:.0f} %{}", set.name, 100 * accuracy,
                                             narrow > 0 ? fmt::format(", {} offered", narrow) : "");
        report(name, curve, narrow == 0 ? curve.model_alone() : alone_);
        if (narrow == 0) {
          alone_ = curve.model_alone();
          delay(name, set, model, curve);
        }
        if (!quick_ && narrow == 0) PM_CHECK(draw(set.name, accuracy, curve));
      }
    }
    return {};
  }

  SectionResult take() {
    out_.details_json = json_.close_array().close_object().take();
    return std::move(out_);
  }

 private:
  // `alone` is the model's accuracy when it is asked about everything and offered every category.
  void report(const std::string& name, const Curve& curve, double alone) {
    const AskRule rule = curve.chosen();
    const std::vector<double> points = curve.by_rule(rule);
    const auto worth = static_cast<double>(curve.test().local.size());
    const double error = 100 * std::sqrt(points[kCalls] * (1 - points[kCalls]) / worth);
    const double oracle = 100 * curve.by_oracle()[kCalls];
    add(name + ": at 15 % of calls", 100 * points[kCalls], "%", 100 * alone, points[kCalls] >= alone,
        fmt::format("goal: the simulated model alone, asked about everything; by {}; standard error {:.1f}; who knew "
                    "whom to ask {:.1f}",
                    to_string(rule), error, oracle));
    const double gained = 100 * (points[5] - points[0]);
    add(name + ": gained by 5 % of calls", gained, "points", 1.5, gained >= 1.5,
        fmt::format("local alone {:.1f} %", 100 * points[0]));
    json_.open_object().member("name", std::string_view(name)).member("model_alone", alone);
    json_.member("chosen_rule", to_string(rule)).member("oracle_at_15", oracle / 100);
    const classify::PoolWeights& w = curve.pool().weights;
    json_.key("pool").open_object().member("local", w.local).member("model", w.model).member("floor", w.floor);
    json_.member("stray", w.stray).member("ece", curve.pool().pooled.ece).member("nll", curve.pool().pooled.nll);
    json_.member("nll_local", curve.pool().local.nll).member("nll_model", curve.pool().model.nll).close_object();
    for (const AskRule one : kAskRules) {
      json_.key(to_string(one)).open_array();
      for (const double point : curve.by_rule(one)) json_.number(point);
      json_.close_array();
    }
    json_.close_object();
  }

  // The model's answers take what the simulation draws for them; the classifier took what was measured.
  void delay(const std::string& name, const ScoredSet& set, const SimulatedModel& model, const Curve& curve) {
    const std::vector<bool> asked = curve.asked(curve.chosen(), kCalls);
    std::vector<double> cascade;
    std::vector<double> always;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const double answer = 1000 * model.teacher().latency_ms(i);
      always.push_back(answer);
      cascade.push_back(set.microseconds[i] + (asked[i] ? answer : 0));
    }
    const double median = percentile(cascade, 0.5);
    add(name + ": added, median", median, "us", 50, median <= 50, "at 15 % of calls");
    const double part = 100 * mean(cascade) / mean(always);
    add(name + ": added, mean", part, "% of always asking", 20, part <= 20,
        fmt::format("{:.0f} ms beside {:.0f} ms, simulated", mean(cascade) / 1000, mean(always) / 1000));
  }

  Result<void> draw(const std::string& set, double accuracy, const Curve& curve) {
    const std::vector<double> points = curve.by_rule(curve.chosen());
    const std::vector<double> oracle = curve.by_oracle();
    const std::vector<double> coin = curve.by_rule(AskRule::kCoin);
    const double low = std::floor(20 * std::min(points[0], coin[0])) / 20;
    cli::SvgPlot plot(
        fmt::format("Accuracy against share of calls, {}, simulated model {:.0f} % right", set, 100 * accuracy),
        {.label = "requests the small model is asked about"}, {.label = "accuracy", .low = low});
    const auto line = [&](const std::vector<double>& values, std::string_view pen) {
      std::vector<cli::PlotPoint> out;
      for (std::size_t i = 0; i < values.size(); ++i) out.push_back({static_cast<double>(i) / kPoints, values[i]});
      plot.line(out, pen);
    };
    line(points, "one");
    line(oracle, "two");
    line(coin, "three");
    const cli::PlotPoint level[] = {{0, curve.model_alone()}, {1, curve.model_alone()}};
    plot.line(level, "four");
    return save_picture(fmt::format("cascade_{}_{:.0f}", set, 100 * accuracy),
                        picture(plot, {"cascade", "who knew whom to ask", "asking at random",
                                       fmt::format("simulated model alone ({:.0f} %)", 100 * accuracy)}));
  }

  void add(std::string name, double value, std::string unit, double goal, bool holds, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), goal, holds, std::move(note)});
  }

  bool quick_;
  double alone_ = 0;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> cascade_curve_section(const BenchOptions& options) {
  Section section(options);
  for (const auto load : {load_clinc150, load_banking77}) {
    PM_TRY(const PublicSet set, load(options.data));
    PM_TRY(const ScoredSet* const scored, score_set(set, options));
    PM_CHECK(section.add(*scored));
  }
  return section.take();
}

}  // namespace pointsman::bench
