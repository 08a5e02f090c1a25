// GET /keys and the changes of keys: values, errors, and that a secret is told once and never again.
#include "admin/keys.h"

#include "ledger/key_text.h"
#include "limits/testing_tzif.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

using ledger::KeyForm;
using ::testing::HasSubstr;
using ::testing::Not;

class KeysTest : public test::SetupTest {
 protected:
  std::string make(std::string body) { return text(body_of(post("/keys", std::move(body))).at("secret")); }
  ledger::Key kept(const std::string& name) {
    auto found = (*office_.books().keys())->find(name);
    EXPECT_TRUE(found && *found) << name;
    return found && *found ? **found : ledger::Key{};
  }
  bool opens(const ledger::Key& key, std::string_view secret) {
    return std::ranges::any_of(key.secrets, [&](const ledger::KeySecret& one) {
      return one.digest == ledger::key_digest(secret) && (!one.until || now() < *one.until);
    });
  }
  // As somebody at the command line made it, long ago.
  void made_long_ago(std::string name, std::string owner, std::vector<ledger::KeyBudget> budgets) {
    ledger::Key key{.id = ids_.next(now() - std::chrono::days(40)),
                    .name = std::move(name),
                    .owner = std::move(owner),
                    .created = now() - std::chrono::days(40)};
    key.tail = "abcd";
    key.secrets = {{.digest = ledger::key_digest(key.name), .until = {}}};
    key.budgets = std::move(budgets);
    ASSERT_TRUE((*office_.books().keys())->create(key, {.who = "shell", .at = key.created}));
  }
};

TEST_F(KeysTest, TheSecretOfAFreshKeyIsToldOnceAndOnlyItsHashIsKept) {
  const std::string secret = make(R"({"name":"ci","owner":"acme/search","expires_days":30,"budget_month_usd":12.5})");
  EXPECT_EQ(ledger::key_form(secret), KeyForm::kKey);
  const ledger::Key key = kept("ci");
  EXPECT_TRUE(opens(key, secret));
  EXPECT_EQ(key.owner, "acme/search");
  EXPECT_EQ(key.expires, now() + std::chrono::days(30));
  const std::vector<ledger::KeyBudget> budgets = {{ledger::KeyPeriod::kMonth, base::Money{12'500'000'000}, {}}};
  EXPECT_EQ(key.budgets, budgets);
  for (const char* path : {"/keys", "/audit", "/status"}) EXPECT_THAT(get(path).body, Not(HasSubstr(secret))) << path;
}

TEST_F(KeysTest, WhoMadeItIsInItsEventsAndFromWhereInTheAuditRecord) {
  make(R"({"name":"ci"})");
  const auto key = read("/keys").at("keys").at(0);
  EXPECT_EQ(text(key.at("events").at(0).at("who")), "admin");
  EXPECT_EQ(text(key.at("events").at(0).at("kind")), "created");
  const auto audit = read("/audit").at("items");
  ASSERT_EQ(audit.as_array().size(), 1U) << "its own event and the note beside it are one";
  EXPECT_EQ(text(audit.at(0).at("kind")), "key.created");
  EXPECT_EQ(text(audit.at(0).at("subject")), "ci");
  EXPECT_EQ(text(audit.at(0).at("from")), "127.0.0.1");
}

TEST_F(KeysTest, WhatCannotBeIsRefusedWithItsPlaceAndNothingIsMade) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({"name":"a b"})", "name"},
      {R"({"name":"a","owner":"/x"})", "owner"},
      {R"({"name":"a","expires_days":0})", "expires_days"},
      {R"({"name":"a","budget_month_usd":0})", "budget_month_usd"},
  };
  for (const auto& [body, param] : cases) {
    const Answer answer = post("/keys", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(param_of(answer), param) << answer.body;
  }
  EXPECT_EQ(post("/keys", R"({"name":"a","colour":1})").status, 400);
  EXPECT_EQ(post("/keys", "[]").status, 400);
  EXPECT_TRUE(read("/keys").at("keys").as_array().empty());
}

TEST_F(KeysTest, ANameIsThereOnce) {
  make(R"({"name":"ci"})");
  EXPECT_EQ(post("/keys", R"({"name":"ci"})").status, 400);
}

TEST_F(KeysTest, OnlyAnAdminMakesKeys) {
  EXPECT_EQ(post("/keys", R"({"name":"ci"})", config::AdminRole::kLabeller).status, 403);
  EXPECT_EQ(get("/keys", config::AdminRole::kViewer).status, 200);
}

TEST_F(KeysTest, ARotatedKeyHasANewSecretAndTheOldOneForItsGrace) {
  const std::string before = make(R"({"name":"ci"})");
  const Answer answer = post("/keys/ci/rotate", R"({"grace_seconds":60})");
  const std::string after = text(body_of(answer).at("secret"));
  EXPECT_NE(before, after);
  EXPECT_TRUE(opens(kept("ci"), before));
  EXPECT_TRUE(opens(kept("ci"), after));
  office_.clock.advance(std::chrono::seconds(61));
  EXPECT_FALSE(opens(kept("ci"), before));
  EXPECT_THAT(get("/keys").body, Not(HasSubstr(after)));
  EXPECT_EQ(post("/keys/ci/rotate", "{}").status, 400);
}

TEST_F(KeysTest, ARevokedKeyIsOverAndSaysSince) {
  make(R"({"name":"ci"})");
  body_of(post("/keys/ci/revoke", ""));
  const auto key = read("/keys").at("keys").at(0);
  EXPECT_EQ(text(key.at("state")), "revoked");
  EXPECT_TRUE(key.at("revoked").is_string());
  EXPECT_TRUE(kept(text(key.at("id"))).secrets.empty());
}

TEST_F(KeysTest, AKeyThatIsNotThereIs404WithTheNearestName) {
  make(R"({"name":"search-ci"})");
  const Answer answer = post("/keys/serach-ci/revoke", "");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("did you mean search-ci"));
}

TEST_F(KeysTest, SpendIsOfThePresentPeriodAndOfTheWholeDaysBefore) {
  config::Config config = office_.world.configured_;
  config.owners = {{.name = "acme", .budgets = {{config::BudgetPeriod::kDay, base::Money{9'000'000'000}, {}}}}};
  use(std::move(config));
  made_long_ago("ci", "acme/search", {{ledger::KeyPeriod::kMonth, base::Money{50'000'000'000}, {}}});
  // 2023-11-14 22:13:20 UTC: two hours ago is today, 30 hours ago yesterday, and 20 days ago another month.
  keep({charged(std::chrono::hours(2), "acme/search", "ci", 500'000'000),
        charged(std::chrono::hours(30), "acme/search", "ci", 1'200'000'000),
        charged(std::chrono::days(20), "acme/search", "ci", 7'000'000'000),
        charged(std::chrono::hours(30), "acmeish", "other", 3'000'000'000)});
  office_.world.quotas_ = {
      {.name = "acme/search@ci",
       .parent = "acme/search",
       .current = {{.period = limits::Period::kMonth, .span = {}, .money = {{}, 0, 31'000'000, 0}}},
       .previous = {}}};
  const auto body = read("/keys");
  const auto& key = body.at("keys").at(0);
  const auto& budget = key.at("budgets").at(0);
  EXPECT_EQ(text(budget.at("period")), "month");
  EXPECT_EQ(text(budget.at("begins")), "2023-11-01T00:00:00.000000Z");
  EXPECT_EQ(text(budget.at("ends")), "2023-12-01T00:00:00.000000Z");
  EXPECT_DOUBLE_EQ(budget.at("spent").at("dollars").to_number<double>(), 1.7);
  EXPECT_EQ(budget.at("spent").at("requests").to_number<int>(), 2);
  EXPECT_DOUBLE_EQ(budget.at("reserved_usd").to_number<double>(), 0.031);
  const auto& days = key.at("days").as_array();
  ASSERT_EQ(days.size(), 31U);
  EXPECT_EQ(text(days.back().at("day")), "2023-11-13") << "today is not over";
  EXPECT_DOUBLE_EQ(days.back().at("dollars").to_number<double>(), 1.2);
  EXPECT_DOUBLE_EQ(days[11].at("dollars").to_number<double>(), 7.0) << "2023-10-25";
  const auto& owner = body.at("owners").at(0);
  EXPECT_DOUBLE_EQ(owner.at("budgets").at(0).at("spent").at("dollars").to_number<double>(), 0.5);
  EXPECT_DOUBLE_EQ(owner.at("days").as_array().back().at("dollars").to_number<double>(), 1.2) << "acmeish is another";
}

TEST_F(KeysTest, PeriodsFollowTheConfiguredCalendar) {
  config::Config config = office_.world.configured_;
  config.access.time_zone = "Two/East";
  limits::testing_support::ZoneFile zone;
  zone.offsets = {7200};
  zone.footer = "\n<+02>-2\n";
  config.access.zone_data = zone.bytes();
  config.owners = {{.name = "acme", .budgets = {{config::BudgetPeriod::kDay, base::Money{1}, {}}}}};
  use(std::move(config));
  const auto owner = read("/keys").at("owners").at(0);
  EXPECT_EQ(text(owner.at("budgets").at(0).at("begins")), "2023-11-14T22:00:00.000000Z")
      << "midnight of the 15th there";
  EXPECT_EQ(text(owner.at("days").as_array().back().at("day")), "2023-11-14");
}

TEST_F(KeysTest, WhatANamesakeSpentIsNotThisKeys) {
  keep({charged(std::chrono::hours(3), "", "ci", 5'000'000'000)});
  make(R"({"name":"ci"})");  // made now; a revoked one of that name may have spent before
  const auto key = read("/keys").at("keys").at(0);
  EXPECT_DOUBLE_EQ(key.at("spent_this_month").at("dollars").to_number<double>(), 0);
}

}  // namespace
}  // namespace pointsman::admin
