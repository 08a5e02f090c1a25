// What a small model's confidence is worth, by where it comes from: the probability of the label's tokens as it stands,
// renormalised over the labels, calibrated; what the model says of itself; shares among five answers; and both opinions
// together. CLINC150 with a simulated model that is right about 95 %, so the figures show what calibration does with
// confidence of that shape, not how any real model fares. Weights from the training rows, judged on the test rows.
#include <fmt/format.h>

#include <algorithm>

#include "picture/picture.h"
#include "cascade/scored_set.h"
#include "cascade/simulated_model.h"
#include "learn/evaluate.h"
#include "learn/json_text.h"
#include "learn/pool_fit.h"

namespace pointsman::bench {
namespace {

using base::Result;
using classify::Opinion;
using learn::Evaluation;

constexpr double kAccuracy = 0.95;
constexpr std::size_t kMostRows = 4000;  // that weights are fitted on

struct Way {
  std::string_view name;
  Saying saying;
  bool calibrated = false;
  bool with_local = false;
};

constexpr Way kWays[] = {
    {"logprobs, raw", Saying::kRawLogprobs},
    {"logprobs, renormalised", Saying::kLogprobs},
    {"logprobs, calibrated", Saying::kLogprobs, true},
    {"stated", Saying::kStated},
    {"stated, calibrated", Saying::kStated, true},
    {"five samples", Saying::kSampled},
    {"five samples, calibrated", Saying::kSampled, true},
    {"logprobs and classifier", Saying::kLogprobs, true, true},
};

std::vector<cli::PlotPoint> reliability(const Evaluation& one) {
  std::vector<cli::PlotPoint> out;
  for (const learn::CalibrationBin& bin : one.bins) {
    if (bin.count >= learn::kLowSample) out.push_back({bin.confidence, bin.accuracy});
  }
  return out;
}

class Section {
 public:
  Section(const ScoredSet& set, const SimulatedModel& model)
      : set_(set), model_(model), n_(set.categories.size()), truth_(set.test.truth.begin(), set.test.truth.end()) {
    truth_.resize(set.inside);
    out_.name = "confidence";
    json_.open_object().member("teacher", "simulated").member("rows", set.inside).key("ways").open_array();
  }

  Result<SectionResult> run(bool quick) {
    for (const Way& way : kWays) {
      PM_TRY(const Evaluation one, measure(way));
      report(way, one);
      if (way.saying == Saying::kRawLogprobs) pictured_[0] = reliability(one);
      if (way.saying == Saying::kLogprobs && !way.with_local) pictured_[way.calibrated ? 2 : 1] = reliability(one);
      if (way.with_local) pictured_[3] = reliability(one);
    }
    judge();
    if (!quick) PM_CHECK(draw());
    out_.details_json = json_.close_array().close_object().take();
    return std::move(out_);
  }

 private:
  Result<Evaluation> measure(const Way& way) const {
    std::vector<Opinion> opinions = ask_all(model_, set_.test, set_.inside, n_, 0, way.saying);
    std::vector<float> probabilities;
    if (way.calibrated) {
      PM_TRY(const learn::PoolFit fit, fit_on_training(way));
      std::vector<float> pooled(n_);
      for (std::size_t i = 0; i < opinions.size(); ++i) {
        classify::pool(way.with_local ? set_.test.local(i, n_) : std::span<const float>{}, opinions[i], fit.weights,
                       pooled);
        probabilities.insert(probabilities.end(), pooled.begin(), pooled.end());
      }
    } else {
      for (const Opinion& one : opinions) {
        probabilities.insert(probabilities.end(), one.probabilities.begin(), one.probabilities.end());
      }
    }
    return learn::evaluate_predictions(set_.categories, probabilities, n_, truth_);
  }

  Result<learn::PoolFit> fit_on_training(const Way& way) const {
    const std::size_t stride = set_.teach.size() / kMostRows + 1;
    const std::vector<Opinion> opinions = ask_all(model_, set_.teach, set_.teach.size(), n_, 0, way.saying);
    std::vector<learn::OpinionRow> rows;
    for (std::size_t i = 0; i < opinions.size(); i += stride) {
      const auto local = way.with_local ? set_.teach.local(i, n_) : std::span<const float>{};
      rows.push_back({local, &opinions[i], set_.teach.truth[i]});
    }
    return learn::fit_pool(rows, opinions[0].source);
  }

  void report(const Way& way, const Evaluation& one) {
    ece_.push_back(100 * one.ece);
    out_.targets.push_back({fmt::format("{}: calibration error", way.name), 100 * one.ece, "%", 0, true,
                            fmt::format("AURC {:.2f} %, accuracy {:.2f} %, nll {:.3f}", 100 * one.aurc,
                                        100 * one.accuracy.value(), one.nll),
                            true});
    json_.open_object().member("name", way.name).member("ece", one.ece).member("aurc", one.aurc);
    json_.member("accuracy", one.accuracy.value()).member("nll", one.nll).key("bins").open_array();
    for (const learn::CalibrationBin& bin : one.bins) {
      json_.open_object().member("count", bin.count).member("confidence", bin.confidence);
      json_.member("accuracy", bin.accuracy).close_object();
    }
    json_.close_array().close_object();
  }

  void judge() {
    const auto better = [&](std::string name, std::size_t calibrated, std::size_t before) {
      out_.targets.push_back({std::move(name), ece_[calibrated], "%", ece_[before] / 2,
                              ece_[calibrated] <= ece_[before] / 2, "goal: half of what it was"});
    };
    better("logprobs: calibration error once calibrated", 2, 1);
    better("stated: calibration error once calibrated", 4, 3);
    better("five samples: calibration error once calibrated", 6, 5);
  }

  Result<void> draw() const {
    cli::SvgPlot plot("Reliability of the simulated model's confidence on CLINC150", {.label = "confidence"},
                      {.label = "answers that are right"});
    for (std::size_t i = 0; i < std::size(pictured_); ++i) plot.line(pictured_[i], kPens[i]);
    const cli::PlotPoint ideal[] = {{0, 0}, {1, 1}};
    plot.line(ideal, "mark");
    return save_picture("cascade_confidence",
                        picture(plot, {"raw", "renormalised", "calibrated", "with the classifier", "ideal"}));
  }

  const ScoredSet& set_;
  const SimulatedModel& model_;
  std::size_t n_;
  std::vector<std::uint32_t> truth_;
  std::vector<double> ece_;  // of kWays, in per cent
  std::vector<cli::PlotPoint> pictured_[4];
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> cascade_confidence_section(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_clinc150(options.data));
  PM_TRY(const ScoredSet* const scored, score_set(set, options));
  PM_TRY(const SimulatedModel model, SimulatedModel::make(gold_of(*scored), scored->categories, kAccuracy));
  return Section(*scored, model).run(options.quick);
}

}  // namespace pointsman::bench
