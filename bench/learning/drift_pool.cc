#include "learning/drift_pool.h"

#include <algorithm>
#include <numeric>

#include "classify/linear_model.h"
#include "learn/train.h"
#include "shared/public_sets.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr std::size_t kUnseenIntents = 20;
constexpr std::size_t kMovedIntents = 5;
constexpr std::size_t kMisspeltEvery = 3;
constexpr std::size_t kLongWord = 4;

std::string misspell(std::string text) {
  std::size_t words = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end - begin >= kLongWord && words++ % kMisspeltEvery == 0) std::swap(text[begin + 1], text[begin + 2]);
    begin = end + 1;
  }
  return text;
}

class Observer {
 public:
  explicit Observer(const classify::LinearModel& model)
      : model_(model), scratch_(model.make_scratch()), probabilities_(model.categories().size()) {}

  Result<watch::DriftObservation> observe(std::string_view text) {
    PM_TRY(const classify::Inspection seen, model_.inspect({.text = text}, *scratch_, probabilities_));
    text::tokenize(text, tokens_);
    const auto best = std::ranges::max_element(probabilities_);
    const float sum = std::accumulate(probabilities_.begin(), probabilities_.end(), 0.0F);
    return watch::DriftObservation{.traits = watch::traits_of(tokens_),
                                   .unseen_words = seen.unseen_words,
                                   .probability = *best,
                                   .outside = std::clamp(1 - sum, 0.0F, 1.0F),
                                   .category = static_cast<int>(best - probabilities_.begin())};
  }

 private:
  const classify::LinearModel& model_;
  std::unique_ptr<classify::Scratch> scratch_;
  std::vector<float> probabilities_;
  text::Tokens tokens_;
};

// Which intents training sees: all but every seventh, of the first twenty times seven.
bool is_seen(std::size_t intent) {
  return intent % 7 != 0 || intent / 7 >= kUnseenIntents;
}

Result<std::shared_ptr<const classify::LinearModel>> train_on_seen(const PublicSet& set,
                                                                   const std::vector<std::string>& intents,
                                                                   const BenchOptions& options) {
  learn::Dataset seen;
  for (const learn::Example& one : set.train.examples) {
    const auto intent = static_cast<std::size_t>(std::ranges::find(intents, one.category) - intents.begin());
    if (is_seen(intent)) seen.examples.push_back(one);
  }
  learn::TrainOptions train;
  train.effort = learn::Effort::kFast;
  train.threads = options.threads;
  PM_TRY(learn::Trained trained, learn::train(seen, train));
  return classify::LinearModel::from_string(std::move(trained.artefact));
}

}  // namespace

Result<DriftPool> load_drift_pool(const BenchOptions& options) {
  PM_TRY(const PublicSet set, load_clinc150(options.data));
  PM_TRY(const PublicSet banking, load_banking77(options.data));
  const std::vector<std::string> intents = learn::category_names(set.train);
  PM_TRY(const auto model, train_on_seen(set, intents, options));
  DriftPool out{.categories = model->categories(), .classifier = model->version()};
  Observer observer(*model);
  for (const learn::Example& one : set.test.examples) {
    PM_TRY(const watch::DriftObservation seen, observer.observe(one.text));
    const auto intent = static_cast<std::size_t>(std::ranges::find(intents, one.category) - intents.begin());
    if (intent == intents.size()) {
      out.outside.push_back(seen);
    } else if (!is_seen(intent)) {
      out.unseen.push_back(seen);
    } else {
      out.usual.push_back(seen);
      PM_TRY(const watch::DriftObservation misspelt, observer.observe(misspell(one.text)));
      out.misspelt.push_back(misspelt);
      if (intent % 7 == 1 && intent / 7 < kMovedIntents) out.moved.push_back(seen);
    }
  }
  for (const learn::Example& one : banking.test.examples) {
    PM_TRY(const watch::DriftObservation seen, observer.observe(one.text));
    out.topic.push_back(seen);
  }
  return out;
}

}  // namespace pointsman::bench
