// The 20 pairs of BANKING77 whose mean embeddings lie nearest to each other on the training set: for test rows of
// either category, which of the two gets the larger probability, beside the nearest of the two mean embeddings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "classify/assisted_classifier.h"
#include "classify/linear_model.h"
#include "encoder/cached_encoder.h"
#include "encoder/setup.h"
#include "json/writer.h"
#include "learn/dense_rows.h"
#include "learn/evaluate.h"
#include "learn/train.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kPairs = 20;

struct Pair {
  std::size_t first = 0;
  std::size_t second = 0;
  double cosine = 0;
};

// Mean embeddings of length 1, by category.
struct Centroids {
  std::vector<std::string> names;
  std::vector<std::vector<double>> means;

  double cosine(std::size_t category, std::span<const float> vector) const {
    double sum = 0;
    for (std::size_t d = 0; d < vector.size(); ++d) sum += means[category][d] * static_cast<double>(vector[d]);
    return sum;
  }
};

learn::DenseRows embeddings_of(const encode::Encoder& encoder, const learn::Dataset& data, int threads) {
  std::vector<std::string_view> texts;
  for (const learn::Example& example : data.examples) texts.push_back(example.text);
  return learn::encode_rows(encoder, texts, threads);
}

std::size_t place_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::lower_bound(names, name) - names.begin());
}

Centroids centroids_of(const learn::Dataset& train, const learn::DenseRows& rows) {
  Centroids out{learn::category_names(train), {}};
  out.means.assign(out.names.size(), std::vector<double>(rows.dimensions, 0));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<double>& mean = out.means[place_of(out.names, train.examples[i].category)];
    for (std::size_t d = 0; d < rows.dimensions; ++d) mean[d] += static_cast<double>(rows.row(i)[d]);
  }
  for (std::vector<double>& mean : out.means) {
    double square = 0;
    for (const double one : mean) square += one * one;
    for (double& one : mean) one /= std::sqrt(square);
  }
  return out;
}

std::vector<Pair> closest(const Centroids& centroids) {
  std::vector<Pair> all;
  for (std::size_t i = 0; i < centroids.names.size(); ++i) {
    for (std::size_t j = i + 1; j < centroids.names.size(); ++j) {
      double sum = 0;
      for (std::size_t d = 0; d < centroids.means[i].size(); ++d) sum += centroids.means[i][d] * centroids.means[j][d];
      all.push_back({i, j, sum});
    }
  }
  std::ranges::sort(all, [](const Pair& a, const Pair& b) { return a.cosine > b.cosine; });
  all.resize(std::min(all.size(), kPairs));
  return all;
}

struct Errors {
  std::size_t rows = 0;
  std::size_t ours = 0;
  std::size_t centroids = 0;
};

Result<Errors> count_errors(const classify::Classifier& classifier, const Centroids& centroids,
                            const learn::Dataset& test, const learn::DenseRows& rows, std::span<const Pair> pairs) {
  Errors out;
  std::vector<float> p(centroids.names.size());
  const auto scratch = classifier.make_scratch();
  for (std::size_t i = 0; i < test.examples.size(); ++i) {
    const std::size_t truth = place_of(centroids.names, test.examples[i].category);
    PM_CHECK(classifier.classify({.text = test.examples[i].text}, *scratch, p));
    for (const Pair& pair : pairs) {
      if (truth != pair.first && truth != pair.second) continue;
      const std::size_t other = truth == pair.first ? pair.second : pair.first;
      ++out.rows;
      out.ours += p[other] >= p[truth] ? 1 : 0;
      out.centroids += centroids.cosine(other, rows.row(i)) >= centroids.cosine(truth, rows.row(i)) ? 1 : 0;
    }
  }
  return out;
}

Target target_of(std::string_view name, const Errors& errors) {
  const double ratio =
      static_cast<double>(errors.ours) / static_cast<double>(std::max<std::size_t>(errors.centroids, 1));
  const double all = static_cast<double>(errors.rows) / 100;
  return {.name = fmt::format("BANKING77, the 20 closest pairs, {}: errors", name),
          .value = ratio,
          .unit = "x",
          .goal = 0.5,
          .holds = ratio <= 0.5,
          .note = fmt::format("of the nearest mean embedding's: {:.1f} % of {} test rows, it {:.1f} %",
                              static_cast<double>(errors.ours) / all, errors.rows,
                              static_cast<double>(errors.centroids) / all)};
}

}  // namespace

Result<SectionResult> encoder_pairs_section(const BenchOptions& options) {
  const auto loaded = load_encoder(encode::Precision::kAuto);
  if (!loaded) return skipped("pairs", loaded.error().message());
  PM_TRY(const PublicSet set, load_banking77(options.data));
  const auto cached = std::make_shared<CachedEncoder>(loaded->encoder);
  cached->add(set.train, options.threads);
  cached->add(set.test, options.threads);
  const Centroids centroids = centroids_of(set.train, embeddings_of(*cached, set.train, options.threads));
  const learn::DenseRows rows = embeddings_of(*cached, set.test, options.threads);
  const std::vector<Pair> pairs = closest(centroids);
  SectionResult out{.name = "pairs"};
  for (const bool with_encoder : {false, true}) {
    learn::TrainOptions how{.threads = options.threads};
    if (with_encoder) how.encoder = cached;
    PM_TRY(learn::Trained trained, learn::train(set.train, how));
    PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
    std::shared_ptr<const classify::Classifier> classifier = model;
    if (model->encoder() != nullptr) {
      PM_TRY(classifier, classify::AssistedClassifier::make(model, cached));
    }
    PM_TRY(const Errors errors, count_errors(*classifier, centroids, set.test, rows, pairs));
    Target one = target_of(with_encoder ? "words + encoder" : "words", errors);
    one.for_information = !with_encoder;
    out.targets.push_back(std::move(one));
  }
  json::Writer json(out.details_json);
  json.begin_array();
  for (const Pair& pair : pairs) {
    json.begin_object().member("first", centroids.names[pair.first]).member("second", centroids.names[pair.second]);
    json.member("cosine", pair.cosine).end_object();
  }
  json.end_array();
  return out;
}

}  // namespace pointsman::bench
