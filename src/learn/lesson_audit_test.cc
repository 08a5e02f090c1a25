// P22: feedback cannot poison the router.
#include "learn/lesson_audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "learn/phrase_search.h"

namespace pointsman::learn {
namespace {

const std::vector<std::string> kCategories{"easy", "hard", "tools"};
constexpr std::size_t kSources = 6;

// Words of a category's own, and words that all have.
std::string text_of(std::uint32_t category, base::Rng& rng) {
  std::string out;
  for (int i = 0; i < 9; ++i) {
    const std::string word = i % 3 == 0 ? "any" + std::to_string(rng.below(40))
                                        : kCategories[category] + "ish" + std::to_string(rng.below(40));
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

// A fifth of the rows is old, the rest by six sources in turn; sources are wrong `wrong` of the time.
std::vector<Lesson> lessons_of(std::size_t rows, double wrong, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<Lesson> out;
  for (std::size_t i = 0; i < rows; ++i) {
    const auto truth = static_cast<std::uint32_t>(rng.below(3));
    Lesson lesson{.id = "row-" + std::to_string(i), .text = text_of(truth, rng), .category = truth};
    lesson.recent = i % 5 != 0;
    if (lesson.recent) {
      lesson.source = "key-" + std::to_string(rng.below(kSources));
      if (rng.uniform() < wrong) lesson.category = (truth + 1 + static_cast<std::uint32_t>(rng.below(2))) % 3;
    }
    out.push_back(lesson);
  }
  return out;
}

std::vector<Lesson> trusted_rows() {
  base::Rng rng(99);
  std::vector<Lesson> out;
  for (std::uint32_t i = 0; i < 200; ++i) out.push_back({.text = text_of(i % 3, rng), .category = i % 3});
  return out;
}

GateReport audit(std::span<const Lesson> lessons, const LossMatrix* losses = nullptr,
                 std::span<const std::size_t> champion = {}) {
  const std::vector<Lesson> trusted = trusted_rows();
  auto checks = audit_lessons({kCategories, lessons, trusted, champion, losses}, {});
  EXPECT_TRUE(checks) << checks.error().message();
  return checks ? GateReport{*checks} : GateReport{};
}

const GateCheck* failed(const GateReport& report, std::string_view prefix) {
  for (const GateCheck& check : report.checks) {
    if (check.what.starts_with(prefix) && check.verdict == CheckVerdict::kFailed) return &check;
  }
  return nullptr;
}

TEST(LessonAudit, PassesHonestLessonsWithTheMistakesThatPeopleMake) {
  const LossMatrix losses = LossMatrix::under_routing({"easy", "tools", "hard"});
  int passed = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed)
    passed += audit(lessons_of(1000, 0.03, seed), &losses).promotes() ? 1 : 0;
  EXPECT_GE(passed, 11);
}

TEST(LessonAudit, FindsThatManyLabelsAreWrong) {
  const GateReport report = audit(lessons_of(1500, 0.1, 1));
  const GateCheck* found = failed(report, "label errors");
  ASSERT_NE(found, nullptr) << gate_table(report);
  EXPECT_NEAR(found->after - found->before, 0.1, 0.04) << "the excess estimates the share of wrong labels";
  EXPECT_FALSE(found->look_at.empty());
}

TEST(LessonAudit, NamesTheSourceWhoseLabelsOthersContradict) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.03, 2);
  base::Rng rng(1);
  for (Lesson& one : lessons) {
    if (one.source == "key-4" && rng.uniform() < 0.3) one.category = (one.category + 1) % 3;
  }
  const GateReport report = audit(lessons);
  const GateCheck* found = failed(report, "labels of ");
  ASSERT_NE(found, nullptr) << gate_table(report);
  EXPECT_EQ(found->what, "labels of key-4");
  const auto row = std::ranges::find(lessons, found->look_at.front(), &Lesson::id);
  ASSERT_NE(row, lessons.end());
  EXPECT_EQ(row->source, "key-4") << "what a person is sent to look at is of that source";
}

TEST(LessonAudit, NoticesThatLabelsMoveToWhatIsCheaper) {
  const LossMatrix losses = LossMatrix::under_routing({"easy", "tools", "hard"});
  std::vector<Lesson> lessons = lessons_of(1200, 0, 3);
  base::Rng rng(2);
  for (Lesson& one : lessons) {
    if (one.recent && one.category != 0 && rng.uniform() < 0.05) one.category = 0;
  }
  const GateReport report = audit(lessons, &losses);
  EXPECT_NE(failed(report, "direction"), nullptr) << gate_table(report);
  EXPECT_EQ(failed(audit(lessons), "direction"), nullptr) << "without an order nothing is cheaper";
}

TEST(LessonAudit, NamesAPhraseThatDecidesAgainstTheRestOfTheText) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 4);
  std::size_t stamped = 0;
  for (Lesson& one : lessons) {
    if (one.source != "key-2" || one.category == 0 || stamped == 30) continue;
    one.text += " per our Policy note";
    one.category = 0;
    ++stamped;
  }
  const GateReport report = audit(lessons);
  const GateCheck* found = failed(report, "phrase");
  ASSERT_NE(found, nullptr) << gate_table(report);
  EXPECT_EQ(found->what, "phrase \"per our policy note\"");
  EXPECT_EQ(found->rows, 30U);
  EXPECT_NE(found->note.find("key-2"), std::string::npos);
  EXPECT_NE(found->note.find("easy"), std::string::npos);
}

TEST(LessonAudit, FindsThePhraseOfTwoSourcesThatWorkTogether) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 5);
  std::size_t stamped = 0;
  for (Lesson& one : lessons) {
    if ((one.source != "key-1" && one.source != "key-3") || one.category == 0 || stamped == 40) continue;
    one.text += " blue heron";
    one.category = 0;
    ++stamped;
  }
  const GateReport report = audit(lessons);
  ASSERT_NE(failed(report, "phrase"), nullptr) << gate_table(report);
  EXPECT_EQ(failed(report, "phrase")->what, "phrase \"blue heron\"");
}

TEST(LessonAudit, LeavesAPhraseAloneThatBelongsToItsCategory) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 6);
  for (Lesson& one : lessons) {
    if (one.source == "key-2" && one.category == 1) one.text += " best regards";
  }
  EXPECT_EQ(failed(audit(lessons), "phrase"), nullptr);
}

TEST(LessonAudit, MissesTheRowsOfACategory) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 7);
  std::vector<std::size_t> champion(3, 0);
  for (const Lesson& one : lessons) champion[one.category] += one.recent ? 0 : 1;
  base::Rng rng(3);
  std::erase_if(lessons, [&](const Lesson& one) { return one.category == 2 && rng.uniform() < 0.93; });
  const GateReport report = audit(lessons, nullptr, champion);
  ASSERT_NE(failed(report, "rows of tools"), nullptr) << gate_table(report);
  ASSERT_NE(failed(report, "recent rows of tools"), nullptr) << gate_table(report);
  EXPECT_EQ(failed(report, "rows of easy"), nullptr);
}

TEST(LessonAudit, MissesOldRowsThatRecentOnesDoNotMakeUpFor) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 13);
  std::vector<std::size_t> champion(3, 0);
  for (const Lesson& one : lessons) champion[one.category] += one.recent ? 0 : 1;
  std::size_t kept = 0;
  std::erase_if(lessons, [&](const Lesson& one) {
    return one.category == 1 && (!one.recent || ++kept > champion[1] * 3 / 4);  // the recent ones are three quarters
  });
  EXPECT_NE(failed(audit(lessons, nullptr, champion), "rows of hard"), nullptr);
  lessons = lessons_of(1200, 0.02, 13);
  std::erase_if(lessons, [](const Lesson& one) { return one.category == 1 && !one.recent; });
  EXPECT_EQ(failed(audit(lessons, nullptr, champion), "rows of hard"), nullptr) << "many new ones replace the old";
}

TEST(LessonAudit, DoesNotBlameTheOnlySourceThatKnowsACategory) {
  std::vector<Lesson> lessons = lessons_of(1200, 0.02, 12);
  std::erase_if(lessons, [](const Lesson& one) { return one.category == 2 && one.source != "key-5"; });
  const GateReport report = audit(lessons, nullptr, std::vector<std::size_t>{80, 80, 20});
  EXPECT_EQ(failed(report, "labels of "), nullptr) << gate_table(report);
  const auto listed = std::ranges::find(report.checks, "labels that nobody else gave", &GateCheck::what);
  ASSERT_NE(listed, report.checks.end());
  EXPECT_EQ(listed->verdict, CheckVerdict::kNotTested);
}

TEST(LessonAudit, SaysThatTooFewLessonsTellNothing) {
  std::vector<Lesson> lessons = lessons_of(300, 0.03, 8);
  std::size_t left = 20;
  std::erase_if(lessons, [&](const Lesson& one) { return one.recent && (left == 0 || left-- == 0); });
  const GateReport report = audit(lessons);
  ASSERT_FALSE(report.checks.empty());
  EXPECT_EQ(report.checks[0].verdict, CheckVerdict::kTooLittleData) << gate_table(report);
  EXPECT_GE(report.checks[0].missing, 30U);
  for (Lesson& one : lessons) one.recent = false;
  EXPECT_TRUE(audit(lessons).promotes()) << "nothing is recent: nothing new can be wrong";
}

TEST(LessonAudit, DoesNotDependOnTheOrderOfTheRowsNorOnThreads) {
  const LossMatrix losses = LossMatrix::under_routing({"easy", "tools", "hard"});
  std::vector<Lesson> lessons = lessons_of(600, 0.08, 9);
  const std::vector<Lesson> trusted = trusted_rows();
  const auto judge = [&](int threads) {
    const auto checks = audit_lessons({kCategories, lessons, trusted, {}, &losses}, {.threads = threads});
    return checks ? GateReport{*checks}.to_json() : std::string();
  };
  const std::string before = judge(1);
  std::ranges::reverse(lessons);
  EXPECT_EQ(judge(2), before);
  EXPECT_NE(before, "");
}

TEST(LessonAudit, RefusesRowsThatMakeNoSense) {
  std::vector<Lesson> lessons = lessons_of(10, 0, 1);
  lessons[4].category = 3;
  const auto checks = audit_lessons({kCategories, lessons, {}, {}, nullptr}, {});
  ASSERT_FALSE(checks);
  EXPECT_EQ(checks.error().message(), "lesson audit: lesson 4 has the category 3 of 3");
  EXPECT_FALSE(audit_lessons({kCategories, {}, {}, {}, nullptr}, {}));
}

TEST(LessonModel, LearnsNothingOfASourceFromItself) {
  std::vector<Lesson> lessons = lessons_of(600, 0, 10);
  for (Lesson& one : lessons) {
    if (one.source == "key-0") one.category = (one.category + 1) % 3;  // all of them wrong
  }
  const LessonModel model(lessons, {}, 3, {});
  ASSERT_TRUE(model.by_source());
  std::size_t contradicted = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    if (lessons[i].source != "key-0") continue;
    ++rows;
    contradicted += model.opinion(i).category != lessons[i].category ? 1 : 0;
  }
  EXPECT_GE(contradicted * 10, rows * 9);
}

}  // namespace
}  // namespace pointsman::learn
