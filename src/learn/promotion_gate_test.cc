#include "learn/promotion_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/rng.h"
#include "learn/paired_comparison.h"

namespace pointsman::learn {
namespace {

const std::vector<std::string> kCategories{"easy", "hard", "tools"};

// Rows whose probabilities it owns.
class Rows {
 public:
  // Puts `confidence` on what each classifier decides, and shares the rest evenly.
  void add(JudgedSet set, std::uint32_t truth, std::uint32_t before, std::uint32_t after, double confidence = 0.95) {
    rows_.push_back(
        {.set = set, .truth = truth, .before = sure_of(before, confidence), .after = sure_of(after, confidence)});
  }
  JudgedRow& last() { return rows_.back(); }
  // `count` rows, the categories in turn, on which both are right but for a share that both get wrong.
  void add_alike(JudgedSet set, std::size_t count, double wrong = 0.05, std::uint64_t seed = 1) {
    base::Rng rng(seed);
    for (std::size_t i = 0; i < count; ++i) {
      const auto truth = static_cast<std::uint32_t>(i % 3);
      const auto said = rng.uniform() < wrong ? (truth + 1) % 3 : truth;
      add(set, truth, said, said);
    }
  }
  std::vector<JudgedRow>& rows() { return rows_; }

  GateReport judge(const GateOptions& options = {}, const LossMatrix* losses = nullptr) const {
    auto report = judge_promotion({.categories = kCategories, .rows = rows_, .losses = losses}, options);
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : GateReport{};
  }

 private:
  std::span<const float> sure_of(std::uint32_t category, double confidence) {
    std::vector<float>& row = owned_.emplace_back(3, static_cast<float>((1 - confidence) / 2));
    row[category] = static_cast<float>(confidence);
    return row;
  }

  std::deque<std::vector<float>> owned_;
  std::vector<JudgedRow> rows_;
};

const GateCheck& check_of(const GateReport& report, std::string_view set, std::string_view what) {
  static const GateCheck kNone{.what = "no such check", .verdict = CheckVerdict::kNotTested};
  for (const GateCheck& check : report.checks) {
    if (check.set == set && check.what == what) return check;
  }
  ADD_FAILURE() << "no check of " << set << ", " << what << " in\n" << gate_table(report);
  return kNone;
}

TEST(PromotionGate, PassesACandidateThatJudgesAlike) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 300);
  rows.add_alike(JudgedSet::kRecent, 300, 0.05, 2);
  const GateReport report = rows.judge();
  EXPECT_TRUE(report.promotes()) << gate_table(report);
}

TEST(PromotionGate, StopsACandidateThatIsWorseByMoreThanTheMargin) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 300);
  rows.add_alike(JudgedSet::kRecent, 300, 0.05, 2);
  for (std::uint32_t i = 0; i < 30; ++i) rows.add(JudgedSet::kGolden, i % 3, i % 3, (i + 1) % 3);
  const GateReport report = rows.judge();
  EXPECT_EQ(check_of(report, "golden", "accuracy").verdict, CheckVerdict::kFailed);
  EXPECT_EQ(check_of(report, "recent", "accuracy").verdict, CheckVerdict::kPassed);
  EXPECT_EQ(report.verdict(), CheckVerdict::kFailed);
}

TEST(PromotionGate, RefusesWithTooLittleDataAndSaysHowMuchIsMissing) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 100, 0);
  const GateReport report = rows.judge();
  EXPECT_EQ(report.verdict(), CheckVerdict::kTooLittleData);
  EXPECT_EQ(check_of(report, "golden", "accuracy").missing, 49U) << "149 rows prove a margin of 2 % if nothing breaks";
  EXPECT_EQ(check_of(report, "recent", "accuracy").missing, 149U) << "a set that is not there lacks all of them";
}

TEST(PromotionGate, SaysOfWhichCategoryLabelsAreMissing) {
  Rows rows;
  for (const JudgedSet set : {JudgedSet::kGolden, JudgedSet::kRecent}) {
    for (std::uint32_t i = 0; i < 200; ++i) rows.add(set, i % 2, i % 2, i % 2, 0.99);
  }
  for (int i = 0; i < 9; ++i) rows.add(JudgedSet::kGolden, 2, 2, 2, 0.99);
  const GateReport report = rows.judge();
  const GateCheck& check = check_of(report, "labelled", "category tools");
  EXPECT_EQ(check.verdict, CheckVerdict::kTooLittleData);
  EXPECT_EQ(check.missing, 11U) << "three categories at 5 %: six broken rows, 30 % of twenty";
  EXPECT_EQ(check.missing_of, "tools");
  EXPECT_EQ(report.verdict(), CheckVerdict::kTooLittleData);
}

TEST(PromotionGate, ToldThatRowsAreMissingPassesOnceTheyAreThere) {
  for (const std::size_t rows : {148U, 149U}) {
    Rows judged;
    judged.add_alike(JudgedSet::kGolden, rows, 0);
    const GateReport report = judged.judge({.ece_limit = 0.2, .need_recent = false});
    EXPECT_EQ(report.promotes(), rows == 149) << gate_table(report);
  }
}

TEST(PromotionGate, StopsACandidateThatLosesOneCategoryAndGainsElsewhere) {
  Rows rows;
  for (const JudgedSet set : {JudgedSet::kGolden, JudgedSet::kRecent}) {
    rows.add_alike(set, 600);
    for (std::uint32_t i = 0; i < 15; ++i) rows.add(set, 2, 2, 0);
    for (std::uint32_t i = 0; i < 30; ++i) rows.add(set, i % 2, 2, i % 2);
  }
  const GateReport report = rows.judge({.category_limit = 0.05});
  EXPECT_EQ(check_of(report, "golden", "accuracy").verdict, CheckVerdict::kPassed) << gate_table(report);
  EXPECT_EQ(check_of(report, "labelled", "category tools").verdict, CheckVerdict::kFailed) << gate_table(report);
  EXPECT_EQ(check_of(report, "labelled", "category easy").verdict, CheckVerdict::kPassed);
}

TEST(PromotionGate, StopsACandidateThatFailsOneSlice) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 1000);
  rows.add_alike(JudgedSet::kRecent, 1000, 0.05, 2);
  for (std::size_t i = 0; i < 60; ++i) rows.rows()[i].slice = "de";
  for (std::size_t i = 60; i < 65; ++i) rows.rows()[i].slice = "fr";
  for (std::uint32_t i = 0; i < 12; ++i) {
    rows.add(JudgedSet::kGolden, i % 3, i % 3, (i + 1) % 3);
    rows.last().slice = "de";
  }
  const GateReport report = rows.judge();
  EXPECT_EQ(check_of(report, "labelled", "slice de").verdict, CheckVerdict::kFailed) << gate_table(report);
  EXPECT_EQ(check_of(report, "labelled", "slice fr").verdict, CheckVerdict::kNotTested);
  EXPECT_EQ(check_of(rows.judge({.slices_need_rows = true}), "labelled", "slice fr").verdict,
            CheckVerdict::kTooLittleData);
}

TEST(PromotionGate, SeldomStopsForACategoryThatHasNotFallen) {
  base::Rng rng(11);
  int stopped = 0;
  for (int run = 0; run < 60; ++run) {
    Rows rows;
    for (std::uint32_t i = 0; i < 120; ++i) {
      const std::uint32_t truth = i % 3;
      const double u = rng.uniform();
      rows.add(JudgedSet::kGolden, truth, u < 0.1 ? (truth + 1) % 3 : truth,
               u >= 0.1 && u < 0.2 ? (truth + 1) % 3 : truth);
    }
    const GateReport report = rows.judge({.resamples = 20, .need_recent = false});
    for (const GateCheck& check : report.checks) {
      if (check.what.starts_with("category") && check.verdict == CheckVerdict::kFailed) {
        ++stopped;
        break;
      }
    }
  }
  EXPECT_LE(stopped, 8) << "at most 5 % of 60; a binomial stays within 8 with 99 %";
}

TEST(PromotionGate, DemandsProofOfEachCategoryWhenTold) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 180, 0);
  const GateReport report = rows.judge({.category_limit = 0.04, .prove_each = true, .need_recent = false});
  const GateCheck& check = check_of(report, "labelled", "category hard");
  EXPECT_EQ(check.verdict, CheckVerdict::kTooLittleData);
  EXPECT_EQ(check.missing, rows_if_faultless(0.04, 0.05) - 60);
}

TEST(PromotionGate, StopsACandidateThatIsTooSureOfItself) {
  Rows rows;
  base::Rng rng(4);
  for (std::uint32_t i = 0; i < 600; ++i) {
    const std::uint32_t said = rng.uniform() < 0.15 ? (i + 1) % 3 : i % 3;
    rows.add(JudgedSet::kGolden, i % 3, said, said, 0.85);
    static const std::vector<float> kSure[] = {
        {0.99F, 0.005F, 0.005F}, {0.005F, 0.99F, 0.005F}, {0.005F, 0.005F, 0.99F}};
    rows.last().after = kSure[said];
  }
  const GateReport report = rows.judge({.need_recent = false});
  EXPECT_EQ(check_of(report, "golden", "calibration").verdict, CheckVerdict::kFailed) << gate_table(report);
  EXPECT_EQ(check_of(report, "golden", "accuracy").verdict, CheckVerdict::kPassed);
}

TEST(PromotionGate, StopsACandidateWhoseMistakesCostMore) {
  const LossMatrix losses = LossMatrix::under_routing({"easy", "tools", "hard"});
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 1200, 0);
  for (std::uint32_t i = 0; i < 30; ++i) rows.add(JudgedSet::kGolden, 0, 1, 0, 0.4);  // was sent too high
  for (std::uint32_t i = 0; i < 30; ++i) rows.add(JudgedSet::kGolden, 1, 1, 0, 0.4);  // is sent too low
  const GateReport report = rows.judge({.category_limit = 0.5, .need_recent = false}, &losses);
  EXPECT_EQ(check_of(report, "golden", "accuracy").verdict, CheckVerdict::kPassed) << gate_table(report);
  EXPECT_EQ(check_of(report, "golden", "cost").verdict, CheckVerdict::kFailed) << gate_table(report);
}

TEST(PromotionGate, AsksForRowsThatTheCertificateNeeds) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 300, 0);
  rows.add_alike(JudgedSet::kRecent, 150, 0, 2);
  GateOptions options{.promise = Promise{0.01, 0.95}};
  const GateReport report = rows.judge(options);
  const GateCheck& check = check_of(report, "recent", "promise");
  EXPECT_EQ(check.verdict, CheckVerdict::kTooLittleData);
  EXPECT_EQ(check.missing, 149U) << "299 faultless rows promise 1 %";
  options.promise = Promise{0.03, 0.95};
  EXPECT_EQ(check_of(rows.judge(options), "recent", "promise").after, 1) << "all of it stays local";
}

TEST(PromotionGate, WeighsVerdictsThatWereAskedByChance) {
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 300);
  rows.add_alike(JudgedSet::kRecent, 300, 0.05, 2);
  rows.add_alike(JudgedSet::kVerdicts, 2000, 0.05, 3);
  EXPECT_EQ(check_of(rows.judge(), "verdicts", "accuracy").verdict, CheckVerdict::kPassed);
  for (std::uint32_t i = 0; i < 60; ++i) {
    rows.add(JudgedSet::kVerdicts, i % 3, i % 3, (i + 1) % 3);
    rows.last().weight = 10;
  }
  const GateReport report = rows.judge();
  EXPECT_EQ(check_of(report, "verdicts", "accuracy").verdict, CheckVerdict::kFailed) << gate_table(report);
}

TEST(PromotionGate, TakesWhatIsLeftOfOneForNoneOfTheCategories) {
  static const std::vector<float> kDoubt{0.2F, 0.1F, 0.1F};
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 300);
  for (int i = 0; i < 20; ++i) rows.rows().push_back({.truth = 3, .before = kDoubt, .after = kDoubt});
  const GateReport report = rows.judge({.ece_limit = 0.2, .need_recent = false});
  EXPECT_EQ(check_of(report, "labelled", "none of the categories").after, 1);
}

TEST(PromotionGate, DoesNotDependOnTheOrderOfTheRows) {
  const LossMatrix losses = LossMatrix::under_routing({"easy", "tools", "hard"});
  Rows rows;
  base::Rng rng(8);
  for (std::uint32_t i = 0; i < 400; ++i) {
    const auto said = [&] { return static_cast<std::uint32_t>(rng.below(8) == 0 ? rng.below(3) : i % 3); };
    rows.add(kJudgedSets[i % 3], i % 3, said(), said(), 0.5 + rng.uniform() / 2);
    rows.last().slice = i % 5 == 0 ? "de" : "";
    rows.last().weight = 1 + static_cast<double>(i % 3);
  }
  GateOptions options{.promise = Promise{0.1, 0.9}};
  const std::string before = rows.judge(options, &losses).to_json();
  for (std::size_t i = 400; i > 1; --i) std::swap(rows.rows()[i - 1], rows.rows()[rng.below(i)]);
  EXPECT_EQ(rows.judge(options, &losses).to_json(), before);
}

TEST(PromotionGate, RefusesRowsThatMakeNoSense) {
  static const std::vector<float> kTooMuch{0.9F, 0.9F, 0.0F};
  Rows rows;
  rows.add_alike(JudgedSet::kGolden, 3);
  rows.rows()[2].after = kTooMuch;
  const auto report = judge_promotion({.categories = kCategories, .rows = rows.rows()}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message(), "promotion gate: row 2 has a candidate's probabilities that are none");
  rows.rows()[2].after = rows.rows()[2].before;
  rows.rows()[1].weight = 0;
  EXPECT_FALSE(judge_promotion({.categories = kCategories, .rows = rows.rows()}, {}));
  EXPECT_FALSE(judge_promotion({.categories = kCategories, .rows = {}}, {.alpha = 0}));
}

TEST(PromotionGate, PassesNothingWithoutAnyRow) {
  EXPECT_FALSE(Rows().judge().promotes());
  EXPECT_FALSE(Rows().judge({.need_golden = false, .need_recent = false}).promotes());
}

}  // namespace
}  // namespace pointsman::learn
