// From no labels at all: CLINC150's training set as a stream of requests, a simulated small model that is right about
// 95 % of them, and a classifier that learns from it. Once as it is, once with 20 intents that nobody saw before half
// time.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/rng.h"
#include "cascade/distillation_stream.h"
#include "picture/picture.h"
#include "learn/json_text.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr double kAccuracy = 0.95;
constexpr std::size_t kNewIntents = 20;
constexpr std::size_t kLast = 1000;
constexpr std::size_t kWindow = 250;
constexpr std::size_t kQuickRows = 3000;

void shuffle(std::vector<StreamRequest>& rows, std::uint64_t seed) {
  base::Rng rng(seed);
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
}

double asked_share(const StreamResult& run, std::size_t from, std::size_t to) {
  std::size_t asked = 0;
  to = std::min(to, run.points.size());
  for (std::size_t i = from; i < to; ++i) asked += run.points[i].asked ? 1 : 0;
  return to > from ? static_cast<double>(asked) / static_cast<double>(to - from) : 0;
}

double right_share(const StreamResult& run, std::size_t from, std::size_t to) {
  std::size_t right = 0;
  to = std::min(to, run.points.size());
  for (std::size_t i = from; i < to; ++i) right += run.points[i].right ? 1 : 0;
  return to > from ? static_cast<double>(right) / static_cast<double>(to - from) : 0;
}

class Section {
 public:
  Section(const PublicSet& set, const BenchOptions& options)
      : options_(options), categories_(category_names(set.train)) {
    for (const learn::Example& one : set.train.examples) requests_.push_back({one.text, index_of(one.category)});
    shuffle(requests_, 1);
    if (options.quick) requests_.resize(std::min(requests_.size(), kQuickRows));
    for (const learn::Example& one : set.test.examples) {
      if (index_of(one.category) < categories_.size()) test_.push_back({one.text, index_of(one.category)});
    }
    distil_.train.threads = options.threads;
    out_.name = "distillation";
    json_.open_object().member("teacher", "simulated");
  }

  Result<SectionResult> run(const PublicSet& set) {
    PM_TRY(const SimulatedModel model, SimulatedModel::make(gold_of(set, categories_), categories_, kAccuracy));
    PM_CHECK(steady(model));
    PM_CHECK(drifting(model));
    out_.details_json = json_.close_object().take();
    return std::move(out_);
  }

 private:
  static std::vector<std::string> category_names(const learn::Dataset& data) { return learn::category_names(data); }
  std::size_t index_of(const std::string& category) const {
    return static_cast<std::size_t>(std::ranges::find(categories_, category) - categories_.begin());
  }

  Result<void> steady(const SimulatedModel& model) {
    PM_TRY(const StreamResult run, run_stream(requests_, categories_, model, distil_));
    const std::size_t n = run.points.size();
    PM_TRY(const Judged gold, by_gold_labels(model, run.threshold));
    PM_TRY(const Judged mine, judge(*run.model, model, run.threshold));
    const double last = 100 * asked_share(run, n - kLast, n);
    add("no labels: asked, last 1,000 requests", last, "%", 15, last <= 15,
        fmt::format("of all {} requests {:.1f} %; simulated model {:.0f} % right", n, 100 * asked_share(run, 0, n),
                    100 * kAccuracy));
    const double behind = 100 * (gold.local - mine.local);
    add("no labels: classifier behind gold labels", behind, "points", 1, behind <= 1,
        fmt::format("test accuracy {:.2f} %, by gold labels {:.2f} %", 100 * mine.local, 100 * gold.local));
    const double together = 100 * (gold.local - mine.both);
    add("no labels: classifier with questions, behind gold labels", together, "points", 1, together <= 1,
        fmt::format("test accuracy {:.2f} % with {:.1f} % asked", 100 * mine.both, 100 * mine.asked));
    write("steady", run);
    return draw("distillation", "No labels at first: questions and answers over a stream of requests", run);
  }

  Result<void> drifting(const SimulatedModel& model) {
    std::vector<StreamRequest> first;
    std::vector<StreamRequest> second;
    const std::size_t half = requests_.size() * 13 / 30;
    for (const StreamRequest& one : requests_) {
      const bool fresh = one.truth % 7 == 0 && one.truth / 7 < kNewIntents;
      (fresh || first.size() >= half ? second : first).push_back(one);
    }
    shuffle(second, 2);
    const std::size_t turn = first.size();
    first.insert(first.end(), second.begin(), second.end());
    PM_TRY(const StreamResult run, run_stream(first, categories_, model, distil_));
    const std::size_t n = run.points.size();
    const double before = 100 * asked_share(run, turn - kLast / 2, turn);
    const double after = 100 * asked_share(run, turn, turn + kLast / 2);
    const double last = 100 * asked_share(run, n - kLast, n);
    std::size_t noticed = turn;
    while (noticed < n && !run.points[noticed].alarmed) ++noticed;
    const auto alarms = std::ranges::count_if(
        run.points.begin(), run.points.begin() + static_cast<std::ptrdiff_t>(turn), &StreamPoint::alarmed);
    add("drift: noticed after", static_cast<double>(noticed - turn), "requests", 500, noticed - turn <= 500,
        fmt::format("20 of 150 intents are new, {} of the requests before were under alarm", alarms));
    add("drift: asked in the 500 requests after", after, "%", before, after > 1.2 * before,
        fmt::format("in the 500 before {:.1f} %", before));
    add("drift: asked, last 1,000 requests", last, "%", 15, last <= 15, "");
    const double right = 100 * right_share(run, n - kLast, n);
    out_.targets.push_back({"drift: answered rightly, last 1,000 requests", right, "%", 0, true,
                            fmt::format("{} of 150 intents learnt; {:.1f} % in the 500 requests after the drift",
                                        run.refits.back().known, 100 * right_share(run, turn, turn + kLast / 2)),
                            true});
    write("drift", run);
    return draw("distillation_drift", "20 new intents at half time: questions and answers over a stream", run);
  }

  struct Judged {
    double local = 0;
    double both = 0;
    double asked = 0;
  };

  Result<Judged> by_gold_labels(const SimulatedModel& model, double threshold) {
    learn::Dataset data;
    for (const StreamRequest& one : requests_) {
      data.examples.push_back({.text = one.text, .category = categories_[one.truth]});
    }
    PM_TRY(learn::Trained trained, learn::train(data, distil_.train));
    PM_TRY(const auto classifier, classify::LinearModel::from_string(std::move(trained.artefact)));
    return judge(*classifier, model, threshold);
  }

  Result<Judged> judge(const classify::LinearModel& classifier, const SimulatedModel& model, double threshold) const {
    Judged out;
    const auto scratch = classifier.make_scratch();
    std::vector<float> raw(classifier.categories().size());
    std::vector<float> pooled(categories_.size());
    const double each = 1 / static_cast<double>(test_.size());
    for (const StreamRequest& one : test_) {
      PM_CHECK(classifier.classify({.text = one.text}, *scratch, raw));
      std::vector<float> local(categories_.size(), 0);
      for (std::size_t i = 0; i < raw.size(); ++i) local[index_of(classifier.categories()[i])] = raw[i];
      const auto top = std::ranges::max_element(local);
      const bool right = static_cast<std::size_t>(top - local.begin()) == one.truth;
      out.local += right ? each : 0;
      if (static_cast<double>(*top) >= threshold) {
        out.both += right ? each : 0;
        continue;
      }
      classify::pool(local, model.ask(one.text), {.local = 1, .model = 0.6F, .floor = 1e-6F}, pooled);
      out.both += static_cast<std::size_t>(std::ranges::max_element(pooled) - pooled.begin()) == one.truth ? each : 0;
      out.asked += each;
    }
    return out;
  }

  void write(std::string_view name, const StreamResult& run) {
    json_.key(name).open_object().member("window", kWindow).key("asked").open_array();
    const std::size_t n = run.points.size();
    for (std::size_t i = 0; i < n; i += kWindow) json_.number(asked_share(run, i, i + kWindow));
    json_.close_array().key("right").open_array();
    for (std::size_t i = 0; i < n; i += kWindow) json_.number(right_share(run, i, i + kWindow));
    json_.close_array().key("trainings").open_array();
    for (const StreamRefit& one : run.refits) {
      json_.open_object().member("at", one.at).member("accepted", one.gate.accepted).member("judges", one.gate.rows);
      json_.member("wrong_before", one.gate.wrong_before).member("wrong_after", one.gate.wrong_after);
      json_.member("taught", one.taught).member("known", one.known).member("ask_below", one.threshold).close_object();
    }
    json_.close_array().close_object();
  }

  Result<void> draw(std::string_view name, std::string_view what, const StreamResult& run) const {
    if (options_.quick) return {};
    const auto n = static_cast<double>(run.points.size());
    cli::SvgPlot plot(what, {.label = "requests", .low = 0, .high = n, .percent = false},
                      {.label = "share of 250 requests"});
    std::vector<cli::PlotPoint> asked;
    std::vector<cli::PlotPoint> right;
    for (std::size_t i = 0; i + kWindow <= run.points.size(); i += kWindow) {
      const double x = static_cast<double>(i) + kWindow / 2.0;
      asked.push_back({x, asked_share(run, i, i + kWindow)});
      right.push_back({x, right_share(run, i, i + kWindow)});
    }
    plot.line(asked, "one");
    plot.line(right, "three");
    return save_picture(fmt::format("cascade_{}", name), picture(plot, {"asked", "", "answered rightly"}));
  }

  void add(std::string name, double value, std::string unit, double goal, bool holds, std::string note) {
    out_.targets.push_back({std::move(name), value, std::move(unit), goal, holds, std::move(note)});
  }

  BenchOptions options_;
  std::vector<std::string> categories_;
  std::vector<StreamRequest> requests_;
  std::vector<StreamRequest> test_;
  learn::DistilOptions distil_;
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> cascade_distillation_section(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_clinc150(options.data));
  return Section(set, options).run(set);
}

}  // namespace pointsman::bench
