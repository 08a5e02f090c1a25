#include "ledger/savings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "base/uuid.h"
#include "ledger/total_cost.h"

namespace pointsman::ledger {
namespace {

using base::Money;

constexpr std::int64_t kStart = 1'767'348'000;  // 2026-01-02 10:00:00 UTC

class SavingsTest : public testing::Test {
 protected:
  Entry entry(std::int64_t cost, std::int64_t baseline, std::string category = "chat", std::uint64_t conversation = 0) {
    Entry out;
    out.id = ids_.next(base::WallTime(std::chrono::seconds(kStart)));
    out.category = std::move(category);
    out.conversation = conversation;
    out.model = "small";
    out.bill.baseline = "large";
    out.cost = Money{cost};
    out.baseline_cost = Money{baseline};
    return out;
  }
  static SavingsReport fold(const std::vector<Entry>& entries, SavingsBy by = SavingsBy::kRoute) {
    SavingsFold fold(by);
    for (const Entry& one : entries) fold.add(one);
    return fold.report();
  }
  base::UuidGenerator ids_{3};
};

TEST_F(SavingsTest, AreWhatTheBaselineWouldHaveCostLessWhatWasPaid) {
  const auto report = fold({entry(10, 100), entry(30, 60), entry(50, 40, "sums")});
  ASSERT_EQ(report.lines.size(), 2U);
  EXPECT_EQ(report.lines[0].name, "chat");
  EXPECT_EQ(report.lines[0].actual, Money{40});
  EXPECT_EQ(report.lines[0].baseline, Money{160});
  EXPECT_EQ(report.lines[0].saved(), Money{120});
  EXPECT_DOUBLE_EQ(*report.lines[0].share, 0.75);
  EXPECT_EQ(report.lines[0].baselines, std::set<std::string>{"large"});
  EXPECT_EQ(report.lines[1].saved(), Money{-10}) << "more than the baseline is no saving";
  EXPECT_DOUBLE_EQ(*report.lines[1].share, -0.25);
  EXPECT_EQ(report.total.saved(), Money{110});
}

TEST_F(SavingsTest, LeaveOutAndCountWhatIsUnknown) {
  Entry unpriced = entry(1, 2);
  unpriced.cost.reset();
  Entry no_baseline = entry(1, 2);
  no_baseline.baseline_cost.reset();
  Entry asked = entry(1, 2);
  asked.consultation.model = "tiny";
  const auto report = fold({entry(10, 100), unpriced, no_baseline, asked});
  EXPECT_EQ(report.total.requests, 4U);
  EXPECT_EQ(report.total.excluded, 3U);
  EXPECT_EQ(report.total.actual, Money{10});
  EXPECT_EQ(report.total.baseline, Money{100});
}

TEST_F(SavingsTest, BearTheCostOfRoutingItself) {
  Entry one = entry(50, 100);
  one.attempts = {{.model = "tiny", .judged = {.worth = "unsure", .discarded = true, .cost = Money{20}}}};
  one.consultation.model = "tiny";
  one.consultation.cost = Money{5};
  one.fitting.summary_model = "tiny";
  one.fitting.summary_cost = Money{7};
  const auto total = fold({one}).total;
  EXPECT_EQ(total.actual, Money{62});
  EXPECT_EQ(total.discarded, Money{20});
  EXPECT_EQ(total.classification, Money{5});
  EXPECT_EQ(total.summaries, Money{7});
  EXPECT_EQ(total.saved(), Money{38});
}

TEST_F(SavingsTest, CountAnswersGivenAgain) {
  Entry again = entry(0, 100);
  again.bill.replayed = "0198";
  EXPECT_EQ(fold({again, entry(1, 1)}).total.replayed, 1U);
}

TEST_F(SavingsTest, NameWhatHasNoName) {
  Entry named = entry(1, 1, "");
  named.stage = "passthrough";
  Entry doubt = entry(1, 1, "");
  doubt.stage = "fallback";
  const auto report = fold({named, doubt});
  ASSERT_EQ(report.lines.size(), 2U);
  EXPECT_EQ(report.lines[0].name, "(fallback)");
  EXPECT_EQ(report.lines[1].name, "(model named)");
  EXPECT_EQ(fold({named}, SavingsBy::kOwner).lines[0].name, "(none)");
  EXPECT_EQ(fold({named}, SavingsBy::kDay).lines[0].name, "2026-01-02");
}

// Every report is the sum of its entries, however they are told apart, and nothing is counted twice.
TEST_F(SavingsTest, OfEveryReportAreTheSumOfItsEntries) {
  base::Rng rng(17);
  const auto money = [&]() -> std::optional<Money> {
    if (rng.below(5) == 0) return std::nullopt;
    return Money{static_cast<std::int64_t>(rng.below(1'000'000'000'000))};
  };
  for (int round = 0; round < 40; ++round) {
    std::vector<Entry> entries;
    Money actual, baseline;
    std::size_t excluded = 0;
    for (int i = 0; i < 200; ++i) {
      Entry one;
      one.id = ids_.next(base::WallTime(std::chrono::seconds(kStart + static_cast<std::int64_t>(rng.below(600'000)))));
      one.category = std::string(rng.below(3), 'c');
      one.model = std::string(rng.below(3), 'm');
      one.key = std::string(rng.below(3), 'k');
      one.bill.owner = std::string(rng.below(3), 'o');
      one.conversation = rng.below(20);
      one.cost = money();
      one.baseline_cost = money();
      if (rng.below(3) == 0) {
        one.consultation.model = "tiny";
        one.consultation.cost = money();
      }
      const auto cost = total_cost(one);
      if (cost && one.baseline_cost) {
        actual += *cost;
        baseline += *one.baseline_cost;
      } else {
        ++excluded;
      }
      entries.push_back(std::move(one));
    }
    for (const SavingsBy by :
         {SavingsBy::kRoute, SavingsBy::kModel, SavingsBy::kDay, SavingsBy::kKey, SavingsBy::kOwner}) {
      const SavingsReport report = fold(entries, by);
      EXPECT_EQ(report.total.actual, actual);
      EXPECT_EQ(report.total.baseline, baseline);
      EXPECT_EQ(report.total.excluded, excluded);
      for (const auto* lines : {&report.lines, &report.days}) {
        Savings sum;
        for (const Savings& one : *lines) {
          sum.requests += one.requests;
          sum.excluded += one.excluded;
          sum.actual += one.actual;
          sum.baseline += one.baseline;
          sum.classification += one.classification;
        }
        EXPECT_EQ(sum.requests, entries.size());
        EXPECT_EQ(sum.excluded, excluded);
        EXPECT_EQ(sum.actual, actual);
        EXPECT_EQ(sum.baseline, baseline);
        EXPECT_EQ(sum.classification, report.total.classification);
      }
    }
  }
}

TEST_F(SavingsTest, HaveNoIntervalWithoutTwoConversations) {
  EXPECT_FALSE(fold({entry(1, 2, "chat", 5), entry(3, 4, "chat", 5)}).total.interval);
  EXPECT_TRUE(fold({entry(1, 2, "chat", 5), entry(3, 4, "chat", 6)}).total.interval);
  EXPECT_FALSE(fold({entry(0, 0), entry(0, 0)}).total.share);
  EXPECT_TRUE(fold({entry(1, 2)}).total.is_low_sample());
}

// Conversations of several turns that share their fate, with skewed costs: as traffic is.
TEST_F(SavingsTest, IntervalsHoldTheTrueShareAboutAsOftenAsTheySay) {
  base::Rng rng(23);
  constexpr int kRounds = 600;
  // Half of the conversations cost all of their baseline, half a tenth of it: 0.45 saved.
  constexpr double kTruth = 0.45;
  int held = 0;
  for (int round = 0; round < kRounds; ++round) {
    SavingsFold fold(SavingsBy::kRoute);
    for (std::uint64_t conversation = 1; conversation <= 120; ++conversation) {
      const bool cheap = rng.below(2) == 0;
      for (std::uint64_t turn = rng.below(8); turn < 8; ++turn) {
        const auto baseline = static_cast<std::int64_t>(1e6 * std::exp(rng.uniform() * 2));
        fold.add(entry(cheap ? baseline / 10 : baseline, baseline, "chat", conversation));
      }
    }
    const auto interval = fold.report().total.interval;
    ASSERT_TRUE(interval);
    if (interval->first <= kTruth && kTruth <= interval->second) ++held;
  }
  EXPECT_GE(held, kRounds * 92 / 100);
  EXPECT_LE(held, kRounds * 98 / 100);
}

TEST_F(SavingsTest, AsJsonAreExactAmounts) {
  std::string json;
  append_json(json, fold({entry(1'500'000'001, 2'000'000'000)}));
  EXPECT_NE(json.find(R"("by":"route","total":{"name":"total","baseline_models":["large"],"requests":1,"excluded":0)"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("cost_usd":1.500000001)"), std::string::npos);
  EXPECT_NE(json.find(R"("saved_usd":0.499999999)"), std::string::npos);
  EXPECT_NE(json.find(R"("interval_95":null)"), std::string::npos);
}

}  // namespace
}  // namespace pointsman::ledger
