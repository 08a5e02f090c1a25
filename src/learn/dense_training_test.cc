// Training with token vectors and with a sentence encoder, on texts whose words alone tell nothing: every word occurs
// in one example only, and only its vector says to which category it belongs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/rng.h"
#include "classify/assisted_classifier.h"
#include "classify/linear_model.h"
#include "encode/static_table.h"
#include "learn/dense_rows.h"
#include "learn/outside_detector.h"
#include "learn/scope_fit.h"
#include "learn/train.h"
#include "learn/view_mix.h"
#include "support/scripted_encoder.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kCategories = 4;
constexpr std::size_t kDimensions = 6;

// Word `number` belongs to category number % kCategories.
std::string word(std::size_t number) {
  std::string out;
  for (std::size_t rest = number * 7919 + 100'000; rest > 0; rest /= 26) {
    out += static_cast<char>('a' + static_cast<char>(rest % 26));
  }
  return out;
}

Dataset examples(std::size_t from, std::size_t count) {
  Dataset out;
  for (std::size_t i = from; i < from + count; ++i) {
    out.examples.push_back({.text = word(i), .category = "c" + std::to_string(i % kCategories)});
  }
  return out;
}

std::vector<float> vector_of(std::size_t number) {
  base::Rng rng(number + 1);
  std::vector<float> out;
  for (std::size_t d = 0; d < kDimensions; ++d) out.push_back(0.3F * static_cast<float>(rng.uniform() - 0.5));
  out[number % kCategories] += 1;
  return out;
}

std::shared_ptr<const encode::StaticTable> table_of(std::size_t words) {
  encode::TableParts parts{.options = {.begin = "", .end = ""}, .dimensions = kDimensions, .card = "{}"};
  parts.pieces.emplace_back("[UNK]");
  parts.vectors.resize(kDimensions);
  for (std::size_t i = 0; i < words; ++i) {
    parts.pieces.push_back(word(i));
    const std::vector<float> one = vector_of(i);
    parts.vectors.insert(parts.vectors.end(), one.begin(), one.end());
  }
  return *encode::StaticTable::from_string(encode::write_table(parts));
}

// Knows every word's vector, or makes something up.
testing::ScriptedEncoder::Say say_words(std::size_t words, bool knows) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < words; ++i) all.push_back(word(i));
  return [all = std::move(all), knows](std::string_view text, std::span<float> vector) {
    const auto at = static_cast<std::size_t>(std::ranges::find(all, text) - all.begin());
    std::ranges::copy(vector_of(knows ? at : base::Rng(at + 99).below(1U << 30)), vector.begin());
  };
}

std::shared_ptr<const encode::Encoder> word_encoder(std::size_t words, bool knows) {
  return std::make_shared<testing::ScriptedEncoder>('e', kDimensions, say_words(words, knows));
}

constexpr std::size_t kTrain = 240;
constexpr std::size_t kTest = 80;

TrainOptions fast() {
  return {.threads = 1, .effort = Effort::kFast};
}

double accuracy(const classify::Classifier& classifier) {
  return evaluate(classifier, examples(kTrain, kTest))->accuracy.value();
}

TEST(TrainingWithATable, UnderstandsWordsItHasNotSeen) {
  const Dataset data = examples(0, kTrain);
  const auto without = train(data, fast());
  ASSERT_TRUE(without);
  EXPECT_LT(accuracy(**classify::LinearModel::from_string(without->artefact)), 0.5);
  TrainOptions options = fast();
  options.table = table_of(kTrain + kTest);
  const auto with = train(data, options);
  ASSERT_TRUE(with);
  const auto model = *classify::LinearModel::from_string(with->artefact);
  ASSERT_NE(model->artefact().table(), nullptr);
  EXPECT_EQ(model->artefact().table()->id(), options.table->id());
  EXPECT_GT(accuracy(*model), 0.95);
  EXPECT_GT(with->report.out_of_fold.accuracy.value(), 0.95);
}

TEST(TrainingWithAnEncoder, KeepsItWhereItHelps) {
  TrainOptions options = fast();
  const auto encoder = word_encoder(kTrain + kTest, true);
  options.encoder = encoder;
  const auto trained = train(examples(0, kTrain), options);
  ASSERT_TRUE(trained);
  EXPECT_TRUE(trained->report.encoder.kept);
  EXPECT_LT(trained->report.encoder.nll_with, trained->report.encoder.nll_without);
  EXPECT_GT(trained->report.encoder.ask_share, 0.9);
  EXPECT_GT(trained->report.out_of_fold.accuracy.value(), 0.95);
  const auto model = *classify::LinearModel::from_string(trained->artefact);
  ASSERT_NE(model->encoder(), nullptr);
  EXPECT_EQ(model->encoder()->id, encoder->id());
  EXPECT_LT(accuracy(*model), 0.5) << "alone it knows words only";
  const auto assisted = *classify::AssistedClassifier::make(model, encoder);
  EXPECT_GT(accuracy(*assisted), 0.95);
  EXPECT_LT(evaluate(*assisted, examples(kTrain, kTest))->ece, 0.1);
}

TEST(TrainingWithAnEncoder, DropsItWhereItDoesNot) {
  TrainOptions options = fast();
  options.encoder = word_encoder(kTrain + kTest, false);
  const auto trained = train(examples(0, kTrain), options);
  ASSERT_TRUE(trained);
  EXPECT_FALSE(trained->report.encoder.kept);
  EXPECT_EQ((*classify::LinearModel::from_string(trained->artefact))->encoder(), nullptr);
}

TEST(TrainingWithAnEncoder, GivesTheSameBytesForAnyOrderAndAnyNumberOfThreads) {
  TrainOptions options = fast();
  options.encoder = word_encoder(kTrain, true);
  options.table = table_of(kTrain / 2);
  Dataset data = examples(0, kTrain);
  const auto first = train(data, options);
  std::ranges::reverse(data.examples);
  options.threads = 3;
  const auto second = train(data, options);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->artefact, second->artefact);
}

TEST(TrainingWithAnEncoder, TellsInItsReportWhatTheEncoderBrought) {
  TrainOptions options = fast();
  options.encoder = word_encoder(kTrain, true);
  const auto trained = train(examples(0, kTrain), options);
  ASSERT_TRUE(trained);
  EXPECT_THAT(trained->report.to_json(), ::testing::HasSubstr(R"("encoder":{"kept":true,"nll_without":)"));
}

TEST(OutsideDetector, TellsMarkedExamplesFromTheOthers) {
  SparseRows inside;
  SparseRows outside;
  base::Rng rng(4);
  for (int i = 0; i < 200; ++i) {
    SparseRows& rows = i % 4 == 0 ? outside : inside;
    rows.entries.push_back({0, static_cast<float>(rng.uniform()) + (i % 4 == 0 ? 0.0F : 0.5F)});
    rows.entries.push_back({1, static_cast<float>(rng.uniform())});
    rows.begin.push_back(rows.entries.size());
  }
  std::vector<std::uint32_t> use(inside.size());
  std::iota(use.begin(), use.end(), 0U);
  const auto all = [](std::size_t) { return true; };
  const OutsideDetector detector = fit_outside(inside, use, outside, all, 2, 1);
  std::vector<double> high;
  std::vector<double> low;
  for (std::size_t i = 0; i < inside.size(); ++i) high.push_back(static_cast<double>(detector.score(inside.row(i))));
  for (std::size_t i = 0; i < outside.size(); ++i) low.push_back(static_cast<double>(detector.score(outside.row(i))));
  EXPECT_GT(area_under_roc(high, low), 0.8);
  const auto few = [](std::size_t i) { return i + 1 < kFewestOutside; };
  EXPECT_TRUE(fit_outside(inside, use, outside, few, 2, 1).weights.empty());
  EXPECT_EQ(fit_outside(inside, use, outside, few, 2, 1).score(inside.row(0)), 0);
}

TEST(TrainingWithAnEncoder, LearnsFromMarkedExamplesWhatBelongsNowhere) {
  // Words from 400 on belong to no category: their vectors lie apart.
  const auto apart = [within = say_words(kTrain + kTest, true)](std::string_view text, std::span<float> vector) {
    within(text, vector);
    vector[5] += text.starts_with("no ") ? 2 : 0;
  };
  const auto outside = [](std::size_t from, std::size_t count) {
    Dataset out;
    for (std::size_t i = from; i < from + count; ++i)
      out.examples.push_back({.text = "no " + word(i), .outside = true});
    return out;
  };
  TrainOptions options = fast();
  const auto encoder = std::make_shared<testing::ScriptedEncoder>('d', kDimensions, apart);
  options.encoder = encoder;
  Dataset data = examples(0, kTrain);
  const Dataset marked = outside(1000, 60);
  data.examples.insert(data.examples.end(), marked.examples.begin(), marked.examples.end());
  const auto trained = train(data, options);
  ASSERT_TRUE(trained);
  const auto model = *classify::LinearModel::from_string(trained->artefact);
  const auto assisted = *classify::AssistedClassifier::make(model, encoder);
  Dataset judged = examples(kTrain, kTest);
  const Dataset strange = outside(2000, 60);
  judged.examples.insert(judged.examples.end(), strange.examples.begin(), strange.examples.end());
  const auto evaluation = evaluate(*assisted, judged);
  ASSERT_TRUE(evaluation);
  EXPECT_GT(evaluation->outside_auroc, 0.97);
}

TEST(DenseRows, StandBehindTheWordsScaled) {
  SparseRows rows;
  rows.entries = {{3, 0.5F}};
  rows.begin = {0, 1, 1};
  const DenseRows dense{2, {1, 2, 0, 4}};
  const SparseRows both = joined(rows, dense, 10, 2);
  ASSERT_EQ(both.size(), 2U);
  ASSERT_EQ(both.row(0).size(), 3U);
  EXPECT_EQ(both.row(0)[1].feature, 10U);
  EXPECT_EQ(both.row(0)[2].value, 4);
  ASSERT_EQ(both.row(1).size(), 1U) << "zeros are left out";
  EXPECT_EQ(both.row(1)[0].feature, 11U);
  EXPECT_EQ(as_sparse(dense, 1, 2, 1).row(0)[0].value, 4);
}

TEST(ViewMix, FindsTheFactorsOfThreeViewsOneOfWhichIsNoise) {
  base::Rng rng(8);
  std::vector<float> good;
  std::vector<float> fair;
  std::vector<float> noise;
  std::vector<std::uint32_t> labels;
  const std::vector<float> weights(3000, 1);
  for (int i = 0; i < 3000; ++i) {
    labels.push_back(static_cast<std::uint32_t>(rng.below(3)));
    for (std::uint32_t c = 0; c < 3; ++c) {
      const bool own = c == labels.back();
      good.push_back((own ? 2.0F : 0.0F) + static_cast<float>(4 * rng.uniform()));
      fair.push_back((own ? 1.0F : 0.0F) + static_cast<float>(4 * rng.uniform()));
      noise.push_back(static_cast<float>(4 * rng.uniform()));
    }
  }
  const std::vector<ScoredRows> views{
      {good, labels, weights, 3}, {noise, labels, weights, 3}, {fair, labels, weights, 3}};
  const ViewMix mix = fit_views(views);
  EXPECT_GT(mix.factors[0], mix.factors[2]);
  EXPECT_GT(mix.factors[2], 0.3F);
  EXPECT_LT(mix.factors[1], 0.1F);
  const std::vector<float> logits = mixed(views, mix);
  EXPECT_NEAR(mean_nll({logits, labels, weights, 3}, {}), mix.nll, 1e-4);
  EXPECT_LT(mix.nll, fit_views(std::span(views).first(1)).nll);
}

}  // namespace
}  // namespace pointsman::learn
