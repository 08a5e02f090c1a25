// `keys` over a store on disk: what is printed where, what is refused, what is warned of.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "ledger/key_text.h"
#include "ledger_sqlite/key_store.h"
#include "support/ledger_on_disk.h"

namespace pointsman::cli {
namespace {

using ledger::KeyForm;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class KeysCommand : public test::LedgerOnDisk {
 protected:
  KeysCommand() { line_.variables["USER"] = "ada"; }

  Ran keys(const std::string& what, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"keys", what, "--ledger", ledger_});
    return line_.run(std::move(more));
  }
  Ran create(std::vector<std::string> more) {
    more.insert(more.begin(), "--name");
    return keys("create", std::move(more));
  }
  ledger::Key kept(const std::string& name) {
    auto store = ledger_sqlite::open_key_store(ledger_);
    EXPECT_TRUE(store.has_value());
    const auto found = (*store)->find(name);
    EXPECT_TRUE(found.has_value() && found->has_value()) << name;
    return found->value_or(ledger::Key{});
  }
  // The only line of that output, without its end.
  static std::string line_of(const Ran& ran) {
    EXPECT_EQ(ran.code, kOk) << ran.err;
    EXPECT_EQ(lines(ran.out), 1U) << ran.out;
    return ran.out.substr(0, ran.out.find('\n'));
  }
  static bool holds(const ledger::Key& key, std::string_view secret) {
    return std::ranges::any_of(key.secrets,
                               [&](const ledger::KeySecret& one) { return one.digest == ledger::key_digest(secret); });
  }
  ledger::Entry charged(std::int64_t seconds_ago, std::string key, std::int64_t nanos) {
    ledger::Entry entry = chat_entry(seconds_ago);
    entry.key = std::move(key);
    entry.bill = {.owner = "acme", .charged = base::Money{nanos}, .charged_tokens = 31};
    return entry;
  }
};

TEST_F(KeysCommand, CreatePrintsTheSecretAloneAndKeepsItsHash) {
  const Ran ran = create({"ci"});
  const std::string secret = line_of(ran);
  EXPECT_EQ(ledger::key_form(secret), KeyForm::kKey);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("The key ci"), HasSubstr("only now"), Not(HasSubstr(secret))));
  const ledger::Key key = kept("ci");
  EXPECT_TRUE(holds(key, secret));
  EXPECT_TRUE(secret.ends_with(key.tail));
  EXPECT_EQ(key.created, line_.clock.wall());
}

TEST_F(KeysCommand, QuietSaysNothingBesideTheSecret) {
  const Ran ran = create({"ci", "--quiet"});
  EXPECT_EQ(ledger::key_form(line_of(ran)), KeyForm::kKey);
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST_F(KeysCommand, EverySecretIsAnother) {
  EXPECT_NE(line_of(create({"one"})), line_of(create({"two"})));
}

TEST_F(KeysCommand, CreateKeepsWhatItWasTold) {
  ASSERT_EQ(
      create({"ci",           "--owner", "acme/search", "--expires", "90d",      "--models",     "small,large",
              "--categories", "chat",    "--budget",    "month=50",  "--budget", "day=2.5",      "--tokens-per-month",
              "1000000",      "--rpm",   "60",          "--tpm",     "90000",    "--concurrent", "4"})
          .code,
      kOk);
  const ledger::Key key = kept("ci");
  EXPECT_EQ(key.owner, "acme/search");
  EXPECT_EQ(key.expires, line_.clock.wall() + std::chrono::days(90));
  EXPECT_EQ(key.models, (std::vector<std::string>{"small", "large"}));
  EXPECT_EQ(key.categories, std::vector<std::string>{"chat"});
  using ledger::KeyBudget;
  using ledger::KeyPeriod;
  EXPECT_EQ(key.budgets, (std::vector<KeyBudget>{{KeyPeriod::kDay, base::Money{2'500'000'000}, {}},
                                                 {KeyPeriod::kMonth, base::Money{50'000'000'000}, 1'000'000}}));
  EXPECT_EQ(key.rates, (ledger::KeyRates{60, 90'000, 4}));
}

TEST_F(KeysCommand, ADateIsAnExpiryToo) {
  ASSERT_EQ(create({"ci", "--expires", "2026-02-01"}).code, kOk);
  EXPECT_EQ(kept("ci").expires, base::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 2 / 1)));
}

TEST_F(KeysCommand, WhatCannotBeIsRefusedAndNothingIsKept) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases{
      {{"a b"}, "letters"},
      {{"a", "--owner", "/x"}, "acme/search"},
      {{"a", "--expires", "soon"}, "90d"},
      {{"a", "--expires", "2025-01-01"}, "expired already"},
      {{"a", "--budget", "50"}, "month=50"},
      {{"a", "--budget", "year=50"}, "month=50"},
      {{"a", "--budget", "month=0"}, "more than 0"},
      {{"a", "--budget", "day=1", "--budget", "day=2"}, "two budgets"},
      {{"a", "--rpm", "0"}, "--rpm"},
      {{"a", "--models", "m,m"}, "twice"},
  };
  for (const auto& [arguments, message] : cases) {
    const Ran ran = create(arguments);
    EXPECT_EQ(ran.code, kUsage) << message;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_THAT(ran.out, IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists(ledger_));
  EXPECT_EQ(keys("create").code, kUsage) << "it needs a name";
}

TEST_F(KeysCommand, ANameIsTakenUntilItsKeyIsRevoked) {
  ASSERT_EQ(create({"ci"}).code, kOk);
  const Ran again = create({"ci"});
  EXPECT_EQ(again.code, kUsage);
  EXPECT_THAT(again.err, HasSubstr("already"));
  EXPECT_THAT(again.out, IsEmpty());
  EXPECT_THAT(keys("revoke", {"ci"}).out, HasSubstr("the key ci is revoked"));
  EXPECT_EQ(create({"ci"}).code, kOk);
}

TEST_F(KeysCommand, UpdateChangesWhatIsNamedAndKeepsTheRest) {
  const std::string secret =
      line_of(create({"ci", "--owner", "acme", "--models", "small", "--budget", "day=1", "--budget", "month=50",
                      "--tokens-per-month", "1000", "--rpm", "60", "--concurrent", "4", "--expires", "1h"}));
  const Ran ran = keys("update", {"ci", "--budget", "month=80", "--tokens-per-day", "9", "--rpm", "30", "--models",
                                  "small,large", "--categories", "sums", "--clear", "concurrent,expires"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("the key ci is changed"));
  const ledger::Key key = kept("ci");
  EXPECT_TRUE(holds(key, secret));
  EXPECT_EQ(key.owner, "acme");
  EXPECT_EQ(key.models, (std::vector<std::string>{"small", "large"}));
  EXPECT_EQ(key.categories, std::vector<std::string>{"sums"});
  EXPECT_EQ(key.rates, (ledger::KeyRates{30, {}, {}}));
  EXPECT_FALSE(key.expires);
  const base::Money dollar{1'000'000'000};
  EXPECT_EQ(key.budgets,
            (std::vector<ledger::KeyBudget>{{ledger::KeyPeriod::kDay, dollar, 9},
                                            {ledger::KeyPeriod::kMonth, base::Money{80 * dollar.nanos}, 1'000}}));
  EXPECT_THAT(keys("show", {"ci"}).out, AllOf(HasSubstr("changed"), HasSubstr("30 requests a minute")));

  EXPECT_EQ(keys("update", {"ci", "--clear", "budget=day,tokens=day,tokens=month,models", "--expires", "90d"}).code,
            kOk);
  const ledger::Key cleared = kept("ci");
  EXPECT_EQ(
      cleared.budgets,
      (std::vector<ledger::KeyBudget>{{ledger::KeyPeriod::kMonth, base::Money{80 * dollar.nanos}, std::nullopt}}));
  EXPECT_THAT(cleared.models, IsEmpty());
  EXPECT_EQ(cleared.expires, line_.clock.wall() + std::chrono::days(90));
}

TEST_F(KeysCommand, UpdateRefusesWhatCannotBeAndWhatChangesNothing) {
  ASSERT_EQ(create({"ci", "--rpm", "60"}).code, kOk);
  const ledger::Key before = kept("ci");
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases{
      {{"ci"}, "nothing would change"},
      {{"ci", "--rpm", "60"}, "nothing would change"},
      {{"ci", "--clear", "budget=month"}, "nothing would change"},
      {{"ci", "--clear", "name"}, "is no limit"},
      {{"ci", "--clear", "budget"}, "is no limit"},
      {{"ci", "--clear", "rpm=month"}, "is no limit"},
      {{"ci", "--budget", "day=0"}, "more than 0"},
      {{"ci", "--expires", "2025-01-01"}, "expir"},
  };
  for (const auto& [arguments, message] : cases) {
    const Ran ran = keys("update", arguments);
    EXPECT_EQ(ran.code, kUsage) << message;
    EXPECT_THAT(ran.err, HasSubstr(message));
  }
  EXPECT_EQ(kept("ci"), before);
  ASSERT_EQ(keys("revoke", {"ci"}).code, kOk);
  EXPECT_EQ(keys("update", {before.id.to_string(), "--rpm", "5"}).code, kUsage) << "it is revoked";
}

TEST_F(KeysCommand, RotateEndsTheSecretBefore) {
  const std::string before = line_of(create({"ci"}));
  const Ran ran = keys("rotate", {"ci"});
  const std::string after = line_of(ran);
  EXPECT_THAT(ran.err, HasSubstr("has ended"));
  EXPECT_FALSE(holds(kept("ci"), before));
  EXPECT_TRUE(holds(kept("ci"), after));
}

TEST_F(KeysCommand, RotateWithGraceKeepsBothForThatLong) {
  const std::string before = line_of(create({"ci"}));
  const std::string after = line_of(keys("rotate", {"ci", "--grace", "24h", "--quiet"}));
  const ledger::Key key = kept("ci");
  EXPECT_TRUE(holds(key, before) && holds(key, after));
  EXPECT_EQ(key.secrets.back().until, line_.clock.wall() + std::chrono::hours(24));
  EXPECT_THAT(keys("show", {"ci"}).out, HasSubstr("an older one until 2026-01-03 10:00 UTC"));
  EXPECT_EQ(keys("rotate", {"ci", "--grace", "a day"}).code, kUsage);
}

TEST_F(KeysCommand, AnUnknownKeyIsNamedWithTheNearest) {
  ASSERT_EQ(create({"search-ci"}).code, kOk);
  for (const char* what : {"update", "rotate", "revoke", "show"}) {
    const Ran ran = keys(what, {"serach-ci"});
    EXPECT_EQ(ran.code, kFailed);
    EXPECT_THAT(ran.err, HasSubstr("did you mean search-ci?"));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST_F(KeysCommand, WhereThereAreNoneNothingIsMade) {
  const Ran list = keys("list");
  EXPECT_EQ(list.code, kOk);
  EXPECT_THAT(list.err, HasSubstr("there are no keys"));
  EXPECT_EQ(keys("list", {"--json"}).out, "{\"keys\":[]}\n");
  for (const char* what : {"rotate", "revoke", "show"}) EXPECT_EQ(keys(what, {"ci"}).code, kFailed);
  EXPECT_FALSE(std::filesystem::exists(ledger_));
}

TEST_F(KeysCommand, ListShowsLiveKeysAndNeverASecret) {
  const std::string secret = line_of(create({"ci", "--owner", "acme", "--expires", "1h"}));
  ASSERT_EQ(create({"old"}).code, kOk);
  ASSERT_EQ(keys("revoke", {"old"}).code, kOk);
  const Ran list = keys("list");
  EXPECT_THAT(list.out, AllOf(HasSubstr("ci"), HasSubstr("acme"), HasSubstr("live"), HasSubstr("2026-01-02 11:00")));
  EXPECT_THAT(list.out, AllOf(HasSubstr(secret.substr(secret.size() - 4)), Not(HasSubstr("old"))));
  for (const char* option : {"--all", "--json"}) {
    const Ran ran = keys("list", {option});
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(secret.substr(3, 12))));
  }
  EXPECT_THAT(keys("list", {"--all"}).out, HasSubstr("revoked"));
  line_.clock.advance(std::chrono::hours(1));
  EXPECT_THAT(keys("list").out, HasSubstr("expired"));
}

TEST_F(KeysCommand, ListAddsUpWhatWasSpentThisMonthSinceTheKeyWasMade) {
  constexpr std::int64_t kDay = 86'400;
  line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(test::kNow - 20 * kDay)));
  ASSERT_EQ(create({"ci", "--budget", "total=1", "--tokens-per-day", "100"}).code, kOk);
  line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(test::kNow)));
  // Of a key of the same name before it; of last month; of this month, twice; of another key.
  keep({charged(21 * kDay, "ci", 1), charged(3 * kDay, "ci", 20'000'000), charged(kDay, "ci", 300'000'000),
        charged(60, "ci", 4'000'000'000), charged(60, "web", 50'000'000'000)});
  const auto json = boost::json::parse(keys("list", {"--json"}).out);
  const auto& one = json.at("keys").at(0);
  EXPECT_EQ(one.at("spent_this_month").at("dollars"), "4.3");
  EXPECT_EQ(one.at("spent_this_month").at("requests"), 2);
  EXPECT_EQ(one.at("budgets").at(1).at("dollars"), "1");
  EXPECT_THAT(keys("list").out, HasSubstr("$4.3\n"));
  const std::string shown = keys("show", {"ci"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("$1 in total, used: $4.32\n"), HasSubstr("100 tokens a day, used: 31 tokens\n")));
}

TEST_F(KeysCommand, PeriodsAreThoseOfTheConfiguredCalendar) {
  if (!std::filesystem::exists("/usr/share/zoneinfo/Asia/Tokyo")) GTEST_SKIP() << "no tzdata here";
  const std::string config = directory_.file("pointsman.yaml");
  test::put(config,
            "providers: {p: {base_url: \"http://127.0.0.1:1\"}}\n"
            "models: {small: {provider: p}}\n"
            "router: {fallback: [small]}\n"
            "access: {time_zone: Asia/Tokyo}\n");
  line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(test::kNow - 40 * 86'400)));
  ASSERT_EQ(create({"ci", "--budget", "day=1"}).code, kOk);
  line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(test::kNow)));  // 10:00 UTC, 19:00 in Tokyo
  // At 14:00 and at 16:00 UTC the day before: there the day began at 15:00.
  keep({charged(20 * 3'600, "ci", 1'000'000'000), charged(18 * 3'600, "ci", 20'000'000)});
  EXPECT_THAT(keys("show", {"ci", "--config", config}).out, HasSubstr("$1 a day, used: $0.02\n"));
  EXPECT_THAT(keys("show", {"ci"}).out, HasSubstr("$1 a day, used: $0\n"));
}

TEST_F(KeysCommand, ShowTellsWhoDidWhatWhen) {
  ASSERT_EQ(create({"ci", "--models", "small"}).code, kOk);
  line_.variables["USER"] = "bob";
  ASSERT_EQ(keys("rotate", {"ci"}).code, kOk);
  const std::string shown = keys("show", {"ci"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("created"), HasSubstr("ada"), HasSubstr("rotated"), HasSubstr("bob")));
  EXPECT_THAT(shown, AllOf(HasSubstr("models      small"), HasSubstr("categories  all")));
  EXPECT_EQ(boost::json::parse(keys("show", {"ci", "--json"}).out).at("keys").at(0).at("models").at(0), "small");
}

TEST_F(KeysCommand, WarnsOfWhatTheConfigurationDoesNotKnow) {
  const std::string config = directory_.file("pointsman.yaml");
  test::put(config,
            "providers: {p: {base_url: \"http://127.0.0.1:1\"}}\n"
            "models: {small: {provider: p}}\n"
            "categories: {chat: {description: small talk, models: [small]}}\n"
            "router: {fallback: [small]}\n"
            "owners: {acme: {}}\n"
            "access: {keys: \"off\"}\n");
  const Ran ran =
      create({"ci", "--config", config, "--owner", "acme/x", "--models", "small,huge", "--categories", "sums"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("no owner acme/x in"), HasSubstr("no model huge in"), HasSubstr("no category sums in"),
                    HasSubstr("access.keys: off"), Not(HasSubstr("no model small"))));
  const Ran known = create({"web", "--config", config, "--owner", "acme", "--models", "small", "--categories", "chat"});
  EXPECT_THAT(known.err, Not(HasSubstr("there is no")));
}

}  // namespace
}  // namespace pointsman::cli
