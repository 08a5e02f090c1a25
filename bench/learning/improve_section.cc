// The router improves by being corrected: labels that the review queue needs to reach the accuracy that random picking
// reaches, on CLINC150 and BANKING77. Traffic is the training part, day by day; the person who labels is simulated, and
// wrong about 3 answers in 100. Trained without character networks, to be quick.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/json_text.h"
#include "learn/parallel.h"
#include "learning/reviewed_stream.h"
#include "picture/picture.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kRandomDays = 40;
constexpr std::size_t kQueueDays = 32;
constexpr int kSeedsForInformation = 2;
constexpr std::size_t kQuickDays = 8;
constexpr std::size_t kLabels[] = {500, 1000};  // of random picking, that the queue is held against
constexpr double kGoal = 0.5;

// Prices of a thousand requests, in dollars: what a category's model and the fallback take. A request that was decided
// wrongly is paid for twice, since somebody asks the fallback again.
constexpr double kCheap = 0.4;
constexpr double kFallback = 4;

double money_of(const ReviewPoint& point) {
  return point.fallback * kFallback + (1 - point.fallback) * kCheap + point.wrong * kFallback;
}

// One arm on one set: the same plan with several seeds.
struct Arm {
  std::string name;
  ReviewPlan plan;
  int seeds = 1;
  std::vector<ReviewRun> runs = {};
};

// Accuracy as a function of labels that never falls: what noise of a single training takes away or gives is shared out
// between neighbours (isotonic regression, pool adjacent violators: Ayer et al. 1955).
std::vector<double> rising(const ReviewRun& run) {
  struct Block {
    double sum = 0;
    std::size_t count = 0;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  for (const ReviewPoint& point : run.points) {
    blocks.push_back({point.accuracy, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back() = {blocks.back().sum + last.sum, blocks.back().count + last.count};
    }
  }
  std::vector<double> out;
  for (const Block& block : blocks) out.insert(out.end(), block.count, block.mean());
  return out;
}

double accuracy_at(const ReviewRun& run, std::size_t labels) {
  const std::vector<double> accuracy = rising(run);
  for (std::size_t i = 1; i < run.points.size(); ++i) {
    if (run.points[i].labels < labels) continue;
    const auto before = static_cast<double>(run.points[i - 1].labels);
    const double part = (static_cast<double>(labels) - before) / (static_cast<double>(run.points[i].labels) - before);
    return accuracy[i - 1] + part * (accuracy[i] - accuracy[i - 1]);
  }
  return accuracy.back();
}

// Labels to reach an accuracy; where it was not reached, twice those of the last training, lest that look good.
double labels_for(const ReviewRun& run, double accuracy) {
  const std::vector<double> reached = rising(run);
  for (std::size_t i = 1; i < run.points.size(); ++i) {
    if (reached[i] < accuracy) continue;
    const auto before = static_cast<double>(run.points[i - 1].labels);
    const double part = reached[i] > reached[i - 1] ? (accuracy - reached[i - 1]) / (reached[i] - reached[i - 1]) : 1;
    return before + std::clamp(part, 0.0, 1.0) * (static_cast<double>(run.points[i].labels) - before);
  }
  return 2 * static_cast<double>(run.points.back().labels);
}

struct Spread {
  double mean = 0;
  double half = 0;  // of the 95 % interval of the mean (Student's t over seeds)
};

Spread spread_of(const std::vector<double>& values) {
  constexpr double kT[] = {0, 0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};
  const auto n = static_cast<double>(values.size());
  Spread out;
  for (const double v : values) out.mean += v / n;
  if (values.size() < 2) return out;
  double squares = 0;
  for (const double v : values) squares += (v - out.mean) * (v - out.mean);
  const double t = values.size() < std::size(kT) ? kT[values.size()] : 2.2;
  out.half = t * std::sqrt(squares / (n - 1) / n);
  return out;
}

class Section {
 public:
  explicit Section(const BenchOptions& options) : options_(options) {
    out_.name = "improve";
    json_.open_object().member("person", "simulated").member("person_right", ReviewPlan{}.right);
    json_.member("price_cheap", kCheap).member("price_fallback", kFallback);
  }

  Result<void> measure(const PublicSet& set) {
    const int seeds = options_.quick ? 1 : options_.seeds;
    const int few = std::min(seeds, kSeedsForInformation);
    std::vector<Arm> arms = {{"random", {.picking = Picking::kRandom, .days = kRandomDays}, seeds},
                             {"queue", {.picking = Picking::kQueue, .days = kQueueDays}, seeds},
                             {"margin", {.picking = Picking::kMargin, .days = kQueueDays}, few},
                             {"spread", {.picking = Picking::kQueue, .days = kQueueDays, .spread = true}, few}};
    PM_CHECK(run(set, arms));
    json_.key(set.name).open_object();
    if (!options_.quick) {
      compare(set.name, arms[0], arms[1]);
      beside(set.name, "plain margin, without a random slice", arms[0], arms[2]);
      beside(set.name, "queue, labels spread to near copies", arms[0], arms[3]);
    }
    estimates(set.name, arms[1]);
    saved(set.name, arms[1]);
    for (const Arm& arm : arms) write(arm);
    json_.close_object();
    return options_.quick ? Result<void>{} : draw(set.name, arms);
  }

  SectionResult take() {
    out_.details_json = json_.close_object().take();
    return std::move(out_);
  }

 private:
  // One job for each arm and seed.
  Result<void> run(const PublicSet& set, std::vector<Arm>& arms) const {
    struct Job {
      std::size_t arm = 0;
      ReviewPlan plan;
      Result<ReviewRun> result;
    };
    std::vector<Job> jobs;
    for (std::size_t a = 0; a < arms.size(); ++a) {
      for (int seed = 1; seed <= arms[a].seeds; ++seed) {
        jobs.push_back({a, arms[a].plan, ReviewRun{}});
        jobs.back().plan.seed = static_cast<std::uint64_t>(seed);
        if (options_.quick) jobs.back().plan.days = kQuickDays;
      }
    }
    learn::in_parallel(static_cast<int>(jobs.size()), options_.threads, [&](int i) {
      Job& job = jobs[static_cast<std::size_t>(i)];
      job.result = run_review(set, job.plan);
    });
    for (Job& job : jobs) {
      PM_TRY(ReviewRun one, std::move(job.result));
      arms[job.arm].runs.push_back(std::move(one));
    }
    return {};
  }

  static std::vector<double> ratios(const Arm& random, const Arm& other, std::size_t labels) {
    std::vector<double> out;
    for (std::size_t i = 0; i < std::min(random.runs.size(), other.runs.size()); ++i) {
      out.push_back(labels_for(other.runs[i], accuracy_at(random.runs[i], labels)) / static_cast<double>(labels));
    }
    return out;
  }

  void compare(const std::string& set, const Arm& random, const Arm& queue) {
    for (const std::size_t labels : kLabels) {
      const Spread ratio = spread_of(ratios(random, queue, labels));
      std::vector<double> reached;
      for (const ReviewRun& one : random.runs) reached.push_back(100 * accuracy_at(one, labels));
      add(fmt::format("{}: labels of the queue for one of random picking, at {}", set, labels), ratio.mean, "", kGoal,
          ratio.mean <= kGoal,
          fmt::format("{} seeds, 95 % interval {:.2f} to {:.2f}; random picking reaches {:.1f} %", random.runs.size(),
                      ratio.mean - ratio.half, ratio.mean + ratio.half, spread_of(reached).mean));
    }
  }

  void beside(const std::string& set, std::string_view what, const Arm& random, const Arm& other) {
    const Spread ratio = spread_of(ratios(random, other, kLabels[1]));
    inform(fmt::format("{}: the same at {}, {}", set, kLabels[1], what), ratio.mean, "",
           fmt::format("{} seeds", other.runs.size()));
  }

  // What the random slice says of the share that the person would call right, beside that share.
  void estimates(const std::string& set, const Arm& queue) {
    std::size_t held = 0;
    std::vector<double> off;
    std::size_t judged = 0;
    for (const ReviewRun& one : queue.runs) {
      const double right = static_cast<double>(one.decided_right) / static_cast<double>(one.decided);
      const double truth = right * ReviewPlan{}.right;
      held += one.estimate.low <= truth && truth <= one.estimate.high ? 1 : 0;
      off.push_back(100 * (one.estimate.right.value() - truth));
      judged += one.estimate.right.of / queue.runs.size();
    }
    const Spread spread = spread_of(off);
    inform(fmt::format("{}: accuracy by the random slice, off the truth by", set), spread.mean, " points",
           fmt::format("interval {:.1f} to {:.1f}; about {} labels each, {} of {} intervals hold it",
                       spread.mean - spread.half, spread.mean + spread.half, judged, held, queue.runs.size()));
  }

  void saved(const std::string& set, const Arm& queue) {
    std::vector<double> before;
    std::vector<double> after;
    std::vector<double> fallback;
    for (const ReviewRun& one : queue.runs) {
      before.push_back(money_of(one.points.front()));
      after.push_back(money_of(one.points.back()));
      fallback.push_back(100 * one.points.back().fallback);
    }
    inform(fmt::format("{}: 1,000 requests cost, after {} labels", set, queue.runs[0].points.back().labels),
           spread_of(after).mean, " $",
           fmt::format("before {:.2f}; {:.1f} % go to the fallback; ${} and ${} by price", spread_of(before).mean,
                       spread_of(fallback).mean, kCheap, kFallback));
  }

  void write(const Arm& arm) {
    json_.key(arm.name).open_array();
    for (const ReviewRun& one : arm.runs) {
      json_.open_array();
      for (const ReviewPoint& point : one.points) {
        json_.open_object().member("labels", point.labels).member("accuracy", point.accuracy);
        json_.member("fallback", point.fallback).member("money", money_of(point)).close_object();
      }
      json_.close_array();
    }
    json_.close_array();
  }

  template <class Value>
  static std::vector<cli::PlotPoint> mean_line(const Arm& arm, Value value) {
    std::vector<cli::PlotPoint> out;
    for (std::size_t i = 0; i < arm.runs.front().points.size(); ++i) {
      cli::PlotPoint at{static_cast<double>(arm.runs.front().points[i].labels), 0};
      for (const ReviewRun& one : arm.runs) at.y += value(one.points[i]) / static_cast<double>(arm.runs.size());
      out.push_back(at);
    }
    return out;
  }

  Result<void> draw(const std::string& set, const std::vector<Arm>& arms) const {
    const auto most = static_cast<double>(arms[0].runs[0].points.back().labels);
    const double least = 0.6;
    cli::SvgPlot accuracy(set + ": accuracy against labels by a simulated person",
                          {.label = "labels", .low = 0, .high = most, .percent = false},
                          {.label = "accuracy", .low = least, .high = 0.95});
    cli::SvgPlot other(set + ": fallback share and money against labels",
                       {.label = "labels", .low = 0, .high = most, .percent = false},
                       {.label = "share; of the fallback's price", .low = 0, .high = 0.6});
    const std::string_view pens[] = {"two", "one", "four"};
    for (std::size_t a = 0; a < 3; ++a) {
      accuracy.line(mean_line(arms[a], [](const ReviewPoint& p) { return p.accuracy; }), pens[a]);
    }
    other.line(mean_line(arms[1], [](const ReviewPoint& p) { return p.fallback; }), "one");
    other.line(mean_line(arms[0], [](const ReviewPoint& p) { return p.fallback; }), "two");
    other.line(mean_line(arms[1], [](const ReviewPoint& p) { return money_of(p) / kFallback; }), "three");
    other.line(mean_line(arms[0], [](const ReviewPoint& p) { return money_of(p) / kFallback; }), "four");
    PM_CHECK(save_picture("learning_" + set, picture(accuracy, {"queue", "random picking", "", "plain margin"})));
    return save_picture("learning_money_" + set, picture(other, {"fallback, queue", "fallback, random picking",
                                                                 "money, queue", "money, random picking"}));
  }

  void add(std::string name, double value, std::string unit, double goal, bool holds, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), goal, holds, std::move(note)});
  }
  void inform(std::string name, double value, std::string unit, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), 0, true, std::move(note), true});
  }

  BenchOptions options_;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> learning_improve_section(const BenchOptions& options) {
  Section section(options);
  PM_TRY(const PublicSet clinc, load_clinc150(options.data));
  PM_CHECK(section.measure(clinc));
  PM_TRY(const PublicSet banking, load_banking77(options.data));
  PM_CHECK(section.measure(banking));
  return section.take();
}

}  // namespace pointsman::bench
