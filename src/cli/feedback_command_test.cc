// `feedback` over a ledger on disk: what is kept, what is refused, and that nothing is kept of a file with a mistake.
#include <gmock/gmock.h>

#include "ledger_sqlite/feedback_store.h"
#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using ledger::Feedback;
using test::put;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;

class FeedbackCommand : public test::LedgerOnDisk {
 protected:
  FeedbackCommand() { line_.variables["USER"] = "ada"; }

  Ran feedback(std::vector<std::string> more) { return run("feedback", std::move(more)); }
  std::vector<Feedback> kept() {
    std::vector<Feedback> all;
    auto store = ledger_sqlite::open_feedback_store(ledger_, ledger_sqlite::OpenMode::kReadOnly);
    if (!store) return all;
    EXPECT_TRUE((*store)->scan([&](const Feedback& feedback, const ledger::Entry&) {
      all.push_back(feedback);
      return true;
    }));
    return all;
  }
  std::string import(const std::string& lines) {
    put(file_, lines);
    return file_;
  }

  std::string file_ = directory_.file("said.jsonl");
};

TEST_F(FeedbackCommand, KeepsWhatIsSaidOfADecisionNamedByItsBeginning) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const Ran ran = feedback({entry.id.to_string().substr(0, 18), "--category", "sums", "--verdict", "underpowered",
                            "--rating", "2", "--comment", "a sum", "--corrected-output", "7", "--golden"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(entry.id.to_string()), HasSubstr("sums, underpowered, rating 2")));
  const auto all = kept();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].decision, entry.id);
  EXPECT_EQ(all[0].who, "ada");
  EXPECT_EQ(all[0].category, "sums");
  EXPECT_EQ(all[0].fit, ledger::Fit::kUnderpowered);
  EXPECT_EQ(all[0].rating, 2);
  EXPECT_EQ(all[0].comment, "a sum");
  EXPECT_EQ(all[0].corrected_output, "7");
  EXPECT_TRUE(all[0].golden);
}

TEST_F(FeedbackCommand, SaysNoneOfTheCategories) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  ASSERT_EQ(feedback({entry.id.to_string(), "--none", "--who", "bob"}).code, kOk);
  EXPECT_TRUE(kept().at(0).no_category);
  EXPECT_EQ(kept().at(0).who, "bob");
}

TEST_F(FeedbackCommand, RefusesACategoryThatThereIsNotAndNamesTheNearest) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const Ran ran = feedback({entry.id.to_string(), "--category", "sumz"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("there is no category 'sumz'; did you mean 'sums'?"));
  EXPECT_TRUE(kept().empty());
}

TEST_F(FeedbackCommand, ADecisionThatIsNotThereIsAnError) {
  keep({chat_entry(60)});
  const std::string absent = id_at(5).to_string();
  const Ran ran = feedback({absent, "--none"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr(absent));
}

TEST_F(FeedbackCommand, WhereThereIsNoLedgerNothingIsMade) {
  const Ran ran = feedback({id_at(5).to_string(), "--none"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("there is no ledger"));
  EXPECT_FALSE(std::filesystem::exists(ledger_));
}

TEST_F(FeedbackCommand, RefusesToSayNothingOrTooMuch) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const std::string id = entry.id.to_string();
  EXPECT_EQ(feedback({id}).code, kUsage);
  EXPECT_EQ(feedback({"--none"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--none", "--import", "x"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--none", "--category", "sums"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--rating", "6"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--verdict", "fine"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--golden", "--rating", "3"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--none", "--who", "a\tb"}).code, kUsage);
  EXPECT_EQ(feedback({id, "--comment", std::string(5'000, 'x')}).code, kUsage);
  line_.variables.clear();
  EXPECT_EQ(feedback({id, "--none"}).code, kUsage);
  EXPECT_TRUE(kept().empty());
}

TEST_F(FeedbackCommand, TheSameKeyAgainAddsNothing) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const std::string id = entry.id.to_string();
  ASSERT_EQ(feedback({id, "--none", "--idempotency-key", "k"}).code, kOk);
  const Ran again = feedback({id, "--none", "--idempotency-key", "k"});
  EXPECT_EQ(again.code, kOk);
  EXPECT_THAT(again.out, HasSubstr("was there before"));
  EXPECT_EQ(feedback({id, "--rating", "1", "--idempotency-key", "k"}).code, kFailed);
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(FeedbackCommand, ImportsAFileOnceHoweverOften) {
  const ledger::Entry one = chat_entry(60);
  const ledger::Entry two = chat_entry(50);
  keep({one, two});
  const std::string file = import(
      "{\"decision_id\": \"" + one.id.to_string() + "\", \"category\": \"sums\", \"annotator\": \"bob\"}\n\n" +
      "{\"decision\": \"" + two.id.to_string() + R"(", "category": null, "rating": 3, "golden": true, "who": "eve"})" +
      "\n" + "{\"decision\": \"" + two.id.to_string() + R"(", "verdict": "good_fit", "idempotency_key": "k"})");
  const Ran ran = feedback({"--import", file});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(ran.out, "3 statements kept\n");
  EXPECT_EQ(feedback({"--import", file}).out, "0 statements kept, 3 were there before\n");
  const auto all = kept();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].who, "bob");
  EXPECT_EQ(all[1].who, "eve");
  EXPECT_TRUE(all[1].golden);
  EXPECT_TRUE(all[1].no_category);
  EXPECT_EQ(all[2].who, "ada");
  EXPECT_EQ(all[2].fit, ledger::Fit::kGood);
}

TEST_F(FeedbackCommand, OfAFileWithMistakesNothingIsKeptAndEveryMistakeIsTold) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const std::string id = "{\"decision_id\": \"" + entry.id.to_string() + "\"";
  const std::string file =
      import(id + ", \"category\": \"sums\"}\n" + id + ", \"categroy\": \"sums\"}\n" + id + "}\n" +
             "{\"rating\": 3}\n" + id + ", \"rating\": 9}\n" + id + ", \"rating\": 3, \"rating\": 3}\n" + "[1]\n{\n" +
             id + ", \"verdict\": \"\"}\n" + "{\"decision\": \"42\", \"rating\": 1}\n" + id +
             ", \"category\": \"\"}\n" + id + ", \"golden\": true, \"rating\": 1}\n" + id +
             ", \"idempotency_key\": \"k\", \"rating\": 1}\n" + id + ", \"idempotency_key\": \"k\", \"rating\": 2}\n");
  const Ran ran = feedback({"--import", file});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("nothing was kept"));
  EXPECT_THAT(ran.err, HasSubstr(file + ":2:57: the member \"categroy\" is not known; did you mean \"category\"?"));
  for (const int line : {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14}) {
    EXPECT_THAT(ran.err, HasSubstr(file + ":" + std::to_string(line) + ":"));
  }
  EXPECT_THAT(ran.err, testing::Not(HasSubstr(file + ":1:")));
  EXPECT_THAT(ran.err, testing::Not(HasSubstr(file + ":13:")));
  EXPECT_TRUE(kept().empty());
}

TEST_F(FeedbackCommand, OfAFileAboutUnknownDecisionsOrCategoriesNothingIsKept) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  const std::string absent = id_at(3).to_string();
  const std::string file = import("{\"decision_id\": \"" + entry.id.to_string() + "\", \"category\": \"sums\"}\n" +
                                  "{\"decision_id\": \"" + absent + "\", \"category\": \"sums\"}\n" +
                                  "{\"decision_id\": \"" + entry.id.to_string() + "\", \"category\": \"poems\"}\n");
  const Ran ran = feedback({"--import", file});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr(file + ":2:2: there is no decision " + absent));
  EXPECT_THAT(ran.err, HasSubstr(file + ":3:57: there is no category 'poems'"));
  EXPECT_TRUE(kept().empty());
}

TEST_F(FeedbackCommand, ADecisionThatTheLedgerNoLongerHasCanBeSpokenOfAgain) {
  const ledger::Entry entry = chat_entry(60);
  keep({entry});
  ASSERT_EQ(feedback({entry.id.to_string(), "--category", "sums"}).code, kOk);
  std::filesystem::remove(ledger_ + "/ledger.sqlite");
  const Ran ran = feedback({entry.id.to_string(), "--rating", "5"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(kept().size(), 2U);
}

}  // namespace
}  // namespace pointsman::cli
