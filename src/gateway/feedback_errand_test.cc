#include "gateway/feedback_errand.h"

#include <gmock/gmock.h>

#include "ledger/memory_store.h"
#include "support/feedback_store_contract.h"
#include "support/memory_feedback_store.h"

namespace pointsman::test {

// The store that these tests rest on keeps the contract that drivers keep.
struct MemoryFeedback {
  std::shared_ptr<testing::FeedbackMemory> memory = std::make_shared<testing::FeedbackMemory>();
  std::unique_ptr<ledger::FeedbackStore> open() { return std::make_unique<testing::MemoryFeedbackStore>(memory); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, FeedbackStoreContract, MemoryFeedback);

}  // namespace pointsman::test

namespace pointsman::gateway {
namespace {

using namespace std::chrono_literals;
using ledger::Feedback;
using ledger::Fit;
using pointsman::testing::BorrowedReader;
using pointsman::testing::FeedbackMemory;
using pointsman::testing::MemoryFeedbackStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Errand final : FeedbackErrand {
  using FeedbackErrand::FeedbackErrand;
  void done() override {}
};

class FeedbackErrandTest : public ::testing::Test {
 protected:
  static constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

  static base::Uuid id_at(base::WallTime time, std::uint8_t last = 0) {
    base::Uuid id = base::Uuid::at(time);
    id.bytes[15] = last;
    return id;
  }
  base::Uuid ended(base::WallTime at) {
    ledger::Entry entry;
    entry.id = id_at(at);
    ledger_.append(entry);
    return entry.id;
  }
  static Feedback about(const base::Uuid& decision) {
    Feedback said;
    said.decision = decision;
    said.fit = Fit::kUnderpowered;
    return said;
  }
  static std::string line(const base::Uuid& decision, std::string_view more = R"("rating":3)") {
    return R"({"decision_id":")" + decision.to_string() + "\"," + std::string(more) + "}\n";
  }
  // Steps until it is over and returns the pauses between.
  std::vector<base::Duration> work_off(FeedbackErrand& errand) {
    std::vector<base::Duration> pauses;
    for (int i = 0; i < 100'000; ++i) {
      const auto next = errand.step(books_, ids_, kNow);
      EXPECT_TRUE(next.has_value()) << next.error().message();
      if (!next || next->over) return pauses;
      if (next->pause > 0ns) pauses.push_back(next->pause);
    }
    ADD_FAILURE() << "it is never over";
    return pauses;
  }

  ledger::MemoryStore ledger_;
  std::shared_ptr<FeedbackMemory> memory_ = std::make_shared<FeedbackMemory>();
  FeedbackBooks books_{std::make_unique<MemoryFeedbackStore>(memory_), std::make_unique<BorrowedReader>(ledger_)};
  base::UuidGenerator ids_{1};
};

TEST_F(FeedbackErrandTest, KeepsOneStatementAndGivesTheReceipt) {
  Errand errand(about(ended(kNow - 1min)));
  EXPECT_THAT(work_off(errand), SizeIs(0));
  ASSERT_TRUE(errand.answer().receipt.has_value());
  ASSERT_THAT(memory_->all(), SizeIs(1));
  EXPECT_EQ(memory_->all()[0].id, errand.answer().receipt->id);
  EXPECT_EQ(memory_->all()[0].id.time(), kNow);
  EXPECT_EQ(errand.answer().count.accepted, 1U);
  EXPECT_EQ(errand.answer().count.by_verdict[static_cast<std::size_t>(Fit::kUnderpowered)], 1U);
}

TEST_F(FeedbackErrandTest, TheSameKeyWithTheSameContentIsARepetitionAndWithAnotherAConflict) {
  Feedback said = about(ended(kNow - 1min));
  said.idempotency_key = "api:k";
  Errand first(said), again(said);
  work_off(first);
  work_off(again);
  EXPECT_TRUE(again.answer().receipt->repeated);
  EXPECT_EQ(again.answer().receipt->id, first.answer().receipt->id);
  EXPECT_EQ(again.answer().count.accepted, 0U);
  said.fit = Fit::kGood;
  Errand other(said);
  work_off(other);
  EXPECT_TRUE(other.answer().conflict);
  EXPECT_FALSE(other.answer().receipt.has_value());
  EXPECT_THAT(memory_->all(), SizeIs(1));
}

TEST_F(FeedbackErrandTest, ADecisionThatEndedJustNowIsWaitedFor) {
  const base::Uuid decision = id_at(kNow - 2s);
  Errand errand(about(decision));
  for (int i = 0; i < 3; ++i) {
    const auto next = errand.step(books_, ids_, kNow);
    ASSERT_TRUE(next.has_value());
    EXPECT_FALSE(next->over);
    EXPECT_GT(next->pause, 0ns);
  }
  EXPECT_EQ(ended(kNow - 2s), decision);
  work_off(errand);
  EXPECT_TRUE(errand.answer().receipt.has_value());
}

TEST_F(FeedbackErrandTest, ADecisionThatNeverComesIsUnknownAfterAQuarterOfASecond) {
  ended(kNow - 1h);
  Errand errand(about(id_at(kNow - 2s)));
  base::Duration waited{};
  for (const base::Duration one : work_off(errand)) waited += one;
  EXPECT_EQ(waited, 250ms);
  ASSERT_TRUE(errand.answer().error.has_value());
  EXPECT_EQ(errand.answer().error->code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(errand.answer().error->message(), HasSubstr("while its answer is under way"));
  EXPECT_THAT(memory_->all(), SizeIs(0));
}

TEST_F(FeedbackErrandTest, OldIdsAreNotWaitedForAndSayWhetherTheyWereForgotten) {
  ended(kNow - 24h);
  Errand forgotten(about(id_at(kNow - 25h)));
  Errand unknown(about(id_at(kNow - 23h)));
  base::Uuid random = id_at(kNow - 25h);
  random.bytes[6] = 0x40;  // of version 4, so its first bytes are no time
  Errand foreign(about(random));
  Errand future(about(id_at(kNow + 24h)));
  for (Errand* one : {&forgotten, &unknown, &foreign, &future}) {
    EXPECT_THAT(work_off(*one), SizeIs(0));
    ASSERT_TRUE(one->answer().error.has_value());
    EXPECT_EQ(one->answer().error->place(), "/decision_id");
  }
  EXPECT_THAT(forgotten.answer().error->message(), HasSubstr("forgotten: the ledger goes back to 2023-11-13 22:13:20"));
  EXPECT_THAT(unknown.answer().error->message(), HasSubstr("none was made under this id, or it was removed"));
  EXPECT_THAT(foreign.answer().error->message(), HasSubstr("none was made under this id"));
  EXPECT_THAT(future.answer().error->message(), HasSubstr("none was made under this id"));
}

TEST_F(FeedbackErrandTest, WhatTheLedgerForgotCanBeSpokenOfAgainIfItWasSpokenOfBefore) {
  ledger::Entry entry;
  entry.id = id_at(kNow - 1000h);
  ASSERT_TRUE(books_.store->add(about(entry.id), entry).has_value());
  Errand errand(about(entry.id));
  work_off(errand);
  EXPECT_TRUE(errand.answer().receipt.has_value());
}

TEST_F(FeedbackErrandTest, AnImportKeepsAllItsLinesInTheirOrderAndOnlyOnce) {
  std::string text;
  constexpr int kLines = 400;
  for (int i = 0; i < kLines; ++i) text += line(ended(kNow - 1h + i * 1s), R"("verdict":"good_fit")");
  Errand first(text, {}), again(text, {});
  work_off(first);
  EXPECT_EQ(first.answer().count.accepted, 400U);
  EXPECT_EQ(first.answer().count.by_verdict[static_cast<std::size_t>(Fit::kGood)], 400U);
  ASSERT_THAT(memory_->all(), SizeIs(kLines));
  EXPECT_TRUE(std::ranges::is_sorted(memory_->all(), {}, &Feedback::decision));
  EXPECT_TRUE(std::ranges::is_sorted(memory_->all(), {}, &Feedback::id));
  work_off(again);
  EXPECT_EQ(again.answer().count.accepted, 0U);
  EXPECT_EQ(again.answer().count.repeated, 400U);
}

TEST_F(FeedbackErrandTest, AnImportOfNothingKeepsNothing) {
  Errand errand("\n  \n", {});
  work_off(errand);
  EXPECT_FALSE(errand.answer().error.has_value());
  EXPECT_EQ(errand.answer().wrong, 0U);
  EXPECT_EQ(errand.answer().count.accepted, 0U);
}

TEST_F(FeedbackErrandTest, AnImportWithABadLineKeepsNothingAndNamesTheFirstTwenty) {
  std::string text = line(ended(kNow - 1h));
  for (int i = 0; i < 30; ++i) text += "{}\n";
  Errand errand(text, {});
  work_off(errand);
  EXPECT_EQ(errand.answer().wrong, 30U);
  ASSERT_THAT(errand.answer().problems, SizeIs(FeedbackErrand::kMaxProblems));
  EXPECT_THAT(errand.answer().problems[0], HasSubstr("2:1: /decision_id"));
  EXPECT_THAT(memory_->all(), SizeIs(0));
}

TEST_F(FeedbackErrandTest, AnImportWithUnknownDecisionsKeepsNothingAndListsThem) {
  const base::Uuid known = ended(kNow - 30h);
  const std::string text = line(id_at(kNow - 40h)) + line(known) + line(id_at(kNow - 20h)) + line(id_at(kNow - 1s));
  Errand errand(text, {});
  EXPECT_THAT(work_off(errand), SizeIs(6)) << "the last one might still have come";
  EXPECT_EQ(errand.answer().wrong, 3U);
  EXPECT_THAT(errand.answer().problems,
              ElementsAre(HasSubstr("1:16: /decision_id: the decision " + id_at(kNow - 40h).to_string() + " has been"),
                          HasSubstr("3:16: /decision_id: there is no decision"), HasSubstr("4:16: ")));
  EXPECT_THAT(memory_->all(), SizeIs(0));
}

TEST_F(FeedbackErrandTest, AnImportStopsAtAKeyThatSaidSomethingElseBefore) {
  const base::Uuid known = ended(kNow - 1h);
  Errand first(line(known, R"("rating":1,"idempotency_key":"k")"), {});
  work_off(first);
  Errand second(
      line(known, R"("rating":2)") + line(known, R"("rating":2,"idempotency_key":"k")") + line(known, R"("rating":3)"),
      {});
  work_off(second);
  EXPECT_TRUE(second.answer().conflict);
  EXPECT_THAT(second.answer().error->message(), HasSubstr("2:16: 1 before it are kept and may be sent again: "));
  EXPECT_EQ(second.answer().count.accepted, 1U);
}

TEST_F(FeedbackErrandTest, LongImportsAreWorkedOffInSlices) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += line(ended(kNow - 1h + i * 1s));
  Errand errand(text, {});
  std::size_t kept = 0, steps = 0;
  for (bool over = false; !over; ++steps) {
    over = errand.step(books_, ids_, kNow)->over;
    const std::size_t now = errand.answer().count.accepted;
    EXPECT_LE(now - kept, FeedbackErrand::kKeepSlice);
    kept = now;
  }
  EXPECT_EQ(kept, 1000U);
  EXPECT_GE(steps, 3 * 1000U / 128U);
}

TEST_F(FeedbackErrandTest, FailsWhenTheStoreDoesAndSaysWhereAnImportBrokeOff) {
  int adds = 0;
  memory_->before_add = [&adds]() -> base::Result<void> {
    if (++adds == 200) return base::fail(base::ErrorCode::kIo, "disk full");
    return {};
  };
  std::string text;
  for (int i = 0; i < 300; ++i) text += line(ended(kNow - 1h + i * 1s));
  Errand errand(text, {});
  auto next = errand.step(books_, ids_, kNow);
  while (next && !next->over) next = errand.step(books_, ids_, kNow);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code(), base::ErrorCode::kIo);
  EXPECT_THAT(next.error().message(), HasSubstr("129:16: 128 before it are kept and may be sent again: disk full"));
  EXPECT_THAT(memory_->all(), SizeIs(128)) << "the slice that failed left nothing";
}

}  // namespace
}  // namespace pointsman::gateway
