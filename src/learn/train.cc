#include "learn/train.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "classify/artefact.h"
#include "learn/calibration.h"
#include "learn/card.h"
#include "learn/review.h"
#include "learn/softmax_fit.h"

namespace pointsman::learn {

using base::Result;

namespace {

std::unexpected<base::Error> refuse(std::string what) {
  return base::fail(base::ErrorCode::kInvalidArgument, "training: " + std::move(what), base::Origin::kClient);
}

std::string spaced(std::string name) {
  for (char& c : name) c = c == '_' || c == '-' || c == '.' ? ' ' : c;
  return name;
}

class Training {
 public:
  Training(const Dataset& data, const TrainOptions& options, const ProgressCallback& progress)
      : given_(data), options_(options), progress_(progress) {}

  Result<Trained> run() {
    PM_CHECK(gather());
    tell("features", 0, 1);
    vectors_ = vectorize(data_, vocabulary_options());
    labelled_ = {&vectors_.rows, labels_, weights_, vectors_.vocabulary.hashes.size(), names_.size()};
    cross_validate_rows();
    tell("fit", 0, 1);
    SoftmaxFit fit = fit_all();
    tell("pack", 0, 1);
    out_.artefact = pack(fit);
    return std::move(out_);
  }

 private:
  void tell(std::string_view stage, int done, int total) const {
    if (progress_) progress_({stage, done, total});
  }

  Result<void> gather() {
    if (given_.examples.size() > 0xFFFFFFU) return refuse("too many examples");
    data_ = canonical(given_);
    predictable_ = data_.examples.size();
    PM_CHECK(name_categories());
    add_category_texts();
    if (data_.examples.empty()) return refuse("no examples");
    std::vector<double> mass(names_.size(), 0);
    for (const Example& example : data_.examples) {
      const auto found = std::lower_bound(names_.begin(), names_.end(), example.category);
      labels_.push_back(static_cast<std::uint32_t>(found - names_.begin()));
      weights_.push_back(example.weight);
      mass[labels_.back()] += static_cast<double>(example.weight);
    }
    for (std::size_t c = 0; c < mass.size(); ++c) {
      if (mass[c] <= 0) return refuse("category \"" + names_[c] + "\" has no examples");
    }
    weigh(mass);
    out_.report.rows_given = given_.examples.size();
    out_.report.repeats = find_repeats(given_);
    return {};
  }

  Result<void> name_categories() {
    names_ = category_names(data_);
    if (!options_.categories.empty()) {
      std::set<std::string> listed;
      for (const classify::Category& category : options_.categories) listed.insert(category.name);
      for (const std::string& name : names_) {
        if (!listed.contains(name)) return refuse("the examples' category \"" + name + "\" is not configured");
      }
      names_.assign(listed.begin(), listed.end());
    }
    if (names_.size() < 2)
      return refuse("at least two categories are needed, there are " + std::to_string(names_.size()));
    if (names_.size() > classify::kMaxCategories) return refuse("more than 4096 categories");
    for (const std::string& name : names_) {
      if (name.empty() || name.size() > classify::kMaxCategoryName) return refuse("a category name of a bad length");
    }
    return {};
  }

  // Names, descriptions and examples of the configuration teach, but are not predicted in cross-validation.
  void add_category_texts() {
    std::vector<const classify::Category*> sorted;
    for (const classify::Category& category : options_.categories) sorted.push_back(&category);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (const classify::Category* category : sorted) {
      std::vector<std::string> texts = category->examples;
      if (!category->description.empty()) texts.push_back(spaced(category->name) + ": " + category->description);
      for (std::string& text : texts) {
        if (!text.empty()) data_.examples.push_back({.text = std::move(text), .category = category->name});
      }
    }
  }

  void weigh(const std::vector<double>& mass) {
    double total = 0;
    for (const double one : mass) total += one;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const double even = total / (static_cast<double>(names_.size()) * mass[labels_[i]]);
      weights_[i] *= static_cast<float>(std::pow(even, static_cast<double>(options_.balance)));
    }
  }

  // Character n-grams seen once in a large set are typos of one author; leaving them out halves the artefact.
  VocabularyOptions vocabulary_options() const {
    VocabularyOptions options = options_.vocabulary;
    if (data_.examples.size() > 2000) options.min_count = std::max(options.min_count, 2U);
    const std::size_t bounded = (std::size_t{1} << 27) / names_.size();
    options.max_features = std::min({options.max_features, bounded, classify::kMaxModelFeatures});
    return options;
  }

  int fold_count() const {
    std::vector<std::size_t> support(names_.size(), 0);
    for (std::size_t i = 0; i < predictable_; ++i) ++support[labels_[i]];
    std::size_t least = predictable_;
    for (const std::size_t n : support) least = n > 0 ? std::min(least, n) : least;
    const bool large = labelled_.features * names_.size() > (std::size_t{1} << 22);
    const int wanted = large ? std::min(options_.folds, 3) : options_.folds;
    return std::clamp(static_cast<int>(least), 2, std::max(wanted, 2));
  }

  void cross_validate_rows() {
    TrainReport& report = out_.report;
    const Folds folds = make_folds(data_, labels_, predictable_, fold_count(), options_.use_groups);
    report.folds = folds.count;
    report.folds_by_group = folds.by_group;
    int done = 0;
    const int total = static_cast<int>(options_.l2.size());
    const auto tick = [&] { tell("cross-validation", ++done, total); };
    CrossValidation result =
        cross_validate(labelled_, folds, predictable_, {options_.l2, options_.threads, options_.seed}, tick);
    const L2Trial& best = result.trials[result.best];
    report.trials = result.trials;
    report.l2 = best.l2;
    report.temperature = static_cast<float>(best.temperature);
    judge_out_of_fold(result.scores);
  }

  void judge_out_of_fold(const std::vector<float>& scores) {
    TrainReport& report = out_.report;
    const auto truth = std::span(labels_).first(predictable_);
    const auto predict = [&](float temperature) {
      std::vector<float> probabilities = scores;
      for (std::size_t i = 0; i < predictable_; ++i) {
        to_probabilities(std::span(probabilities).subspan(i * names_.size(), names_.size()), temperature);
      }
      return probabilities;
    };
    report.ece_before = evaluate_predictions(names_, predict(1), names_.size(), truth).ece;
    const std::vector<float> probabilities = predict(report.temperature);
    report.out_of_fold = evaluate_predictions(names_, probabilities, names_.size(), truth);
    report.examples.assign(data_.examples.begin(), data_.examples.begin() + static_cast<std::ptrdiff_t>(predictable_));
    review({names_, vectors_.rows, truth, probabilities}, report);
  }

  SoftmaxFit fit_all() {
    std::vector<std::uint32_t> all(data_.examples.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
    SoftmaxFit fit(labelled_, std::move(all));
    FitOptions options{.l2 = out_.report.l2, .max_epochs = 25, .tolerance = 0.02F, .seed = options_.seed};
    out_.report.epochs = fit.fit(options);
    return fit;
  }

  std::string pack(const SoftmaxFit& fit) {
    const Vocabulary& vocabulary = vectors_.vocabulary;
    classify::ModelParts parts;
    parts.categories = names_;
    parts.block_weight = options_.vocabulary.block_weight;
    parts.unknown_idf = vocabulary.unknown_idf;
    parts.temperature = out_.report.temperature;
    parts.hashes = vocabulary.hashes;
    parts.idf = vocabulary.idf;
    out_.report.features = vocabulary.hashes.size();
    parts.weights.reserve(vocabulary.hashes.size() * names_.size());
    for (std::size_t f = 0; f < vocabulary.hashes.size(); ++f) {
      for (std::size_t c = 0; c < names_.size(); ++c) parts.weights.push_back(fit.weight(f, c));
    }
    for (std::size_t c = 0; c < names_.size(); ++c) parts.bias.push_back(fit.bias(c));
    parts.card = card_json(given_, options_, out_.report);
    return classify::write_artefact(parts);
  }

  const Dataset& given_;
  const TrainOptions& options_;
  const ProgressCallback& progress_;
  Dataset data_;
  std::size_t predictable_ = 0;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> labels_;
  std::vector<float> weights_;
  Vectors vectors_;
  Labelled labelled_;
  Trained out_;
};

}  // namespace

Result<Trained> train(const Dataset& data, const TrainOptions& options, const ProgressCallback& progress) {
  return Training(data, options, progress).run();
}

}  // namespace pointsman::learn
