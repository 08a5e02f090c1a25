#include "ledger/signals.h"

#include <gmock/gmock.h>

#include "base/hash.h"

namespace pointsman::ledger {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr base::WallTime kBegin{std::chrono::seconds(1'700'000'000)};

// "small" is weaker than "large".
bool more_capable(std::string_view a, std::string_view b) {
  return a == "large" && b == "small";
}

class SignalFinderTest : public ::testing::Test {
 protected:
  // A question that the router sent to the small model, answered well within two seconds.
  Entry ask(base::Duration after, std::string_view text = "why is the sky blue?") {
    Entry entry;
    entry.started = kBegin + std::chrono::duration_cast<std::chrono::microseconds>(after);
    entry.total = 2s;
    entry.id = ids_.next(entry.started);
    entry.conversation = 7;
    entry.text_hash = base::xxh3(text);
    entry.category = "simple";
    entry.stage = "local";
    entry.candidates = {"small", "large"};
    entry.model = "small";
    return entry;
  }
  Entry name_model(base::Duration after, std::string model) {
    Entry entry = ask(after);
    entry.stage = "passthrough";
    entry.category.clear();
    entry.candidates = {model};
    entry.model = model;
    return entry;
  }
  Entry name_category(base::Duration after, std::string category, std::string model = "large") {
    Entry entry = ask(after);
    entry.stage = "client";
    entry.category = entry.route_header = std::move(category);
    entry.candidates = {model};
    entry.model = std::move(model);
    return entry;
  }
  std::vector<Feedback> observe(const std::vector<Entry>& entries) { return observe(finder_, entries); }
  static std::vector<Feedback> observe(SignalFinder& finder, const std::vector<Entry>& entries) {
    std::vector<Feedback> all;
    for (const Entry& entry : entries) {
      finder.observe(entry, [&all](const Feedback& found) { all.push_back(found); });
    }
    return all;
  }
  static std::vector<Signal> kinds(const std::vector<Feedback>& all) {
    std::vector<Signal> out;
    for (const Feedback& one : all) out.push_back(one.signal);
    return out;
  }

  base::UuidGenerator ids_{1};
  SignalFinder finder_{{}, more_capable};
};

TEST_F(SignalFinderTest, AskingAStrongerModelTheSameIsARegeneration) {
  const Entry first = ask(0s);
  const auto found = observe({first, name_model(30s, "large")});
  ASSERT_THAT(kinds(found), ElementsAre(Signal::kRegenerated));
  EXPECT_EQ(found[0].decision, first.id);
  EXPECT_EQ(found[0].fit, Fit::kUnderpowered);
  EXPECT_FALSE(found[0].labels());
}

TEST_F(SignalFinderTest, AskingTheSameAgainIsARepetition) {
  const Entry first = ask(0s);
  const auto found = observe({first, ask(30s)});
  ASSERT_THAT(kinds(found), ElementsAre(Signal::kRepeated));
  EXPECT_EQ(found[0].decision, first.id);
  EXPECT_EQ(found[0].fit, Fit::kUnsaid);
  EXPECT_THAT(kinds(observe({ask(100s, "another"), name_model(130s, "small")})), ElementsAre(Signal::kRepeated))
      << "of the first text, with a model that is not stronger";
}

TEST_F(SignalFinderTest, AnAnswerThatWasGivenAgainIsNoRepetition) {
  Entry again = ask(30s), once_more = ask(60s);
  const Entry first = ask(0s);
  again.bill.replayed = once_more.bill.replayed = first.id.to_string();
  EXPECT_THAT(observe({first, again, once_more}), IsEmpty());
  const auto found = observe({name_model(90s, "large")});
  ASSERT_THAT(kinds(found), ElementsAre(Signal::kRegenerated)) << "but it may not have been good enough";
  EXPECT_EQ(found[0].decision, once_more.id);
}

TEST_F(SignalFinderTest, ManyAnswersGivenAgainDoNotMakeAQuestionAProbe) {
  const Entry first = ask(0s);
  std::vector<Entry> all{first};
  for (int i = 1; i <= 10; ++i) {
    all.push_back(ask(i * 10s));
    all.back().bill.replayed = first.id.to_string();
  }
  EXPECT_THAT(observe(all), IsEmpty());
  EXPECT_THAT(kinds(observe({ask(120s)})), ElementsAre(Signal::kRepeated));
}

TEST_F(SignalFinderTest, TheSameUserMayRepeatInAnotherConversation) {
  Entry first = ask(0s), again = ask(30s), other = ask(60s);
  first.user = again.user = 5;
  other.user = 6;
  again.conversation = 8;
  EXPECT_THAT(kinds(observe({first, again, other})), ElementsAre(Signal::kRepeated));
}

TEST_F(SignalFinderTest, WhoeverBeginsWithTheSameWordsIsNotTheSameAsker) {
  Entry first = ask(0s), other_user = ask(30s), other_key = ask(60s);
  first.user = 5;
  other_user.user = 6;
  other_key.user = 5;
  other_key.key = "team-b";
  EXPECT_THAT(observe({first, other_user, other_key}), IsEmpty());
}

TEST_F(SignalFinderTest, AHeaderThatNamesAnotherCategoryOverridesWhoeverSendsIt) {
  const Entry first = ask(0s);
  Entry header = name_category(30s, "reasoning");
  header.user = 9;
  header.conversation = 99;
  const auto found = observe({first, header});
  ASSERT_THAT(kinds(found), ElementsAre(Signal::kOverridden));
  EXPECT_EQ(found[0].decision, first.id);
  EXPECT_EQ(found[0].category, "reasoning");
  SignalFinder fresh({}, more_capable);
  EXPECT_THAT(kinds(observe(fresh, {ask(0s), name_category(30s, "simple", "small")})), ElementsAre(Signal::kRepeated))
      << "a header that agrees corrects nothing";
}

TEST_F(SignalFinderTest, AnOverrideSaysMoreThanARegenerationOfTheSameQuestion) {
  EXPECT_THAT(kinds(observe({ask(0s), name_category(30s, "reasoning")})), ElementsAre(Signal::kOverridden));
  SignalFinder without({.overridden = false}, more_capable);
  EXPECT_THAT(kinds(observe(without, {ask(0s), name_category(30s, "reasoning")})), ElementsAre(Signal::kRegenerated));
}

TEST_F(SignalFinderTest, AJudgementOfBrokenStructureIsASignOfItsOwn) {
  Entry entry = ask(0s);
  entry.attempts.resize(2);
  entry.attempts[0].judged = {.worth = "broken_json", .confidence = {}, .discarded = true, .usage = {}, .cost = {}};
  const auto found = observe({entry});
  ASSERT_THAT(kinds(found), ElementsAre(Signal::kInvalidOutput));
  EXPECT_EQ(found[0].decision, entry.id);
  EXPECT_EQ(found[0].fit, Fit::kUnderpowered);
  Entry wrong = ask(0s, "a third");
  wrong.passage.json = "invalid: /n maximum";
  EXPECT_THAT(kinds(observe({wrong})), ElementsAre(Signal::kInvalidOutput));
  Entry unsure = ask(0s, "another");
  unsure.attempts.resize(1);
  unsure.attempts[0].judged.worth = "unsure";
  EXPECT_THAT(observe({unsure}), IsEmpty());
}

TEST_F(SignalFinderTest, TheWindowRunsFromTheEndOfTheAnswer) {
  EXPECT_THAT(observe({ask(0s), ask(10min + 2s)}), SizeIs(1));
  EXPECT_THAT(observe({ask(20min, "another"), ask(30min + 2s + 1us, "another")}), IsEmpty());
}

TEST_F(SignalFinderTest, RequestsThatWereUnderWayAtOnceAreNoRepetitions) {
  Entry slow = ask(0s);
  slow.total = 60s;
  const Entry quick = ask(10s);
  EXPECT_THAT(observe({quick, slow}), IsEmpty());
}

TEST_F(SignalFinderTest, RetriesAfterAFailureAreNoSigns) {
  for (const Outcome outcome : {Outcome::kUpstreamError, Outcome::kCut, Outcome::kClientGone, Outcome::kGatewayError}) {
    SignalFinder finder({}, more_capable);
    Entry failed = ask(0s);
    failed.outcome = outcome;
    EXPECT_THAT(observe(finder, {failed, ask(30s), name_model(30s, "large")}), SizeIs(0)) << to_string(outcome);
  }
}

TEST_F(SignalFinderTest, TurnsWithToolResultsRepeatTheQuestionByTheirNature) {
  Entry turn = ask(30s);
  turn.tool_result_turn = true;
  EXPECT_THAT(observe({ask(0s), turn}), IsEmpty());
  EXPECT_THAT(observe({ask(60s, ""), ask(90s, "")}), IsEmpty()) << "and requests without text are not alike";
}

TEST_F(SignalFinderTest, WhatTheRouterDidNotDecideTeachesNothingAboutIt) {
  EXPECT_THAT(observe({name_model(0s, "small"), name_model(30s, "large")}), IsEmpty());
  EXPECT_THAT(observe({name_category(60s, "simple", "small"), name_category(90s, "reasoning")}), IsEmpty());
}

TEST_F(SignalFinderTest, OneDecisionIsSpokenOfOnceInEachWay) {
  const auto found = observe({ask(0s), name_model(30s, "large"), name_model(60s, "large"), name_model(90s, "small"),
                              name_model(120s, "small"), name_category(150s, "reasoning"), name_category(180s, "x")});
  EXPECT_THAT(kinds(found), ElementsAre(Signal::kRegenerated, Signal::kRepeated, Signal::kOverridden));
}

TEST_F(SignalFinderTest, WhatComesAgainAndAgainIsNoPerson) {
  std::vector<Entry> probes;
  for (int i = 0; i < 100; ++i) probes.push_back(ask(i * 60s));
  EXPECT_THAT(observe(probes), SizeIs(SignalFinder::kMostRepetitions));
}

TEST_F(SignalFinderTest, WordsThatManyConversationsHoldSayNothing) {
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < 10; ++i) {
    entries.push_back(ask(std::chrono::seconds(10 * i), "go on"));
    entries.back().conversation = i;
  }
  EXPECT_THAT(observe(entries), IsEmpty());
  EXPECT_THAT(observe({ask(110s, "go on"), ask(120s, "go on")}), IsEmpty());
  EXPECT_THAT(observe({ask(130s), ask(140s)}), SizeIs(1));
}

TEST_F(SignalFinderTest, ObservingAgainGivesTheSameIdsAndKeys) {
  Entry keyed = ask(60s);
  keyed.key = "team-a";
  Entry keyed_again = ask(90s);
  keyed_again.key = "team-a";
  const std::vector<Entry> entries = {ask(0s), name_model(30s, "large"), keyed, keyed_again, name_category(120s, "y")};
  SignalFinder other({}, more_capable);
  const auto first = observe(entries);
  const auto second = observe(other, entries);
  ASSERT_THAT(first, SizeIs(3));
  ASSERT_THAT(second, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first[i].id, second[i].id);
    EXPECT_EQ(first[i].idempotency_key, second[i].idempotency_key);
    EXPECT_LE(first[i].idempotency_key.size(), Feedback::kMaxIdempotencyKey);
    EXPECT_EQ(first[i].id.bytes[6] >> 4, 7);
    EXPECT_TRUE(i == 0 || first[i - 1].id < first[i].id) << "they are in the order in which they came";
  }
  EXPECT_EQ(first[1].who, "key:team-a");
  EXPECT_EQ(first[0].who, "");
}

TEST_F(SignalFinderTest, OptionsTurnSignalsOff) {
  SignalFinder none({.regenerated = false, .repeated = false, .invalid_output = false, .overridden = false},
                    more_capable);
  Entry broken = ask(0s);
  broken.attempts.resize(1);
  broken.attempts[0].judged.worth = "broken_call";
  EXPECT_THAT(observe(none, {broken, ask(30s), name_model(60s, "large"), name_category(90s, "reasoning")}), IsEmpty());
}

TEST_F(SignalFinderTest, RemembersNoMoreThanItMay) {
  SignalFinder small({.questions = 2}, more_capable);
  std::vector<Entry> entries = {ask(0s)};
  for (int i = 0; i < 4; ++i) entries.push_back(ask((i + 1) * 3s, "question " + std::to_string(i)));
  entries.push_back(ask(30s));
  EXPECT_THAT(observe(small, entries), IsEmpty());
  EXPECT_THAT(observe(small, {ask(40s)}), SizeIs(1)) << "the newest are kept";
}

}  // namespace
}  // namespace pointsman::ledger
