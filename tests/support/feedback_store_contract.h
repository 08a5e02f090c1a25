// What every driver of ledger::FeedbackStore must do, as tests that a driver's own test program instantiates.
//
// For tests; one thread. A driver is a default-constructible type with `std::unique_ptr<ledger::FeedbackStore> open()`:
// each call gives another connection to the same, at first empty, store.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ledger/feedback_store.h"
#include "support/contract.h"
#include "support/random_entry.h"

namespace pointsman::test {

inline constexpr base::WallTime kFeedbackTime{std::chrono::seconds(1'700'000'000)};

template <class Driver>
class FeedbackStoreContract : public Contract<Driver> {
 protected:
  ledger::Entry entry() { return typical_entry(ids_.next(kFeedbackTime)); }
  ledger::Feedback label(const ledger::Entry& about, std::string category = "hard") {
    ledger::Feedback feedback;
    feedback.id = ids_.next(kFeedbackTime + std::chrono::seconds(++seconds_));
    feedback.decision = about.id;
    feedback.who = "ada";
    feedback.category = std::move(category);
    return feedback;
  }
  static std::vector<std::pair<ledger::Feedback, ledger::Entry>> all(ledger::FeedbackStore& store) {
    std::vector<std::pair<ledger::Feedback, ledger::Entry>> found;
    const auto done = store.scan([&](const ledger::Feedback& feedback, const ledger::Entry& about) {
      found.emplace_back(feedback, about);
      return true;
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return found;
  }
  static void keep(ledger::FeedbackStore& store, const ledger::Feedback& feedback, const ledger::Entry& about) {
    const auto receipt = store.add(feedback, about);
    ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
    EXPECT_EQ(receipt->id, feedback.id);
    EXPECT_FALSE(receipt->repeated);
  }

  base::UuidGenerator ids_{11};
  int seconds_ = 0;
};

TYPED_TEST_SUITE_P(FeedbackStoreContract);

TYPED_TEST_P(FeedbackStoreContract, GivesBackWhatWasSaidWithTheEntryItSpeaksOf) {
  auto store = this->driver_.open();
  ledger::Entry about = this->entry();
  about.text = "what is it?";
  about.user = 0xffff'ffff'ffff'fff0ULL;
  about.key = "team-a";
  about.features = {{7, 3, text::Block{}}};
  ledger::Feedback feedback = this->label(about, "");
  feedback.no_category = true;
  feedback.fit = ledger::Fit::kOverpowered;
  feedback.rating = 4;
  feedback.comment = std::string("a comment\0with a zero", 21);
  feedback.corrected_output = "better \"words\"";
  feedback.golden = true;
  feedback.slice = 0.05;
  feedback.idempotency_key = "k1";
  this->keep(*store, feedback, about);
  const auto found = this->all(*this->driver_.open());
  ASSERT_EQ(found.size(), 1U);
  const ledger::Feedback& kept = found[0].first;
  EXPECT_EQ(kept.id, feedback.id);
  EXPECT_EQ(kept.decision, about.id);
  EXPECT_EQ(kept.signal, ledger::Signal::kNone);
  EXPECT_EQ(kept.who, "ada");
  EXPECT_EQ(kept.category, "");
  EXPECT_TRUE(kept.no_category);
  EXPECT_EQ(kept.fit, feedback.fit);
  EXPECT_EQ(kept.rating, 4);
  EXPECT_EQ(kept.comment, feedback.comment);
  EXPECT_EQ(kept.corrected_output, feedback.corrected_output);
  EXPECT_TRUE(kept.golden);
  EXPECT_EQ(kept.slice, 0.05);
  EXPECT_EQ(kept.idempotency_key, "k1");
  EXPECT_EQ(found[0].second.text, "what is it?");
  EXPECT_EQ(found[0].second.user, about.user);
  ASSERT_EQ(found[0].second.features.size(), 1U);
  EXPECT_EQ(found[0].second.features[0].hash, 7U);
  EXPECT_EQ(found[0].second.candidates, about.candidates);
}

TYPED_TEST_P(FeedbackStoreContract, ScansInTheOrderInWhichThingsCameAndStopsWhenTold) {
  auto store = this->driver_.open();
  std::vector<base::Uuid> said;
  for (int i = 0; i < 150; ++i) {
    const ledger::Entry about = this->entry();
    const ledger::Feedback feedback = this->label(about);
    this->keep(*store, feedback, about);
    said.push_back(feedback.id);
  }
  std::vector<base::Uuid> heard;
  for (const auto& [feedback, about] : this->all(*store)) heard.push_back(feedback.id);
  EXPECT_EQ(heard, said);
  int calls = 0;
  EXPECT_TRUE(store->scan([&](const auto&, const auto&) { return ++calls < 70; }).has_value());
  EXPECT_EQ(calls, 70);
}

TYPED_TEST_P(FeedbackStoreContract, KeepsTheEntryAsItWasWhenFirstSpokenOf) {
  auto store = this->driver_.open();
  ledger::Entry about = this->entry();
  about.category = "simple";
  this->keep(*store, this->label(about), about);
  about.category = "changed";
  this->keep(*store, this->label(about), about);
  const auto sample = store->sample(about.id);
  ASSERT_TRUE(sample.has_value() && sample->has_value());
  EXPECT_EQ((*sample)->category, "simple");
  EXPECT_FALSE(store->sample(this->entry().id)->has_value());
}

TYPED_TEST_P(FeedbackStoreContract, RefusesFeedbackThatComesWithAnotherEntry) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  EXPECT_FALSE(store->add(this->label(about), this->entry()).has_value());
  EXPECT_TRUE(this->all(*store).empty());
}

TYPED_TEST_P(FeedbackStoreContract, TheSameIdempotencyKeyGivesTheFirstReceipt) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  ledger::Feedback first = this->label(about);
  first.idempotency_key = "once";
  this->keep(*store, first, about);
  ledger::Feedback again = this->label(about);
  again.idempotency_key = "once";
  again.slice = 0.5;  // what the receiver adds is not content
  const auto receipt = this->driver_.open()->add(again, about);
  ASSERT_TRUE(receipt.has_value());
  EXPECT_TRUE(receipt->repeated);
  EXPECT_EQ(receipt->id, first.id);
  EXPECT_EQ(this->all(*store).size(), 1U);
}

TYPED_TEST_P(FeedbackStoreContract, TheSameIdempotencyKeyWithOtherContentIsTheClientsMistake) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  ledger::Feedback first = this->label(about, "hard");
  first.idempotency_key = "once";
  this->keep(*store, first, about);
  ledger::Feedback other = this->label(about, "simple");
  other.idempotency_key = "once";
  const auto refused = store->add(other, about);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().origin(), base::Origin::kClient);
  EXPECT_EQ(this->all(*store).size(), 1U);
  // The refusal did not spoil the store.
  this->keep(*store, this->label(about), about);
}

TYPED_TEST_P(FeedbackStoreContract, KeepsSeveralAtOnceOrNoneOfThem) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  ledger::Feedback first = this->label(about, "hard");
  first.idempotency_key = "once";
  this->keep(*store, first, about);
  const auto again = [&](std::string category) {
    ledger::Feedback same = this->label(about, std::move(category));
    same.idempotency_key = "once";
    return same;
  };
  const std::vector<ledger::Statement> bad = {{this->label(about), about}, {again("simple"), about}};
  const auto refused = store->add_all(bad);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().origin(), base::Origin::kClient);
  EXPECT_EQ(this->all(*store).size(), 1U);
  const std::vector<ledger::Statement> good = {{this->label(about), about}, {again("hard"), about}};
  const auto kept = this->driver_.open()->add_all(good);
  ASSERT_TRUE(kept.has_value()) << kept.error().message();
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_EQ((*kept)[0].id, good[0].feedback.id);
  EXPECT_FALSE((*kept)[0].repeated);
  EXPECT_EQ((*kept)[1].id, first.id);
  EXPECT_TRUE((*kept)[1].repeated);
  EXPECT_EQ(this->all(*store).size(), 2U);
}

TYPED_TEST_P(FeedbackStoreContract, WhatIsRetractedWasNeverSaid) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  ledger::Feedback one = this->label(about);
  one.idempotency_key = "k";
  const ledger::Feedback two = this->label(about);
  this->keep(*store, one, about);
  this->keep(*store, two, about);
  EXPECT_TRUE(store->retract(one.id).value());
  EXPECT_FALSE(store->retract(one.id).value());
  EXPECT_TRUE(store->sample(about.id)->has_value()) << "another still speaks of it";
  EXPECT_TRUE(store->retract(two.id).value());
  EXPECT_FALSE(store->sample(about.id)->has_value());
  this->keep(*store, one, about);
}

TYPED_TEST_P(FeedbackStoreContract, CountsPeoplesLabelsSinceAnId) {
  auto store = this->driver_.open();
  const ledger::Entry about = this->entry();
  const ledger::Feedback first = this->label(about);
  ledger::Feedback none = this->label(about, "");
  none.no_category = true;
  ledger::Feedback verdict = this->label(about, "");
  verdict.fit = ledger::Fit::kGood;
  ledger::Feedback signal = this->label(about);
  signal.signal = ledger::Signal::kOverridden;
  for (const ledger::Feedback& one : {first, none, verdict, signal}) this->keep(*store, one, about);
  EXPECT_EQ(store->labels_since({}).value(), 2U);
  EXPECT_EQ(store->labels_since(first.id).value(), 1U);
  EXPECT_EQ(store->labels_since(signal.id).value(), 0U);
}

TYPED_TEST_P(FeedbackStoreContract, ALeaseKeepsOthersAwayUntilItEnds) {
  using std::chrono::minutes;
  auto store = this->driver_.open();
  auto other = this->driver_.open();
  const base::Uuid decision = this->entry().id;
  const base::WallTime now = kFeedbackTime;
  EXPECT_TRUE(store->lease(decision, "ada", now, now + minutes(10)).value());
  EXPECT_FALSE(other->lease(decision, "bob", now + minutes(1), now + minutes(11)).value());
  EXPECT_TRUE(store->lease(decision, "ada", now + minutes(9), now + minutes(19)).value()) << "asking again renews";
  EXPECT_FALSE(other->lease(decision, "bob", now + minutes(12), now + minutes(22)).value());
  EXPECT_TRUE(other->lease(decision, "bob", now + minutes(19), now + minutes(29)).value());
  EXPECT_FALSE(store->lease(decision, "ada", now + minutes(20), now + minutes(30)).value());
}

TYPED_TEST_P(FeedbackStoreContract, OnlyWhoHasALeaseCanReleaseIt) {
  using std::chrono::minutes;
  auto store = this->driver_.open();
  const base::Uuid decision = this->entry().id;
  ASSERT_TRUE(store->lease(decision, "ada", kFeedbackTime, kFeedbackTime + minutes(10)).value());
  ASSERT_TRUE(store->release(decision, "bob").has_value());
  EXPECT_FALSE(store->lease(decision, "bob", kFeedbackTime, kFeedbackTime + minutes(10)).value());
  ASSERT_TRUE(store->release(decision, "ada").has_value());
  EXPECT_TRUE(store->lease(decision, "bob", kFeedbackTime, kFeedbackTime + minutes(10)).value());
}

TYPED_TEST_P(FeedbackStoreContract, ForgettingAUserOrKeyTakesWhatAnybodySaidAboutTheirRequests) {
  auto store = this->driver_.open();
  ledger::Entry theirs = this->entry();
  theirs.user = 42;
  ledger::Entry keyed = this->entry();
  keyed.key = "team-a";
  const ledger::Entry others = this->entry();
  for (const ledger::Entry& about : {theirs, keyed, others}) this->keep(*store, this->label(about), about);
  ASSERT_TRUE(store->lease(theirs.id, "ada", kFeedbackTime, kFeedbackTime + std::chrono::hours(1)).value());
  EXPECT_EQ(store->forget({.user = 42}).value(), 3U);  // a label, an entry, a lease
  EXPECT_FALSE(store->sample(theirs.id)->has_value());
  EXPECT_EQ(store->forget({.key = "team-a"}).value(), 2U);
  EXPECT_EQ(store->forget({.user = 42, .key = "team-a"}).value(), 0U);
  const auto left = this->all(*store);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].second.id, others.id);
}

TYPED_TEST_P(FeedbackStoreContract, ForgettingAnAnnotatorTakesWhatTheySaidAndLeavesWhatOthersSaid) {
  auto store = this->driver_.open();
  const ledger::Entry both = this->entry();
  const ledger::Entry alone = this->entry();
  ledger::Feedback bobs = this->label(both);
  bobs.who = "bob";
  this->keep(*store, bobs, both);
  this->keep(*store, this->label(both), both);
  this->keep(*store, this->label(alone), alone);
  ASSERT_TRUE(store->lease(both.id, "ada", kFeedbackTime, kFeedbackTime + std::chrono::hours(1)).value());
  EXPECT_EQ(store->forget({.who = "ada"}).value(), 4U);  // two labels, the entry only ada spoke of, a lease
  const auto left = this->all(*store);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].first.who, "bob");
  EXPECT_FALSE(store->sample(alone.id)->has_value());
}

REGISTER_TYPED_TEST_SUITE_P(FeedbackStoreContract, GivesBackWhatWasSaidWithTheEntryItSpeaksOf,
                            ScansInTheOrderInWhichThingsCameAndStopsWhenTold, KeepsTheEntryAsItWasWhenFirstSpokenOf,
                            RefusesFeedbackThatComesWithAnotherEntry, TheSameIdempotencyKeyGivesTheFirstReceipt,
                            TheSameIdempotencyKeyWithOtherContentIsTheClientsMistake, KeepsSeveralAtOnceOrNoneOfThem,
                            WhatIsRetractedWasNeverSaid, CountsPeoplesLabelsSinceAnId, ALeaseKeepsOthersAwayUntilItEnds,
                            OnlyWhoHasALeaseCanReleaseIt, ForgettingAUserOrKeyTakesWhatAnybodySaidAboutTheirRequests,
                            ForgettingAnAnnotatorTakesWhatTheySaidAndLeavesWhatOthersSaid);

}  // namespace pointsman::test
