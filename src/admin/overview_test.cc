#include "admin/overview.h"

#include "support/decision_desk.h"

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;

class OverviewTest : public DecisionDesk {};

TEST_F(OverviewTest, CountsWhatHappenedAndWhatItCost) {
  ledger::Entry failed = decision(100);
  failed.outcome = ledger::Outcome::kUpstreamError;
  failed.cost.reset();
  ledger::Entry refused = decision(90);
  refused.outcome = ledger::Outcome::kClientError;
  keep({decision(7200), failed, refused, decision(50, "simple", 0.4F), decision(40, "reasoning")});
  const auto all = json(get("/overview", "since=3h"));
  EXPECT_EQ(all.at("requests").as_int64(), 5);
  EXPECT_EQ(all.at("errors").as_int64(), 1) << "what the client did wrong is no error of ours";
  EXPECT_EQ(all.at("fallbacks").as_int64(), 1);
  EXPECT_EQ(all.at("overhead_us").at("p50").as_int64(), 202) << "the middle of the bin from 200 to 203";
  const auto& categories = all.at("categories").as_array();
  EXPECT_EQ(categories.at(0).at("name").as_string(), "simple");
  EXPECT_EQ(categories.at(0).at("requests").as_int64(), 4);
  EXPECT_EQ(categories.at(0).at("cost_usd").as_double(), 0.003) << "what is unknown is in no sum";
  EXPECT_EQ(all.at("fallback_reasons").at(0).at("name").as_string(), "below_threshold");
  // Three hours in steps of two minutes: one hour and 58 minutes lie between the first request and the others.
  EXPECT_EQ(all.at("step_seconds").as_int64(), 120);
  const auto& points = all.at("points").as_array();
  EXPECT_EQ(points.size(), 60U);
  EXPECT_EQ(points.at(1).at("requests").as_int64(), 0);
  EXPECT_TRUE(points.at(1).at("overhead_p50_us").is_null());
  EXPECT_EQ(points.at(59).at("requests").as_int64(), 4);
  EXPECT_EQ(points.at(59).at("excluded").as_int64(), 1);
  EXPECT_EQ(points.at(59).at("baseline_usd").as_double(), 0.012);
}

TEST_F(OverviewTest, LooksAtWhatTheFilterAsksFor) {
  keep({decision(100), decision(90, "reasoning"), decision(80, "simple", 0.4F)});
  EXPECT_EQ(json(get("/overview", "category=reasoning")).at("requests").as_int64(), 1);
  EXPECT_EQ(json(get("/overview", "fallback=1")).at("requests").as_int64(), 1);
  EXPECT_EQ(json(get("/overview", "since=85s")).at("requests").as_int64(), 1);
  EXPECT_EQ(json(get("/overview", "model=nobody")).at("points").as_array().size(), 0U);
  EXPECT_EQ(get("/overview", "outcome=fine").status, 400);
  EXPECT_THAT(get("/overview", "categry=simple").body, HasSubstr("did you mean category?"));
}

TEST_F(OverviewTest, KeepsAnAnswerForSomeSeconds) {
  keep({decision(100)});
  EXPECT_EQ(json(get("/overview")).at("requests").as_int64(), 1);
  keep({decision(50)});
  EXPECT_EQ(json(get("/overview")).at("requests").as_int64(), 1);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(json(get("/overview")).at("requests").as_int64(), 2);
}

TEST_F(OverviewTest, GivesUpAndKeepsNothingWhereNobodyWaits) {
  keep({decision(100)});
  wanted_ = false;
  EXPECT_EQ(get("/overview").status, 503);
  wanted_ = true;
  EXPECT_EQ(json(get("/overview")).at("requests").as_int64(), 1);
}

}  // namespace
}  // namespace pointsman::admin
