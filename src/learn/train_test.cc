#include "learn/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "learn/softmax_fit.h"

namespace pointsman::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFruit[] = {"apple", "pear", "plum", "cherry", "mango"};
constexpr const char* kTool[] = {"hammer", "saw", "drill", "wrench", "pliers"};
constexpr const char* kFrame[] = {"I want a", "where is the", "please get me one", "how much is that",
                                  "we need another"};

Dataset shop(int per_category) {
  Dataset data;
  base::Rng rng(3);
  for (int i = 0; i < per_category; ++i) {
    for (const bool fruit : {true, false}) {
      const std::string noun = (fruit ? kFruit : kTool)[rng.below(5)];
      data.examples.push_back({.text = std::string(kFrame[rng.below(5)]) + " " + noun + " number " + std::to_string(i),
                               .category = fruit ? "fruit" : "tool"});
    }
  }
  return data;
}

Trained must_train(const Dataset& data, const TrainOptions& options = {}) {
  auto trained = train(data, options);
  EXPECT_TRUE(trained.has_value()) << trained.error().message();
  return std::move(*trained);
}

// The character network takes longest, and is not the point of most tests.
const TrainOptions kFirstViewAlone{.effort = Effort::kFast};

std::string best_category(const std::string& artefact, std::string_view text) {
  const auto model = *classify::LinearModel::from_string(artefact);
  std::vector<float> p(model->categories().size());
  const auto scratch = model->make_scratch();
  EXPECT_TRUE(model->classify({.text = text}, *scratch, p).has_value());
  return model->categories()[static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin())];
}

TEST(Train, LearnsAndGeneralisesOverTyposAndNewFrames) {
  const Trained trained = must_train(shop(60), kFirstViewAlone);
  EXPECT_GT(trained.report.out_of_fold.accuracy.value(), 0.97);
  EXPECT_EQ(best_category(trained.artefact, "did you see my hammmer"), "tool");
  EXPECT_EQ(best_category(trained.artefact, "CHERRIES and a peer?"), "fruit");
}

TEST(Train, GivesTheSameBytesForAnyOrderAndAnyNumberOfThreads) {
  Dataset data = shop(8);
  const std::string first = must_train(data, {.threads = 1}).artefact;
  std::reverse(data.examples.begin(), data.examples.end());
  std::rotate(data.examples.begin(), data.examples.begin() + 7, data.examples.end());
  EXPECT_EQ(must_train(data, {.threads = 3}).artefact, first);
}

TEST(Train, LearnsFromFeaturesWhereTextsWereNotKept) {
  Dataset data = shop(40);
  text::FeatureExtractor extractor;
  for (std::size_t i = 0; i < data.examples.size(); i += 2) {
    Example& one = data.examples[i];
    one.features = pack_features(extractor.extract({one.text, one.context, one.tools}));
    one.text.clear();
  }
  const Trained trained = must_train(data);
  EXPECT_GT(trained.report.out_of_fold.accuracy.value(), 0.97);
  EXPECT_EQ(best_category(trained.artefact, "did you see my hammmer"), "tool");
  const auto model = *classify::LinearModel::from_string(trained.artefact);
  for (const classify::StoredExample& one : model->artefact().examples()) EXPECT_FALSE(one.text.empty());
  EXPECT_GT(evaluate(*model, data)->accuracy.value(), 0.97) << "and judges by them";
  EXPECT_EQ(must_train(data).artefact, trained.artefact);
}

TEST(Train, FeaturesTeachTheFirstViewWhatTheirTextsWould) {
  Dataset texts = shop(20);
  Dataset features = texts;
  text::FeatureExtractor extractor;
  for (Example& one : features.examples) {
    one.features = pack_features(extractor.extract({one.text, one.context, one.tools}));
    one.text.clear();
  }
  const auto of_texts = *classify::LinearModel::from_string(must_train(texts, kFirstViewAlone).artefact);
  const auto of_features = *classify::LinearModel::from_string(must_train(features, kFirstViewAlone).artefact);
  std::vector<float> a(2);
  std::vector<float> b(2);
  const auto scratch = of_texts->make_scratch();
  ASSERT_TRUE(of_texts->classify({.text = "where is the plum"}, *scratch, a));
  ASSERT_TRUE(of_features->classify({.text = "where is the plum"}, *scratch, b));
  EXPECT_NEAR(a[0], b[0], 0.05);
}

TEST(Train, TakesDuplicatesAsWeight) {
  Dataset doubled = shop(20);
  Dataset weighted = doubled;
  doubled.examples.push_back(doubled.examples[4]);
  weighted.examples[4].weight = 2;
  const auto a = *classify::LinearModel::from_string(must_train(doubled, kFirstViewAlone).artefact);
  const auto b = *classify::LinearModel::from_string(must_train(weighted, kFirstViewAlone).artefact);
  for (const char* text : {"I want a saw", "mango", "number 7"}) {
    std::vector<float> p(2);
    std::vector<float> q(2);
    ASSERT_TRUE(a->classify({.text = text}, *a->make_scratch(), p).has_value());
    ASSERT_TRUE(b->classify({.text = text}, *b->make_scratch(), q).has_value());
    EXPECT_EQ(p, q);
  }
  EXPECT_EQ(must_train(doubled, kFirstViewAlone).report.repeats.duplicates.size(), 1U);
}

TEST(Train, WorksFromDescriptionsAndAFewExamples) {
  TrainOptions options;
  options.categories = {{.name = "billing", .description = "Invoices, payments, refunds and prices."},
                        {.name = "outage",
                         .description = "The service is down, slow or gives errors.",
                         .examples = {"nothing loads since this morning"}}};
  const Dataset data{{{.text = "I was charged twice, refund please", .category = "billing"},
                      {.text = "error 500 on every page", .category = "outage"}}};
  const Trained trained = must_train(data, options);
  EXPECT_EQ(best_category(trained.artefact, "invoices and refunds"), "billing");
  EXPECT_EQ(best_category(trained.artefact, "it is slow and down"), "outage");
  EXPECT_THAT(trained.report.few_examples, ElementsAre("billing", "outage"));
}

TEST(Train, RefusesWhatCannotBeLearned) {
  EXPECT_FALSE(train({}, {}).has_value());
  const Dataset one{{{.text = "a", .category = "x"}, {.text = "b", .category = "x"}}};
  EXPECT_THAT(train(one, {}).error().message(), HasSubstr("at least two categories"));
  const Dataset two{{{.text = "a", .category = "x"}, {.text = "b", .category = "y"}}};
  TrainOptions options;
  options.categories = {{.name = "x"}, {.name = "z"}};
  EXPECT_THAT(train(two, options).error().message(), HasSubstr("\"y\" is not configured"));
  options.categories = {{.name = "x"}, {.name = "y"}, {.name = "z"}};
  EXPECT_THAT(train(two, options).error().message(), HasSubstr("\"z\" has no examples"));
}

TEST(Train, LivesWithOddTexts) {
  Dataset data = shop(10);
  data.examples.push_back({.text = std::string(1 << 20, 'a'), .category = "fruit"});
  data.examples.push_back({.text = "\xFF\xFE\x80", .category = "tool"});
  data.examples.push_back({.text = "\xF0\x9F\x8D\x8E", .category = "fruit"});
  data.examples.push_back({.text = "?", .category = "tool"});
  EXPECT_EQ(best_category(must_train(data, kFirstViewAlone).artefact, "\xF0\x9F\x8D\x8E \xF0\x9F\x8D\x8E"), "fruit");
}

TEST(Train, PointsAtMislabelledRowsAndConfusedPairs) {
  Dataset data = shop(60);
  data.examples.push_back({.text = "where is the apple number 61", .category = "tool", .line = 777});
  const TrainReport report = must_train(data, kFirstViewAlone).report;
  ASSERT_FALSE(report.suspects.empty());
  EXPECT_EQ(report.examples[report.suspects.front().example].line, 777U);
  ASSERT_EQ(report.confused.size(), 1U);
  EXPECT_EQ(report.confused[0].first, "fruit");
  const std::vector<ClosePair>& closest = report.confused[0].closest;
  ASSERT_EQ(closest.size(), 3U);
  EXPECT_GT(closest[0].similarity, 0.5F);
  EXPECT_GE(closest[0].similarity, closest[1].similarity);
  EXPECT_NE(closest[0].first, closest[1].first) << "one odd text must not fill the list";
  EXPECT_NE(closest[0].second, closest[1].second);
  EXPECT_THAT(report.to_json(), HasSubstr(R"("suspects":[{"example":{"line":777)"));
}

TEST(Train, SaysWhichCategoriesNeedExamplesAndWhatTheyAreTakenFor) {
  Dataset data = shop(60);
  for (int i = 0; i < 12; ++i) {  // nothing tells these from fruit
    data.examples.push_back(
        {.text = "I want a " + std::string(kFruit[i % 5]) + " number " + std::to_string(i + 10), .category = "snack"});
  }
  data.examples.push_back({.text = "zebra crossing", .category = "zoo"});
  data.examples.push_back({.text = "where are the lions", .category = "zoo"});
  const TrainReport report = must_train(data, kFirstViewAlone).report;
  ASSERT_GE(report.needs.size(), 2U);
  EXPECT_EQ(report.needs[0].name, "zoo");
  EXPECT_TRUE(report.needs[0].few);
  EXPECT_EQ(report.needs[0].examples, 2U);
  EXPECT_EQ(report.needs[1].name, "snack");
  EXPECT_FALSE(report.needs[1].few);
  EXPECT_EQ(report.needs[1].taken_for, "fruit");
  EXPECT_GT(report.needs[1].taken_count, 0U);
  for (const CategoryNeed& need : report.needs) EXPECT_NE(need.name, "tool");
  EXPECT_THAT(report.to_json(), HasSubstr(R"("needs":[{"category":"zoo","few":true,"examples":2,)"));
}

TEST(Train, ReportsTheSecondViewAndTheScope) {
  const std::string without = must_train(shop(40), kFirstViewAlone).report.to_json();
  EXPECT_THAT(without, HasSubstr(R"("second_view":{"kept":false,"nll_without":0,"nll_with":0})"));
  EXPECT_THAT(without, HasSubstr(R"("scope":{"learned":)"));
  Dataset data = shop(10);
  data.examples.push_back({.text = "the moon is far", .outside = true});
  const Trained with = must_train(data);
  EXPECT_GT(with.report.nll_mixed, 0);
  EXPECT_THAT(with.report.to_json(), HasSubstr(R"("second_view":{"kept":)"));
  EXPECT_THAT(with.report.to_json(), HasSubstr(R"("outside_given":1)"));
  EXPECT_THAT(std::string((*classify::LinearModel::from_string(with.artefact))->card()),
              HasSubstr(R"("second_view":)"));
}

TEST(Train, LeavesWholeGroupsOut) {
  Dataset data = shop(40);
  for (std::size_t i = 0; i < data.examples.size(); ++i) data.examples[i].group = "g" + std::to_string(i / 2 % 12);
  const TrainReport report = must_train(data, kFirstViewAlone).report;
  EXPECT_TRUE(report.folds_by_group);
  EXPECT_FALSE(must_train(shop(40), kFirstViewAlone).report.folds_by_group);

  const Dataset sorted = canonical(data);
  std::vector<std::uint32_t> labels;
  for (const Example& example : sorted.examples) labels.push_back(example.category == "tool" ? 1 : 0);
  const Folds folds = make_folds(sorted, labels, labels.size(), 4, true);
  std::map<std::string, int> fold_of;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_EQ(fold_of.try_emplace(sorted.examples[i].group, folds.of[i]).first->second, folds.of[i]);
  }
}

TEST(Train, TellsItsProgressAndWritesACard) {
  std::vector<std::string> stages;
  const auto note = [&](const Progress& p) {
    if (stages.empty() || stages.back() != p.stage) stages.emplace_back(p.stage);
  };
  const auto trained = train(shop(10), {.created_by = "test 1"}, note);
  ASSERT_TRUE(trained.has_value());
  EXPECT_THAT(stages, ElementsAre("features", "cross-validation", "character network", "fit", "pack"));
  const auto model = *classify::LinearModel::from_string(trained->artefact);
  EXPECT_THAT(std::string(model->card()),
              HasSubstr(R"({"created_by":"test 1","data_sha256":")" + content_hash(shop(10))));
}

// At the optimum the penalty balances the residuals: l2 W_c = sum_i w_i (1[y_i = c] - p_ic) x_i.
TEST(SoftmaxFit, ReachesTheOptimum) {
  SparseRows rows;
  for (int i = 0; i < 2; ++i) {
    rows.entries.push_back({0, 1});
    rows.begin.push_back(rows.entries.size());
  }
  const std::vector<std::uint32_t> labels{0, 1};
  const std::vector<float> weights{3, 1};
  SoftmaxFit fit({&rows, labels, weights, 1, 2}, {0, 1});
  for (const float l2 : {1.0F, 0.1F, 0.02F}) {
    fit.fit({.l2 = l2, .max_epochs = 2000, .tolerance = 1e-6F});
    float scores[2];
    fit.scores(rows.row(0), scores);
    const float p = 1 / (1 + std::exp(scores[1] - scores[0]));
    EXPECT_NEAR(l2 * fit.weight(0, 0), 3 * (1 - p) - p, 0.01F) << l2;
    EXPECT_NEAR(fit.weight(0, 0), -fit.weight(0, 1), 1e-3) << l2;
    EXPECT_NEAR(fit.weight(0, 0), fit.bias(0), 1e-3) << l2;
  }
}

// A step that overshoots once on a row of great weight would blow the fit up.
TEST(SoftmaxFit, NeverDivergesHoweverWeakThePenaltyAndHeavyTheRows) {
  base::Rng rng(5);
  SparseRows rows;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;
  std::vector<std::uint32_t> use;
  for (std::uint32_t i = 0; i < 300; ++i) {
    for (std::uint32_t f = 0; f < 40; ++f) {
      if (rng.below(3) == 0) rows.entries.push_back({f, static_cast<float>(rng.uniform())});
    }
    rows.begin.push_back(rows.entries.size());
    labels.push_back(static_cast<std::uint32_t>(rng.below(3)));  // nothing to learn: the loss stays near ln 3
    weights.push_back(i % 50 == 0 ? 100 : 1);
    use.push_back(i);
  }
  for (const float l2 : {1.0F, 0.1F, 0.01F}) {
    SoftmaxFit fit({&rows, labels, weights, 40, 3}, use);
    fit.fit({.l2 = l2, .max_epochs = 40, .tolerance = 0.01F});
    double loss = 0;
    double mass = 0;
    for (const std::uint32_t i : use) {
      float s[3];
      fit.scores(rows.row(i), s);
      const float sum = std::exp(s[0]) + std::exp(s[1]) + std::exp(s[2]);
      loss += static_cast<double>(weights[i] * (std::log(sum) - s[labels[i]]));
      mass += static_cast<double>(weights[i]);
    }
    EXPECT_LT(loss / mass, std::log(3.0)) << l2;
  }
}

TEST(TrainOnPublicData, TellsSimpleFromReasoningFromToolUse) {
  const char* root = std::getenv("POINTSMAN_DATA");
  const std::string folder = std::string(root != nullptr ? root : "../shared/data") + "/triage/";
  const auto load = [&](const char* name) {
    std::ifstream file(folder + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return *read_jsonl(bytes, name);
  };
  if (!std::ifstream(folder + "train.jsonl")) GTEST_SKIP() << "no public data in " << folder;
  const Trained trained = must_train(load("train.jsonl"), {.folds = 3, .l2 = {0.03F}, .effort = Effort::kFast});
  const auto model = *classify::LinearModel::from_string(trained.artefact);
  const auto evaluation = evaluate(*model, load("test.jsonl"));
  ASSERT_TRUE(evaluation.has_value());
  EXPECT_GE(evaluation->accuracy.value(), 0.97);
  EXPECT_LE(evaluation->ece, 0.03);
}

}  // namespace
}  // namespace pointsman::learn
