#include "learn/net_training.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kNets = 2;
constexpr std::size_t kCrossValidated = 2500;  // rows up to which every row is predicted, by a network for each fold
constexpr int kRefineEpochs = 2;

// Small sets need many rounds and strong noise; large ones fewer. Found on public intent sets of 400 to 15,000 rows.
NetOptions options_for(std::size_t rows, const NetPlan& plan, std::uint64_t seed) {
  NetOptions options;
  const bool large = rows > 5000;
  const bool small = rows < 3000;
  options.filters = plan.thorough ? 256 : 128;
  options.seed = plan.seed * 1000 + seed;
  options.batch = large ? 64 : 16;
  options.rate = large ? 1.2e-2F : 4e-3F;
  options.typos = small ? 0.15F : plan.thorough ? 0.1F : 0.08F;
  options.sure = plan.thorough ? 0.99F : 0.95F;
  const std::size_t visits = small ? 100'000 : plan.thorough ? 600'000 : 300'000;
  const std::size_t least = rows > 40'000 ? 4 : 20;
  options.epochs = static_cast<int>(std::clamp<std::size_t>(visits / std::max<std::size_t>(rows, 1), least, 80));
  return options;
}

struct Job {
  int fold = 0;  // left out
  int net = -1;  // which of the merged networks it is; -1: it only judges
  bool part = false;
};

class Training {
 public:
  Training(const NetExamples& examples, const Folds& folds, std::size_t predictable, const NetPlan& plan)
      : examples_(examples), folds_(folds), predictable_(predictable), plan_(plan), nets_(kNets) {
    out_.scores.resize(predictable * examples.categories);
    is_scored_.resize(predictable);
    if (examples.labels.size() <= kCrossValidated) {
      for (int fold = 0; fold < folds.count; ++fold) jobs_.push_back({.fold = fold});
      for (int net = 0; net < static_cast<int>(kNets); ++net) jobs_.push_back({.fold = kNobody, .net = net});
    } else {
      for (int net = 0; net < static_cast<int>(kNets); ++net)
        jobs_.push_back({.fold = net % folds.count, .net = net, .part = true});
    }
  }

  NetTraining run(const std::function<void(int, int)>& tick) {
    std::atomic<int> done = 0;
    const int total = static_cast<int>(jobs_.size());
    in_parallel(total, plan_.threads, [&](int i) {
      work(jobs_[static_cast<std::size_t>(i)], static_cast<std::uint64_t>(i));
      tick(++done, total);
    });
    for (std::uint32_t i = 0; i < predictable_; ++i) {
      if (is_scored_[i] != 0) out_.scored.push_back(i);
    }
    out_.net = merge();
    return std::move(out_);
  }

 private:
  static constexpr int kNobody = -2;  // no row has this fold

  // In a large set every other row of the fold.
  bool left_out(const Job& job, std::size_t row) const {
    return row < predictable_ && folds_.of[row] == job.fold && (!job.part || row % 2 == 0);
  }

  void work(const Job& job, std::uint64_t seed) {
    std::vector<std::uint32_t> use;
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < examples_.labels.size(); ++i) {
      all.push_back(i);
      if (!left_out(job, i)) use.push_back(i);
    }
    CharNetFit fit(examples_, options_for(examples_.labels.size(), plan_, seed));
    fit.fit(std::move(use));
    bool any = false;
    for (std::size_t i = 0; i < predictable_; ++i) {
      if (!left_out(job, i)) continue;
      fit.scores(examples_.codes[i], std::span(out_.scores).subspan(i * examples_.categories, examples_.categories));
      is_scored_[i] = 1;
      any = true;
    }
    if (job.net < 0) return;
    if (any) fit.refine(std::move(all), kRefineEpochs);
    nets_[static_cast<std::size_t>(job.net)] = fit.parts();
  }

  // Filters side by side, heads divided: the scores are the mean of the networks' scores.
  classify::CharNetParts merge() const {
    classify::CharNetParts out;
    const std::size_t f = nets_.front().filters;
    out.filters = f * kNets;
    const auto interleave = [&](std::vector<float> classify::CharNetParts::* part, std::size_t width, float factor) {
      for (std::size_t begin = 0; begin < (nets_.front().*part).size(); begin += width) {
        for (const classify::CharNetParts& net : nets_) {
          for (std::size_t i = 0; i < width; ++i) (out.*part).push_back(factor * (net.*part)[begin + i]);
        }
      }
    };
    interleave(&classify::CharNetParts::table, f, 1);
    interleave(&classify::CharNetParts::bias, f, 1);
    interleave(&classify::CharNetParts::head, f * examples_.categories, 1.0F / kNets);
    out.head_bias.assign(examples_.categories, 0);
    for (const classify::CharNetParts& net : nets_) {
      for (std::size_t c = 0; c < examples_.categories; ++c) out.head_bias[c] += net.head_bias[c] / kNets;
    }
    return out;
  }

  const NetExamples& examples_;
  const Folds& folds_;
  std::size_t predictable_;
  const NetPlan& plan_;
  std::vector<Job> jobs_;
  std::vector<classify::CharNetParts> nets_;
  std::vector<std::uint8_t> is_scored_;  // bytes, not bits: written by several threads
  NetTraining out_;
};

}  // namespace

NetTraining train_nets(const NetExamples& examples, const Folds& folds, std::size_t predictable, const NetPlan& plan,
                       const std::function<void(int done, int total)>& tick) {
  return Training(examples, folds, predictable, plan).run(tick);
}

}  // namespace pointsman::learn
