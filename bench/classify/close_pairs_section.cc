// The categories that are hardest to tell apart: the 20 pairs of BANKING77 that held-out rows of the training set
// confuse most often. For test rows of either category, which of the two gets the larger probability? Beside the
// nearest centroid on the same features.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "classify/linear_model.h"
#include "classify/nearest_centroid.h"
#include "classify/public_sets.h"
#include "classify/section.h"
#include "json/writer.h"
#include "learn/evaluate.h"
#include "learn/train.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kPairs = 20;

struct Pair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t confused = 0;  // held-out rows
};

std::vector<Pair> most_confused(const learn::Evaluation& held_out) {
  std::vector<Pair> all;
  for (std::size_t i = 0; i < held_out.confusion.size(); ++i) {
    for (std::size_t j = i + 1; j < held_out.confusion.size(); ++j) {
      const std::size_t confused = held_out.confusion[i][j] + held_out.confusion[j][i];
      if (confused > 0) all.push_back({i, j, confused});
    }
  }
  std::ranges::sort(all, [](const Pair& a, const Pair& b) {
    return std::tuple(b.confused, a.first, a.second) < std::tuple(a.confused, b.first, b.second);
  });
  all.resize(std::min(all.size(), kPairs));
  return all;
}

// For each pair, the share of its test rows for which the other category of the pair has the larger probability.
Result<std::vector<learn::Share>> pair_errors(const classify::Classifier& classifier, const learn::Dataset& test,
                                              const std::vector<std::string>& names, std::span<const Pair> pairs) {
  std::vector<learn::Share> out(pairs.size());
  std::vector<float> row(names.size());
  const auto scratch = classifier.make_scratch();
  for (const learn::Example& example : test.examples) {
    PM_CHECK(classifier.classify({example.text, example.context, example.tools}, *scratch, row));
    const auto truth = static_cast<std::size_t>(std::ranges::lower_bound(names, example.category) - names.begin());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (truth != pairs[i].first && truth != pairs[i].second) continue;
      const std::size_t other = truth == pairs[i].first ? pairs[i].second : pairs[i].first;
      ++out[i].of;
      out[i].hits += row[other] >= row[truth] ? 1 : 0;
    }
  }
  return out;
}

learn::Share sum(std::span<const learn::Share> all) {
  learn::Share out;
  for (const learn::Share& one : all) {
    out.hits += one.hits;
    out.of += one.of;
  }
  return out;
}

std::string details(const std::vector<std::string>& names, std::span<const Pair> pairs,
                    std::span<const learn::Share> ours, std::span<const learn::Share> baseline) {
  std::string out;
  json::Writer json(out);
  json.begin_array();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    json.begin_object().member("first", names[pairs[i].first]).member("second", names[pairs[i].second]);
    json.member("confused_held_out", pairs[i].confused).member("test_rows", ours[i].of);
    json.member("errors", ours[i].hits).member("errors_of_nearest_centroid", baseline[i].hits).end_object();
  }
  json.end_array();
  return out;
}

}  // namespace

Result<SectionResult> close_pairs_section(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_banking77(options.data));
  learn::TrainOptions how;
  how.threads = options.threads;
  PM_TRY(learn::Trained trained, learn::train(set.train, how));
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  const std::vector<Pair> pairs = most_confused(trained.report.out_of_fold);
  const std::vector<std::string>& names = model->categories();
  const NearestCentroid centroid = NearestCentroid::fit(set.train);
  PM_TRY(const auto ours, pair_errors(*model, set.test, names, pairs));
  PM_TRY(const auto baseline, pair_errors(centroid, set.test, names, pairs));
  const learn::Share mine = sum(ours);
  const learn::Share theirs = sum(baseline);
  const double ratio = theirs.hits > 0 ? static_cast<double>(mine.hits) / static_cast<double>(theirs.hits) : 1;
  SectionResult out{.name = "close_pairs", .details_json = details(names, pairs, ours, baseline)};
  out.targets.push_back({"BANKING77, its 20 closest pairs: errors beside the nearest centroid's", ratio, "x", 0.5,
                         ratio <= 0.5,
                         fmt::format("{:.1f} % of {} test rows, nearest centroid {:.1f} %", 100 * mine.value(), mine.of,
                                     100 * theirs.value())});
  return out;
}

}  // namespace pointsman::bench
