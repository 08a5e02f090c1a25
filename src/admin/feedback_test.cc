#include "admin/feedback.h"

#include "support/decision_desk.h"

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;

class FeedbackTest : public DecisionDesk {
 protected:
  void SetUp() override { keep({entry_}); }
  Answer give(std::string body) { return post("/decisions/" + entry_.id.to_string() + "/feedback", std::move(body)); }
  std::vector<ledger::Feedback> kept() { return *(*books_.said())->about(entry_.id); }
  std::vector<ledger::AuditEvent> noted() { return *(*books_.audit())->events({}); }

  ledger::Entry entry_ = decision(60);
};

TEST_F(FeedbackTest, IsKeptAsSaidByTheUser) {
  const auto receipt =
      json(give(R"({"category": "reasoning", "verdict": "underpowered", "rating": 2, "comment": "it guessed"})"));
  EXPECT_EQ(receipt.at("decision_id").as_string(), entry_.id.to_string());
  EXPECT_FALSE(receipt.at("repeated").as_bool());
  ASSERT_EQ(kept().size(), 1U);
  const ledger::Feedback said = kept().front();
  EXPECT_EQ(said.id.to_string(), receipt.at("id").as_string());
  EXPECT_EQ(said.who, "ada");
  EXPECT_EQ(said.category, "reasoning");
  EXPECT_EQ(said.fit, ledger::Fit::kUnderpowered);
  EXPECT_EQ(said.rating, 2);
  EXPECT_EQ(said.comment, "it guessed");
  EXPECT_EQ(said.slice, 0);
  ASSERT_EQ(noted().size(), 1U);
  EXPECT_EQ(noted()[0].kind, "feedback");
  EXPECT_EQ(noted()[0].who, "ada");
  EXPECT_EQ(noted()[0].subject, entry_.id.to_string());
}

TEST_F(FeedbackTest, SaysWhatIsWrongWithABody) {
  EXPECT_THAT(give(R"({"category": "simpel"})").body, HasSubstr("there is no such category; known are "));
  EXPECT_THAT(give(R"({"categry": "simple"})").body, HasSubstr("is not known"));
  EXPECT_THAT(give(R"({"verdict": "bad"})").body, HasSubstr("underpowered"));
  EXPECT_THAT(give(R"({"rating": 6})").body, HasSubstr("5"));
  EXPECT_THAT(give("{}").body, HasSubstr("says nothing"));
  EXPECT_EQ(give(R"({"rating": 0})").status, 400);
  EXPECT_EQ(post("/decisions/0198f3a2-7c4d-7000-8000-000000000001/feedback", R"({"rating": 3})").status, 404);
  EXPECT_TRUE(kept().empty());
}

TEST_F(FeedbackTest, TheSameKeyAddsNothingAndAnotherContentIsAConflict) {
  key_ = "k-1";
  const auto first = json(give(R"({"category": null})"));
  key_ = "k-1";
  const auto again = json(give(R"({"category": null})"));
  EXPECT_TRUE(again.at("repeated").as_bool());
  EXPECT_EQ(again.at("id"), first.at("id"));
  key_ = "k-1";
  EXPECT_EQ(give(R"({"category": "simple"})").status, 409);
  user_ = "bob";  // whose key it is not
  key_ = "k-1";
  EXPECT_FALSE(json(give(R"({"category": null})")).at("repeated").as_bool());
  EXPECT_EQ(kept().size(), 2U);
  EXPECT_TRUE(kept()[0].no_category);
  key_ = std::string(300, 'k');
  EXPECT_EQ(give(R"({"category": null})").status, 400);
}

TEST_F(FeedbackTest, WhatIsTakenBackWasNeverSaidAndTheDecisionIsTheirsAgain) {
  const base::Uuid id = say(entry_, "ada", "reasoning");
  EXPECT_EQ(ask(http::Method::kDelete, "/feedback/" + id.to_string()).body, R"({"done":true})");
  EXPECT_TRUE(kept().empty());
  const auto leases = *(*books_.said())->leases(clock_.wall());
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].who, "ada");
  EXPECT_EQ(leases[0].until, clock_.wall() + kReviewLease);
  EXPECT_EQ(ask(http::Method::kDelete, "/feedback/" + id.to_string()).status, 404);
  EXPECT_EQ(ask(http::Method::kDelete, "/feedback/x").status, 404);
}

TEST_F(FeedbackTest, OnlyAnAdminTakesBackWhatOthersSaid) {
  const base::Uuid id = say(entry_, "bob", "reasoning");
  EXPECT_EQ(ask(http::Method::kDelete, "/feedback/" + id.to_string()).status, 403);
  EXPECT_EQ(kept().size(), 1U);
  role_ = config::AdminRole::kAdmin;
  EXPECT_EQ(ask(http::Method::kDelete, "/feedback/" + id.to_string()).status, 200);
  EXPECT_TRUE(kept().empty());
  EXPECT_TRUE((*books_.said())->leases(clock_.wall())->empty()) << "an admin did not ask for it";
  ASSERT_EQ(noted().size(), 1U);
  EXPECT_EQ(noted()[0].detail, "reasoning by bob");
}

}  // namespace
}  // namespace pointsman::admin
