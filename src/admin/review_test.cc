#include "admin/review.h"

#include "admin/feedback.h"
#include "ledger_sqlite/feedback_store.h"
#include "support/decision_desk.h"

namespace pointsman::admin {
namespace {

using std::chrono::minutes;

class ReviewTest : public DecisionDesk {
 protected:
  boost::json::array take(std::size_t count, bool again = false) {
    return json(post("/review/take",
                     R"({"count": )" + std::to_string(count) + R"(, "again": )" + (again ? "true}" : "false}")))
        .at("items")
        .as_array();
  }
  static std::string id_of(const boost::json::value& item) { return std::string(item.at("id").as_string()); }
  Answer answer(const std::string& id, const std::string& category = "simple") {
    return post("/review/" + id + "/answer", R"({"category": ")" + category + "\"}");
  }
};

TEST_F(ReviewTest, TwoPeopleNeverGetTheSameDecision) {
  keep({asked(90, "what is two and two?"), asked(80, "how was Turin?"), asked(70, "name a blue flower")});
  const auto mine = take(2);
  ASSERT_EQ(mine.size(), 2U);
  EXPECT_EQ(mine[0].at("leased_until").as_string(), "2026-01-02T10:10:00.000000Z");
  EXPECT_FALSE(mine[0].at("blind").as_bool());
  EXPECT_EQ(mine[0].at("opinions").at(0).at("probabilities").as_array().size(), champion_->policy.categories.size());
  user_ = "bob";
  const auto theirs = take(2);
  ASSERT_EQ(theirs.size(), 1U);
  EXPECT_NE(id_of(theirs[0]), id_of(mine[0]));
  EXPECT_NE(id_of(theirs[0]), id_of(mine[1]));
}

TEST_F(ReviewTest, TakingAgainGivesWhatIsHeldAndRenewsIt) {
  keep({asked(90, "what is two and two?"), asked(80, "how was Turin?")});
  const auto first = take(1);
  clock_.advance(minutes(9));
  const auto again = take(2);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(id_of(again[0]), id_of(first[0]));
  EXPECT_EQ(again[0].at("why"), first[0].at("why"));
  EXPECT_EQ(again[0].at("leased_until").as_string(), "2026-01-02T10:19:00.000000Z");
}

TEST_F(ReviewTest, AnAnswerIsKeptOnceAndEndsTheLease) {
  keep({asked(90, "what is two and two?")});
  const std::string id = id_of(take(1).at(0));
  key_ = "a";
  const auto receipt = json(answer(id, "reasoning"));
  EXPECT_FALSE(receipt.at("repeated").as_bool());
  EXPECT_TRUE((*books_.said())->leases(clock_.wall())->empty());
  key_ = "a";  // the acknowledgement was lost
  EXPECT_TRUE(json(answer(id, "reasoning")).at("repeated").as_bool());
  const auto said = *(*books_.said())->about(*base::Uuid::parse(id));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].category, "reasoning");
  EXPECT_TRUE(take(1).empty());
}

TEST_F(ReviewTest, AnAnswerAfterTheLeaseHasPassedOnIsNotKept) {
  keep({asked(90, "what is two and two?")});
  const std::string id = id_of(take(1).at(0));
  clock_.advance(minutes(11));
  user_ = "bob";
  ASSERT_EQ(take(1).size(), 1U);
  user_ = "ada";
  EXPECT_EQ(answer(id).status, 409);
  user_ = "bob";
  EXPECT_EQ(answer(id).status, 200);
  user_ = "ada";
  EXPECT_EQ(answer(id).status, 409) << "bob has answered it";
  EXPECT_EQ((*books_.said())->about(*base::Uuid::parse(id))->size(), 1U);
}

TEST_F(ReviewTest, AnAnswerThatComesLateIsKeptWhereNobodyCameBetween) {
  keep({asked(90, "what is two and two?")});
  const std::string id = id_of(take(1).at(0));
  clock_.advance(minutes(11));
  EXPECT_EQ(answer(id).status, 200);
}

TEST_F(ReviewTest, WhatIsSkippedIsForOthers) {
  keep({asked(90, "what is two and two?")});
  const std::string id = id_of(take(1).at(0));
  EXPECT_EQ(post("/review/" + id + "/skip", "").status, 200);
  EXPECT_TRUE(take(1).empty());
  user_ = "bob";
  EXPECT_EQ(take(1).size(), 1U);
}

TEST_F(ReviewTest, SecondOpinionsAreBlind) {
  const ledger::Entry entry = asked(90, "what is two and two?");
  keep({entry});
  say(entry, "bob", "reasoning");
  EXPECT_TRUE(take(1).empty());
  const auto items = take(1, true);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_TRUE(items[0].at("blind").as_bool());
  EXPECT_EQ(items[0].at("category").as_string(), "");
  EXPECT_TRUE(items[0].at("opinions").as_array().empty());
  EXPECT_EQ(answer(id_of(items[0])).status, 200);
  EXPECT_TRUE(take(1, true).empty());
  user_ = "bob";
  EXPECT_TRUE(take(1, true).empty());
}

TEST_F(ReviewTest, TheRandomSliceKeepsItsProbability) {
  std::vector<ledger::Entry> entries;
  for (int i = 0; i < 60; ++i) entries.push_back(asked(100 + i, "question number " + std::to_string(i)));
  keep(entries);
  bool seen = false;
  for (const auto& item : take(20)) {
    const bool random = item.at("reason").as_string() == "random";
    ASSERT_EQ(answer(id_of(item)).status, 200);
    const auto said = *(*books_.said())->about(*base::Uuid::parse(id_of(item)));
    EXPECT_EQ(said.at(0).slice, random ? 0.2 : 0) << "of few decisions a fifth is drawn";
    seen = seen || random;
  }
  EXPECT_TRUE(seen);
}

TEST_F(ReviewTest, SaysHowTheQueueStands) {
  ledger::Entry unreadable = asked(60, "");
  const ledger::Entry one = asked(90, "what is two and two?");
  const ledger::Entry other = asked(80, "how was Turin?");
  keep({one, other, asked(70, "name a blue flower"), unreadable});
  say(one, "ada", "simple");
  say(one, "bob", "simple");
  say(other, "bob", "reasoning");
  ASSERT_TRUE(*(*books_.feedback())->lease(other.id, "bob", clock_.wall(), clock_.wall() + minutes(5)));
  const auto state = json(get("/review"));
  EXPECT_EQ(state.at("waiting").as_int64(), 1);
  EXPECT_EQ(state.at("without_text").as_int64(), 1);
  EXPECT_EQ(state.at("labelled").as_int64(), 3);
  EXPECT_EQ(state.at("labelled_by_me").as_int64(), 1);
  EXPECT_EQ(state.at("goal").as_int64(), 200);
  const auto& people = state.at("annotators").as_array();
  ASSERT_EQ(people.size(), 2U);
  EXPECT_EQ(people[0].at("who").as_string(), "bob");
  EXPECT_EQ(people[0].at("labels").as_int64(), 2);
  EXPECT_TRUE(people[0].at("working").as_bool());
  EXPECT_FALSE(people[1].at("working").as_bool());
  EXPECT_EQ(state.at("agreement").at("items").as_int64(), 1);
  EXPECT_EQ(state.at("agreement").at("same").as_int64(), 1);
}

TEST_F(ReviewTest, RefusesWhatIsNotAsked) {
  keep({asked(90, "what is two and two?")});
  EXPECT_EQ(post("/review/take", R"({"count": 101, "again": false})").status, 400);
  EXPECT_EQ(post("/review/take", R"({"count": 1})").status, 400);
  const std::string id = id_of(take(1).at(0));
  EXPECT_EQ(answer(id, "nothing").status, 400);
  EXPECT_EQ(post("/review/" + id + "/answer", "{}").status, 400);
  EXPECT_EQ(post("/review/x/answer", R"({"category": null})").status, 404);
}

}  // namespace
}  // namespace pointsman::admin
