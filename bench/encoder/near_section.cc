// Do the nearest training examples, which people see beside a decision, mean the same? For test texts of the public
// intent sets, with ten examples of each category: how often the nearest example is of the right one, by words, by a
// table's vectors, and by both as an artefact with a table has it.
#include <fmt/format.h>

#include <algorithm>

#include "classify/linear_model.h"
#include "classify/reasons.h"
#include "encoder/setup.h"
#include "learn/dense_rows.h"
#include "learn/parallel.h"
#include "learn/train.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kShots = 10;

struct Near {
  double words = 0;  // % of the test texts
  double vectors = 0;
  double both = 0;
};

std::vector<std::string_view> texts_of(const learn::Dataset& data) {
  std::vector<std::string_view> out;
  for (const learn::Example& example : data.examples) out.push_back(example.text);
  return out;
}

Result<std::shared_ptr<const classify::LinearModel>> model_of(const learn::Dataset& train,
                                                              std::shared_ptr<const encode::StaticTable> table,
                                                              const BenchOptions& options, std::uint64_t seed) {
  learn::TrainOptions how{.threads = options.threads, .seed = seed, .effort = learn::Effort::kFast};
  how.table = std::move(table);
  PM_TRY(learn::Trained trained, learn::train(train, how));
  return classify::LinearModel::from_string(std::move(trained.artefact));
}

// % of the test texts whose nearest stored example is of their category.
double right_of(const classify::LinearModel& model, const learn::Dataset& test, int threads) {
  std::vector<char> right(test.examples.size(), 0);
  constexpr std::size_t kParts = 16;
  learn::in_parallel(kParts, threads, [&](int part) {
    for (auto i = static_cast<std::size_t>(part); i < right.size(); i += kParts) {
      const auto near = classify::nearest_examples(model.artefact(), test.examples[i].text, 1);
      right[i] = !near.empty() && model.categories()[near[0].category] == test.examples[i].category ? 1 : 0;
    }
  });
  return 100 * static_cast<double>(std::ranges::count(right, 1)) / static_cast<double>(right.size());
}

// The same by the cosine of the table's vectors alone.
double right_by_vectors(const encode::StaticTable& table, const learn::Dataset& train, const learn::Dataset& test,
                        int threads) {
  const learn::DenseRows known = learn::encode_rows(table, texts_of(train), threads);
  const learn::DenseRows asked = learn::encode_rows(table, texts_of(test), threads);
  std::size_t right = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    float most = -2;
    std::size_t nearest = 0;
    for (std::size_t j = 0; j < known.size(); ++j) {
      float cosine = 0;
      for (std::size_t d = 0; d < known.dimensions; ++d) cosine += known.row(j)[d] * asked.row(i)[d];
      if (cosine > most) nearest = j;
      most = std::max(most, cosine);
    }
    right += train.examples[nearest].category == test.examples[i].category ? 1 : 0;
  }
  return 100 * static_cast<double>(right) / static_cast<double>(asked.size());
}

// Texts of the set's categories; every fifth where it need not be exact.
learn::Dataset judged(const learn::Dataset& test, const std::vector<std::string>& names, bool quick) {
  learn::Dataset out;
  for (std::size_t i = 0; i < test.examples.size(); i += quick ? 5 : 1) {
    if (std::ranges::binary_search(names, test.examples[i].category)) out.examples.push_back(test.examples[i]);
  }
  return out;
}

Result<void> measure_set(const PublicSet& set, const LoadedEncoder& loaded, const BenchOptions& options,
                         SectionResult& out) {
  const learn::Dataset test = judged(set.test, learn::category_names(set.train), options.quick);
  PM_TRY(const auto table, table_of(loaded, &set.train, options.threads));
  Near mean;
  for (int seed = 1; seed <= options.seeds; ++seed) {
    const auto number = static_cast<std::uint64_t>(seed);
    const learn::Dataset train = draw(set.train, kShots, number);
    PM_TRY(const auto words, model_of(train, nullptr, options, number));
    PM_TRY(const auto both, model_of(train, table, options, number));
    mean.words += right_of(*words, test, options.threads) / options.seeds;
    mean.vectors += right_by_vectors(*table, train, test, options.threads) / options.seeds;
    mean.both += right_of(*both, test, options.threads) / options.seeds;
  }
  const std::string name = fmt::format("{}, {} examples each, nearest of the right category, ", set.name, kShots);
  out.targets.push_back({.name = name + "by words", .value = mean.words, .unit = "%", .for_information = true});
  out.targets.push_back({.name = name + "by vectors", .value = mean.vectors, .unit = "%", .for_information = true});
  out.targets.push_back({.name = name + "by both", .value = mean.both, .unit = "%", .for_information = true});
  return {};
}

}  // namespace

Result<SectionResult> encoder_near_section(const BenchOptions& options) {
  const auto loaded = load_encoder(encode::Precision::kAuto);
  if (!loaded) return skipped("near", loaded.error().message());
  SectionResult out{.name = "near"};
  PM_TRY(const PublicSet banking, load_banking77(options.data));
  PM_CHECK(measure_set(banking, *loaded, options, out));
  PM_TRY(const PublicSet clinc, load_clinc150(options.data));
  PM_CHECK(measure_set(clinc, *loaded, options, out));
  return out;
}

}  // namespace pointsman::bench
