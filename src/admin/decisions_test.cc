#include "admin/decisions.h"

#include "support/decision_desk.h"

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;

class DecisionsTest : public DecisionDesk {
 protected:
  static std::vector<std::string> ids(const boost::json::value& page) {
    std::vector<std::string> out;
    for (const auto& one : page.at("items").as_array()) out.emplace_back(one.at("id").as_string());
    return out;
  }
};

TEST_F(DecisionsTest, ComeNewestFirstAPageAtATime) {
  const std::vector<ledger::Entry> all = {decision(50), decision(40), decision(30)};
  keep(all);
  const auto first = json(get("/decisions", "limit=2"));
  EXPECT_EQ(ids(first), (std::vector{all[2].id.to_string(), all[1].id.to_string()}));
  EXPECT_EQ(first.at("total").as_int64(), 3);
  ASSERT_TRUE(first.at("next").is_string());
  const auto second = json(get("/decisions", "limit=2&cursor=" + std::string(first.at("next").as_string())));
  EXPECT_EQ(ids(second), (std::vector{all[0].id.to_string()}));
  EXPECT_TRUE(second.at("next").is_null());
  EXPECT_EQ(second.at("total").as_int64(), 3);
  EXPECT_TRUE(json(get("/decisions", "limit=3")).at("next").is_null());
}

TEST_F(DecisionsTest, SayWhatPeopleSaidLast) {
  const ledger::Entry one = decision(50);
  const ledger::Entry other = decision(40);
  keep({one, other, decision(30)});
  say(one, "bob", "reasoning");
  say(one, "ada", "tool_use");
  say(other, "bob", "");
  const auto items = json(get("/decisions")).at("items").as_array();
  EXPECT_TRUE(items.at(0).at("labelled").is_null());
  EXPECT_EQ(items.at(1).at("labelled").as_string(), "");
  EXPECT_EQ(items.at(2).at("labelled").as_string(), "tool_use");
}

TEST_F(DecisionsTest, CountATotalOfTheFilterAtMostOnceInTenSeconds) {
  ledger::Entry keyed = decision(60);
  keyed.key = "ci";
  keep({keyed, decision(50), decision(40, "reasoning")});
  EXPECT_EQ(json(get("/decisions", "category=reasoning")).at("total").as_int64(), 1);
  EXPECT_EQ(json(get("/decisions", "key=ci")).at("total").as_int64(), 1);
  keep({decision(5, "reasoning")});
  EXPECT_EQ(json(get("/decisions", "category=reasoning&limit=1")).at("total").as_int64(), 1);
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(json(get("/decisions", "category=reasoning&limit=1")).at("total").as_int64(), 2);
  EXPECT_EQ(get("/decisions", "limit=1001").status, 400);
  EXPECT_THAT(get("/decisions", "cursor=x").body, HasSubstr(R"("param":"cursor")"));
}

TEST_F(DecisionsTest, AreToldInFull) {
  const ledger::Entry entry = asked(50, "is it simple?", "simple", 0.9F);
  keep({entry});
  say(entry, "bob", "reasoning");
  const auto detail = json(get("/decisions/" + entry.id.to_string()));
  EXPECT_EQ(detail.at("entry").at("id").as_string(), entry.id.to_string());
  EXPECT_EQ(detail.at("entry").at("text").as_string(), "is it simple?");
  EXPECT_EQ(detail.at("categories").as_array().size(), entry.probabilities.size());
  EXPECT_EQ(detail.at("thresholds").as_array().size(), entry.probabilities.size());
  EXPECT_TRUE(detail.at("replay").at("possible").as_bool());
  EXPECT_TRUE(detail.at("replay").at("agrees").as_bool()) << detail.at("replay").at("says").as_string();
  EXPECT_TRUE(detail.at("rule").is_null());
  EXPECT_EQ(detail.at("feedback").at(0).at("who").as_string(), "bob");
  EXPECT_EQ(detail.at("feedback").at(0).at("category").as_string(), "reasoning");
  ASSERT_EQ(detail.at("bill").as_array().size(), 1U) << "the prices do not explain the cost: one line";
  EXPECT_EQ(detail.at("bill").at(0).at("amount_usd").as_double(), 0.001);
}

TEST_F(DecisionsTest, BillsHaveTheLinesOfTheirPrices) {
  ledger::Entry entry = decision(50);
  const auto model = champion_->market.find(entry.model);
  entry.cost = route::cost_of(entry.usage, champion_->market.model(*model).prices)->total();
  keep({entry});
  const auto bill = json(get("/decisions/" + entry.id.to_string())).at("bill").as_array();
  ASSERT_EQ(bill.size(), 2U);
  EXPECT_EQ(bill.at(0).at("item").as_string(), "prompt");
  EXPECT_EQ(bill.at(0).at("tokens").as_int64(), 1000);
  EXPECT_EQ(bill.at(0).at("per_million_usd").as_double(), 0.1);
  EXPECT_EQ(bill.at(0).at("amount_usd").as_double(), 0.0001);
}

TEST_F(DecisionsTest, DifferingReplaysSayInWhat) {
  ledger::Entry entry = decision(50);
  entry.category = "reasoning";
  keep({entry});
  const auto replay = json(get("/decisions/" + entry.id.to_string())).at("replay");
  EXPECT_FALSE(replay.at("agrees").as_bool());
  EXPECT_THAT(std::string(replay.at("says").as_string()), HasSubstr("category: recorded reasoning, again simple"));
}

TEST_F(DecisionsTest, AreThereStillWhenOnlyFeedbackKnowsThem) {
  keep({});
  const ledger::Entry gone = decision(50);
  EXPECT_EQ(get("/decisions/" + gone.id.to_string()).status, 404);
  EXPECT_EQ(get("/decisions/x").status, 404);
  say(gone, "bob", "simple");
  EXPECT_EQ(json(get("/decisions/" + gone.id.to_string())).at("entry").at("id").as_string(), gone.id.to_string());
}

}  // namespace
}  // namespace pointsman::admin
