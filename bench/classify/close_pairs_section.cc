// The categories that are hardest to tell apart: the 20 pairs of BANKING77 that held-out rows of the training set
// confuse most often, once those that our classifier confuses and once those that the nearest centroid on the same
// features does. For test rows of either category, which of the two gets the larger probability?
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "classify/linear_model.h"
#include "json/writer.h"
#include "learn/evaluate.h"
#include "learn/train.h"
#include "shared/nearest_centroid.h"
#include "shared/public_sets.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kPairs = 20;
constexpr std::size_t kFolds = 5;

struct Pair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t confused = 0;  // held-out rows
};

using Confusion = std::vector<std::vector<std::uint32_t>>;  // [true][predicted]

std::vector<Pair> most_confused(const Confusion& held_out) {
  std::vector<Pair> all;
  for (std::size_t i = 0; i < held_out.size(); ++i) {
    for (std::size_t j = i + 1; j < held_out.size(); ++j) {
      const std::size_t confused = held_out[i][j] + held_out[j][i];
      if (confused > 0) all.push_back({i, j, confused});
    }
  }
  std::ranges::sort(all, [](const Pair& a, const Pair& b) {
    return std::tuple(b.confused, a.first, a.second) < std::tuple(a.confused, b.first, b.second);
  });
  all.resize(std::min(all.size(), kPairs));
  return all;
}

// What the nearest centroid makes of every fifth row of the training set, fitted on the others.
Result<Confusion> centroid_confusion(const learn::Dataset& train, std::size_t categories) {
  Confusion out(categories, std::vector<std::uint32_t>(categories));
  const learn::Dataset rows = learn::canonical(train);
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    learn::Dataset others;
    learn::Dataset held_out;
    for (std::size_t i = 0; i < rows.examples.size(); ++i) {
      (i % kFolds == fold ? held_out : others).examples.push_back(rows.examples[i]);
    }
    PM_TRY(const learn::Evaluation judged, learn::evaluate(NearestCentroid::fit(others), held_out));
    for (std::size_t i = 0; i < categories; ++i) {
      for (std::size_t j = 0; j < categories; ++j) out[i][j] += judged.confusion[i][j];
    }
  }
  return out;
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

class Report {
 public:
  Report(const classify::Classifier& ours, const classify::Classifier& baseline, const learn::Dataset& test)
      : ours_(ours), baseline_(baseline), test_(test), json_(details_) {
    json_.begin_object();
  }

  Result<void> add(const char* chosen_by, const std::vector<Pair>& pairs) {
    const std::vector<std::string>& names = ours_.categories();
    PM_TRY(const auto ours, pair_errors(ours_, test_, names, pairs));
    PM_TRY(const auto baseline, pair_errors(baseline_, test_, names, pairs));
    const learn::Share mine = sum(ours);
    const learn::Share theirs = sum(baseline);
    const double ratio = theirs.hits > 0 ? static_cast<double>(mine.hits) / static_cast<double>(theirs.hits) : 1;
    out_.targets.push_back({fmt::format("BANKING77, the 20 pairs that {} confuses most: errors", chosen_by), ratio, "x",
                            0.5, ratio <= 0.5,
                            fmt::format("of the nearest centroid's: {:.1f} % of {} test rows, it {:.1f} %",
                                        100 * mine.value(), mine.of, 100 * theirs.value())});
    json_.key(chosen_by).begin_array();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      json_.begin_object().member("first", names[pairs[i].first]).member("second", names[pairs[i].second]);
      json_.member("confused_held_out", pairs[i].confused).member("test_rows", ours[i].of);
      json_.member("errors", ours[i].hits).member("errors_of_nearest_centroid", baseline[i].hits).end_object();
    }
    json_.end_array();
    return {};
  }

  SectionResult take() {
    json_.end_object();
    out_.name = "close_pairs";
    out_.details_json = std::move(details_);
    return std::move(out_);
  }

 private:
  const classify::Classifier& ours_;
  const classify::Classifier& baseline_;
  const learn::Dataset& test_;
  std::string details_;
  json::Writer json_;
  SectionResult out_;
};

}  // namespace

Result<SectionResult> close_pairs_section(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_banking77(options.data));
  learn::TrainOptions how;
  how.threads = options.threads;
  PM_TRY(learn::Trained trained, learn::train(set.train, how));
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  const NearestCentroid centroid = NearestCentroid::fit(set.train);
  PM_TRY(const Confusion baseline, centroid_confusion(set.train, model->categories().size()));
  Report report(*model, centroid, set.test);
  PM_CHECK(report.add("our classifier", most_confused(trained.report.out_of_fold.confusion)));
  PM_CHECK(report.add("the nearest centroid", most_confused(baseline)));
  return report.take();
}

}  // namespace pointsman::bench
