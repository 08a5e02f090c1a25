#include "admin/quality.h"

#include "support/decision_desk.h"

namespace pointsman::admin {
namespace {

class QualityTest : public DecisionDesk {};

TEST_F(QualityTest, CountsLabelsBesideGuesses) {
  const ledger::Entry right = decision(90, "simple", 0.9F);
  const ledger::Entry wrong = decision(80, "simple", 0.8F);
  const ledger::Entry none = decision(70, "reasoning", 0.7F);
  keep({right, wrong, none, decision(60, "simple", 0.9F)});
  say(right, "ada", "reasoning", 0.2);
  say(right, "ada", "simple", 0.2);  // what is said last counts
  say(wrong, "ada", "tool_use", 0.2);
  say(none, "ada", "", 0);  // not of the random slice
  const auto slice = json(get("/quality"));
  EXPECT_EQ(slice.at("set").as_string(), "slice");
  EXPECT_EQ(slice.at("requests").as_int64(), 4);
  EXPECT_EQ(slice.at("labels").as_int64(), 2);
  EXPECT_EQ(slice.at("accuracy").at("hits").as_int64(), 1);
  EXPECT_EQ(slice.at("accuracy").at("value").as_double(), 0.5);
  EXPECT_NEAR(slice.at("ece").as_double(), (0.1 + 0.8) / 2, 1e-6);
  const auto all = json(get("/quality", "set=all"));
  EXPECT_EQ(all.at("labels").as_int64(), 3);
  EXPECT_EQ(all.at("histogram").as_array().size(), 20U);
  EXPECT_EQ(all.at("calibration").as_array().size(), 15U);
  EXPECT_EQ(all.at("confusion").as_array().size(), 3U);
  EXPECT_TRUE(all.at("confusion").at(0).at("true").is_null());
  EXPECT_EQ(all.at("confusion").at(0).at("predicted").as_string(), "reasoning");
  EXPECT_EQ(json(get("/quality", "set=golden")).at("labels").as_int64(), 0);
  EXPECT_TRUE(all.at("drift").as_array().empty()) << "there is no profile yet";
}

TEST_F(QualityTest, TheCurveKeepsWhatReachesAThreshold) {
  const ledger::Entry sure = decision(90, "simple", 0.9F);
  const ledger::Entry unsure = decision(80, "simple", 0.5F);
  keep({sure, unsure});
  say(sure, "ada", "simple", 0.2);
  say(unsure, "ada", "reasoning", 0.2);
  const auto curve = json(get("/quality")).at("curve").as_array();
  ASSERT_EQ(curve.size(), 101U);
  EXPECT_EQ(curve[0].at("kept").as_int64(), 2);
  EXPECT_EQ(curve[0].at("labelled_wrong").as_int64(), 1);
  EXPECT_EQ(curve[50].at("kept").as_int64(), 2);
  EXPECT_EQ(curve[51].at("kept").as_int64(), 1);
  EXPECT_EQ(curve[51].at("labelled_kept").as_int64(), 1);
  EXPECT_EQ(curve[51].at("labelled_wrong").as_int64(), 0);
  EXPECT_EQ(curve[91].at("kept").as_int64(), 0);
  EXPECT_EQ(curve[0].at("priced").as_int64(), 2);
  EXPECT_LT(curve[0].at("cost_usd").to_number<double>(), curve[100].at("cost_usd").to_number<double>())
      << "the fallback is the dearest";
}

TEST_F(QualityTest, ExamplesAreThoseOfOneCell) {
  const ledger::Entry one = decision(90, "simple");
  const ledger::Entry two = decision(80, "simple");
  const ledger::Entry other = decision(70, "simple");
  keep({one, two, other});
  say(one, "ada", "reasoning", 0.2);
  say(two, "ada", "reasoning", 0.2);
  say(other, "ada", "", 0.2);
  const auto page = json(get("/quality/examples", "true=reasoning&predicted=simple&limit=1"));
  ASSERT_EQ(page.at("items").as_array().size(), 1U);
  EXPECT_EQ(page.at("items").at(0).at("id").as_string(), two.id.to_string());
  const auto rest =
      json(get("/quality/examples", "true=reasoning&predicted=simple&limit=1&cursor=" + two.id.to_string()));
  EXPECT_EQ(rest.at("items").at(0).at("id").as_string(), one.id.to_string());
  EXPECT_TRUE(rest.at("next").is_null());
  const auto none = json(get("/quality/examples", "true=%28none%29&predicted=simple"));
  EXPECT_EQ(none.at("items").at(0).at("id").as_string(), other.id.to_string());
}

TEST_F(QualityTest, TheFrontierComparesRoutersOnTheSameRequests) {
  const ledger::Entry cheap = decision(90, "simple", 0.9F);
  const ledger::Entry hard = decision(80, "simple", 0.9F);
  keep({cheap, hard, decision(70)});
  say(cheap, "ada", "simple");
  say(hard, "ada", "reasoning");
  const auto frontier = json(get("/frontier"));
  EXPECT_EQ(frontier.at("requests").as_int64(), 3);
  EXPECT_EQ(frontier.at("labels").as_int64(), 2);
  EXPECT_EQ(frontier.at("strong").as_string(), "sim-large");
  const auto& points = frontier.at("points").as_array();
  ASSERT_EQ(points.size(), 4U) << "there is no candidate";
  EXPECT_EQ(points[0].at("name").as_string(), "always_strong");
  EXPECT_EQ(points[0].at("good").as_int64(), 2);
  EXPECT_EQ(points[3].at("name").as_string(), "current");
  EXPECT_EQ(points[3].at("good").as_int64(), 1) << "the small model is not enough for reasoning";
  EXPECT_LT(points[3].at("cost_usd").to_number<double>(), points[0].at("cost_usd").to_number<double>());
  const auto& curve = frontier.at("curve").as_array();
  ASSERT_EQ(curve.size(), 21U);
  EXPECT_EQ(curve[0].at("quality").to_number<double>(), 0.5);
  EXPECT_EQ(curve[20].at("quality").to_number<double>(), 1);
}

TEST_F(QualityTest, TheFrontierIsEmptyWithoutLabels) {
  keep({decision(90)});
  const auto frontier = json(get("/frontier"));
  EXPECT_EQ(frontier.at("requests").as_int64(), 1);
  EXPECT_TRUE(frontier.at("points").as_array().empty());
  EXPECT_TRUE(frontier.at("curve").as_array().empty());
}

}  // namespace
}  // namespace pointsman::admin
