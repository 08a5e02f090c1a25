#include "cli/corrections.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "support/memory_feedback_store.h"

namespace pointsman::cli {
namespace {

using ledger::Entry;
using ledger::Feedback;

const base::WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);

class CorrectionReaderTest : public ::testing::Test {
 protected:
  Entry decided(std::string text, std::string context = {}) {
    Entry entry;
    entry.id = ids_.next(kNow - std::chrono::days(60));
    entry.text_hash = base::xxh3(text);
    entry.text = std::move(text);
    entry.context = std::move(context);
    return entry;
  }
  base::Uuid say(const Entry& about, Feedback said, int days_ago = 0) {
    said.decision = about.id;
    said.id = ids_.next(kNow - std::chrono::days(days_ago));
    if (said.who.empty()) said.who = "ada";
    EXPECT_TRUE(store_.add(said, about).has_value());
    return said.id;
  }
  MemoryPtr read(base::WallTime now = kNow) {
    auto out = reader_.read(store_, now);
    EXPECT_TRUE(out.has_value());
    return *out;
  }
  std::string found(std::string_view text, std::string_view context = {}) {
    const auto memory = read();
    const auto hit = memory->find({.text = text, .context = context}, scratch_);
    return hit ? std::string(hit->category) : "nothing";
  }

  testing::MemoryFeedbackStore store_;
  CorrectionReader reader_;
  classify::CorrectionMemory::Scratch scratch_;
  base::UuidGenerator ids_{7};
};

TEST_F(CorrectionReaderTest, RemembersWhatPeopleSaidUnderTheDecisionsId) {
  const Entry about = decided("where is my parcel");
  const base::Uuid said = say(about, {.category = "shipping"});
  const auto memory = read();
  const auto hit = memory->find({.text = "Where is my parcel?"}, scratch_);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->category, "shipping");
  EXPECT_EQ(hit->correction, about.id.to_string());
  EXPECT_EQ(reader_.newest(), said);
}

TEST_F(CorrectionReaderTest, LeavesOutWhatNamesNoCategoryAndWhatNobodySaid) {
  say(decided("one text about this"), {.fit = ledger::Fit::kUnderpowered});
  say(decided("two texts about that"), {.rating = 1});
  say(decided("three texts about these"), {.signal = ledger::Signal::kOverridden, .category = "x"});
  Entry wordless = decided("");
  say(wordless, {.category = "x"});
  Entry cut = decided("a text that was cut");
  cut.truncated = true;
  say(cut, {.category = "x"});
  EXPECT_EQ(read()->size(), 0U);
}

TEST_F(CorrectionReaderTest, LeavesOutWhatJudgesAndEverythingOfTheSameText) {
  say(decided("a text drawn at random"), {.category = "x", .slice = 0.1}, 29);
  say(decided("a golden text"), {.category = "x", .golden = true}, 20);
  say(decided("a golden text"), {.who = "bob", .category = "x"});
  EXPECT_EQ(read()->size(), 0U);
  EXPECT_EQ(reader_.next_change(), kNow + std::chrono::days(1));
  EXPECT_EQ(read(kNow + std::chrono::days(1))->size(), 1U) << "the slice has judged for thirty days";
  EXPECT_EQ(reader_.next_change(), base::WallTime::max());
}

TEST_F(CorrectionReaderTest, TheNewestWordOfOneCountsAndContradictionHasNoEffect) {
  const Entry about = decided("is this a question");
  say(about, {.category = "x"});
  say(about, {.no_category = true});
  EXPECT_EQ(found("is this a question"), "") << "none of them";
  const base::Uuid other = say(about, {.who = "api:bob", .category = "y"});
  EXPECT_EQ(found("is this a question"), "nothing");
  ASSERT_TRUE(store_.retract(other).value());
  EXPECT_EQ(found("is this a question"), "");
}

TEST_F(CorrectionReaderTest, WhatWasForgottenIsForgotten) {
  say(decided("is this a question"), {.category = "x"});
  EXPECT_EQ(found("is this a question"), "x");
  ASSERT_TRUE(store_.forget({.who = "ada"}).has_value());
  EXPECT_EQ(found("is this a question"), "nothing");
  EXPECT_EQ(reader_.newest(), base::Uuid{});
}

TEST_F(CorrectionReaderTest, KnowsATextThatWasNotKeptByItsFeatures) {
  Entry about = decided("tell me where the parcel is");
  const auto features = scratch_.extractor.extract({.text = about.text});
  about.features.assign(features.begin(), features.end());
  about.text.clear();
  say(about, {.category = "shipping"});
  EXPECT_EQ(found("tell me where the parcel is"), "shipping");
}

TEST_F(CorrectionReaderTest, AnAnswerWithinAConversationIsAnotherTextThanAtItsBeginning) {
  say(decided("yes please", "shall I cancel the order?"), {.category = "orders"});
  EXPECT_EQ(found("yes please", "shall I cancel the order?"), "orders");
  EXPECT_EQ(found("yes please"), "nothing");
}

TEST_F(CorrectionReaderTest, WhoeverSpeaksOverHttpSharesOnePartOfTheMemory) {
  CorrectionReader small({.capacity = 8, .source_share = 0.25});
  for (int i = 0; i < 6; ++i) {
    say(decided("a text about number " + std::to_string(i * 111)),
        {.who = "api:" + std::to_string(i), .category = "x"});
  }
  EXPECT_EQ((*small.read(store_, kNow))->size(), 2U);
  say(decided("what somebody at the command line said"), {.category = "x"});
  EXPECT_EQ((*small.read(store_, kNow))->size(), 3U);
}

}  // namespace
}  // namespace pointsman::cli
