// `log` and `explain` over a ledger on disk: what is shown, what is found, and replays that agree or do not.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using test::put;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

class LedgerCommands : public test::LedgerOnDisk {
 protected:
  Ran log(std::vector<std::string> more = {}) { return run("log", std::move(more)); }
  Ran explain(std::vector<std::string> more) { return run("explain", std::move(more)); }
};

TEST_F(LedgerCommands, LogShowsTheNewestFirstInAlignedColumns) {
  keep({chat_entry(100), doubtful_entry(50)});
  const Ran ran = log();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  ASSERT_EQ(lines(ran.out), 3U);
  EXPECT_LT(ran.out.find("fallback"), ran.out.find("local"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("2026-01-02 09:59:10"), HasSubstr("$0.0000124"), HasSubstr("11/20")));
  const std::string oldest = log({"--oldest-first"}).out;
  EXPECT_GT(oldest.find("fallback"), oldest.find("local"));
}

TEST_F(LedgerCommands, LogFilters) {
  keep({chat_entry(7200), chat_entry(100), doubtful_entry(50)});
  EXPECT_EQ(lines(log({"--since", "1h"}).out), 3U);
  EXPECT_EQ(lines(log({"--until", "1h"}).out), 2U);
  EXPECT_EQ(lines(log({"--since", "2026-01-02T09:59:00", "--until", "2026-01-02 10:00"}).out), 2U);
  EXPECT_EQ(lines(log({"--fallback"}).out), 2U);
  EXPECT_EQ(lines(log({"--stage", "local"}).out), 3U);
  EXPECT_EQ(lines(log({"--model", "large"}).out), 2U);
  EXPECT_EQ(lines(log({"-n", "1"}).out), 2U);
  EXPECT_EQ(lines(log({"-n", "0"}).out), 4U);
  EXPECT_EQ(lines(log({"--outcome", "ok"}).out), 4U);
  const Ran none = log({"--category", "poetry"});
  EXPECT_EQ(none.code, kOk);
  EXPECT_EQ(none.out, "");
  EXPECT_THAT(none.err, HasSubstr("no entries match"));
}

TEST_F(LedgerCommands, LogRefusesWhatItCannotUnderstand) {
  keep({});
  EXPECT_EQ(log({"--since", "yesterday"}).code, kUsage);
  EXPECT_THAT(log({"--until", "2026-13-01"}).err, HasSubstr("'2026-13-01' is not a time"));
  EXPECT_THAT(log({"--outcome", "fine"}).err, HasSubstr("known are ok, client_error"));
  EXPECT_EQ(log({"--stage", "magic"}).code, kUsage);
}

TEST_F(LedgerCommands, LogAsJsonIsOneObjectALine) {
  keep({chat_entry(100), doubtful_entry(50)});
  const Ran ran = log({"--json"});
  ASSERT_EQ(lines(ran.out), 2U);
  const json::value newest = json::parse(ran.out.substr(0, ran.out.find('\n')));
  EXPECT_EQ(newest.at("stage").as_string(), "fallback");
  EXPECT_TRUE(newest.at("cost_usd").is_null());
}

TEST_F(LedgerCommands, AMissingLedgerIsToldWithItsPlace) {
  const Ran ran = log();
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("there is no ledger at " + ledger_), HasSubstr("pointsman serve")));
}

TEST_F(LedgerCommands, TheConfigurationNamesTheLedgerAndSoMayItsDatabaseFile) {
  keep({chat_entry(10)});
  const std::string config = directory_.file("pointsman.yaml");
  put(config,
      "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
      "models: {small: {provider: openai}}\n"
      "categories: {chat: {models: [small]}}\n"
      "router: {fallback: [small]}\n"
      "ledger: {path: ledger}\n");
  EXPECT_EQ(lines(line_.run({"log", "--config", config}).out), 2U);
  EXPECT_EQ(lines(line_.run({"log", "--ledger", ledger_ + "/ledger.sqlite"}).out), 2U);
  put(config, "nonsense: 1\n");
  const Ran broken = line_.run({"log", "--config", config});
  EXPECT_EQ(broken.code, kCheckFailed);
  EXPECT_THAT(broken.err, AllOf(HasSubstr("nonsense"), HasSubstr("--ledger DIR")));
}

TEST_F(LedgerCommands, LogCannotSteerTheTerminal) {
  ledger::Entry entry = chat_entry(10);
  entry.category = "\x1b[2Jchat\n\xff";
  keep({entry});
  const Ran ran = log();
  EXPECT_EQ(lines(ran.out), 2U);
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST_F(LedgerCommands, ExplainTellsTheDecisionAndReplaysIt) {
  const ledger::Entry entry = chat_entry(100);
  keep({entry, doubtful_entry(50)});
  const Ran ran = explain({entry.id.to_string()});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("requirements  tools"), HasSubstr("chat"), HasSubstr("0.9000"),
                    HasSubstr("1. tools  from category"), HasSubstr("small: cannot do tools"),
                    HasSubstr("tools at p: status 200"), HasSubstr("84.0 % saved"), HasSubstr("same decision")));
}

TEST_F(LedgerCommands, ExplainReplaysDoubtRulesHeadersPassthroughsAndRefusals) {
  ledger::Entry doubt = doubtful_entry(500);
  ledger::Entry rule = chat_entry(400);
  rule.rule_hits = {"numbers"};
  rule.category = "sums";
  rule.stage = "rule";
  rule.reason = "rule:numbers";
  rule.probability.reset();
  ledger::Entry header = rule;
  header.id = id_at(300);
  header.route_header = "sums";
  header.stage = "client";
  header.reason = "header";
  ledger::Entry passthrough = chat_entry(200);
  passthrough.requested_model = "small";
  passthrough.probabilities.clear();
  passthrough.category.clear();
  passthrough.probability.reset();
  passthrough.threshold = 0;
  passthrough.stage = "passthrough";
  passthrough.reason = "model named by the client";
  passthrough.candidates = {"small"};
  ledger::Entry refused = chat_entry(100);
  refused.capabilities = llm::CapabilitySet{llm::Capability::kVision}.bits();
  refused.candidates.clear();
  ledger::Entry unhealthy = chat_entry(50);
  unhealthy.unavailable = {"tools"};
  unhealthy.candidates = {"large", "tools"};
  const std::vector<ledger::Entry> all{doubt, rule, header, passthrough, refused, unhealthy};
  keep(all);
  for (const ledger::Entry& entry : all) {
    const Ran ran = explain({entry.id.to_string()});
    EXPECT_EQ(ran.code, kOk) << entry.stage << "\n" << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("same decision (policy"));
  }
}

TEST_F(LedgerCommands, ExplainNamesTheStrategyAndReplaysItFromWhatWasKnown) {
  config::Policy quick = test::two_categories();
  quick.categories[0].models = {"tools", "large"};
  quick.categories[0].strategy = route::Strategy::kLatency;
  version_ = config::policy_version(config::policy_document(quick));
  ledger::Entry entry = chat_entry(100);
  entry.order = {.strategy = "latency",
                 .lot = UINT64_MAX,
                 .paces = {{"tools", std::chrono::milliseconds(900)}, {"large", std::chrono::milliseconds(70)}}};
  entry.candidates = {"large", "tools"};
  ledger::Entry other = entry;
  other.id = id_at(50);
  other.order.paces[1].first_byte = std::chrono::milliseconds(950);
  keep({entry, other}, config::policy_document(quick));
  const Ran ran = explain({entry.id.to_string()});
  EXPECT_EQ(ran.code, kOk) << ran.out;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("strategy latency"), HasSubstr("large lately took 70"),
                             HasSubstr("same decision (policy")));
  const Ran differs = explain({other.id.to_string()});
  EXPECT_EQ(differs.code, kCheckFailed);
  EXPECT_THAT(differs.out, HasSubstr("candidates: recorded large, tools, again tools, large"));
}

TEST_F(LedgerCommands, ExplainNamesTheModelThatABudgetHadNoRoomFor) {
  ledger::Entry downgraded = chat_entry(100);
  ASSERT_FALSE(downgraded.candidates.empty());
  downgraded.bill.downgraded = downgraded.candidates.front();
  downgraded.candidates.insert(downgraded.candidates.begin(), "small");
  ledger::Entry capped = chat_entry(50);
  capped.bill.downgraded = "large";
  capped.reason = "cap: the day's money for doubt is used up, so the likeliest category answers";
  capped.candidates = {"small"};
  keep({downgraded, capped});
  for (const ledger::Entry& entry : {downgraded, capped}) {
    const Ran ran = explain({entry.id.to_string()});
    EXPECT_EQ(ran.code, kOk) << ran.out;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("instead   of " + entry.bill.downgraded), HasSubstr("same decision (policy")));
  }
}

TEST_F(LedgerCommands, ExplainTellsWhatAnswersWereWorth) {
  ledger::Entry entry = chat_entry(100);
  entry.order.strategy = "escalate";
  entry.attempts[0].judged = {
      .worth = "unsure", .confidence = 0.31F, .discarded = true, .usage = {}, .cost = base::Money{1'500'000}};
  entry.attempts.push_back({.model = "large", .provider = "p", .status = 200});
  keep({entry});
  EXPECT_THAT(explain({entry.id.to_string()}).out,
              HasSubstr("judged unsure, confidence 0.3100; not released, it cost $0.0015"));
  const json::value told = json::parse(log({"--json"}).out);
  const json::value& judged = told.at("attempts").at(0).at("judged");
  EXPECT_EQ(judged.at("worth").as_string(), "unsure");
  EXPECT_TRUE(judged.at("discarded").as_bool());
  EXPECT_FALSE(told.at("attempts").at(1).as_object().contains("judged"));
}

TEST_F(LedgerCommands, ExplainTellsWhatBecameOfCallsMadeBeforeTheDecisionStood) {
  ledger::Entry entry = chat_entry(100);
  entry.order.strategy = "preference";
  entry.attempts[0].judged = {
      .worth = "speculation_cancelled", .confidence = {}, .discarded = true, .usage = {}, .cost = {}};
  entry.attempts.push_back({.model = "large", .provider = "p", .status = 200});
  entry.attempts[1].judged.worth = "speculation_released";
  keep({entry});
  const std::string told = explain({entry.id.to_string()}).out;
  EXPECT_THAT(told, HasSubstr("called while the small model was asked: cancelled; it cost unknown"));
  EXPECT_THAT(told, HasSubstr("called while the small model was asked: released\n"));
}

TEST_F(LedgerCommands, ExplainNoticesATamperedPolicy) {
  config::Policy tampered = test::two_categories();
  tampered.categories[0].threshold = 0.95F;
  const ledger::Entry entry = chat_entry(100);
  keep({entry}, config::policy_document(tampered));
  const Ran ran = explain({entry.id.to_string()});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("NOT the same decision"), HasSubstr("policy: recorded version"),
                             HasSubstr("stage: recorded local, again fallback"),
                             HasSubstr("candidates: recorded tools, large, again large")));
}

TEST_F(LedgerCommands, ExplainNoticesATamperedEntry) {
  ledger::Entry entry = chat_entry(100);
  entry.probabilities = {0.2F, 0.8F};
  keep({entry});
  const Ran ran = explain({"--json", entry.id.to_string()});
  EXPECT_EQ(ran.code, kCheckFailed);
  const json::value answer = json::parse(ran.out);
  EXPECT_EQ(answer.at("replay").at("result").as_string(), "differs");
  EXPECT_FALSE(answer.at("replay").at("differences").as_array().empty());
}

TEST_F(LedgerCommands, ExplainWithoutThePolicyStillTellsTheRest) {
  const ledger::Entry entry = chat_entry(100);
  keep({entry}, "");
  const Ran ran = explain({entry.id.to_string()});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("not possible: the ledger does not hold the policy"), HasSubstr("0.9000")));
  EXPECT_EQ(json::parse(explain({"--json", entry.id.to_string()}).out).at("replay").at("result").as_string(),
            "impossible");
}

TEST_F(LedgerCommands, ExplainAcceptsBeginningsThatAreClear) {
  const ledger::Entry early = chat_entry(100'000);
  const ledger::Entry first = chat_entry(10);
  const ledger::Entry second = chat_entry(10);  // the same millisecond
  keep({early, first, second});
  EXPECT_EQ(explain({early.id.to_string().substr(0, 8)}).code, kOk);
  EXPECT_THAT(explain({first.id.to_string().substr(0, 18)}).out, HasSubstr(first.id.to_string()));
  const Ran both = explain({first.id.to_string().substr(0, 13)});
  EXPECT_EQ(both.code, kFailed);
  EXPECT_THAT(both.err, AllOf(HasSubstr(first.id.to_string()), HasSubstr(second.id.to_string())));
  EXPECT_THAT(explain({"ffffffffffffffff"}).err, HasSubstr("has no entry"));
  EXPECT_THAT(explain({"xyz"}).err, HasSubstr("is not the id of a decision"));
  EXPECT_THAT(explain({"0123"}).err, HasSubstr("at least its first 8 digits"));
}

}  // namespace
}  // namespace pointsman::cli
