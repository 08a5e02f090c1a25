#include "learn/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

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
  std::size_t row = 0;
  std::size_t truth = 0;
  std::size_t category = 0;
  double probability = 0;
  bool right = false;
};

std::size_t bin_of(double probability) {
  const auto position = static_cast<std::size_t>(probability * static_cast<double>(kCalibrationBins));
  return std::min(position, kCalibrationBins - 1);
}

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
    CalibrationBin& bin = out.bins[bin_of(top.probability)];
    ++bin.count;
    bin.confidence += top.probability;
    bin.right += top.right ? 1U : 0U;
  }
  for (CalibrationBin& bin : out.bins) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy = static_cast<double>(bin.right) / static_cast<double>(bin.count);
    out.ece +=
        std::fabs(bin.confidence - bin.accuracy) * static_cast<double>(bin.count) / static_cast<double>(tops.size());
  }
}

// Sorted: the surest first, of equally sure ones the wrong first, so that ties do not flatter.
void score_coverage(Evaluation& out, const std::vector<Top>& tops) {
  const std::size_t n = tops.size();
  std::vector<std::size_t> right{0};  // among the first k
  for (const Top& top : tops) right.push_back(right.back() + (top.right ? 1 : 0));
  const auto accuracy = [&](std::size_t k) { return static_cast<double>(right[k]) / static_cast<double>(k); };
  for (const double share : {0.8, 0.9}) {
    const auto kept = static_cast<std::size_t>(std::ceil(share * static_cast<double>(n)));
    if (kept > 0) out.coverage.push_back({share, accuracy(kept), tops[kept - 1].probability});
  }
  for (std::size_t k = 1; k <= n; ++k) out.aurc += (1 - accuracy(k)) / static_cast<double>(n);
  std::size_t last = 0;
  const std::size_t points = std::min(n, kMaxCurvePoints - 1);
  for (std::size_t point = 1; point <= points; ++point) {
    std::size_t kept = (point * n + points - 1) / points;
    while (kept < n && tops[kept].probability == tops[kept - 1].probability) ++kept;
    if (kept == last) continue;
    out.curve.push_back(
        {static_cast<double>(kept) / static_cast<double>(n), accuracy(kept), tops[kept - 1].probability});
    last = kept;
  }
}

void note_mistakes(Evaluation& out, const std::vector<Top>& tops) {
  std::map<std::pair<std::size_t, std::size_t>, Mistake> found;
  for (const Top& top : tops) {
    if (top.right) continue;
    Mistake& mistake = found[{top.truth, top.category}];
    ++mistake.count;
    if (mistake.examples.size() < kMaxMistakeExamples) mistake.examples.push_back(top.row);
  }
  for (auto& [pair, mistake] : found) {
    out.mistakes.push_back({pair.first, pair.second, mistake.count, std::move(mistake.examples)});
  }
  std::ranges::sort(out.mistakes, [](const Mistake& a, const Mistake& b) {
    return a.count != b.count ? a.count > b.count : std::tie(a.truth, a.predicted) < std::tie(b.truth, b.predicted);
  });
}

void note_outside(Evaluation& out, std::vector<std::pair<double, std::size_t>> outside) {
  for (const auto& [probability, row] : outside) ++out.outside_bins[bin_of(probability)];
  std::ranges::sort(outside, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (std::size_t i = 0; i < std::min(outside.size(), kMaxMistakeExamples); ++i) {
    out.outside_surest.push_back(outside[i].second);
  }
}

}  // namespace

double Share::value() const {
  return of == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(of);
}
double Share::low() const {
  if (hits == 0) return 0;  // exactly, whatever rounding says
  const auto [centre, half] = wilson(*this);
  return std::max(0.0, centre - half);
}
double Share::high() const {
  if (hits == of) return 1;
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
    tops.push_back({i, truth[i], top, static_cast<double>(row[top]), top == truth[i]});
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
  std::ranges::sort(tops, [](const Top& a, const Top& b) {
    return std::tuple(-a.probability, a.right, a.row) < std::tuple(-b.probability, b.right, b.row);
  });
  score_coverage(out, tops);
  note_mistakes(out, tops);
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

base::Result<void> classify_example(const classify::Classifier& classifier, const Example& example,
                                    classify::Scratch& scratch, std::span<float> probabilities) {
  const std::vector<text::Feature> features = unpack_features(example.features);
  classify::Input input{.text = example.text, .context = example.context, .tools = example.tools};
  input.features = features;
  return classifier.classify(input, scratch, probabilities);
}

base::Result<Evaluation> evaluate(const classify::Classifier& classifier, const Dataset& data) {
  const std::vector<std::string>& names = classifier.categories();
  std::vector<float> probabilities;
  std::vector<float> row(names.size());
  std::vector<std::uint32_t> truth;
  std::vector<std::size_t> judged;  // which example each row of `truth` is
  Belonging inside;
  Belonging outside;
  std::vector<std::pair<double, std::size_t>> strangers;
  const auto scratch = classifier.make_scratch();
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    const Example& example = data.examples[i];
    PM_CHECK(classify_example(classifier, example, *scratch, row));
    const auto top = static_cast<double>(*std::ranges::max_element(row));
    const auto found = std::ranges::find(names, example.category);
    const bool known = !example.outside && found != names.end();
    (known ? inside : outside).add(row);
    if (!known) {
      strangers.emplace_back(top, i);
      continue;
    }
    judged.push_back(i);
    probabilities.insert(probabilities.end(), row.begin(), row.end());
    truth.push_back(static_cast<std::uint32_t>(found - names.begin()));
  }
  Evaluation out = evaluate_predictions(names, probabilities, names.size(), truth);
  for (Mistake& mistake : out.mistakes) {
    for (std::size_t& example : mistake.examples) example = judged[example];
  }
  out.outside = strangers.size();
  const bool told = inside.told || outside.told;
  out.outside_auroc = told ? area_under_roc(inside.any, outside.any) : area_under_roc(inside.top, outside.top);
  note_outside(out, std::move(strangers));
  return out;
}

}  // namespace pointsman::learn
