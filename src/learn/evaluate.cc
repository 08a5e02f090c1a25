#include "learn/evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/scope_fit.h"

namespace pointsman::learn {
namespace {

constexpr double kZ = 1.959964;  // 97.5th percentile of the standard normal

// Wilson score interval: centre and half width.
std::pair<double, double> wilson(const Share& share) {
  const auto n = static_cast<double>(share.of);
  if (share.of == 0) return {0.5, 0.5};
  const double p = share.value();
  const double scale = 1 + kZ * kZ / n;
  const double centre = (p + kZ * kZ / (2 * n)) / scale;
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / scale;
  return {centre, half};
}

struct Top {
  std::size_t category = 0;
  double probability = 0;
  bool right = false;
};

void score_categories(Evaluation& out) {
  const std::size_t count = out.categories.size();
  double f1 = 0;
  std::size_t present = 0;
  for (std::size_t c = 0; c < count; ++c) {
    CategoryQuality& quality = out.categories[c];
    const auto& row = out.confusion[c];
    quality.support = std::accumulate(row.begin(), row.end(), std::size_t{0});
    std::size_t called = 0;
    for (std::size_t t = 0; t < count; ++t) called += out.confusion[t][c];
    quality.recall = {row[c], quality.support};
    quality.precision = {row[c], called};
    const std::size_t sum = quality.support + called;
    quality.f1 = sum == 0 ? 0 : 2 * static_cast<double>(row[c]) / static_cast<double>(sum);
    if (quality.support == 0) continue;
    f1 += quality.f1;
    ++present;
  }
  out.macro_f1 = present == 0 ? 0 : f1 / static_cast<double>(present);
}

void score_calibration(Evaluation& out, const std::vector<Top>& tops) {
  for (const Top& top : tops) {
    const auto position = static_cast<std::size_t>(top.probability * static_cast<double>(kCalibrationBins));
    CalibrationBin& bin = out.bins[std::min(position, kCalibrationBins - 1)];
    ++bin.count;
    bin.confidence += top.probability;
    bin.accuracy += top.right ? 1 : 0;
  }
  for (CalibrationBin& bin : out.bins) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
    out.ece +=
        std::fabs(bin.confidence - bin.accuracy) * static_cast<double>(bin.count) / static_cast<double>(tops.size());
  }
}

void score_coverage(Evaluation& out, std::vector<Top> tops) {
  // Of equally confident ones the wrong first: ties must not flatter.
  std::sort(tops.begin(), tops.end(), [](const Top& a, const Top& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.right < b.right;
  });
  for (const double share : {0.8, 0.9}) {
    const auto kept = static_cast<std::size_t>(std::ceil(share * static_cast<double>(tops.size())));
    if (kept == 0) continue;
    std::size_t right = 0;
    for (std::size_t i = 0; i < kept; ++i) right += tops[i].right ? 1 : 0;
    out.coverage.push_back({share, static_cast<double>(right) / static_cast<double>(kept), tops[kept - 1].probability});
  }
}

}  // namespace

double Share::value() const {
  return of == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(of);
}
double Share::low() const {
  const auto [centre, half] = wilson(*this);
  return std::max(0.0, centre - half);
}
double Share::high() const {
  const auto [centre, half] = wilson(*this);
  return std::min(1.0, centre + half);
}

Evaluation evaluate_predictions(const std::vector<std::string>& names, std::span<const float> probabilities,
                                std::size_t predicted_categories, std::span<const std::uint32_t> truth) {
  Evaluation out;
  out.examples = truth.size();
  for (const std::string& name : names) out.categories.push_back({.name = name});
  out.confusion.assign(names.size(), std::vector<std::uint32_t>(names.size(), 0));
  std::vector<Top> tops;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto row = probabilities.subspan(i * predicted_categories, predicted_categories);
    const auto top = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    tops.push_back({top, static_cast<double>(row[top]), top == truth[i]});
    ++out.confusion[truth[i]][top];
    out.accuracy.hits += top == truth[i] ? 1 : 0;
    double brier = truth[i] < row.size() ? 0 : 1;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double off = static_cast<double>(row[c]) - (c == truth[i] ? 1 : 0);
      brier += off * off;
    }
    out.brier += brier;
    const double p = truth[i] < row.size() ? static_cast<double>(row[truth[i]]) : 0;
    out.nll -= std::log(std::max(p, 1e-7));
  }
  out.accuracy.of = truth.size();
  if (truth.empty()) return out;
  out.brier /= static_cast<double>(truth.size());
  out.nll /= static_cast<double>(truth.size());
  score_categories(out);
  score_calibration(out, tops);
  score_coverage(out, std::move(tops));
  return out;
}

namespace {

// How surely rows belong to any category.
struct Belonging {
  std::vector<double> any;  // the sum of the probabilities
  std::vector<double> top;
  bool told = false;  // a sum was below 1: the classifier tells

  void add(std::span<const float> row) {
    double sum = 0;
    for (const float one : row) sum += static_cast<double>(one);
    any.push_back(sum);
    top.push_back(static_cast<double>(*std::ranges::max_element(row)));
    told |= sum < 1 - 1e-4;
  }
};

}  // namespace

base::Result<Evaluation> evaluate(const classify::Classifier& classifier, const Dataset& data) {
  const std::vector<std::string>& names = classifier.categories();
  std::vector<float> probabilities;
  std::vector<float> row(names.size());
  std::vector<std::uint32_t> truth;
  Belonging inside;
  Belonging outside;
  const auto scratch = classifier.make_scratch();
  for (const Example& example : data.examples) {
    PM_CHECK(classifier.classify({example.text, example.context, example.tools}, *scratch, row));
    const auto found = std::ranges::find(names, example.category);
    const bool known = !example.outside && found != names.end();
    (known ? inside : outside).add(row);
    if (!known) continue;
    probabilities.insert(probabilities.end(), row.begin(), row.end());
    truth.push_back(static_cast<std::uint32_t>(found - names.begin()));
  }
  Evaluation out = evaluate_predictions(names, probabilities, names.size(), truth);
  out.outside = outside.top.size();
  const bool told = inside.told || outside.told;
  out.outside_auroc = told ? area_under_roc(inside.any, outside.any) : area_under_roc(inside.top, outside.top);
  return out;
}

}  // namespace pointsman::learn
