#include "learn/text_space.h"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/nearest_examples.h"

namespace pointsman::learn {
namespace {

constexpr std::string_view kTexts[] = {"reset my password", "reset my email address", "what is 12 times 12?",
                                       "my password, my password!"};

double length(const std::vector<Entry>& row) {
  return std::sqrt(static_cast<double>(dot(row, row)));
}

TEST(TextSpace, AgreesWithTheVectorsOfTraining) {
  Dataset data;
  for (const std::string_view text : kTexts) data.examples.push_back({.text = std::string(text), .category = "x"});
  VocabularyOptions options;
  options.idf_power = 1;
  options.unknown_share = 1;
  const Vectors vectors = vectorize(data, options);
  const TextSpace space = TextSpace::fit(kTexts, {.block_weight = options.block_weight, .min_count = 1});
  const SparseRows rows = space.rows_of(kTexts);
  ASSERT_EQ(space.features(), vectors.vocabulary.hashes.size());
  ASSERT_EQ(rows.size(), vectors.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows.row(i).size(), vectors.rows.row(i).size());
    for (std::size_t k = 0; k < rows.row(i).size(); ++k) {
      EXPECT_EQ(rows.row(i)[k].feature, vectors.rows.row(i)[k].feature);
      EXPECT_FLOAT_EQ(rows.row(i)[k].value, vectors.rows.row(i)[k].value);
    }
  }
}

TEST(TextSpace, LeavesOutBlocksOfNoWeight) {
  const TextSpace words = TextSpace::fit(kTexts, {.block_weight = {1, 0, 0, 0}, .min_count = 1});
  const TextSpace both = TextSpace::fit(kTexts, {.block_weight = {1, 1, 0, 0}, .min_count = 1});
  EXPECT_GT(words.features(), 0U);
  EXPECT_LT(words.features(), both.features());
}

TEST(TextSpace, WordsNobodyKnowsShortenTheVector) {
  const TextSpace space = TextSpace::fit(kTexts, {.block_weight = {1, 0, 0, 0}, .min_count = 1});
  text::FeatureExtractor extractor;
  std::vector<Entry> row;
  space.vector_of(extractor, "reset my password", row);
  EXPECT_NEAR(length(row), 1, 1e-5);
  space.vector_of(extractor, "reset my zzyzx", row);
  EXPECT_GT(length(row), 0.1);
  EXPECT_LT(length(row), 0.9);
  space.vector_of(extractor, "zzyzx", row);
  EXPECT_TRUE(row.empty());
}

TEST(NearestExamples, GoByTheMostSimilarAndLeaveTheRowItselfOut) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 60; ++i) {
    // Of each of 30 kinds there are two rows; kind 7 gains, the others lose.
    const int kind = i / 2;
    outcomes.push_back({.text = "kind" + std::to_string(kind) + " common",
                        .weak_quality = kind == 7 ? 0.0 : 1.0,
                        .strong_quality = kind == 7 ? 1.0 : 0.0});
  }
  std::vector<const Outcome*> rows;
  for (const Outcome& row : outcomes) rows.push_back(&row);
  const NearestExamples nearest(rows);
  text::FeatureExtractor extractor;
  EXPECT_NEAR(nearest.score("kind7 common", extractor), 1, 1e-6);
  EXPECT_NEAR(nearest.score("kind8 common", extractor), -1, 1e-6);
  EXPECT_NEAR(nearest.score("unheard of", extractor), -56.0 / 60, 1e-6);  // the mean of all
  outcomes[15].strong_quality = 0;                                        // the other row of kind 7: gain 0
  const NearestExamples changed(rows);
  EXPECT_NEAR(changed.score_left_out(14), 0, 1e-6);
  EXPECT_NEAR(changed.score_left_out(15), 1, 1e-6);
}

}  // namespace
}  // namespace pointsman::learn
