#include "learn/train.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <set>

#include "classify/artefact.h"
#include "learn/calibration.h"
#include "learn/card.h"
#include "learn/dense_rows.h"
#include "learn/encoder_view.h"
#include "learn/mixing.h"
#include "learn/net_training.h"
#include "learn/parallel.h"
#include "learn/review.h"
#include "learn/scope_fit.h"
#include "learn/softmax_fit.h"
#include "learn/source_balance.h"
#include "text/char_codes.h"

namespace pointsman::learn {

using base::Result;

namespace {

// Bytes of int8 weights that an artefact may have.
constexpr std::size_t kWeightBytes = 4'500'000;
// Where the search for the penalty begins. In a large set one fold tells as much, and later epochs change little.
constexpr std::size_t kLarge = 300'000;  // rows x categories
constexpr float kFirstL2 = 0.25F;
constexpr float kFirstL2OfLarge = 0.06F;
constexpr int kSearchFoldsOfLarge = 1;
constexpr int kEpochsOfLarge = 8;
constexpr double kWorthwhile = 0.01;  // share of the loss that a second view must save to be kept
constexpr double kSlack = 0.01;       // share of the loss that asking it less often may cost

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
    const Dataset all = with_outside();
    vectors_ = vectorize(all, vocabulary_options());
    embed(all);
    read_codes();
    cross_validate_rows();
    add_second_view();
    add_second_opinion();
    judge_out_of_fold();
    tell("fit", 0, 1);
    std::optional<SoftmaxFit> fit;
    in_parallel(2, options_.threads, [&](int job) { job == 0 ? learn_scope() : void(fit.emplace(fit_all())); });
    tell("pack", 0, 1);
    out_.artefact = pack(*fit);
    return std::move(out_);
  }

 private:
  void tell(std::string_view stage, int done, int total) const {
    const std::scoped_lock lock(telling_);
    if (progress_) progress_({stage, done, total});
  }

  Result<void> gather() {
    if (given_.examples.size() > 0xFFFFFFU) return refuse("too many examples");
    data_ = canonical(given_);
    set_outside_apart();
    predictable_ = data_.examples.size();
    PM_CHECK(name_categories());
    add_category_texts();
    add_background();
    if (predictable_ == 0 && data_.examples.empty()) return refuse("no examples");
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
    balance_groups(data_.examples, labels_, options_.group_balance, std::span(weights_).first(predictable_));
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

  void set_outside_apart() {
    std::vector<Example> inside;
    for (Example& example : data_.examples) (example.outside ? outside_ : inside).push_back(std::move(example));
    data_.examples = std::move(inside);
    out_.report.outside_given = outside_.size();
  }

  // A category's name, description and examples of the configuration teach, but are not predicted in cross-validation.
  void add_category_texts() {
    std::vector<const classify::Category*> sorted;
    for (const classify::Category& category : options_.categories) sorted.push_back(&category);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (const classify::Category* category : sorted) {
      for (const std::string& text : category->examples) add_text(text, category->name);
      if (!category->description.empty())
        add_text(spaced(category->name) + ": " + category->description, category->name);
    }
    std::set<std::string> taught;
    for (const Example& example : data_.examples) taught.insert(example.category);
    for (const std::string& name : taught) add_text(spaced(name), name);
  }

  void add_text(std::string text, const std::string& category) {
    if (!text.empty()) data_.examples.push_back({.text = std::move(text), .category = category});
  }

  // Teaches like a category's description does.
  void add_background() {
    std::vector<Example> more = background_for(given_, options_.background, options_.background_share);
    out_.report.background = more.size();
    for (Example& example : more) data_.examples.push_back(std::move(example));
  }

  // Rows of no category share the features' space but must not add to it or be counted: they come last and unweighted.
  Dataset with_outside() const {
    Dataset all = data_;
    all.examples.insert(all.examples.end(), outside_.begin(), outside_.end());
    return all;
  }

  std::size_t table_dimensions() const { return options_.table ? options_.table->dimensions() : 0; }

  // The table's vectors join the features; the encoder's make rows of their own.
  void embed(const Dataset& all) {
    std::vector<std::string_view> texts;
    for (const Example& example : all.examples) texts.push_back(example.text);
    if (options_.table) {
      const DenseRows rows = encode_rows(*options_.table, texts, options_.threads);
      const auto first = static_cast<std::uint32_t>(vectors_.vocabulary.hashes.size());
      vectors_.rows = joined(vectors_.rows, rows, first, options_.table_weight);
    }
    outside_rows_ = split_behind(vectors_.rows, data_.examples.size());
    labelled_ = {&vectors_.rows, labels_, weights_, vectors_.vocabulary.hashes.size() + table_dimensions(),
                 names_.size()};
    if (!options_.encoder || std::ranges::any_of(texts, &std::string_view::empty)) return;
    tell("encoder", 0, 1);
    encoder_.embed(options_.encoder, texts, labelled_, options_.threads);
  }

  void read_codes() {
    if (options_.effort == Effort::kFast) return;
    text::Tokens tokens;
    for (const Example& example : data_.examples) {
      text::tokenize(example.text, tokens);
      text::char_codes(tokens, codes_.emplace_back());
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

  // Features of one or two examples of a large set are typos and names; leaving them out shrinks the artefact several
  // times and costs nothing.
  VocabularyOptions vocabulary_options() const {
    VocabularyOptions options = options_.vocabulary;
    if (data_.examples.size() > 2000) {
      options.min_word_count = std::max(options.min_word_count, 2U);
      options.min_char_count = std::max(options.min_char_count, 3U);
    }
    const std::size_t bounded = std::max<std::size_t>(kWeightBytes / names_.size(), 4096);
    options.max_features = std::min({options.max_features, bounded, classify::kMaxModelFeatures});
    return options;
  }

  int fold_count() const {
    std::vector<std::size_t> support(names_.size(), 0);
    for (std::size_t i = 0; i < predictable_; ++i) ++support[labels_[i]];
    std::size_t least = predictable_;
    for (const std::size_t n : support) least = n > 0 ? std::min(least, n) : least;
    return std::clamp(static_cast<int>(least), 2, std::max(options_.folds, 2));
  }

  bool large() const { return data_.examples.size() * names_.size() > kLarge; }

  void cross_validate_rows() {
    TrainReport& report = out_.report;
    folds_ = make_folds(data_, labels_, predictable_, fold_count(), options_.use_groups);
    report.folds = folds_.count;
    report.folds_by_group = folds_.by_group;
    int done = 0;
    const int total = static_cast<int>(options_.l2.size());
    const auto tick = [&] { tell("cross-validation", ++done, total); };
    CrossValidationOptions search{.l2 = options_.l2, .threads = options_.threads, .seed = options_.seed};
    search.first = static_cast<std::size_t>(
        std::ranges::find_if(search.l2, [&](float l2) { return l2 <= (large() ? kFirstL2OfLarge : kFirstL2); }) -
        search.l2.begin());
    if (large()) {
      search.max_epochs = kEpochsOfLarge;
      search.search_folds = kSearchFoldsOfLarge;
    }
    CrossValidation result = cross_validate(labelled_, folds_, predictable_, search, tick);
    const L2Trial& best = result.trials[result.best];
    report.trials = result.trials;
    report.l2 = best.l2;
    scores_ = std::move(result.scores);
    const ScoredRows rows{scores_, std::span(labels_).first(predictable_), std::span(weights_).first(predictable_),
                          names_.size()};
    offsets_ = fit_offsets(rows, std::span(folds_.of).first(predictable_));
    report.offsets = !offsets_.empty();
    for (std::size_t i = 0; report.offsets && i < scores_.size(); ++i) scores_[i] += offsets_[i % names_.size()];
    const Calibration calibration = fit_top_label(rows);
    report.temperature = static_cast<float>(calibration.temperature);
    report.mix.stray = static_cast<float>(calibration.stray);
  }

  // Trains the networks, and keeps them if rows that neither view has seen are predicted better together.
  void add_second_view() {
    if (options_.effort == Effort::kFast) return;
    std::vector<float> weights = weights_;  // there is nothing to read where only features were kept
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (data_.examples[i].text.empty()) weights[i] = 0;
    }
    const NetExamples examples{codes_, labels_, weights, names_.size()};
    NetTraining nets = train_nets(examples, folds_, predictable_, net_plan(),
                                  [&](int done, int total) { tell("character network", done, total); });
    TrainReport& report = out_.report;
    const PickedRows linear(scores_, labels_, weights, names_.size(), nets.scored);
    const PickedRows net(nets.scores, labels_, weights, names_.size(), nets.scored);
    const MixFit mix = fit_mix(linear.rows(), net.rows().scores);
    report.nll_linear = mean_nll(linear.rows(), {fit_temperature(linear.rows())});
    report.nll_mixed = mix.nll;
    if (nets.scored.empty() || !(mix.nll < report.nll_linear * (1 - kWorthwhile)) || !(mix.net > 0)) return;
    const double temperature = static_cast<double>(report.temperature);
    const float ask_below = choose_ask_below(linear.rows(), net.rows().scores, temperature, mix, kSlack * mix.nll);
    const Calibration both = fit_top_label(
        {mixed(linear.rows(), net.rows().scores, mix), linear.rows().labels, linear.rows().weights, names_.size()});
    const auto scale = static_cast<float>(1 / both.temperature);
    report.mix = {mix.linear * scale, mix.net * scale, ask_below, static_cast<float>(both.stray)};
    net_ = std::move(nets);
  }

  // Keeps the encoder if rows that no view has seen are predicted better with it.
  void add_second_opinion() {
    if (!encoder_.embedded()) return;
    std::vector<std::uint32_t> rows = net_.scored;
    for (std::uint32_t i = 0; net_.scores.empty() && i < predictable_; ++i) rows.push_back(i);
    const std::vector<float> before = out_of_fold(true);
    SecondOpinionPlan plan{.threads = options_.threads, .seed = options_.seed};
    if (large()) plan.search_folds = kSearchFoldsOfLarge;
    int done = 0;
    encoder_.try_head(folds_, predictable_, {scores_, net_.scores, before, rows}, plan,
                      [&] { tell("encoder's head", ++done, static_cast<int>(plan.l2.size())); });
    const SecondOpinionFit& fit = encoder_.fit();
    out_.report.encoder = {.kept = encoder_.kept(),
                           .mix = fit.mix,
                           .nll_without = fit.nll_without,
                           .nll_with = fit.nll_with,
                           .ask_share = fit.ask_share};
  }

  NetPlan net_plan() const {
    return {.thorough = options_.effort == Effort::kThorough, .threads = options_.threads, .seed = options_.seed};
  }

  Calibration calibration() const {
    return {static_cast<double>(out_.report.temperature), static_cast<double>(out_.report.mix.stray)};
  }

  std::vector<float> out_of_fold(bool calibrated) {
    const std::size_t n = names_.size();
    std::vector<float> probabilities = scores_;
    for (std::size_t i = 0; i < predictable_; ++i) {
      to_probabilities(std::span(probabilities).subspan(i * n, n), calibrated ? calibration() : Calibration());
    }
    if (!calibrated) return probabilities;
    std::size_t asked = 0;
    const classify::Mix& mix = out_.report.mix;
    for (const std::size_t i : net_.scored) {
      const auto row = std::span(probabilities).subspan(i * n, n);
      if (*std::ranges::max_element(row) >= mix.ask_below) continue;
      for (std::size_t c = 0; c < n; ++c) row[c] = mix.linear * scores_[i * n + c] + mix.net * net_.scores[i * n + c];
      to_probabilities(row, {1, static_cast<double>(mix.stray)});
      ++asked;
    }
    if (encoder_.kept()) {
      encoder_.decide_unsure({.linear = scores_, .net = net_.scores, .rows = net_.scored}, probabilities);
    }
    if (!net_.scored.empty()) {
      out_.report.ask_share = static_cast<double>(asked) / static_cast<double>(net_.scored.size());
    }
    return probabilities;
  }

  void judge_out_of_fold() {
    TrainReport& report = out_.report;
    const auto truth = std::span(labels_).first(predictable_);
    report.ece_before = evaluate_predictions(names_, out_of_fold(false), names_.size(), truth).ece;
    const std::vector<float> probabilities = out_of_fold(true);
    report.out_of_fold = evaluate_predictions(names_, probabilities, names_.size(), truth);
    report.examples.assign(data_.examples.begin(), data_.examples.begin() + static_cast<std::ptrdiff_t>(predictable_));
    review({names_, vectors_.rows, truth, probabilities}, report);
  }

  void learn_scope() {
    // Examples of no category, where they are given, tell how many of them to expect.
    const auto given = static_cast<double>(outside_.size());
    const double share = given / std::max(given + static_cast<double>(predictable_), 1.0);
    ScopeOptions options{.l2 = out_.report.l2,
                         .outside_share = std::clamp(share, options_.outside_share, 0.5),
                         .rounds = large() ? 1 : 5};
    options.offsets = offsets_;
    options.threads = options_.threads;
    options.seed = options_.seed;
    const ScopeFit fit = fit_scope(labelled_, vectors_.vocabulary, options_.vocabulary.block_weight, outside_rows_,
                                   encoder_.for_scope(), folds_, predictable_, options);
    scope_ = fit.scope;
    encoder_scope_ = fit.with_encoder;
    out_.report.encoder.scope_auroc = fit.auroc_with_encoder;
    out_.report.scope_inside = fit.inside_rows;
    out_.report.scope_outside = fit.outside_rows;
    out_.report.scope_auroc = fit.auroc;
  }

  SoftmaxFit fit_all() {
    std::vector<std::uint32_t> all(data_.examples.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
    SoftmaxFit fit(labelled_, std::move(all));
    // As long as in cross-validation, or the temperature would not fit.
    CrossValidationOptions same;
    if (large()) same.max_epochs = kEpochsOfLarge;
    const FitOptions options{
        .l2 = out_.report.l2, .max_epochs = same.max_epochs, .tolerance = same.tolerance, .seed = options_.seed};
    out_.report.epochs = fit.fit(options);
    return fit;
  }

  // The table, and the weights of its dimensions.
  void pack_table(const SoftmaxFit& fit, classify::ModelParts& parts) const {
    const auto bytes = options_.table->bytes();
    parts.table.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    for (std::size_t d = 0; d < table_dimensions(); ++d) {
      for (std::size_t c = 0; c < names_.size(); ++c) {
        parts.dense.push_back(options_.table_weight * fit.weight(vectors_.vocabulary.hashes.size() + d, c));
      }
    }
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
    for (std::size_t c = 0; c < names_.size(); ++c)
      parts.bias.push_back(fit.bias(c) + (offsets_.empty() ? 0.0F : offsets_[c]));
    parts.scope = scope_;
    parts.mix = out_.report.mix;
    if (parts.mix.net > 0) parts.net = classify::CharNet::pack(net_.net, names_.size());
    if (options_.table) pack_table(fit, parts);
    if (encoder_.kept()) parts.second = encoder_.pack(encoder_scope_, options_.seed);
    if (options_.keep_examples) {
      for (std::size_t i = 0; i < predictable_; ++i) {
        if (!data_.examples[i].text.empty()) parts.examples.emplace_back(labels_[i], data_.examples[i].text);
      }
    }
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
  std::vector<Example> outside_;  // examples that belong to no category
  Vectors vectors_;
  SparseRows outside_rows_;
  Labelled labelled_;
  std::vector<Codes> codes_;
  Folds folds_;
  std::vector<float> scores_;   // of the linear model, out of fold, offsets included
  std::vector<float> offsets_;  // empty if none
  NetTraining net_;             // empty if it did not help
  EncoderView encoder_;         // nothing without an encoder
  classify::Scope scope_;
  classify::EncoderScope encoder_scope_;
  mutable std::mutex telling_;
  Trained out_;
};

}  // namespace

Result<Trained> train(const Dataset& data, const TrainOptions& options, const ProgressCallback& progress) {
  return Training(data, options, progress).run();
}

}  // namespace pointsman::learn
