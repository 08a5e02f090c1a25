// `forget` over a ledger on disk, asked and unasked.
#include <gmock/gmock.h>

#include "base/hash.h"
#include "ledger_sqlite/feedback_store.h"
#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using test::Ran;
using testing::AllOf;
using testing::HasSubstr;

class ForgetCommand : public test::LedgerOnDisk {
 protected:
  ForgetCommand() {
    line_.variables["USER"] = "ada";
    ledger::Entry of_eve = chat_entry(60);
    of_eve.user = base::xxh3("eve");
    ledger::Entry of_team = chat_entry(50);
    of_team.key = "team-a";
    entries_ = {of_eve, of_team, chat_entry(40)};
  }
  // Each with one correction; ada's all but the last.
  void keep_all() {
    keep(entries_);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const std::string who = i + 1 < entries_.size() ? "ada" : "bob";
      ASSERT_EQ(run("feedback", {entries_[i].id.to_string(), "--category", "sums", "--who", who}).code, kOk);
    }
  }
  Ran forget(std::vector<std::string> more) { return run("forget", std::move(more)); }
  std::size_t entries_left() { return lines(run("log", {"--json"}).out); }
  std::uint64_t labels_left() {
    auto store = ledger_sqlite::open_feedback_store(ledger_);
    return store ? (*store)->labels_since({}).value() : 0;
  }

  std::vector<ledger::Entry> entries_;
};

TEST_F(ForgetCommand, AUserIsGoneFromTheLedgerAndFromFeedback) {
  keep_all();
  const Ran ran = forget({"--user", "eve", "--yes"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(ran.out, "1 entry removed from the ledger\n2 rows of feedback removed\n");
  EXPECT_THAT(ran.err, HasSubstr("the next one is built without it"));
  EXPECT_EQ(entries_left(), 2U);
  EXPECT_EQ(labels_left(), 2U);
  EXPECT_NE(run("explain", {entries_[0].id.to_string()}).code, kOk);
  const Ran again = run("feedback", {entries_[0].id.to_string(), "--none"});
  EXPECT_EQ(again.code, kFailed);
  EXPECT_THAT(again.err, HasSubstr(entries_[0].id.to_string()));
}

TEST_F(ForgetCommand, AKeyTakesWhatCameWithItToo) {
  keep_all();
  ASSERT_EQ(run("feedback", {entries_[2].id.to_string(), "--none", "--who", "key:team-a"}).code, kOk);
  EXPECT_EQ(forget({"--key", "team-a", "--yes"}).out, "1 entry removed from the ledger\n3 rows of feedback removed\n");
  EXPECT_EQ(labels_left(), 2U);
}

TEST_F(ForgetCommand, AnAnnotatorLeavesTheLedgerAsItIs) {
  keep_all();
  EXPECT_EQ(forget({"--annotator", "ada", "--yes"}).out, "4 rows of feedback removed\n");
  EXPECT_EQ(entries_left(), 3U);
  EXPECT_EQ(labels_left(), 1U);
}

TEST_F(ForgetCommand, AnAnnotatorIsTheSamePersonOverHttp) {
  keep_all();
  ASSERT_EQ(run("feedback", {entries_[0].id.to_string(), "--none", "--who", "api:bob"}).code, kOk);
  EXPECT_EQ(forget({"--annotator", "bob", "--yes"}).out, "3 rows of feedback removed\n");
  EXPECT_EQ(labels_left(), 2U);
}

TEST_F(ForgetCommand, AsksBeforeAndOnlyYesIsYes) {
  keep_all();
  for (const char* answer : {"", "n\n", "\n", "yeah\n"}) {
    line_.input = answer;
    const Ran ran = forget({"--user", "eve"});
    EXPECT_EQ(ran.code, kFailed) << answer;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("all requests of the user eve"), HasSubstr("nothing was removed")));
  }
  EXPECT_EQ(entries_left(), 3U);
  line_.input = "y\n";
  EXPECT_EQ(forget({"--user", "eve"}).code, kOk);
  EXPECT_EQ(entries_left(), 2U);
}

TEST_F(ForgetCommand, NeedsExactlyOneToForget) {
  EXPECT_EQ(forget({"--yes"}).code, kUsage);
  EXPECT_EQ(forget({"--user", "a", "--key", "b", "--yes"}).code, kUsage);
  EXPECT_EQ(forget({"--user", "", "--yes"}).code, kUsage);
}

TEST_F(ForgetCommand, WhereNothingWasKeptNothingIsMade) {
  const Ran ran = forget({"--user", "eve", "--yes"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr(ledger_));
  EXPECT_FALSE(std::filesystem::exists(ledger_));
}

TEST_F(ForgetCommand, ALedgerWithoutFeedbackIsForgottenInAsWell) {
  keep(entries_);
  EXPECT_EQ(forget({"--user", "eve", "--yes"}).code, kOk);
  EXPECT_EQ(entries_left(), 2U);
  EXPECT_FALSE(std::filesystem::exists(ledger_ + "/learning.db"));
}

}  // namespace
}  // namespace pointsman::cli
