#include "cascade/distillation_stream.h"

#include <algorithm>

#include "base/rng.h"

namespace pointsman::bench {
namespace {

using base::Result;

std::size_t best_of(std::span<const float> p) {
  return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

class Stream {
 public:
  Stream(const std::vector<std::string>& categories, const SimulatedModel& model, const learn::DistilOptions& options)
      : categories_(categories), teacher_(model), distillation_(categories, options), rng_(options.seed) {}

  Result<void> request(const StreamRequest& request) {
    learn::DistilRow row{.text = request.text};
    PM_CHECK(classify(request.text, row.local));
    const learn::Asking asking = distillation_.asking(row.local, rng_.uniform());
    StreamPoint point{.asked = asking.ask, .alarmed = distillation_.alarmed()};
    point.local_right = !row.local.empty() && best_of(row.local) == request.truth;
    point.right = point.local_right;
    if (asking.ask) {
      row.by_chance = asking.by_chance;
      row.chance = asking.chance;
      row.opinion = teacher_.ask(request.text);
      point.right = best_of(distillation_.both(row)) == request.truth;
    }
    out_.points.push_back(point);
    distillation_.take(std::move(row));
    return distillation_.due() ? refit() : Result<void>{};
  }

  StreamResult take() {
    out_.threshold = distillation_.threshold();
    return std::move(out_);
  }

 private:
  Result<void> classify(const std::string& text, std::vector<float>& local) {
    if (!out_.model) return {};
    std::vector<float> raw(out_.model->categories().size());
    PM_CHECK(out_.model->classify({.text = text}, *scratch_, raw));
    local.assign(categories_.size(), 0);
    for (std::size_t i = 0; i < raw.size(); ++i) local[target_[i]] = raw[i];
    return {};
  }

  Result<void> refit() {
    PM_TRY(learn::Refit refit, distillation_.refit(out_.model.get()));
    out_.refits.push_back({out_.points.size(), refit.gate, refit.taught, refit.known, refit.threshold});
    if (!refit.gate.accepted) return {};
    PM_TRY(out_.model, classify::LinearModel::from_string(std::move(refit.artefact)));
    scratch_ = out_.model->make_scratch();
    target_.clear();
    for (const std::string& name : out_.model->categories()) {
      target_.push_back(static_cast<std::size_t>(std::ranges::find(categories_, name) - categories_.begin()));
    }
    return {};
  }

  const std::vector<std::string>& categories_;
  const SimulatedModel& teacher_;
  learn::SelfDistillation distillation_;
  base::Rng rng_;
  std::unique_ptr<classify::Scratch> scratch_;
  std::vector<std::size_t> target_;
  StreamResult out_;
};

}  // namespace

Result<StreamResult> run_stream(const std::vector<StreamRequest>& requests, const std::vector<std::string>& categories,
                                const SimulatedModel& model, const learn::DistilOptions& options) {
  Stream stream(categories, model, options);
  for (const StreamRequest& one : requests) PM_CHECK(stream.request(one));
  return stream.take();
}

}  // namespace pointsman::bench
