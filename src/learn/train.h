// From labelled examples to a model artefact and a report, in one call.
//
// Pure: the same examples (in any order), options and seed give the same artefact, byte for byte, on any number of
// threads. What it does: merge repeats; add each category's name, description and examples; vectorise; choose the L2
// penalty and the temperature by cross-validation (whole groups left out when examples carry groups, so that
// confidence stays honest on other people's texts); train the character networks, and keep them if held-out rows are
// predicted better; learn what belongs to no category; fit on everything; pack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/artefact.h"
#include "classify/category.h"
#include "encode/encoder.h"
#include "encode/static_table.h"
#include "learn/dataset.h"
#include "learn/evaluate.h"
#include "learn/folds.h"
#include "learn/learning_curve.h"
#include "learn/sparse.h"

namespace pointsman::learn {

// How much time a second view may take, in training and in deciding. It is kept only if it makes held-out predictions
// better.
enum class Effort : std::uint8_t {
  kFast,      // none
  kBalanced,  // character networks of 256 filters: some seconds of training, some microseconds for unsure texts
  kThorough,  // of 512, trained longer: three times that
};

struct TrainOptions {
  // Optional: descriptions and examples join the training; a data set category that is not listed is an error, a listed
  // one without any example too. Empty: the categories are those of the data set.
  std::vector<classify::Category> categories;
  // 0: every example counts the same; 1: every category does.
  float balance = 0;
  // The same for the groups of a category: 1 keeps a large source from defining what the category is.
  float group_balance = 0.5F;
  // Examples of the same categories from elsewhere, e.g. those of the classifier that ships. They teach, so that texts
  // unlike the user's own are understood, but are not predicted in cross-validation. They make up this share of the
  // whole weight, and weigh the same in each category.
  Dataset background;
  float background_share = 0.5F;
  int folds = 5;
  bool use_groups = true;
  int threads = 2;
  std::uint64_t seed = 1;
  VocabularyOptions vocabulary;
  std::vector<float> l2{4, 2, 1, 0.5F, 0.25F, 0.12F, 0.06F, 0.03F};
  Effort effort = Effort::kBalanced;
  // Token vectors that join the features, and their weight beside the words'; packed into the artefact. Null: none.
  std::shared_ptr<const encode::StaticTable> table;
  float table_weight = 2;
  // A sentence encoder that will be asked where the rest is unsure; kept only if that makes held-out predictions
  // better. Null: none.
  std::shared_ptr<const encode::Encoder> encoder;
  // Keep the examples' texts in the artefact, so that a decision can show the nearest ones.
  bool keep_examples = true;
  // Share of the requests that is expected to belong to no category; at least that of the examples that do.
  double outside_share = 0.02;
  // Where the examples come from, one JSON object for the card; empty: nothing is said.
  std::string provenance;
  // Written into the card, e.g. "pointsman 0.1.0".
  std::string created_by = "pointsman";
};

// Two examples of different categories that look alike.
struct ClosePair {
  std::size_t first = 0;  // indices into TrainReport::examples
  std::size_t second = 0;
  float similarity = 0;  // cosine
};

struct ConfusedPair {
  std::string first;
  std::string second;
  std::size_t first_as_second = 0;
  std::size_t second_as_first = 0;
  std::vector<ClosePair> closest;
};

struct Suspect {
  std::size_t example = 0;  // index into TrainReport::examples
  std::string predicted;
  float label_probability = 0;
  float predicted_probability = 0;
};

// A category that a person should look at.
struct CategoryNeed {
  std::string name;
  bool few = false;  // fewer than kFewExamples; otherwise it is found less often than the others
  std::size_t examples = 0;
  Share recall;           // out of fold
  std::string taken_for;  // what its examples are most often mistaken for; empty if none was
  std::size_t taken_count = 0;
};

inline constexpr std::size_t kFewExamples = 10;

// What a sentence encoder brought.
struct EncoderReport {
  bool kept = false;
  classify::EncoderMix mix;
  double nll_without = 0;  // out of fold, on the rows that all views predicted
  double nll_with = 0;
  double ask_share = 0;  // of those rows, for which it is asked
  double scope_auroc = 0.5;
};

struct TrainReport {
  std::vector<Example> examples;  // as trained on: merged, in canonical order
  std::size_t rows_given = 0;
  int folds = 0;
  bool folds_by_group = false;
  std::vector<L2Trial> trials;
  float l2 = 0;
  float temperature = 1;
  double ece_before = 0;   // out of fold, temperature 1
  Evaluation out_of_fold;  // with the temperature
  bool offsets = false;    // whether vector scaling beat the temperature alone
  classify::Mix mix;       // net 0: the network was not tried, or did not help
  double nll_linear = 0;   // out of fold, on the rows that both views predicted
  double nll_mixed = 0;
  double ask_share = 0;  // of those rows, for which the network is asked
  EncoderReport encoder;
  std::size_t background = 0;     // examples from elsewhere that taught
  std::size_t outside_given = 0;  // examples that belong to no category
  std::size_t scope_inside = 0;   // rows that taught what belongs to none: of categories that were there
  std::size_t scope_outside = 0;  // and of categories that were left out
  double scope_auroc = 0.5;
  std::size_t features = 0;
  int epochs = 0;
  std::vector<std::string> few_examples;  // categories with fewer than kFewExamples
  std::vector<CategoryNeed> needs;        // those with few first, then the least found
  LearningCurve curve;                    // empty unless the caller fills it in: train() does not
  std::vector<ConfusedPair> confused;     // most confused first, at most 10
  std::vector<Suspect> suspects;          // perhaps mislabelled, likeliest first, at most 50
  Repeats repeats;                        // indices into the data set given

  std::string to_json() const;
};

struct Trained {
  std::string artefact;
  TrainReport report;
};

struct Progress {
  std::string_view stage;  // "features", "cross-validation", "character network", "fit", "pack"
  int done = 0;
  int total = 0;
};
using ProgressCallback = std::function<void(const Progress&)>;

// kInvalidArgument for fewer than two categories, no examples, or names that do not fit the options.
base::Result<Trained> train(const Dataset& data, const TrainOptions& options, const ProgressCallback& progress = {});

}  // namespace pointsman::learn
