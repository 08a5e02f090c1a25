// What each view of a text is worth on the public intent sets, and all of them together: words, a table of token
// vectors, a sentence encoder. The test sets are judged once for each seed; nothing is chosen by them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "classify/assisted_classifier.h"
#include "classify/linear_model.h"
#include "encoder/cached_encoder.h"
#include "encoder/setup.h"
#include "json/writer.h"
#include "learn/dense_rows.h"
#include "learn/evaluate.h"
#include "learn/linear_head.h"
#include "learn/train.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;

struct Figures {
  double accuracy = 0;  // %
  double ece = 0;
  double at_90 = 0;
  double auroc = 50;
  double asked = 0;  // % of the texts for which the encoder was asked
};

constexpr std::pair<const char*, double Figures::*> kAll[] = {{"accuracy", &Figures::accuracy},
                                                              {"ece", &Figures::ece},
                                                              {"at_90", &Figures::at_90},
                                                              {"auroc", &Figures::auroc},
                                                              {"asked", &Figures::asked}};

// One public set and what the encoder says of all its texts.
struct Case {
  PublicSet set;
  std::shared_ptr<const encode::Encoder> encoder;
  std::shared_ptr<const encode::StaticTable> of_vocabulary;  // distilled from the vocabulary alone
  std::shared_ptr<const encode::StaticTable> of_texts;       // and from the set's training texts, without labels
};

struct View {
  std::string_view name;
  bool words = true;
  bool table = false;
  bool texts = false;  // the table learnt from texts
  bool encoder = false;
};

constexpr View kViews[] = {
    {"words", true},
    {"table", false, true},
    {"table learnt from texts", false, true, true},
    {"encoder", false, false, false, true},
    {"words + table", true, true},
    {"words + table learnt from texts", true, true, true},
    {"words + encoder", true, false, false, true},
    {"words + table learnt from texts + encoder", true, true, true, true},
};

// A softmax regression on the vectors alone, with a penalty that suits vectors of length 1.
Result<Figures> plain_head(const encode::Encoder& encoder, const learn::Dataset& train, const learn::Dataset& test,
                           const BenchOptions& options, std::uint64_t seed) {
  constexpr float kL2 = 0.03F;
  const std::vector<std::string> names = learn::category_names(train);
  std::vector<std::uint32_t> labels;
  std::vector<std::string_view> texts;
  for (const learn::Example& example : train.examples) {
    const auto at = std::ranges::lower_bound(names, example.category) - names.begin();
    labels.push_back(static_cast<std::uint32_t>(at));
    texts.push_back(example.text);
  }
  const std::vector<float> weights(labels.size(), 1);
  const learn::DenseRows dense = learn::encode_rows(encoder, texts, options.threads);
  const learn::SparseRows rows = learn::as_sparse(dense, 0, dense.size(), 1);
  std::vector<std::uint32_t> all(labels.size());
  std::iota(all.begin(), all.end(), 0U);
  const auto head = learn::LinearHead::fit({&rows, labels, weights, dense.dimensions, names.size()}, std::move(all),
                                           {.l2 = kL2, .seed = seed});
  texts.clear();
  for (const learn::Example& example : test.examples) texts.push_back(example.text);
  const learn::DenseRows judged = learn::encode_rows(encoder, texts, options.threads);
  const learn::SparseRows judged_rows = learn::as_sparse(judged, 0, judged.size(), 1);
  std::vector<float> p(names.size());
  std::size_t right = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& truth = test.examples[i].category;
    if (!std::ranges::binary_search(names, truth)) continue;
    head.probabilities(judged_rows.row(i), p);
    right += names[static_cast<std::size_t>(std::ranges::max_element(p) - p.begin())] == truth ? 1 : 0;
    ++known;
  }
  return Figures{.accuracy = 100.0 * static_cast<double>(right) / static_cast<double>(known)};
}

Result<Figures> measure(const Case& one, const View& view, const learn::Dataset& train, const BenchOptions& options,
                        std::uint64_t seed) {
  const auto& table = view.texts ? one.of_texts : one.of_vocabulary;
  if (!view.words) return plain_head(view.encoder ? *one.encoder : *table, train, one.set.test, options, seed);
  learn::TrainOptions how;
  how.threads = options.threads;
  how.seed = seed;
  if (view.table) how.table = table;
  if (view.encoder) how.encoder = one.encoder;
  PM_TRY(learn::Trained trained, learn::train(train, how));
  PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
  std::shared_ptr<const classify::Classifier> classifier = model;
  if (model->encoder() != nullptr) {
    PM_TRY(classifier, classify::AssistedClassifier::make(model, one.encoder));
  }
  PM_TRY(const learn::Evaluation judged, learn::evaluate(*classifier, one.set.test));
  Figures out{.accuracy = 100 * judged.accuracy.value(), .ece = 100 * judged.ece};
  for (const learn::Coverage& at : judged.coverage) {
    if (at.share > 0.85) out.at_90 = 100 * at.accuracy;
  }
  if (judged.outside > 0) out.auroc = 100 * judged.outside_auroc;
  out.asked = 100 * trained.report.encoder.ask_share;
  return out;
}

struct Spread {
  double mean = 0;
  double low = 1e300;
  double high = -1e300;
};

Spread spread_of(const std::vector<Figures>& all, double Figures::* figure) {
  Spread out;
  for (const Figures& one : all) {
    out.mean += one.*figure / static_cast<double>(all.size());
    out.low = std::min(out.low, one.*figure);
    out.high = std::max(out.high, one.*figure);
  }
  return out;
}

class Report {
 public:
  Report() : json_(details_) { json_.begin_object(); }

  // A goal of 0: none is stated.
  void add(const std::string& name, const std::vector<Figures>& seeds, double goal, double goal_auroc) {
    json_.key(name).begin_object();
    for (const auto& [key, figure] : kAll) {
      const Spread one = spread_of(seeds, figure);
      json_.key(key).begin_array().value(one.mean).value(one.low).value(one.high).end_array();
    }
    json_.end_object();
    const Spread accuracy = spread_of(seeds, &Figures::accuracy);
    const double asked = spread_of(seeds, &Figures::asked).mean;
    std::string note = fmt::format("seeds {:.1f} to {:.1f}", accuracy.low, accuracy.high);
    const double ece = spread_of(seeds, &Figures::ece).mean;
    if (ece > 0) note += fmt::format(", calibration error {:.1f} %", ece);
    if (const double sure = spread_of(seeds, &Figures::at_90).mean; sure > 0) {
      note += fmt::format(", surest 90 %: {:.1f} %", sure);
    }
    if (asked > 0) note += fmt::format(", encoder asked for {:.0f} %", asked);
    out_.targets.push_back({name, accuracy.mean, "%", goal, accuracy.mean >= goal, note, !(goal > 0)});
    const Spread auroc = spread_of(seeds, &Figures::auroc);
    if (auroc.mean > 50) {
      out_.targets.push_back({name + ", AUROC of out of scope", auroc.mean, "%", goal_auroc, auroc.mean >= goal_auroc,
                              fmt::format("seeds {:.1f} to {:.1f}", auroc.low, auroc.high), !(goal_auroc > 0)});
    }
  }

  // Which part of what the encoder adds to the words a table adds.
  void add_gain(const std::string& name, double words, double table, double encoder) {
    const double share = encoder > words ? 100 * (table - words) / (encoder - words) : 0;
    out_.targets.push_back({name + ": the table's part of the encoder's gain", share, "%", 50, share >= 50,
                            fmt::format("{:.1f} % with words, {:.1f} % with the table, {:.1f} % with the encoder",
                                        words, table, encoder)});
  }

  SectionResult take() {
    json_.end_object();
    out_.name = "views";
    out_.details_json = std::move(details_);
    return std::move(out_);
  }

 private:
  std::string details_;
  json::Writer json_;
  SectionResult out_;
};

struct Goals {
  double full = 0;
  double ten = 0;
  double five = 0;
  double auroc = 0;
};

Result<void> measure_views(const Case& one, std::size_t shots, double goal, double goal_auroc,
                           const BenchOptions& options, Report& report) {
  const std::string name =
      one.set.name + (shots == 0 ? std::string(", full") : fmt::format(", {} examples each", shots));
  double words = 0;
  double table = 0;
  double encoder = 0;
  for (const View& view : kViews) {
    if (options.quick && view.words && view.table && !view.texts) continue;
    std::vector<Figures> seeds;
    // A full set differs between seeds by the order of its rows alone.
    const int rounds = shots == 0 ? std::min(options.seeds, 2) : options.seeds;
    for (int seed = 1; seed <= rounds; ++seed) {
      const auto number = static_cast<std::uint64_t>(seed);
      const learn::Dataset train = shots == 0 ? one.set.train : draw(one.set.train, shots, number);
      PM_TRY(const Figures figures, measure(one, view, train, options, number));
      seeds.push_back(figures);
    }
    const bool all = view.words && view.encoder;
    report.add(name + ", " + std::string(view.name), seeds, all ? goal : 0, all ? goal_auroc : 0);
    const double accuracy = spread_of(seeds, &Figures::accuracy).mean;
    if (view.words && !view.table && !view.encoder) words = accuracy;
    if (view.words && view.texts && !view.encoder) table = accuracy;
    if (view.words && !view.table && view.encoder) encoder = accuracy;
  }
  report.add_gain(name, words, table, encoder);
  return {};
}

Result<void> measure_set(PublicSet set, const Goals& goals, const LoadedEncoder& loaded, const BenchOptions& options,
                         Report& report) {
  Case one{.set = std::move(set)};
  auto cached = std::make_shared<CachedEncoder>(loaded.encoder);
  cached->add(one.set.train, options.threads);
  cached->add(one.set.test, options.threads);
  one.encoder = cached;
  PM_TRY(one.of_vocabulary, table_of(loaded, nullptr, options.threads));
  PM_TRY(one.of_texts, table_of(loaded, &one.set.train, options.threads));
  PM_CHECK(measure_views(one, 5, goals.five, 0, options, report));
  PM_CHECK(measure_views(one, 10, goals.ten, 0, options, report));
  if (options.quick) return {};
  return measure_views(one, 0, goals.full, goals.auroc, options, report);
}

}  // namespace

Result<SectionResult> encoder_views_section(const BenchOptions& options) {
  const auto loaded = load_encoder(encode::Precision::kAuto);
  if (!loaded) return skipped("views", loaded.error().message());
  Report report;
  PM_TRY(PublicSet banking, load_banking77(options.data));
  PM_CHECK(measure_set(std::move(banking), {93.4, 84.5, 78, 0}, *loaded, options, report));
  PM_TRY(PublicSet clinc, load_clinc150(options.data));
  PM_CHECK(measure_set(std::move(clinc), {95.3, 89.5, 86, 97.5}, *loaded, options, report));
  return report.take();
}

}  // namespace pointsman::bench
