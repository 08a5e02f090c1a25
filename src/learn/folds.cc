#include "learn/folds.h"

#include <algorithm>
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
    const std::string_view key = by_group && !example.group.empty() ? example.group : example.text;
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

}  // namespace

CrossValidation cross_validate(const Labelled& data, const Folds& folds, std::size_t predictable,
                               const CrossValidationOptions& options, const std::function<void()>& tick) {
  CrossValidation out;
  std::vector<float> scores(predictable * data.categories);
  const auto predict = [&](int fold, float l2) {
    SoftmaxFit fit(data, rows_outside(folds, fold));
    fit.fit({.l2 = l2, .max_epochs = options.max_epochs, .tolerance = options.tolerance, .seed = options.seed});
    for (std::size_t i = 0; i < predictable; ++i) {
      if (folds.of[i] != fold) continue;
      fit.scores(data.rows->row(i), std::span(scores).subspan(i * data.categories, data.categories));
    }
  };
  const int searched = std::min(options.search_folds, folds.count);
  const std::vector<std::uint32_t> judged = rows_inside(folds, predictable, searched);
  L2Trial best;
  const auto improves = [&](std::size_t candidate) {
    const float l2 = options.l2[candidate];
    in_parallel(searched, options.threads, [&](int fold) { predict(fold, l2); });
    out.trials.push_back(judge(data, scores, judged, l2));
    tick();
    if (out.trials.size() > 1 && !(out.trials.back().nll < best.nll * (1 - kWorthwhile))) return false;
    best = out.trials.back();
    out.scores = scores;
    return true;
  };
  // The loss has one valley: from the candidate in the middle downhill, first to weaker penalties.
  const std::size_t first = std::min(options.first, options.l2.size() - 1);
  improves(first);
  std::size_t at = first;
  while (at + 1 < options.l2.size() && improves(at + 1)) ++at;
  while (at <= first && at > 0 && improves(at - 1)) --at;
  std::ranges::sort(out.trials, std::greater(), &L2Trial::l2);
  out.best = static_cast<std::size_t>(std::ranges::find(out.trials, best.l2, &L2Trial::l2) - out.trials.begin());
  if (searched == folds.count) return out;
  scores = std::move(out.scores);
  in_parallel(folds.count - searched, options.threads, [&](int i) { predict(searched + i, best.l2); });
  out.scores = std::move(scores);
  return out;
}

}  // namespace pointsman::learn
