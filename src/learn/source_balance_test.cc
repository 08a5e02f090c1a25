#include "learn/source_balance.h"

#include <gtest/gtest.h>

#include <map>

#include "classify/linear_model.h"
#include "learn/train.h"

namespace pointsman::learn {
namespace {

struct Weighed {
  std::vector<Example> examples;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;

  void add(std::uint32_t label, const std::string& group, int times) {
    for (int i = 0; i < times; ++i) {
      examples.push_back({.text = std::to_string(examples.size()), .category = std::to_string(label), .group = group});
      labels.push_back(label);
      weights.push_back(1);
    }
  }
  std::map<std::string, double> by_group(std::uint32_t label) const {
    std::map<std::string, double> out;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (labels[i] == label) out[examples[i].group] += static_cast<double>(weights[i]);
    }
    return out;
  }
};

Weighed uneven() {
  Weighed rows;
  rows.add(0, "large", 90);
  rows.add(0, "small", 10);
  rows.add(1, "large", 5);
  rows.add(1, "", 15);
  return rows;
}

TEST(BalanceGroups, MakesTheGroupsOfACategoryWeighTheSameAndKeepsTheCategorysWeight) {
  Weighed rows = uneven();
  balance_groups(rows.examples, rows.labels, 1, rows.weights);
  EXPECT_NEAR(rows.by_group(0)["large"], 50, 1e-3);
  EXPECT_NEAR(rows.by_group(0)["small"], 50, 1e-3);
  EXPECT_NEAR(rows.by_group(1)["large"], 10, 1e-3);
  EXPECT_NEAR(rows.by_group(1)[""], 10, 1e-3);
}

TEST(BalanceGroups, GoesPartOfTheWayForAPowerBelowOne) {
  Weighed rows = uneven();
  balance_groups(rows.examples, rows.labels, 0.5F, rows.weights);
  EXPECT_NEAR(rows.by_group(0)["large"], 75, 1e-3);  // 3 : 1 instead of 9 : 1
  EXPECT_NEAR(rows.by_group(0)["small"], 25, 1e-3);
}

TEST(BalanceGroups, ChangesNothingForPowerZeroOrWithoutGroups) {
  Weighed rows = uneven();
  balance_groups(rows.examples, rows.labels, 0, rows.weights);
  EXPECT_EQ(rows.weights, std::vector<float>(120, 1));
  Weighed plain;
  plain.add(0, "", 7);
  plain.add(1, "", 3);
  balance_groups(plain.examples, plain.labels, 1, plain.weights);
  for (const float weight : plain.weights) EXPECT_FLOAT_EQ(weight, 1);
}

TEST(Background, MakesUpItsShareAndTheSameInEveryCategory) {
  Dataset data;
  for (int i = 0; i < 30; ++i) data.examples.push_back({.text = std::to_string(i), .category = i < 20 ? "a" : "b"});
  Dataset background{{{.text = "x", .category = "a"},
                      {.text = "y", .category = "b", .group = "g"},
                      {.text = "z", .category = "b"},
                      {.text = "other", .category = "c"},
                      {.text = "none", .outside = true}}};
  std::map<std::string, double> mass;
  const std::vector<Example> out = background_for(data, background, 0.25F);
  for (const Example& example : out) {
    mass[example.category] += static_cast<double>(example.weight);
    EXPECT_EQ(example.group, "");
  }
  ASSERT_EQ(out.size(), 3U);
  EXPECT_NEAR(mass["a"], 5, 1e-5);  // 10 of 40 in all
  EXPECT_NEAR(mass["b"], 5, 1e-5);
  EXPECT_TRUE(background_for(data, background, 0).empty());
  EXPECT_TRUE(background_for({}, background, 0.5F).empty());
}

TEST(Background, TeachesWordsThatTheUsersExamplesLack) {
  TrainOptions options;
  options.effort = Effort::kFast;
  Dataset data;
  for (int i = 0; i < 40; ++i) {
    data.examples.push_back({.text = "the bank says no " + std::to_string(i), .category = "simple"});
    data.examples.push_back({.text = "prove the lemma of page " + std::to_string(i), .category = "reasoning"});
  }
  const auto probability = [&](const std::string& text) {
    const auto trained = train(data, options);
    EXPECT_TRUE(trained.has_value());
    EXPECT_EQ(trained->report.out_of_fold.examples, data.examples.size());  // background is not judged
    const auto model = *classify::LinearModel::from_string(trained->artefact);
    const auto scratch = model->make_scratch();
    std::vector<float> p(2);
    EXPECT_TRUE(model->classify({.text = text}, *scratch, p).has_value());
    return p[0] / (p[0] + p[1]);  // of "reasoning"
  };
  const float before = probability("how many marbles remain");
  options.background.examples = {{.text = "how many marbles has she left", .category = "reasoning"},
                                 {.text = "how many sheep remain", .category = "reasoning"},
                                 {.text = "hello there", .category = "simple"}};
  EXPECT_GT(probability("how many marbles remain"), before + 0.2F);
}

}  // namespace
}  // namespace pointsman::learn
