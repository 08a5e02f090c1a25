#include "consult/few_shot.h"

#include <gtest/gtest.h>

#include <map>

#include "consult/text_likeness.h"

namespace pointsman::consult {
namespace {

const std::vector<LabelledText> kTexts = {
    {"please reset my password now", 0},
    {"reset my password", 0},
    {"password", 0},
    {"change my email address", 1},
    {"order a pizza for me", 2},
    {"pizza", 2},
    {"hi", 3},
    {"book", 3},
    {"reset the email password", 4},
};

std::vector<int> categories_of(const std::vector<std::size_t>& chosen) {
  std::vector<int> out;
  for (const std::size_t place : chosen) out.push_back(kTexts[place].category);
  return out;
}

TEST(FixedExamples, ShowBothSidesOfTheMostConfusedPairsLast) {
  const std::vector<ConfusedPair> pairs = {{0, 2, 1}, {0, 1, 3}, {1, 0, 4}, {2, 3, 2}, {4, 4, 99}};
  const auto chosen = fixed_examples(kTexts, pairs, {});
  EXPECT_EQ(categories_of(chosen), (std::vector<int>{2, 3, 0, 1}));
  EXPECT_EQ(kTexts[chosen[2]].text, "reset my password");  // the shortest of three words or more
  EXPECT_EQ(kTexts[chosen[1]].text, "book");               // none has three words: the longest
}

TEST(FixedExamples, NeverShowHalfAPairNorTooMany) {
  const std::vector<ConfusedPair> pairs = {{0, 1, 9}, {2, 3, 5}, {1, 4, 1}};
  EXPECT_EQ(categories_of(fixed_examples(kTexts, pairs, {.count = 3})), (std::vector<int>{4, 0, 1}));
  EXPECT_EQ(fixed_examples(kTexts, pairs, {.count = 1}).size(), 0U);
}

TEST(FixedExamples, PassOverPairsWithoutAShortText) {
  const std::vector<ConfusedPair> pairs = {{0, 1, 9}, {0, 7, 20}, {2, 3, 5}};
  EXPECT_EQ(categories_of(fixed_examples(kTexts, pairs, {.count = 4, .max_bytes = 20})), (std::vector<int>{2, 3}));
}

TEST(FixedExamples, DoNotDependOnTheOrderOfThePairs) {
  std::vector<ConfusedPair> pairs = {{0, 1, 2}, {2, 3, 2}, {1, 4, 2}, {0, 4, 2}};
  const auto chosen = fixed_examples(kTexts, pairs, {});
  std::ranges::reverse(pairs);
  EXPECT_EQ(chosen, fixed_examples(kTexts, pairs, {}));
}

TEST(SimilarPairs, FindTheCategoriesWhoseTextsAreAlike) {
  std::vector<std::string_view> texts;
  for (const LabelledText& text : kTexts) texts.push_back(text.text);
  const TextLikeness likeness(texts);
  const auto between = [&](std::size_t a, std::size_t b) { return likeness.between(a, b); };
  const auto pairs = similar_pairs(kTexts, between, 3);
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].a, 0);
  EXPECT_EQ(pairs[0].b, 4);
  EXPECT_GE(pairs[0].weight, pairs[1].weight);
}

TEST(NearestExamples, ShowOneOfEachOfferedCategoryWithTheMostSimilarLast) {
  const std::map<std::size_t, double> alike = {{0, 0.2}, {1, 0.9}, {2, 0.9}, {3, 0.5}, {4, 0.95}, {8, 0.6}};
  const auto similarity = [&](std::size_t i) { return alike.contains(i) ? alike.at(i) : 0.0; };
  const std::vector<int> offered = {0, 1, 4};
  EXPECT_EQ(nearest_examples(kTexts, offered, similarity, {}), (std::vector<std::size_t>{3, 8, 1}));
  EXPECT_EQ(nearest_examples(kTexts, {}, similarity, {.count = 2}), (std::vector<std::size_t>{1, 4}));
}

TEST(Examples, ShowOnlyWhatIsOnOffer) {
  const std::vector<std::string_view> names = {"reset password", "update email", "order pizza", "small talk",
                                               "other one"};
  const LabelSet labels = *LabelSet::make(names, {});
  const std::vector<std::size_t> chosen = {4, 1, 3};
  const std::vector<int> offered = {0, 1};
  const auto examples = as_examples(kTexts, chosen, offered, labels);
  ASSERT_EQ(examples.size(), 2U);
  EXPECT_EQ(examples[0].text, "reset my password");
  EXPECT_EQ(examples[0].label, "A");
  EXPECT_EQ(examples[1].label, "B");
}

TEST(TextLikeness, IsOneForTheSameAndSmallForOthers) {
  const std::vector<std::string_view> texts = {"reset my password", "Reset my PASSWORD", "order a large pizza", ""};
  const TextLikeness likeness(texts);
  EXPECT_NEAR(likeness.between(0, 1), 1, 1e-5);
  EXPECT_LT(likeness.between(0, 2), 0.2);
  EXPECT_EQ(likeness.between(0, 3), 0);
  text::FeatureExtractor extractor;
  const auto query = likeness.query("resetting passwords", extractor);
  EXPECT_GT(likeness.to(query, 0), likeness.to(query, 2));
}

}  // namespace
}  // namespace pointsman::consult
