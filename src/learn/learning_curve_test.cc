#include "learn/learning_curve.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

// Every text is three words of its category's `words`, one of them common to all.
Dataset babble(std::size_t categories, std::size_t words, std::size_t per_category) {
  Dataset data;
  base::Rng rng(6);
  for (std::size_t c = 0; c < categories; ++c) {
    for (std::size_t i = 0; i < per_category; ++i) {
      std::string text = "please";
      for (int w = 0; w < 2; ++w) {
        const auto word = static_cast<std::uint32_t>(c * words + rng.below(words));
        text += ' ';
        for (std::uint32_t n = word * 7919 + 26; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
      }
      data.examples.push_back({.text = text + " " + std::to_string(i), .category = "c" + std::to_string(c)});
    }
  }
  return data;
}

TEST(LearningCurve, RisesWhileWordsAreStillNew) {
  const LearningCurve curve = learning_curve(babble(4, 40, 60), {});
  ASSERT_EQ(curve.points.size(), 3U);
  EXPECT_EQ(curve.points[2].accuracy.of, 240U);
  EXPECT_EQ(curve.points[2].recall[1].of, 60U);
  EXPECT_EQ(curve.points[2].examples, 192U) << "four of five parts";
  EXPECT_EQ(curve.points[1].examples, 96U);
  EXPECT_GT(curve.points[2].accuracy.value(), curve.points[0].accuracy.value() + 0.05);
}

TEST(LearningCurve, IsFlatWhenTheWordsAreKnownSoon) {
  const LearningCurve curve = learning_curve(babble(2, 2, 60), {});
  EXPECT_NEAR(curve.points[2].accuracy.value(), curve.points[0].accuracy.value(), 0.03);
}

TEST(LearningCurve, DependsNeitherOnOrderNorOnThreads) {
  Dataset data = babble(3, 20, 30);
  const LearningCurve one = learning_curve(data, {});
  std::ranges::reverse(data.examples);
  const LearningCurve other = learning_curve(data, {.threads = 3});
  for (std::size_t i = 0; i < one.points.size(); ++i) {
    EXPECT_EQ(one.points[i].accuracy.hits, other.points[i].accuracy.hits);
  }
}

TEST(LearningCurve, SaysNothingAboutTooLittle) {
  EXPECT_TRUE(learning_curve(babble(2, 2, 5), {}).points.empty());
  Dataset outside = babble(2, 2, 5);
  for (int i = 0; i < 50; ++i) outside.examples.push_back({.text = "x" + std::to_string(i), .outside = true});
  EXPECT_TRUE(learning_curve(outside, {}).points.empty()) << "those of no category do not count";
  EXPECT_TRUE(learning_curve({}, {}).points.empty());
}

}  // namespace
}  // namespace pointsman::learn
