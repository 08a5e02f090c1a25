#include "llm/trim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::llm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNote = 10;

// A conversation made by hand: every item has its tokens, every result those of its content.
struct Made {
  Outline outline;
  std::vector<std::int64_t> items, results;

  OutlineItem& add(ItemKind kind, std::int64_t tokens) {
    OutlineItem& item = outline.items.emplace_back();
    item.kind = kind;
    item.stays = kind == ItemKind::kSystem;
    item.calls_begin = item.calls_end = static_cast<std::uint32_t>(outline.calls.size());
    item.results_begin = item.results_end = static_cast<std::uint32_t>(outline.results.size());
    items.push_back(tokens);
    return item;
  }
  Made& system(std::int64_t tokens) { return add(ItemKind::kSystem, tokens), *this; }
  Made& user(std::int64_t tokens) { return add(ItemKind::kUser, tokens), *this; }
  Made& answer(std::int64_t tokens) { return add(ItemKind::kAssistant, tokens), *this; }
  Made& calls(std::initializer_list<std::uint64_t> ids) {
    OutlineItem& item = add(ItemKind::kCalls, 10);
    for (const std::uint64_t id : ids) {
      outline.calls.push_back({.item = last(), .key = id, .id = {}});
      ++item.calls_end;
    }
    return *this;
  }
  // In a message that says something besides, or not.
  Made& result(std::uint64_t id, std::int64_t tokens, ItemKind kind = ItemKind::kResults) {
    ++add(kind, tokens + 5).results_end;
    outline.results.push_back({.item = last(), .key = id, .id = {}, .content = {1, 2}});
    results.push_back(tokens);
    return *this;
  }
  std::uint32_t last() const { return static_cast<std::uint32_t>(outline.items.size() - 1); }

  TrimPlan plan(std::int64_t limit, double low_water = 0.6, std::int64_t summary = 0, std::int64_t fixed = 0) {
    settle(outline);
    return plan_trim(outline, {.items = items, .results = results, .note = kNote, .fixed = fixed},
                     {.limit = limit, .low_water = low_water, .summary = summary});
  }
};

TEST(Outline, PairsAResultWithTheNearestOpenCallOfItsId) {
  Made made;
  made.user(1).calls({7}).result(7, 1).user(1).calls({7, 8}).result(8, 1).result(7, 1);
  settle(made.outline);
  EXPECT_EQ(made.outline.results[0].call, 0U);
  EXPECT_EQ(made.outline.results[1].call, 2U);
  EXPECT_EQ(made.outline.results[2].call, 1U);
}

TEST(Outline, LeavesAResultWithoutACallAlone) {
  Made made;
  made.user(1).result(7, 1).calls({7});
  settle(made.outline);
  EXPECT_EQ(made.outline.results[0].call, kNoIndex);
}

TEST(Outline, GivesASecondResultOfACallTheSameCall) {
  Made made;
  made.user(1).calls({7}).result(7, 1).user(1).result(7, 1);
  settle(made.outline);
  EXPECT_EQ(made.outline.results[1].call, 0U);
  EXPECT_FALSE(made.outline.items[3].may_cut) << "its result would be left without the call";
}

TEST(Outline, BeginsATurnWithTheFirstOfSeveralUserMessages) {
  Made made;
  made.system(1).user(1).system(1).user(1).answer(1).user(1).calls({1}).result(1, 1).user(1);
  settle(made.outline);
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < made.items.size(); ++i) {
    if (made.outline.items[i].starts_turn) starts.push_back(i);
  }
  EXPECT_THAT(starts, ElementsAre(1, 5, 8));
}

TEST(Outline, DoesNotCutBetweenACallAndAResultThatTheUserSpeaksBeside) {
  Made made;
  made.user(1).calls({1}).result(1, 1, ItemKind::kUser).answer(1).user(1);
  settle(made.outline);
  EXPECT_TRUE(made.outline.items[2].starts_turn);
  EXPECT_FALSE(made.outline.items[2].may_cut);
  EXPECT_TRUE(made.outline.items[4].may_cut);
}

TEST(TrimPlan, ChangesNothingOfWhatFits) {
  Made made;
  const TrimPlan plan = made.user(100).calls({1}).result(1, 500).answer(10).user(20).plan(1000);
  EXPECT_TRUE(plan.fits);
  EXPECT_FALSE(plan.changes());
  EXPECT_EQ(plan.tokens_after, 645);
  EXPECT_EQ(describe(plan), "unchanged, 645 tokens");
}

TEST(TrimPlan, MasksTheOldestResultsFirstAndOnlyAsManyAsItTakes) {
  Made made;
  made.user(10).calls({1}).result(1, 300).calls({2}).result(2, 300).calls({3}).result(3, 300).answer(10).user(100);
  const TrimPlan plan = made.plan(1000, 0.6);
  EXPECT_TRUE(plan.fits);
  EXPECT_THAT(plan.masked, ElementsAre(0, 1));
  EXPECT_THAT(plan.removed, IsEmpty());
  EXPECT_EQ(plan.tokens_before, 1065);
  EXPECT_EQ(plan.tokens_after, 485);
  EXPECT_EQ(describe(plan), "masked 2 tool results, 1065 -> 485 tokens");
}

TEST(TrimPlan, LeavesShortResultsAsTheyAre) {
  Made made;
  made.user(10).calls({1}).result(1, kNote).calls({2}).result(2, 700).answer(10).user(400);
  EXPECT_THAT(made.plan(1000).masked, ElementsAre(1));
}

TEST(TrimPlan, RemovesWholeTurnsOnceNothingIsLeftToMask) {
  Made made;
  made.system(50).user(300).answer(100).user(100).calls({1}).result(1, 200).answer(100).user(300);
  const TrimPlan plan = made.plan(1000, 0.8);
  EXPECT_THAT(plan.masked, ElementsAre(0));
  EXPECT_THAT(plan.removed, ElementsAre(1, 2)) << "the system message stays";
  EXPECT_EQ(plan.removed_turns, 1U);
  EXPECT_EQ(plan.tokens_after, 575);
  EXPECT_EQ(describe(plan), "masked 1 tool result, removed 1 turn (2 messages), 1165 -> 575 tokens");
}

TEST(TrimPlan, NeverTouchesTheLastTurn) {
  Made made;
  made.user(500).answer(100).user(100).calls({1}).result(1, 600).calls({2}).result(2, 200);
  const TrimPlan plan = made.plan(1000);
  EXPECT_TRUE(plan.fits);
  EXPECT_THAT(plan.masked, IsEmpty());
  EXPECT_THAT(plan.removed, ElementsAre(0, 1));
}

TEST(TrimPlan, SaysWhatIsNeededWhereTheLastTurnAloneDoesNotFit) {
  Made made;
  made.user(500).answer(100).user(900);
  const TrimPlan plan = made.plan(1000, 0.6, 0, 200);
  EXPECT_FALSE(plan.fits);
  EXPECT_FALSE(plan.changes());
  EXPECT_EQ(plan.tokens_after, plan.tokens_before);
  EXPECT_EQ(plan.least, 1100);
  EXPECT_EQ(describe(plan), "does not fit: 1700 tokens, at least 1100 of 1000");
}

// An agent that calls tools for hours in one turn.
TEST(TrimPlan, MasksOldResultsOfALastTurnThatOutgrowsTheWindow) {
  Made made;
  made.user(100).answer(100).user(50);
  for (std::uint64_t call = 1; call <= 8; ++call) made.calls({call}).result(call, 200);
  const TrimPlan plan = made.plan(1200);
  ASSERT_TRUE(plan.fits) << describe(plan);
  EXPECT_THAT(plan.removed, ElementsAre(0, 1));
  EXPECT_FALSE(plan.masked.empty());
  for (std::size_t i = 0; i < plan.masked.size(); ++i) EXPECT_EQ(plan.masked[i], i) << "the oldest first";
  EXPECT_LE(plan.masked.size(), 4U) << "the newest four are kept";
  EXPECT_LE(plan.tokens_after, 1200);

  const TrimPlan tight = made.plan(900);
  EXPECT_FALSE(tight.fits) << describe(tight);
  EXPECT_GT(tight.least, 900);
}

TEST(TrimPlan, MasksALongTurnInStepsOnly) {
  Made made;
  made.user(50);
  std::vector<std::uint32_t> before;
  int moves = 0;
  for (std::uint64_t call = 1; call <= 60; ++call) {
    made.calls({call}).result(call, 200);
    const TrimPlan plan = made.plan(4000);
    ASSERT_TRUE(plan.fits) << call << ": " << describe(plan);
    ASSERT_GE(plan.masked.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), plan.masked.begin())) << "what was masked stays masked";
    moves += plan.masked.size() > before.size() ? 1 : 0;
    before = plan.masked;
  }
  EXPECT_GT(moves, 1);
  EXPECT_LE(moves, 15);
}

TEST(TrimPlan, RemovesBothSidesOfAResultThatTheUserSpeaksBeside) {
  Made made;
  made.user(200).calls({1}).result(1, 10, ItemKind::kUser).answer(700).user(300);
  const TrimPlan plan = made.plan(1000);
  EXPECT_THAT(plan.removed, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(plan.removed_turns, 2U);
}

TEST(TrimPlan, KeepsTheCallOfAResultInTheLastTurn) {
  Made made;
  made.user(400).answer(100).user(100).calls({1}).result(1, 500, ItemKind::kUser);
  const TrimPlan plan = made.plan(1000);
  EXPECT_THAT(plan.removed, ElementsAre(0, 1));
}

TEST(TrimPlan, KeepsTurnsThatReferToWhatIsNotSeen) {
  Made made;
  made.user(300).answer(100).user(300).answer(100).user(300);
  made.outline.items[1].pins_turn = true;
  const TrimPlan plan = made.plan(1000);
  EXPECT_THAT(plan.removed, ElementsAre(2, 3));
}

TEST(TrimPlan, RemovesWhatStandsBeforeTheFirstTurn) {
  Made made;
  made.system(10).answer(600).user(300).answer(100).user(50);
  const TrimPlan plan = made.plan(1000);
  EXPECT_THAT(plan.removed, ElementsAre(1));
  EXPECT_EQ(plan.removed_turns, 0U);
}

TEST(TrimPlan, MeasuresTheLowWaterMarkAboveWhatAlwaysStays) {
  Made made;
  for (int i = 0; i < 10; ++i) made.user(25).answer(25);
  const TrimPlan plan = made.user(10).plan(1000, 0.5, 0, 800);  // goes down to 800 + 100, not to 500
  EXPECT_EQ(plan.tokens_after, 860);
}

// The same conversation one turn after another: the cut of an earlier request is found again.
TEST(TrimPlan, MovesTheCutInStepsOnly) {
  Made made;
  std::vector<std::size_t> removed;
  for (int i = 0; i < 30; ++i) {
    made.user(50);
    removed.push_back(made.plan(1000, 0.5).removed.size());
    made.answer(50);
  }
  std::size_t moves = 0;
  for (std::size_t i = 1; i < removed.size(); ++i) {
    EXPECT_GE(removed[i], removed[i - 1]);
    moves += removed[i] != removed[i - 1];
  }
  EXPECT_EQ(moves, 4U) << "3000 tokens in all, 500 for each step beyond the first 1000";
}

TEST(TrimPlan, PutsASummaryIntoTheFirstTurnBehindTheRemoved) {
  Made made;
  made.system(10).user(500).answer(100).system(5).user(300).answer(50).user(100);
  const TrimPlan plan = made.plan(1000, 0.9, 40);
  EXPECT_THAT(plan.removed, ElementsAre(1, 2));
  EXPECT_EQ(plan.summary_item, 4U);
  EXPECT_EQ(plan.tokens_after, 505);
}

TEST(TrimPlan, DoesWithoutASummaryThatDoesNotFit) {
  Made made;
  made.user(500).answer(100).user(980);
  const TrimPlan plan = made.plan(1000, 0.6, 40);
  EXPECT_TRUE(plan.fits);
  EXPECT_EQ(plan.summary_item, kNoIndex);
  EXPECT_EQ(plan.tokens_after, 980);
}

TEST(TrimPlan, TakesNonsensicalNumbersAndEmptyConversations) {
  Made made;
  EXPECT_TRUE(made.plan(0).fits);
  EXPECT_FALSE(made.plan(-1).fits);
  made.user(-5).answer(10).user(10);
  EXPECT_FALSE(made.plan(5, -3.0, -7).fits);
  EXPECT_THAT(made.plan(15, 9.0).removed, ElementsAre(0, 1));
}

}  // namespace
}  // namespace pointsman::llm
