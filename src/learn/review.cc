#include "learn/review.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace pointsman::learn {
namespace {

// A category of which less is found is worth a look, however well the others do.
constexpr double kWeakRecall = 0.7;
constexpr std::size_t kMaxConfused = 10;
constexpr std::size_t kMaxClosest = 3;
constexpr std::size_t kMaxCompared = 300;  // rows of a category looked at for close pairs
constexpr std::size_t kMaxSuspects = 50;
// A row is suspect when a model that never saw it is this sure of another category.
constexpr float kSure = 0.8F;

void find_suspects(const Predictions& in, TrainReport& report) {
  const std::size_t categories = in.names.size();
  for (std::size_t i = 0; i < in.truth.size(); ++i) {
    const auto row = in.probabilities.subspan(i * categories, categories);
    const auto top = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    if (top == in.truth[i] || row[top] < kSure) continue;
    report.suspects.push_back({i, in.names[top], row[in.truth[i]], row[top]});
  }
  std::sort(report.suspects.begin(), report.suspects.end(), [](const Suspect& a, const Suspect& b) {
    return a.label_probability != b.label_probability ? a.label_probability < b.label_probability
                                                      : a.example < b.example;
  });
  if (report.suspects.size() > kMaxSuspects) report.suspects.resize(kMaxSuspects);
}

std::vector<std::size_t> rows_of(const Predictions& in, std::size_t category) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < in.truth.size() && rows.size() < kMaxCompared; ++i) {
    if (in.truth[i] == category) rows.push_back(i);
  }
  return rows;
}

// For each example of the first category the nearest of the second, the nearest pairs first; no example twice, so that
// one odd text does not fill the list.
std::vector<ClosePair> closest_pairs(const Predictions& in, std::size_t first, std::size_t second) {
  const std::vector<std::size_t> others = rows_of(in, second);
  std::vector<float> lengths;
  for (const std::size_t j : others) lengths.push_back(std::sqrt(dot(in.rows.row(j), in.rows.row(j))));
  std::vector<ClosePair> pairs;
  for (const std::size_t i : rows_of(in, first)) {
    const float length = std::sqrt(dot(in.rows.row(i), in.rows.row(i)));
    ClosePair nearest{i, i, -1};
    for (std::size_t at = 0; at < others.size(); ++at) {
      const float scale = length * lengths[at];
      if (!(scale > 0)) continue;
      const float similarity = dot(in.rows.row(i), in.rows.row(others[at])) / scale;
      if (similarity > nearest.similarity) nearest = {i, others[at], similarity};
    }
    if (nearest.second != i) pairs.push_back(nearest);
  }
  std::sort(pairs.begin(), pairs.end(), [](const ClosePair& a, const ClosePair& b) {
    return std::tuple(-a.similarity, a.first) < std::tuple(-b.similarity, b.first);
  });
  std::vector<ClosePair> best;
  for (const ClosePair& pair : pairs) {
    const auto same = [&](const ClosePair& one) { return one.second == pair.second; };
    if (best.size() < kMaxClosest && std::none_of(best.begin(), best.end(), same)) best.push_back(pair);
  }
  return best;
}

void find_confused(const Predictions& in, TrainReport& report) {
  const auto& confusion = report.out_of_fold.confusion;
  struct Pair {
    std::size_t first, second;
    std::uint32_t count;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < in.names.size(); ++a) {
    for (std::size_t b = a + 1; b < in.names.size(); ++b) {
      const std::uint32_t count = confusion[a][b] + confusion[b][a];
      if (count > 0) pairs.push_back({a, b, count});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return a.count != b.count ? a.count > b.count : std::tie(a.first, a.second) < std::tie(b.first, b.second);
  });
  if (pairs.size() > kMaxConfused) pairs.resize(kMaxConfused);
  for (const auto& [a, b, count] : pairs) {
    report.confused.push_back({in.names[a], in.names[b], confusion[a][b], confusion[b][a], closest_pairs(in, a, b)});
  }
}

bool is_weak(const CategoryQuality& quality, const Share& accuracy) {
  return quality.recall.value() < kWeakRecall || quality.recall.high() < accuracy.value();
}

void find_needs(TrainReport& report) {
  const Evaluation& quality = report.out_of_fold;
  for (std::size_t c = 0; c < quality.categories.size(); ++c) {
    const CategoryQuality& one = quality.categories[c];
    const bool few = one.support < kFewExamples;
    if (few) report.few_examples.push_back(one.name);
    if (!few && !is_weak(one, quality.accuracy)) continue;
    CategoryNeed need{.name = one.name, .few = few, .examples = one.support, .recall = one.recall};
    for (std::size_t other = 0; other < quality.categories.size(); ++other) {
      const std::size_t count = quality.confusion[c][other];
      if (other == c || count <= need.taken_count) continue;
      need.taken_for = quality.categories[other].name;
      need.taken_count = count;
    }
    report.needs.push_back(std::move(need));
  }
  std::sort(report.needs.begin(), report.needs.end(), [](const CategoryNeed& a, const CategoryNeed& b) {
    return std::tuple(!a.few, a.recall.value(), a.name) < std::tuple(!b.few, b.recall.value(), b.name);
  });
}

}  // namespace

void review(const Predictions& predictions, TrainReport& report) {
  find_needs(report);
  find_suspects(predictions, report);
  find_confused(predictions, report);
}

}  // namespace pointsman::learn
