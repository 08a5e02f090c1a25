#include "learn/lessons.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace pointsman::learn {
namespace {

const std::vector<std::string> kCategories{"simple", "reasoning", "tool_use"};

Testimony lesson(std::string text, std::size_t category, LessonSource source, std::string voice = {}) {
  Testimony out;
  out.example.text = std::move(text);
  out.says.assign(kCategories.size(), 0);
  if (category < out.says.size()) out.says[category] = 1;
  out.source = source;
  out.voice = std::move(voice);
  out.trusted = true;
  return out;
}

double weight_of(const LessonPlan& plan, std::string_view text, std::string_view category) {
  double weight = 0;
  for (const Example& one : plan.data.examples) {
    if (one.text == text && one.category == category) weight += static_cast<double>(one.weight);
  }
  return weight;
}

TEST(Lessons, PeopleAreHeardBeforeTheModelAndTheModelBeforeSigns) {
  const LessonPlan plan =
      plan_lessons(kCategories,
                   {lesson("a", 0, LessonSource::kSeed), lesson("a", 1, LessonSource::kPerson, "ada"),
                    lesson("a", 2, LessonSource::kModel, "tiny"), lesson("b", 0, LessonSource::kModel, "tiny"),
                    lesson("b", 1, LessonSource::kSignal, "api")},
                   {});
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "reasoning"), 3);
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "simple"), 0);
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "tool_use"), 0);
  EXPECT_DOUBLE_EQ(weight_of(plan, "b", "simple"), 1);
  EXPECT_DOUBLE_EQ(weight_of(plan, "b", "reasoning"), 0);
  EXPECT_EQ(plan.outvoted, 1U);
  EXPECT_EQ(plan.person.rows, 1U);
  EXPECT_EQ(plan.model.rows, 1U);
}

TEST(Lessons, OfOneVoiceTheNewestWordCounts) {
  Testimony first = lesson("a", 0, LessonSource::kPerson, "ada");
  first.when = 1;
  Testimony second = lesson("a", 1, LessonSource::kPerson, "ada");
  second.when = 2;
  for (const auto& order : {std::vector{first, second}, std::vector{second, first}}) {
    const LessonPlan plan = plan_lessons(kCategories, order, {});
    EXPECT_DOUBLE_EQ(weight_of(plan, "a", "reasoning"), 3);
    EXPECT_DOUBLE_EQ(weight_of(plan, "a", "simple"), 0);
    EXPECT_EQ(plan.conflicts, 0U);
  }
}

TEST(Lessons, PeopleWhoDisagreeGiveASoftLabelAndAreCounted) {
  const LessonPlan plan = plan_lessons(
      kCategories, {lesson("a", 0, LessonSource::kPerson, "ada"), lesson("a", 1, LessonSource::kPerson, "bob")}, {});
  EXPECT_EQ(plan.conflicts, 1U);
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "simple"), weight_of(plan, "a", "reasoning"));
  EXPECT_NEAR(weight_of(plan, "a", "simple") + weight_of(plan, "a", "reasoning"), 4.5, 1e-6)
      << "two weigh more than one";
}

TEST(Lessons, AnUnsureVerdictTeachesNothingAndASureOneSoftly) {
  Testimony unsure = lesson("a", 9, LessonSource::kModel, "tiny");
  unsure.says = {0.34F, 0.33F, 0.33F};
  Testimony sure = lesson("b", 9, LessonSource::kModel, "tiny");
  sure.says = {0.72F, 0.18F, 0.0F};  // and 0.1 for none of them
  const LessonPlan plan = plan_lessons(kCategories, {unsure, sure}, {});
  EXPECT_EQ(plan.unheard, 1U);
  EXPECT_NEAR(weight_of(plan, "b", "simple"), 0.72, 1e-6);
  EXPECT_NEAR(weight_of(plan, "b", "reasoning"), 0.18, 1e-6);
  const auto none = std::ranges::find_if(plan.data.examples, [](const Example& one) { return one.outside; });
  ASSERT_NE(none, plan.data.examples.end());
  EXPECT_NEAR(none->weight, 0.1, 1e-6);
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "simple"), 0);
}

TEST(Lessons, AgeFadesWhatWasSaidButNotTheSeeds) {
  Testimony old = lesson("a", 0, LessonSource::kPerson, "ada");
  old.age_days = 90;
  Testimony seed = lesson("b", 0, LessonSource::kSeed);
  seed.age_days = 900;
  const LessonPlan plan = plan_lessons(kCategories, {old, seed}, {.half_life_days = 90});
  EXPECT_DOUBLE_EQ(weight_of(plan, "a", "simple"), 1.5);
  EXPECT_DOUBLE_EQ(weight_of(plan, "b", "simple"), 1);
}

TEST(Lessons, NoVoiceThatIsNotTrustedCarriesMoreThanItsShare) {
  std::vector<Testimony> lessons;
  for (int i = 0; i < 200; ++i) lessons.push_back(lesson("seed " + std::to_string(i), 0, LessonSource::kSeed));
  for (int i = 0; i < 300; ++i) {
    Testimony one = lesson("poison " + std::to_string(i), 2, LessonSource::kPerson, "api:eve");
    one.trusted = false;
    lessons.push_back(one);
  }
  for (int i = 0; i < 20; ++i) lessons.push_back(lesson("word " + std::to_string(i), 1, LessonSource::kPerson, "ada"));
  const LessonPlan plan = plan_lessons(kCategories, lessons, {});
  ASSERT_EQ(plan.voices.size(), 2U);
  const VoiceShare& ada = plan.voices[0];
  const VoiceShare& eve = plan.voices[1];
  double whole = 0;
  for (const Example& one : plan.data.examples) whole += static_cast<double>(one.weight);
  EXPECT_EQ(eve.voice, "api:eve");
  EXPECT_NEAR(eve.weight / whole, 0.05, 1e-4);
  EXPECT_NEAR(eve.weight + eve.taken, 900, 1e-6);
  EXPECT_NEAR(ada.weight, 60, 1e-9);
  EXPECT_EQ(ada.taken, 0);
}

TEST(Lessons, ManyLimitedVoicesShareWhatThereIs) {
  std::vector<Testimony> lessons;
  for (int i = 0; i < 400; ++i) {
    Testimony one = lesson("text " + std::to_string(i), 0, LessonSource::kPerson, "api:" + std::to_string(i % 40));
    one.trusted = false;
    lessons.push_back(one);
  }
  const LessonPlan plan = plan_lessons(kCategories, lessons, {});
  for (const VoiceShare& one : plan.voices) EXPECT_EQ(one.taken, 0) << one.voice;
}

TEST(Lessons, TheOrderOfTheLessonsDoesNotMatter) {
  std::mt19937 random(7);
  std::vector<Testimony> lessons;
  for (int i = 0; i < 200; ++i) {
    Testimony one = lesson("t" + std::to_string(random() % 60), random() % 3, static_cast<LessonSource>(random() % 4),
                           "v" + std::to_string(random() % 5));
    one.trusted = random() % 2 == 0;
    one.when = random() % 10;
    lessons.push_back(one);
  }
  const std::string expected = content_hash(plan_lessons(kCategories, lessons, {}).data);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(lessons.begin(), lessons.end(), random);
    EXPECT_EQ(content_hash(plan_lessons(kCategories, lessons, {}).data), expected);
  }
}

TEST(MeaningOfFit, SharesWhatIsStrongerOrWeakerAsTheClassifierSawIt) {
  const std::vector<float> saw{0.5F, 0.3F, 0.2F};
  const std::vector<double> strength{1, 5, 3};
  EXPECT_EQ(meaning_of_fit(saw, 0, strength, 0), (std::vector<float>{1, 0, 0}));
  const auto stronger = meaning_of_fit(saw, 0, strength, 1);
  EXPECT_NEAR(stronger[1], 0.6, 1e-6);
  EXPECT_NEAR(stronger[2], 0.4, 1e-6);
  EXPECT_EQ(meaning_of_fit(saw, 0, strength, -1), std::vector<float>()) << "nothing is weaker";
  EXPECT_EQ(meaning_of_fit(saw, 7, strength, 1), std::vector<float>());
}

TEST(PackedFeatures, ComeBackAndBrokenOnesArePassedOver) {
  const std::vector<text::Feature> features{{7, 2, text::Block::kWords}, {0xffffffff, 65535, text::Block::kContext}};
  std::string packed = pack_features(features);
  auto back = unpack_features(packed);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].hash, 0xffffffffU);
  EXPECT_EQ(back[1].count, 65535);
  EXPECT_EQ(back[1].block, text::Block::kContext);
  packed[6] = 9;
  EXPECT_EQ(unpack_features(packed + "xyz").size(), 1U);
}

}  // namespace
}  // namespace pointsman::learn
