#include "learn/likeness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace pointsman::learn {
namespace {

std::vector<classify::TextTrace> traces(const std::vector<std::string>& texts) {
  text::FeatureExtractor extractor;
  std::vector<classify::TextTrace> out;
  for (const std::string& text : texts) out.push_back(classify::trace_of({.text = text}, extractor));
  return out;
}

std::vector<const classify::TextTrace*> pointers(const std::vector<classify::TextTrace>& traces) {
  std::vector<const classify::TextTrace*> out;
  for (const auto& one : traces) out.push_back(&one);
  return out;
}

TEST(Likeness, IsOneForTheSameWordsAndSymmetric) {
  const auto rows = traces({"cancel my order please", "Cancel my order please", "cancel my booking please", "hello"});
  const Likeness out = find_likeness(pointers(rows), {});
  ASSERT_EQ(out.neighbours[0].size(), 2U);
  EXPECT_EQ(out.neighbours[0][0].row, 1U);
  EXPECT_NEAR(out.neighbours[0][0].likeness, 1, 1e-5);
  EXPECT_EQ(out.neighbours[0][1].row, 2U);
  EXPECT_LT(out.neighbours[0][1].likeness, 0.9F);
  EXPECT_NEAR(out.neighbours[2][0].likeness, out.neighbours[0][1].likeness, 1e-6);
  EXPECT_TRUE(out.neighbours[3].empty());
}

TEST(Likeness, FindsTheNearestKnownOne) {
  const auto rows = traces({"cancel my order please", "something else entirely"});
  const auto known = traces({"cancel a flight", "cancel my order"});
  const Likeness out = find_likeness(pointers(rows), pointers(known));
  ASSERT_TRUE(out.nearest_known[0].has_value());
  EXPECT_EQ(out.nearest_known[0]->row, 1U);
  EXPECT_FALSE(out.nearest_known[1].has_value());
  EXPECT_TRUE(out.neighbours[0].empty());
}

TEST(Likeness, KeepsTheNearestOfManyNeighbours) {
  std::vector<std::string> texts = {"alpha beta gamma delta"};
  for (int i = 0; i < 20; ++i) texts.push_back("alpha w" + std::to_string(i) + "x");
  texts.emplace_back("alpha beta gamma");
  const auto rows = traces(texts);
  const Likeness out = find_likeness(pointers(rows), {}, {.most = 3, .least = 0.001F});
  EXPECT_EQ(out.neighbours[0].size(), 3U);
  EXPECT_EQ(out.neighbours[0].back().row, 21U);
}

TEST(Likeness, OfTextsThatLeftNoTraceIsNothing) {
  std::vector<classify::TextTrace> rows(2);
  const Likeness out = find_likeness(pointers(rows), pointers(rows));
  EXPECT_TRUE(out.neighbours[0].empty());
  EXPECT_FALSE(out.nearest_known[1].has_value());
  EXPECT_TRUE(find_likeness({}, {}).neighbours.empty());
}

}  // namespace
}  // namespace pointsman::learn
