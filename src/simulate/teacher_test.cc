#include "simulate/teacher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/gold_texts.h"

namespace pointsman::simulate {
namespace {

using testing::category_names;
using testing::family_gold;

std::shared_ptr<const Teacher> made(const std::vector<GoldRow>& rows, TeacherOptions options = {}) {
  auto teacher = Teacher::make(rows, options);
  if (!teacher) ADD_FAILURE() << teacher.error().message();
  return *teacher;
}

// The share of rows it is right about with `offered` labels.
double accuracy(const Teacher& teacher, const std::vector<GoldRow>& rows, const std::vector<std::string>& offered) {
  double right = 0;
  for (const GoldRow& row : rows) right += offered[teacher.opinion(row.text, offered).best] == row.category ? 1 : 0;
  return right / static_cast<double>(rows.size());
}

TEST(Teacher, IsRightAsOftenAsStated) {
  const std::vector<GoldRow> rows = family_gold(50);
  for (const double stated : {0.5, 0.8, 0.95}) {
    const auto teacher = made(rows, {.accuracy = stated, .seed = 3});
    const double sigma = std::sqrt(stated * (1 - stated) / static_cast<double>(rows.size()));
    EXPECT_NEAR(accuracy(*teacher, rows, teacher->categories()), stated, 3 * sigma) << stated;
  }
  EXPECT_EQ(accuracy(*made(rows, {.accuracy = 1}), rows, category_names(rows)), 1);
  EXPECT_EQ(accuracy(*made(rows, {.accuracy = 0}), rows, category_names(rows)), 0);
}

TEST(Teacher, MistakesOneCategoryForACloseOne) {
  const std::vector<GoldRow> rows = family_gold(100);
  const auto teacher = made(rows, {.accuracy = 0.7});
  int mistakes = 0;
  int within_family = 0;
  for (const GoldRow& row : rows) {
    const std::string& said = teacher->categories()[teacher->opinion(row.text, teacher->categories()).best];
    if (said == row.category) continue;
    ++mistakes;
    within_family += said.substr(0, 2) == row.category.substr(0, 2) ? 1 : 0;
  }
  EXPECT_GT(mistakes, 400);
  // Three of the nineteen other categories are of the family: chance would give 16 %.
  EXPECT_GT(within_family, mistakes * 6 / 10);
}

TEST(Teacher, IsRightMoreOftenWhereItsConfusionsAreNotOffered) {
  const std::vector<GoldRow> rows = family_gold(50);
  const auto teacher = made(rows, {.accuracy = 0.6});
  double right = 0;
  for (const GoldRow& row : rows) {
    std::string far = row.category;
    far[1] = far[1] == '0' ? '1' : '0';
    const std::vector<std::string> two = {far, row.category};
    right += teacher->opinion(row.text, two).best == 1 ? 1 : 0;
  }
  EXPECT_GT(right / static_cast<double>(rows.size()), 0.85);
}

TEST(Teacher, TakesACloseLabelLessSurelyWhenTheRightOneIsNotOffered) {
  const std::vector<GoldRow> rows = family_gold(50);
  const auto teacher = made(rows);
  int within_family = 0;
  double with = 0;
  double without = 0;
  for (const GoldRow& row : rows) {
    std::vector<std::string> offered = teacher->categories();
    const TeacherOpinion free = teacher->opinion(row.text, offered);
    with += free.chances[free.best];
    std::erase(offered, row.category);
    const TeacherOpinion forced = teacher->opinion(row.text, offered);
    without += forced.chances[forced.best];
    within_family += offered[forced.best].substr(0, 2) == row.category.substr(0, 2) ? 1 : 0;
  }
  EXPECT_GT(within_family, static_cast<int>(rows.size()) * 6 / 10);
  EXPECT_LT(without, with * 0.95);
}

TEST(Teacher, AnswersTheSameQuestionTheSameWayWhateverTheOrderOfTheLabels) {
  const std::vector<GoldRow> rows = family_gold(10);
  const auto teacher = made(rows, {.accuracy = 0.7, .seed = 11});
  const auto twin = made(rows, {.accuracy = 0.7, .seed = 11});
  const auto other = made(rows, {.accuracy = 0.7, .seed = 12});
  std::vector<std::string> reversed = teacher->categories();
  std::ranges::reverse(reversed);
  int differ = 0;
  for (const GoldRow& row : rows) {
    const TeacherOpinion said = teacher->opinion(row.text, teacher->categories());
    const TeacherOpinion again = twin->opinion("  " + row.text + " ", teacher->categories());
    EXPECT_EQ(said.chances, again.chances);
    EXPECT_EQ(said.stated, again.stated);
    const TeacherOpinion turned = teacher->opinion(row.text, reversed);
    EXPECT_EQ(teacher->categories()[said.best], reversed[turned.best]);
    for (std::size_t i = 0; i < reversed.size(); ++i) {
      EXPECT_NEAR(said.chances[i], turned.chances[reversed.size() - 1 - i], 1e-12);
    }
    differ += other->opinion(row.text, teacher->categories()).best != said.best ? 1 : 0;
  }
  EXPECT_GT(differ, 0);
}

TEST(Teacher, GivesChancesThatAddUpWithWhatIsOutsideTheLabels) {
  const std::vector<GoldRow> rows = family_gold(20);
  const auto teacher = made(rows, {.accuracy = 0.8, .sharpness = 3});
  std::vector<GoldRow> asked = rows;
  asked.push_back({"", "f0_c0"});
  asked.push_back({"something else altogether", "f0_c0"});
  const std::vector<std::vector<std::string>> offers = {
      teacher->categories(), {"f0_c0", "f3_c1"}, {"f1_c1"}, {"f0_c0", "none", "never heard of it"}};
  for (const GoldRow& row : asked) {
    for (const auto& offered : offers) {
      const TeacherOpinion said = teacher->opinion(row.text, offered);
      ASSERT_EQ(said.chances.size(), offered.size());
      EXPECT_NEAR(std::accumulate(said.chances.begin(), said.chances.end(), said.outside), 1, 1e-9);
      EXPECT_EQ(said.chances[said.best], *std::ranges::max_element(said.chances));
      EXPECT_GE(said.outside, 0);
      EXPECT_TRUE(said.stated >= 0.7 && said.stated <= 0.99);
    }
  }
}

TEST(Teacher, SaysNoneOfThemForWhatBelongsToNone) {
  std::vector<GoldRow> rows = family_gold(50);
  const std::size_t inside = rows.size();
  base::Rng rng(1);
  for (int i = 0; i < 200; ++i) {
    rows.push_back({"outside" + std::to_string(i) + " stray" + std::to_string(rng.below(50)), std::string(kNone)});
  }
  const auto teacher = made(rows, {.accuracy = 0.95});
  const std::vector<GoldRow> strays(rows.begin() + static_cast<std::ptrdiff_t>(inside), rows.end());
  EXPECT_GT(accuracy(*teacher, strays, teacher->categories()), 0.8);
  std::vector<std::string> without = teacher->categories();
  std::erase(without, kNone);
  EXPECT_FALSE(teacher->opinion(strays[0].text, without).known);
}

TEST(Teacher, DrawsSamplesAsItsChancesSayAndAlwaysTheSameForOneSeed) {
  const auto teacher = made(family_gold(10));
  TeacherOpinion said;
  said.chances = {0.2, 0.6, 0.1};
  said.outside = 0.1;
  said.best = 1;
  constexpr int kDraws = 9000;
  int first = 0;
  for (std::uint64_t sample = 1; sample <= kDraws; ++sample) {
    EXPECT_EQ(teacher->choose(said, 0, sample), 1U);
    EXPECT_EQ(teacher->choose(said, 1, sample), teacher->choose(said, 1, sample));
    first += teacher->choose(said, 1, sample) == 0 ? 1 : 0;
  }
  const double expected = 0.2 / 0.9;
  EXPECT_NEAR(first / static_cast<double>(kDraws), expected, 3 * std::sqrt(expected * (1 - expected) / kDraws));
}

TEST(Teacher, TakesItsTimeWithTheStatedMedian) {
  const auto teacher = made(family_gold(10), {.latency_ms = 180, .latency_sigma = 0.35});
  std::vector<double> times;
  for (std::uint64_t key = 0; key < 2001; ++key) times.push_back(teacher->latency_ms(key));
  std::ranges::sort(times);
  // The standard error of a log-normal's median is about 1.25 sigma / sqrt(n), relatively: 1 %.
  EXPECT_NEAR(times[1000], 180, 3 * 1.8);
  EXPECT_NEAR(std::log(times[1682] / times[1000]), 0.35, 0.04);  // one sigma up
  EXPECT_EQ(made(family_gold(10), {.latency_ms = 0})->latency_ms(1), 0);
}

TEST(Teacher, SaysWhatIsWrongWithItsOptionsAndRows) {
  const std::vector<GoldRow> rows = family_gold(2);
  EXPECT_NE(Teacher::make(rows, {.accuracy = 1.5}).error().message().find("accuracy"), std::string::npos);
  EXPECT_NE(Teacher::make(rows, {.sharpness = 0}).error().message().find("sharpness"), std::string::npos);
  EXPECT_NE(Teacher::make(rows, {.latency_ms = -1}).error().message().find("latency"), std::string::npos);
  EXPECT_FALSE(Teacher::make({}));
  EXPECT_FALSE(Teacher::make(std::vector<GoldRow>{{"a", "one"}, {"b", "one"}}));
  EXPECT_FALSE(Teacher::make(std::vector<GoldRow>{{"a", "one"}, {"b", ""}}));
}

TEST(Closeness, LeavesATextOutOfItsOwnCategory) {
  const std::vector<GoldRow> rows = {{"lost card", "lost"}, {"my card is lost", "lost"}, {"red flower", "garden"}};
  const std::vector<std::uint32_t> owners = {1, 1, 0};
  const Closeness closeness(rows, owners, 2);
  const std::vector<float> with = closeness.of("lost card");
  const std::vector<float> without = closeness.of("lost card", 1);
  EXPECT_GT(with[1], without[1]);
  EXPECT_GT(without[1], 0);
  EXPECT_EQ(closeness.of("red flower", 0)[0], 0);
  EXPECT_NEAR(closeness.of("red flower")[0], 1, 1e-5);
  EXPECT_NEAR(closeness.between(1, 1), 1, 1e-5);
  EXPECT_EQ(closeness.between(0, 1), 0);
}

}  // namespace
}  // namespace pointsman::simulate
