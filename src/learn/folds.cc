#include "learn/folds.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "base/hash.h"
#include "learn/calibration.h"
#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr double kWorthwhile = 1e-3;  // share of the loss that makes a weaker or stronger penalty the better one

// Examples that must stay together.
struct Bundle {
  std::vector<std::size_t> members;
  std::vector<std::pair<std::uint32_t, double>> counts;  // category, members
  std::uint64_t hash = 0;
};

bool groups_suffice(const Dataset& data, std::size_t predictable, int folds) {
  std::map<std::string_view, std::size_t> sizes;
  std::size_t grouped = 0;
  for (std::size_t i = 0; i < predictable; ++i) {
    if (data.examples[i].group.empty()) continue;
    ++grouped;
    ++sizes[data.examples[i].group];
  }
  return grouped * 10 >= predictable * 9 && sizes.size() >= 2 * static_cast<std::size_t>(folds);
}

std::vector<Bundle> bundle(const Dataset& data, std::span<const std::uint32_t> labels, std::size_t predictable,
                           bool by_group) {
  std::map<std::string_view, Bundle> bundles;
  for (std::size_t i = 0; i < predictable; ++i) {
    const Example& example = data.examples[i];
    const std::string_view key = by_group && !example.group.empty() ? example.group : example.identity();
    Bundle& one = bundles[key];
    one.hash = base::xxh3(key);
    one.members.push_back(i);
    const auto same = [&](const auto& count) { return count.first == labels[i]; };
    const auto found = std::find_if(one.counts.begin(), one.counts.end(), same);
    if (found != one.counts.end()) {
      ++found->second;
    } else {
      one.counts.emplace_back(labels[i], 1);
    }
  }
  std::vector<Bundle> out;
  for (auto& [key, one] : bundles) out.push_back(std::move(one));
  // The largest first, so that the small ones can level the folds.
  std::sort(out.begin(), out.end(), [](const Bundle& a, const Bundle& b) {
    return a.members.size() != b.members.size() ? a.members.size() > b.members.size() : a.hash < b.hash;
  });
  return out;
}

}  // namespace

Folds make_folds(const Dataset& data, std::span<const std::uint32_t> labels, std::size_t predictable, int count,
                 bool use_groups) {
  Folds folds{std::vector<int>(data.examples.size(), kAlwaysTrain), count, false};
  folds.by_group = use_groups && groups_suffice(data, predictable, count);
  const std::size_t categories = labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + std::size_t{1};
  std::vector<double> filled(static_cast<std::size_t>(count) * categories, 0);
  std::vector<double> total(static_cast<std::size_t>(count), 0);
  for (const Bundle& one : bundle(data, labels, predictable, folds.by_group)) {
    // The fold that has least of the bundle's categories; of equal ones the emptiest.
    std::size_t best = 0;
    double least = -1;
    for (std::size_t fold = 0; fold < static_cast<std::size_t>(count); ++fold) {
      double cost = total[fold] * 1e-6;
      for (const auto& [category, n] : one.counts) cost += n * filled[fold * categories + category];
      if (least < 0 || cost < least) {
        least = cost;
        best = fold;
      }
    }
    for (const auto& [category, n] : one.counts) filled[best * categories + category] += n;
    total[best] += static_cast<double>(one.members.size());
    for (const std::size_t member : one.members) folds.of[member] = static_cast<int>(best);
  }
  return folds;
}

namespace {

std::vector<std::uint32_t> rows_outside(const Folds& folds, int fold) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < folds.of.size(); ++i) {
    if (folds.of[i] != fold) rows.push_back(static_cast<std::uint32_t>(i));
  }
  return rows;
}

// The predictable rows of the first `count` folds.
std::vector<std::uint32_t> rows_inside(const Folds& folds, std::size_t predictable, int count) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < predictable; ++i) {
    if (folds.of[i] >= 0 && folds.of[i] < count) rows.push_back(static_cast<std::uint32_t>(i));
  }
  return rows;
}

L2Trial judge(const Labelled& data, std::span<const float> scores, std::span<const std::uint32_t> judged, float l2) {
  const PickedRows picked(scores, data.labels, data.weights, data.categories, judged);
  L2Trial trial{l2};
  trial.temperature = fit_temperature(picked.rows());
  trial.nll = mean_nll(picked.rows(), {trial.temperature});
  double right = 0;
  double all = 0;
  for (const std::size_t i : judged) {
    const auto row = scores.subspan(i * data.categories, data.categories);
    const auto guess = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    const auto weight = static_cast<double>(data.weights[i]);
    right += guess == data.labels[i] ? weight : 0;
    all += weight;
  }
  trial.accuracy = all > 0 ? right / all : 0;
  return trial;
}

// The search for the penalty whose held-out loss is least.
class Search {
 public:
  Search(const Labelled& data, const Folds& folds, std::size_t predictable, const CrossValidationOptions& options,
         const std::function<void()>& tick)
      : data_(data),
        folds_(folds),
        predictable_(predictable),
        options_(options),
        tick_(tick),
        searched_(std::min(options.search_folds, folds.count)),
        judged_(rows_inside(folds, predictable, searched_)) {}

  // The loss has one valley: from the first candidate downhill, to weaker penalties or else to stronger ones.
  CrossValidation run() {
    const std::size_t count = options_.l2.size();
    const std::size_t first = std::min(options_.first, count - 1);
    const std::size_t second = first + 1;
    // Both are needed whatever they say: at the same time.
    std::vector<Candidate> both = second < count ? judge_all(std::array{first, second}) : judge_all(std::array{first});
    best_ = std::move(both[0]);
    bool down = second < count && improves(std::move(both[1]));
    for (std::size_t next = second + 1; down && next < count; ++next) down = improves(judge_one(next));
    if (best_.trial.l2 == options_.l2[first]) {
      for (std::size_t next = first; next > 0 && improves(judge_one(next - 1));) --next;
    }
    return finish();
  }

 private:
  struct Candidate {
    L2Trial trial;
    std::vector<float> scores;
  };

  void predict(int fold, float l2, std::vector<float>& scores) const {
    SoftmaxFit fit(data_, rows_outside(folds_, fold));
    fit.fit({.l2 = l2, .max_epochs = options_.max_epochs, .tolerance = options_.tolerance, .seed = options_.seed});
    for (std::size_t i = 0; i < predictable_; ++i) {
      if (folds_.of[i] != fold) continue;
      fit.scores(data_.rows->row(i), std::span(scores).subspan(i * data_.categories, data_.categories));
    }
  }

  std::vector<Candidate> judge_all(std::span<const std::size_t> which) {
    std::vector<Candidate> out(which.size());
    for (Candidate& one : out) one.scores.resize(predictable_ * data_.categories);
    in_parallel(static_cast<int>(which.size()) * searched_, options_.threads, [&](int job) {
      const auto at = static_cast<std::size_t>(job / searched_);
      predict(job % searched_, options_.l2[which[at]], out[at].scores);
    });
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].trial = judge(data_, out[i].scores, judged_, options_.l2[which[i]]);
      trials_.push_back(out[i].trial);
      tick_();
    }
    return out;
  }

  Candidate judge_one(std::size_t which) { return std::move(judge_all(std::array{which}).front()); }

  bool improves(Candidate candidate) {
    if (!(candidate.trial.nll < best_.trial.nll * (1 - kWorthwhile))) return false;
    best_ = std::move(candidate);
    return true;
  }

  // The best candidate predicts the folds that were not searched, too.
  CrossValidation finish() {
    const float l2 = best_.trial.l2;
    in_parallel(folds_.count - searched_, options_.threads, [&](int i) { predict(searched_ + i, l2, best_.scores); });
    std::ranges::sort(trials_, std::greater(), &L2Trial::l2);
    const auto best = static_cast<std::size_t>(std::ranges::find(trials_, l2, &L2Trial::l2) - trials_.begin());
    return {std::move(trials_), best, std::move(best_.scores)};
  }

  const Labelled& data_;
  const Folds& folds_;
  std::size_t predictable_;
  const CrossValidationOptions& options_;
  const std::function<void()>& tick_;
  int searched_;
  std::vector<std::uint32_t> judged_;
  Candidate best_;
  std::vector<L2Trial> trials_;
};

}  // namespace

CrossValidation cross_validate(const Labelled& data, const Folds& folds, std::size_t predictable,
                               const CrossValidationOptions& options, const std::function<void()>& tick) {
  return Search(data, folds, predictable, options, tick).run();
}

}  // namespace pointsman::learn
