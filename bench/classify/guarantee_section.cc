// Do certified thresholds keep their promise, and at what price? BANKING77 and CLINC150 (with its out-of-scope texts)
// with every mistake counted, triage with under-routing; test sets only, scored once by a classifier trained on the
// training set with the defaults.
#include <algorithm>
#include <cmath>

#include "classify/guarantee_splits.h"
#include "classify/linear_model.h"
#include "learn/json_text.h"
#include "learn/train.h"
#include "shared/public_sets.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using learn::Call;
using learn::LossMatrix;
using learn::Promise;
using learn::ThresholdPath;

constexpr double kRisks[] = {0.01, 0.02, 0.05};
constexpr double kConfidence = 0.95;
constexpr int kSplits = 1000;
constexpr int kShapeFolds = 3;
constexpr double kGapGoal = 5;

struct Scored {
  std::string name;
  std::vector<Call> rows;
  ThresholdPath plain;
  ThresholdPath shaped;  // by rows of the training set, each called by a model that has not learnt from it
};

LossMatrix losses_of(const PublicSet& set) {
  if (set.name == "triage") return LossMatrix::under_routing({"simple", "tool_use", "reasoning"});
  return LossMatrix::any_mistake(learn::category_names(set.train));
}

Result<std::vector<Call>> train_and_call(const learn::Dataset& train, const learn::Dataset& judge,
                                         const LossMatrix& losses, learn::TrainOptions& options) {
  PM_TRY(learn::Trained trained, learn::train(train, options));
  options.l2 = {trained.report.l2};  // who trains again on nearly the same rows need not search again
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  return learn::call_all(*model, losses, judge);
}

Result<std::vector<Call>> shape_calls(const PublicSet& set, const LossMatrix& losses, learn::TrainOptions options) {
  std::vector<Call> out;
  const learn::Dataset rows = learn::canonical(set.train);
  for (int fold = 0; fold < kShapeFolds; ++fold) {
    learn::Dataset train;
    learn::Dataset held_out;
    for (std::size_t i = 0; i < rows.examples.size(); ++i) {
      const bool out_of_fold = static_cast<int>(i % kShapeFolds) == fold;
      (out_of_fold ? held_out : train).examples.push_back(rows.examples[i]);
    }
    PM_TRY(const std::vector<Call> calls, train_and_call(train, held_out, losses, options));
    out.insert(out.end(), calls.begin(), calls.end());
  }
  return out;
}

Result<Scored> score(const PublicSet& set, const BenchOptions& options) {
  const LossMatrix losses = losses_of(set);
  learn::TrainOptions train;
  train.threads = options.threads;
  PM_TRY(std::vector<Call> rows, train_and_call(set.train, set.test, losses, train));
  std::vector<Call> shape;
  if (!options.quick) {
    PM_TRY(shape, shape_calls(set, losses, train));
  }
  return Scored{set.name, std::move(rows), ThresholdPath::plain(losses), ThresholdPath::fit(losses, shape)};
}

// 95th percentile of the share that a method which breaks exactly 5 % of the time shows over this many splits.
double most_broken(int splits) {
  const double p = 1 - kConfidence;
  return p + 1.645 * std::sqrt(p * (1 - p) / splits);
}

void write(learn::JsonText& json, std::string_view name, const SplitResult& one) {
  json.key(name).open_object();
  json.member("broken_resampled", one.broken_resampled).member("broken_split", one.broken_split);
  json.member("broken_beyond_chance", one.broken_beyond_chance).member("kept", one.kept);
  json.member("kept_spread", one.kept_spread).member("oracle", one.oracle);
  json.member("nothing_kept", one.uncertified).close_object();
}

class Section {
 public:
  explicit Section(const BenchOptions& options) : splits_(options.quick ? kSplits / 5 : kSplits) {}

  void add(const Scored& set) {
    double total = 0;
    for (const Call& row : set.rows) total += static_cast<double>(row.loss);
    json_.open_object().member("set", std::string_view(set.name)).member("rows", set.rows.size());
    json_.member("risk_of_keeping_all", total / static_cast<double>(set.rows.size()));
    json_.member("shaped", set.shaped.fitted()).key("risks").open_array();
    for (const double risk : kRisks) add_risk(set, risk);
    json_.close_array().close_object();
  }

  SectionResult take() {
    out_.name = "guarantee";
    out_.details_json = R"({"confidence":0.95,"sets":[)" + joined() + "]}";
    return std::move(out_);
  }
  // Between two sets.
  void next_set() { parts_.push_back(json_.take()), json_ = {}; }

 private:
  void add_risk(const Scored& set, double risk) {
    const Promise promise{risk, kConfidence};
    const SplitOptions half{.splits = splits_};
    const auto run = [&](const ThresholdPath& path, Method method, const SplitOptions& how) {
      return run_splits(path, set.rows, promise, method, how);
    };
    const SplitResult plain = run(set.plain, Method::kCertified, half);
    const SplitResult shaped = run(set.shaped, Method::kCertified, half);
    json_.open_object().member("risk", risk);
    write(json_, "certified", plain);
    write(json_, "certified_shaped", shaped);
    write(json_, "certified_four_fifths", run(set.plain, Method::kCertified, {.splits = splits_, .calibration = 0.8}));
    write(json_, "point_estimate", run(set.plain, Method::kPointEstimate, half));
    write(json_, "searched_clopper_pearson", run(set.plain, Method::kSearched, half));
    const auto all = learn::certify(set.plain, set.rows, promise, learn::LossKind::kZeroOne);
    json_.key("labels_to_come_within_five_points");
    all.more.for_reachable ? json_.integer(*all.more.for_reachable) : json_.raw("null");
    json_.close_object();
    judge(set.name, risk, "", plain, plain.oracle);
    if (set.shaped.fitted()) judge(set.name, risk, ", shaped", shaped, plain.oracle);
  }

  void judge(const std::string& set, double risk, const std::string& path, const SplitResult& one, double oracle) {
    const std::string name = set + " " + std::to_string(static_cast<int>(std::lround(risk * 100))) + " %" + path;
    const double limit = 100 * most_broken(splits_);
    const double broken = 100 * one.broken_resampled;
    out_.targets.push_back({name + ": promises broken", broken, "% of splits", limit, broken <= limit,
                            "true risk known: rows drawn with replacement from the test set"});
    const double beyond = 100 * one.broken_beyond_chance;
    out_.targets.push_back({name + ": broken on the test half", beyond, "% of splits", limit, beyond <= limit,
                            "beyond the 95th percentile of a binomial with the promised risk"});
    const double gap = 100 * (oracle - one.kept);
    out_.targets.push_back({name + ": kept less than the oracle", gap, "points", kGapGoal, gap <= kGapGoal,
                            "oracle: the best common threshold for the test half itself"});
  }

  std::string joined() const {
    std::string all;
    for (const std::string& part : parts_) all += (all.empty() ? "" : ",") + part;
    return all;
  }

  int splits_;
  learn::JsonText json_;
  std::vector<std::string> parts_;
  SectionResult out_;
};

}  // namespace

Result<SectionResult> guarantee_section(const BenchOptions& options) {
  Section section(options);
  for (const auto load : {load_banking77, load_clinc150, load_triage}) {
    PM_TRY(const PublicSet set, load(options.data));
    PM_TRY(const Scored scored, score(set, options));
    section.add(scored);
    section.next_set();
  }
  return section.take();
}

}  // namespace pointsman::bench
