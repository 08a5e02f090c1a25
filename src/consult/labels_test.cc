#include "consult/labels.h"

#include <gtest/gtest.h>

#include "consult/testing_counter.h"

namespace pointsman::consult {
namespace {

LabelSet labels_for(const std::vector<std::string>& names, const Counters& counters,
                    NoneLabel none = NoneLabel::kLeftOut) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  auto set = LabelSet::make(views, counters, none);
  EXPECT_TRUE(set) << (set ? "" : set.error().message());
  return set ? std::move(*set) : LabelSet();
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("category_number_" + std::to_string(i));
  return names;
}

void expect_no_collision(const LabelSet& set) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < set.size(); ++i) all.push_back(set.label(static_cast<int>(i)));
  if (set.has_none()) all.push_back(set.label(kNoCategory));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) EXPECT_FALSE(labels_collide(all[i], all[k])) << all[i] << " " << all[k];
  }
}

TEST(LabelSet, GivesNamesOfOneTokenTheirOwnName) {
  const LabelSet set = labels_for({"code", "math", "chat"}, counters_for_tests());
  EXPECT_EQ(set.label(0), "code");
  EXPECT_EQ(set.label(1), "math");
  EXPECT_TRUE(set.is_own_name(2));
}

TEST(LabelSet, GivesLongNamesLettersThatNoOwnNameBeginsWith) {
  const LabelSet set = labels_for({"reset_password", "code", "update_email", "billing"}, counters_for_tests());
  EXPECT_EQ(set.label(0), "A");
  EXPECT_EQ(set.label(2), "D");  // B begins "billing", C begins "code"
  EXPECT_FALSE(set.is_own_name(0));
  EXPECT_TRUE(set.is_own_name(3));
  expect_no_collision(set);
}

TEST(LabelSet, NeedsOneTokenInBothVocabularies) {
  Counters counters = counters_for_tests();
  counters.cl100k = [](std::string_view text) { return text == "code" ? std::size_t{2} : count_for_tests(text); };
  const LabelSet set = labels_for({"code", "math"}, counters);
  EXPECT_EQ(set.label(0), "A");
  EXPECT_EQ(set.label(1), "math");
}

TEST(LabelSet, KnowsAFewWordsWithoutACounter) {
  const LabelSet set = labels_for({"code", "reasoning"}, {});
  EXPECT_EQ(set.label(0), "code");  // one token
  EXPECT_EQ(set.label(1), "A");     // two tokens
}

TEST(LabelSet, TakesNumbersOfEqualLengthWhenLettersDoNotSuffice) {
  EXPECT_EQ(labels_for(numbered(26), {}).label(25), "Z");
  EXPECT_EQ(labels_for(numbered(27), {}).label(0), "10");
  EXPECT_EQ(labels_for(numbered(90), {}).label(89), "99");
  EXPECT_EQ(labels_for(numbered(91), {}).label(90), "190");
  EXPECT_EQ(labels_for(numbered(900), {}).label(899), "999");
  expect_no_collision(labels_for(numbered(120), {}, NoneLabel::kOffered));
}

TEST(LabelSet, NeverMakesALabelTheBeginningOfAnother) {
  const LabelSet set =
      labels_for({"Test", "testing", "no", "news", "a", "b"}, counters_for_tests(), NoneLabel::kOffered);
  EXPECT_EQ(set.label(0), "Test");
  EXPECT_FALSE(set.is_own_name(1));            // "testing" begins like "Test"
  EXPECT_EQ(set.label(kNoCategory), "other");  // "none" begins with "no"
  expect_no_collision(set);
}

TEST(LabelSet, FindsALabelForNoneWhateverTheNames) {
  const LabelSet set = labels_for({"none", "other", "unknown"}, counters_for_tests(), NoneLabel::kOffered);
  EXPECT_EQ(set.label(kNoCategory), "0");
  EXPECT_FALSE(set.is_own_name(kNoCategory));
  expect_no_collision(set);
}

TEST(LabelSet, RefusesNoNamesEqualNamesAndTooManyNames) {
  EXPECT_EQ(LabelSet::make({}, {}).error().code(), base::ErrorCode::kInvalidArgument);
  const std::vector<std::string_view> twice = {"x y", "z", "x y"};
  EXPECT_NE(LabelSet::make(twice, {}).error().message().find("'x y'"), std::string::npos);
  const std::vector<std::string> many = numbered(901);
  const std::vector<std::string_view> views(many.begin(), many.end());
  EXPECT_EQ(LabelSet::make(views, {}).error().code(), base::ErrorCode::kTooLarge);
}

TEST(LabelSet, DoesNotUseANameThatJsonOrAVocabularyWouldGlueToSomething) {
  const LabelSet set = labels_for({"\"", "a b", "", "é"}, {[](std::string_view) { return std::size_t{1}; }, {}});
  EXPECT_FALSE(set.is_own_name(0));
  EXPECT_FALSE(set.is_own_name(1));
  EXPECT_FALSE(set.is_own_name(2));
  EXPECT_TRUE(set.is_own_name(3));
}

}  // namespace
}  // namespace pointsman::consult
