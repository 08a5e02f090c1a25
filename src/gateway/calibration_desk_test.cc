#include "gateway/calibration_desk.h"

#include <gtest/gtest.h>

#include <thread>

#include "gateway/prompt_sizes.h"

namespace pointsman::gateway {
namespace {

using tokens::Measure;

constexpr route::ModelIndex kPublic = 0;
constexpr route::ModelIndex kOther = 1;

route::MarketModel make(std::string name, std::string upstream) {
  route::MarketModel one;
  one.model.name = std::move(name);
  one.model.provider = "p";
  one.model.upstream_name = std::move(upstream);
  return one;
}

route::Market build(const std::string& upstream = "claude-x") {
  auto market = route::Market::build({make("public", "gpt-4o"), make("other", upstream)},
                                     {{"all", {"public", "other"}}}, {"other"});
  EXPECT_TRUE(market.has_value());
  return *market;
}

class CalibrationDeskTest : public testing::Test {
 protected:
  void report(route::ModelIndex model, std::int64_t measured, std::int64_t reported, int times = 1,
              Measure measure = Measure::kO200k) {
    for (int i = 0; i < times; ++i) {
      feed_.note({.identity = market_.identity(model), .measure = measure, .measured = measured, .reported = reported});
    }
    desk_.absorb(feed_, market_);
  }
  std::vector<route::PromptSize> predict(const CalibrationTablePtr& table, std::int64_t amount,
                                         Measure measure = Measure::kO200k, std::int64_t tokens = 0) {
    std::vector<route::PromptSize> out;
    sizes_.predict(table, {.measure = measure, .amount = amount, .tokens = tokens == 0 ? amount : tokens}, out);
    return out;
  }

  route::Market market_ = build();
  UsageFeed feed_;
  CalibrationDesk desk_;
  PromptSizes sizes_{market_};
};

TEST_F(CalibrationDeskTest, UntilAnybodyReportedAllModelsCountAsWeDo) {
  EXPECT_TRUE(predict(nullptr, 5'000).empty());
  EXPECT_TRUE(predict(desk_.publish(market_), 5'000).empty());
}

TEST_F(CalibrationDeskTest, WhatAnUpstreamReportsMakesItsSizesAndNobodyElses) {
  report(kOther, 5'000, 7'000, 300);
  const auto sizes = predict(desk_.publish(market_), 10'000);
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_EQ(sizes[kPublic].expected, 10'000);
  EXPECT_EQ(sizes[kPublic].most, 10'000);
  EXPECT_NEAR(static_cast<double>(sizes[kOther].expected), 14'000, 2);
  EXPECT_GE(sizes[kOther].most, 14'000);
  EXPECT_LE(sizes[kOther].most, 14'000 * 1.025);
}

TEST_F(CalibrationDeskTest, ACountThatIsExactStaysWhateverIsReported) {
  report(kPublic, 5'000, 9'000, 300);
  EXPECT_TRUE(predict(desk_.publish(market_), 10'000).empty());
  EXPECT_FALSE(sizes_.learns_of(kPublic, Measure::kO200k));
  EXPECT_TRUE(sizes_.learns_of(kPublic, Measure::kBytes));
}

TEST_F(CalibrationDeskTest, NothingFollowsForPromptsOfAnotherSize) {
  report(kOther, 50, 400, 300);
  EXPECT_TRUE(predict(desk_.publish(market_), 10'000).empty());
}

TEST_F(CalibrationDeskTest, OfPromptsThatWereNotCountedTheUnknownModelsAreTakenToBeLikeTheKnown) {
  report(kPublic, 8'000, 2'000, 300, Measure::kBytes);
  const auto sizes = predict(desk_.publish(market_), 10'000, Measure::kBytes, 3'333);
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_NEAR(static_cast<double>(sizes[kPublic].expected), 2'500, 2);
  EXPECT_EQ(sizes[kOther].expected, sizes[kPublic].expected);
  EXPECT_EQ(sizes[kOther].most, 3'333) << "of its own upper end nothing is known";
}

TEST_F(CalibrationDeskTest, ATableIsMadeOnlyWhereThereIsNews) {
  EXPECT_NE(desk_.publish(market_), nullptr) << "the first, so that the workers forget an earlier market";
  EXPECT_EQ(desk_.publish(market_), nullptr);
  report(kOther, 5'000, 7'000);
  EXPECT_NE(desk_.publish(market_), nullptr);
  EXPECT_EQ(desk_.publish(market_), nullptr);
  EXPECT_NE(desk_.publish(build("claude-y")), nullptr) << "other models";
}

TEST_F(CalibrationDeskTest, WhatIsKeptAndRestoredPredictsTheSame) {
  report(kOther, 5'000, 7'000, 300);
  report(kOther, 8'000, 2'000, 20, Measure::kBytes);
  const auto kept = desk_.take_changed();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].provider, "p");
  EXPECT_EQ(kept[0].model, "claude-x");
  EXPECT_TRUE(desk_.take_changed().empty()) << "nothing has changed since";
  CalibrationDesk next;
  ASSERT_TRUE(next.restore(kept).has_value());
  EXPECT_TRUE(next.take_changed().empty()) << "it is kept already";
  const auto before = predict(desk_.publish(market_), 10'000);
  const auto after = predict(next.publish(market_), 10'000);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_NEAR(static_cast<double>(after[kOther].expected), static_cast<double>(before[kOther].expected), 15);
  EXPECT_EQ(after[kOther].most, before[kOther].most);
}

TEST_F(CalibrationDeskTest, ARowThatCannotBeReadIsNamedAndTheOthersAreRestored) {
  report(kOther, 5'000, 7'000, 300);
  auto kept = desk_.take_changed();
  kept.insert(kept.begin(), {"p", "broken", "o200k", "nonsense"});
  kept.insert(kept.begin(), {"p", "mixed", "bytes", kept.back().state});
  CalibrationDesk next;
  const auto restored = next.restore(kept);
  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(predict(next.publish(market_), 10'000).size(), 2U);
}

TEST_F(CalibrationDeskTest, AFullFeedLeavesOutWhatDoesNotFitAndGoesOnAfterwards) {
  for (std::size_t i = 0; i < UsageFeed::kPairs + 10; ++i) {
    feed_.note({.identity = market_.identity(kOther), .measured = 5'000, .reported = 7'000});
  }
  desk_.absorb(feed_, market_);
  EXPECT_EQ(desk_.publish(market_)->find(market_.identity(kOther))->counted.pairs, UsageFeed::kPairs);
  report(kOther, 5'000, 7'000);
  EXPECT_EQ(desk_.publish(market_)->find(market_.identity(kOther))->counted.pairs, UsageFeed::kPairs + 1);
}

TEST_F(CalibrationDeskTest, AWorkerTellsWhileTheDeskListens) {
  constexpr int kTold = 20'000;
  std::thread worker([&] {
    for (int i = 0; i < kTold; ++i) {
      feed_.note({.identity = market_.identity(kOther), .measured = 5'000 + i, .reported = 2 * (5'000 + i)});
    }
  });
  int heard = 0;
  std::int64_t last = 0;
  const auto hear = [&] {
    feed_.take([&](const UsagePair& pair) {
      EXPECT_EQ(pair.reported, 2 * pair.measured) << "no pair is torn";
      EXPECT_GT(pair.measured, last) << "in order";
      last = pair.measured;
      ++heard;
    });
  };
  while (heard < 100) hear();
  worker.join();
  hear();
  EXPECT_LE(heard, kTold);
}

TEST_F(CalibrationDeskTest, ModelsThatAreNotInTheMarketAreNotHeard) {
  feed_.note({.identity = 12345, .measured = 5'000, .reported = 7'000});
  desk_.absorb(feed_, market_);
  EXPECT_TRUE(desk_.take_changed().empty());
}

}  // namespace
}  // namespace pointsman::gateway
