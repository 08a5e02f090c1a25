// `savings` over a ledger on disk, and the bill that `explain` shows.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

class SavingsCommand : public test::LedgerOnDisk {
 protected:
  Ran savings(std::vector<std::string> more = {}) { return run("savings", std::move(more)); }
};

TEST_F(SavingsCommand, ShowsEachRouteAndCountsWhatIsUnknown) {
  keep({chat_entry(300), chat_entry(200), doubtful_entry(100)});
  const Ran ran = savings();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("route"), HasSubstr("chat"), HasSubstr("total"),
                             HasSubstr("1 request excluded: price or usage unknown"), HasSubstr("$0.0000248"),
                             HasSubstr("$0.000155"), HasSubstr("+84.0 %"), HasSubstr("(low sample)")));
}

TEST_F(SavingsCommand, MayBeNegativeAndSaysSo) {
  ledger::Entry dear = chat_entry(100);
  dear.cost = base::Money{100'000};
  keep({dear});
  EXPECT_THAT(savings().out, AllOf(HasSubstr("-$0.0000225"), HasSubstr("-29.0 %")));
}

TEST_F(SavingsCommand, CountsOnlyThePeriod) {
  keep({chat_entry(40 * 86'400), chat_entry(100)});
  EXPECT_THAT(savings({"--csv"}).out, HasSubstr("total,,1,0"));
  EXPECT_THAT(savings({"--csv", "--since", "60d"}).out, HasSubstr("total,,2,0"));
  const Ran none = savings({"--until", "2025-01-01", "--since", "2024-01-01"});
  EXPECT_EQ(none.code, kOk);
  EXPECT_THAT(none.err, HasSubstr("no entries match"));
}

TEST_F(SavingsCommand, AsJsonHasLinesAndDays) {
  keep({chat_entry(86'400), chat_entry(100)});
  const json::value report = json::parse(savings({"--json", "--by", "model"}).out);
  EXPECT_EQ(report.at("by").as_string(), "model");
  EXPECT_EQ(report.at("lines").as_array().size(), 1U);
  EXPECT_EQ(report.at("lines").at(0).at("name").as_string(), "tools");
  EXPECT_EQ(report.at("days").as_array().size(), 2U);
  EXPECT_EQ(report.at("total").at("requests").as_int64(), 2);
}

TEST_F(SavingsCommand, AsCsvIsSafeForSpreadsheets) {
  ledger::Entry odd = chat_entry(100);
  odd.category = "=1+1,\"x\"";
  keep({odd});
  EXPECT_THAT(savings({"--csv"}).out, HasSubstr("\"'=1+1,\"\"x\"\"\","));
}

TEST_F(SavingsCommand, RefusesWhatIsNoTimeAndNoKind) {
  keep({});
  EXPECT_EQ(savings({"--since", "soon"}).code, kUsage);
  EXPECT_EQ(savings({"--by", "moon"}).code, kUsage);
  EXPECT_EQ(savings({"--json", "--csv"}).code, kUsage);
}

TEST_F(SavingsCommand, AndTheBillOfOneEntryIsAnInvoice) {
  ledger::Entry entry = chat_entry(100);
  entry.bill.baseline = "large";
  entry.attempts.insert(entry.attempts.begin(),
                        {.model = "small",
                         .provider = "p",
                         .status = 200,
                         .judged = {.worth = "unsure", .discarded = true, .cost = base::Money{3'000}}});
  entry.cost = base::Money{15'400};
  entry.consultation.outcome = "used";
  entry.consultation.model = "tiny";
  entry.consultation.cost = base::Money{500};
  keep({entry});
  const Ran ran = run("explain", {entry.id.to_string()});
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("prompt"), HasSubstr("$0.4"), HasSubstr("$0.0000044"), HasSubstr("$0.000008"),
                    HasSubstr("answer of small, not released"), HasSubstr("$0.000003"),
                    HasSubstr("classification by tiny"), HasSubstr("$0.0000159"), HasSubstr("with large; $0.0000616")));
  EXPECT_THAT(ran.out, Not(HasSubstr("summary")));
}

}  // namespace
}  // namespace pointsman::cli
