// `label` over a ledger on disk, with keys from a pipe.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <thread>

#include "ledger_sqlite/feedback_store.h"
#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using ledger::Feedback;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LabelCommand : public test::LedgerOnDisk {
 protected:
  LabelCommand() { line_.variables["USER"] = "ada"; }

  ledger::Entry asked(std::int64_t seconds_ago, std::string text, float chat = 0.55F) {
    ledger::Entry entry = doubtful_entry(seconds_ago);
    entry.text = std::move(text);
    entry.probabilities = {chat, 1 - chat};
    return entry;
  }
  Ran label(std::string keys, std::vector<std::string> more = {}) {
    line_.input = std::move(keys);
    return run("label", std::move(more));
  }
  std::unique_ptr<ledger::FeedbackStore> store() {
    auto opened = ledger_sqlite::open_feedback_store(ledger_);
    return opened ? std::move(*opened) : nullptr;
  }
  std::vector<Feedback> kept() {
    std::vector<Feedback> all;
    EXPECT_TRUE(store()->scan([&](const Feedback& feedback, const ledger::Entry&) {
      all.push_back(feedback);
      return true;
    }));
    return all;
  }
  base::WallTime now() { return line_.clock.wall(); }
};

TEST_F(LabelCommand, ShowsADecisionAndKeepsWhatAKeySays) {
  const ledger::Entry entry = asked(60, "what is two and two?");
  keep({entry});
  const Ran ran = label("2");
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("| what is two and two?"), HasSubstr("1  chat"), HasSubstr("2  sums"),
                             HasSubstr("1 labelled, 0 skipped")));
  const auto all = kept();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].decision, entry.id);
  EXPECT_EQ(all[0].category, "sums");
  EXPECT_EQ(all[0].who, "ada");
  EXPECT_FALSE(all[0].golden);
}

TEST_F(LabelCommand, AskedAgainItShowsWhatNobodyHasLabelled) {
  keep({asked(60, "what is two and two?"), asked(50, "how was your weekend in Turin?")});
  ASSERT_EQ(label("1q").code, kOk);
  ASSERT_EQ(label("0").code, kOk);
  EXPECT_EQ(kept().size(), 2U);
  const Ran none = label("1");
  EXPECT_EQ(none.code, kOk);
  EXPECT_THAT(none.err, HasSubstr("nothing is left to ask: 2 of 2 decisions are labelled"));
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(LabelCommand, UndoTakesAnAnswerBackAndQuitKeepsTheRest) {
  keep({asked(60, "what is two and two?"), asked(50, "how was your weekend in Turin?")});
  const Ran ran = label("1u2sq");
  EXPECT_THAT(ran.out, HasSubstr("1 labelled, 1 skipped"));
  const auto all = kept();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].category, "sums");
}

TEST_F(LabelCommand, GoldenLabelsSaySoAndNoneOfTheCategoriesIsALabel) {
  keep({asked(60, "what is two and two?")});
  ASSERT_EQ(label("0", {"--golden", "--who", "bob"}).code, kOk);
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_TRUE(kept()[0].golden);
  EXPECT_TRUE(kept()[0].no_category);
  EXPECT_EQ(kept()[0].who, "bob");
}

TEST_F(LabelCommand, NobodyIsGivenWhatSomebodyElseIsAt) {
  const ledger::Entry entry = asked(60, "what is two and two?");
  keep({entry});
  ASSERT_TRUE(store()->lease(entry.id, "bob", now(), now() + std::chrono::minutes(10)).value());
  const Ran ran = label("1");
  EXPECT_THAT(ran.err, HasSubstr("1 left to others"));
  EXPECT_TRUE(kept().empty());
  line_.clock.advance(std::chrono::minutes(11));
  ASSERT_EQ(label("1").code, kOk);
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(LabelCommand, WhatWasNotAnsweredIsFreeAgainAfterwards) {
  const ledger::Entry entry = asked(60, "what is two and two?");
  keep({entry});
  ASSERT_EQ(label("q").code, kOk);
  EXPECT_TRUE(store()->lease(entry.id, "bob", now(), now() + std::chrono::minutes(1)).value());
}

TEST_F(LabelCommand, TextsThatAreNotKeptCannotBeShownAndItSaysHowToChangeThat) {
  keep({doubtful_entry(60)});
  const Ran ran = label("1");
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("1 decision cannot be shown"), HasSubstr("store_prompts: full")));
  EXPECT_TRUE(kept().empty());
}

TEST_F(LabelCommand, ATextCannotSteerTheTerminal) {
  keep({asked(60, "\x1b[2J\x1b]0;title\x07 two\nlines")});
  EXPECT_THAT(label("q").out, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), HasSubstr("| lines")));
}

TEST_F(LabelCommand, WhatIsDrawnByChanceCarriesItsProbability) {
  const std::vector<std::string> towns{"Leeds", "Turin", "Porto", "Graz", "Lyon", "Bergen", "Oslo", "Gent"};
  std::vector<ledger::Entry> entries;
  for (int i = 0; i < 64; ++i) {
    const std::string& town = towns[static_cast<std::size_t>(i) % towns.size()];
    entries.push_back(asked(60 + i, town + " has how many bridges, " + std::to_string(i * 7919) + " or more?"));
  }
  keep(entries);
  ASSERT_EQ(label(std::string(10, '1'), {"-n", "10"}).code, kOk);
  const auto all = kept();
  ASSERT_EQ(all.size(), 10U);
  EXPECT_EQ(std::ranges::count_if(all, [](const Feedback& one) { return std::abs(one.slice - 0.2) < 1e-9; }), 2);
  EXPECT_EQ(std::ranges::count(all, 0.0, &Feedback::slice), 8);
}

TEST_F(LabelCommand, AtATerminalAKeyCountsAtOnceAndTheTerminalIsAsBefore) {
  keep({asked(60, "what is two and two?")});
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) GTEST_SKIP() << "no pseudo-terminals here";
  const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(slave, 0);
  const auto raw = [slave] {
    termios now{};
    return ::tcgetattr(slave, &now) == 0 && (now.c_lflag & ICANON) == 0;
  };
  std::thread person([&] {
    while (!raw()) std::this_thread::yield();
    EXPECT_EQ(::write(master, "2q", 2), 2);
  });
  const config::Environment environment = [](std::string_view name) -> std::optional<std::string> {
    return name == "USER" ? std::optional<std::string>("ada") : std::nullopt;
  };
  std::FILE* in = ::fdopen(::dup(slave), "r");
  std::FILE* out = ::fdopen(::dup(slave), "w");
  {
    Context context{
        .environment = environment, .out{out, environment}, .err{out, environment}, .in = in, .clock = &line_.clock};
    CLI::App app("test", "pointsman");
    add_commands(app, context);
    const char* words[] = {"pointsman", "label", "--ledger", ledger_.c_str()};
    EXPECT_EQ(cli::run(app, context, 4, words), kOk);
  }
  person.join();
  EXPECT_FALSE(raw());
  for (std::FILE* one : {in, out}) std::fclose(one);
  std::string shown(4096, '\0');
  shown.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(master, shown.data(), shown.size()))));
  EXPECT_THAT(shown, AllOf(HasSubstr("what is two and two?"), HasSubstr("1 labelled")));
  EXPECT_EQ(kept().at(0).category, "sums");
  for (const int one : {slave, master}) ::close(one);
}

TEST_F(LabelCommand, SaysHowFarPeopleAgree) {
  std::vector<ledger::Entry> entries = {asked(60, "what is two and two?"), asked(50, "how was Turin?")};
  keep(entries);
  EXPECT_THAT(label("", {"--agreement"}).err, HasSubstr("--again"));
  for (const ledger::Entry& one : entries)
    ASSERT_EQ(run("feedback", {one.id.to_string(), "--category", "sums"}).code, kOk);
  EXPECT_THAT(label("1", {"--again"}).err, HasSubstr("nothing that somebody else has labelled"));
  ASSERT_EQ(label("12", {"--again", "--who", "bob"}).code, kOk);
  const Ran ran = label("", {"--agreement"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("ada"), HasSubstr("bob"), HasSubstr("1 of 2"), HasSubstr("2 decisions were")));
}

TEST_F(LabelCommand, ImportsLikeFeedback) {
  const ledger::Entry entry = asked(60, "what is two and two?");
  keep({entry});
  const std::string file = directory_.file("labels.jsonl");
  test::put(file, "{\"decision_id\": \"" + entry.id.to_string() + "\", \"category\": \"sums\"}");
  EXPECT_EQ(label("", {"--import", file, "--golden"}).out, "1 statement kept\n");
  EXPECT_TRUE(kept().at(0).golden);
}

TEST_F(LabelCommand, RefusesWhatItCannotUnderstand) {
  keep({asked(60, "what is two and two?")});
  EXPECT_EQ(label("1", {"--since", "yesterday"}).code, kUsage);
  EXPECT_EQ(label("1", {"-n", "0"}).code, kUsage);
  EXPECT_EQ(label("1", {"--again", "--agreement"}).code, kUsage);
  line_.variables.clear();
  EXPECT_EQ(label("1").code, kUsage);
  EXPECT_TRUE(kept().empty());
}

}  // namespace
}  // namespace pointsman::cli
