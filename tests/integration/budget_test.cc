// Keys, budgets and rates in a running gateway: who may ask, what is refused and how, and what the ledger keeps of it.
#include <gmock/gmock.h>

#include <thread>

#include "ledger/key_text.h"
#include "ledger_sqlite/key_store.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::post;
using testing::status_of;
using testing::TestGateway;
using testing::whole_answer;

constexpr std::string_view kMaxTokens = R"("max_tokens":50,)";

// A key by its number, so that tests can make many.
std::string secret(unsigned char number) {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  random.fill(number);
  return std::string(ledger::key_text(random).reveal());
}

class BudgetTest : public GatewayTest {
 protected:
  struct Terms {
    std::string name = "app";
    std::string owner = "acme";
    std::vector<ledger::KeyBudget> budgets{};
    ledger::KeyRates rates{};
    std::vector<std::string> models{};
    unsigned char number = 1;
  };

  void add_key(const std::string& directory, const Terms& terms) {
    auto store = ledger_sqlite::open_key_store(directory);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    ledger::Key key;
    key.id.bytes.fill(terms.number);
    key.name = terms.name;
    key.owner = terms.owner;
    key.created = base::SystemClock().wall();
    const std::string text = secret(terms.number);
    key.tail = text.substr(text.size() - ledger::kKeyTailBytes);
    key.secrets.push_back({ledger::key_digest(text), std::nullopt});
    key.budgets = terms.budgets;
    key.rates = terms.rates;
    key.models = terms.models;
    const auto made = (*store)->create(key, {"test", key.created});
    ASSERT_TRUE(made.has_value()) << made.error().message();
  }
  // A gateway that knows the key; `change` says more.
  void start_with(const Terms& terms, const TestGateway::Change& change = {}) {
    start([&](config::Config& config) {
      config.limits.drain_timeout = std::chrono::seconds(1);
      directory_ = config.ledger.path;
      std::filesystem::create_directories(directory_);
      add_key(directory_, terms);
      if (change) change(config);
    });
    small_.when().then_body(whole_answer("small"));
    large_.when().then_body(whole_answer("large"));
  }
  static std::string bearer(unsigned char number = 1) { return "authorization: Bearer " + secret(number) + "\r\n"; }
  // About as long as the upstreams say: 100 tokens and what stands around them.
  static std::string text(std::string_view word = "simple") {
    std::string out(word);
    for (int i = 0; i < 100; ++i) out += " word";
    return out;
  }
  std::string ask_simple(unsigned char number = 1, std::string_view more = kMaxTokens) {
    return ask_chat(chat(text(), "auto", more), bearer(number));
  }

  std::string directory_;
};

TEST_F(BudgetTest, WithoutKeysNobodyNeedsOne) {
  start();
  small_.when().then_body(whole_answer("small"));
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  for (const std::string_view fields : {"authorization: Bearer anything\r\n", "authorization: Basic YTpi\r\n",
                                        "authorization: Bearer one\r\nx-api-key: another\r\n", "x-api-key: \r\n"}) {
    EXPECT_EQ(status_of(ask_chat(chat("simple"), fields)), 200) << fields;
  }
}

TEST_F(BudgetTest, ThereIsNoWayInWithoutAKeyOnceThereIsOne) {
  start_with({});
  const std::string nobody = ask_chat(chat("simple"));
  EXPECT_EQ(status_of(nobody), 401);
  EXPECT_THAT(nobody, HasSubstr(R"("code":"invalid_api_key")"));
  EXPECT_EQ(field_of(nobody, "x-should-retry"), "false");
  EXPECT_EQ(status_of(ask_chat(chat("simple"), "authorization: Bearer sk-other\r\n")), 401);
  EXPECT_EQ(status_of(ask_chat(chat("simple"), bearer(2))), 401);
  for (const std::string_view path : {"/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/completions",
                                      "/v1/embeddings", "/v1/route", "/v1/feedback", "/v1/feedback/import"}) {
    EXPECT_EQ(status_of(ask(post(path, "{}"))), 401) << path;
  }
  EXPECT_EQ(status_of(ask("GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")), 401);
  EXPECT_EQ(status_of(ask("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")), 200);
}

TEST_F(BudgetTest, TheEntryNamesTheKeyAndNeverItsSecret) {
  start_with({});
  EXPECT_EQ(status_of(ask_simple()), 200);
  const ledger::Entry one = entry();
  EXPECT_EQ(one.key, "app");
  EXPECT_EQ(one.bill.owner, "acme");
  ASSERT_TRUE(one.cost.has_value());
  EXPECT_EQ(one.bill.charged, one.cost);
  EXPECT_EQ(one.bill.charged_tokens, 150);
  ASSERT_TRUE(one.bill.reserved.has_value());
  EXPECT_LE(*one.bill.charged, *one.bill.reserved);
}

TEST_F(BudgetTest, AKeyChangedWhileItServesIsHeldToItsNewTerms) {
  start_with({});
  EXPECT_EQ(status_of(ask_simple()), 200);
  auto store = ledger_sqlite::open_key_store(directory_);
  ASSERT_TRUE(store.has_value());
  const ledger::Key before = (*store)->find("app").value().value();
  ledger::Key after = before;
  after.models = {"sim-large"};
  ASSERT_TRUE((*store)->change(before, after, {"test", before.created}).has_value());
  ASSERT_TRUE(gateway_->runtime().follow_keys().value());
  EXPECT_EQ(field_of(ask_simple(), "x-pointsman-model"), "sim-large");
  ledger::Key poor = after;
  poor.budgets = {{ledger::KeyPeriod::kMonth, base::Money{1}, std::nullopt}};
  ASSERT_TRUE((*store)->change(after, poor, {"test", before.created}).has_value());
  ASSERT_TRUE(gateway_->runtime().follow_keys().value());
  EXPECT_EQ(status_of(ask_simple()), 429) << "what it spent before counts";
}

TEST_F(BudgetTest, AKeyMadeWhileItServesIsKnownAtOnce) {
  start_with({});
  add_key(directory_, {.name = "other", .owner = "", .number = 2});
  EXPECT_EQ(status_of(ask_simple(2)), 401);
  ASSERT_TRUE(gateway_->runtime().follow_keys().value());
  EXPECT_EQ(status_of(ask_simple(2)), 200);
}

TEST_F(BudgetTest, ARequestThatMayCostMoreThanIsLeftIsRefusedAndSaysWhatToDo) {
  start_with({.budgets = {{ledger::KeyPeriod::kDay, base::Money{1'000}, {}}}});
  const std::string refused = ask_simple();
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_THAT(refused, HasSubstr(R"("code":"insufficient_quota")"));
  EXPECT_THAT(refused, HasSubstr("the budget of 'acme@app' ($0.000001 a day) has no room for this request"));
  EXPECT_EQ(field_of(refused, "x-should-retry"), "false");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.outcome, ledger::Outcome::kClientError);
  EXPECT_EQ(one.cost, base::Money{});
  EXPECT_EQ(one.attempts.size(), 0U);
}

TEST_F(BudgetTest, MoneyOfABudgetIsSpentToTheLastRequestThatFits) {
  // Each uses 150 tokens, and may need some more than that.
  start_with({.budgets = {{ledger::KeyPeriod::kDay, std::nullopt, 320}}});
  int served = 0;
  std::string last;
  for (int i = 0; i < 6 && (i == 0 || status_of(last) == 200); ++i) {
    last = ask_simple();
    served += status_of(last) == 200 ? 1 : 0;
  }
  EXPECT_EQ(served, 2) << "a third may need more than the 20 that are left";
  EXPECT_EQ(status_of(last), 429);
  EXPECT_EQ(gateway_->runtime().quotas().open_reservations(), 0U);
}

TEST_F(BudgetTest, WhatWasSpentIsKnownAfterARestart) {
  start_with({.budgets = {{ledger::KeyPeriod::kMonth, std::nullopt, 320}}});
  EXPECT_EQ(status_of(ask_simple()), 200);
  EXPECT_EQ(status_of(ask_simple()), 200);
  gateway_->restart();
  EXPECT_EQ(status_of(ask_simple()), 429);
}

TEST_F(BudgetTest, AnOwnersBudgetHoldsForAllItsKeysTogether) {
  start_with({}, [this](config::Config& config) {
    config.owners = {{.name = "acme", .budgets = {{config::BudgetPeriod::kMonth, std::nullopt, 320}}}};
    add_key(directory_, {.name = "second", .owner = "acme/search", .number = 2});
  });
  EXPECT_EQ(status_of(ask_simple(1)), 200);
  EXPECT_EQ(status_of(ask_simple(2)), 200);
  EXPECT_EQ(status_of(ask_simple(1)), 429);
  const std::string refused = ask_simple(2);
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_THAT(refused, HasSubstr("the budget of 'acme' (320 tokens a month)"));
}

TEST_F(BudgetTest, EachEndUserHasABudgetOfTheirOwn) {
  start_with({}, [](config::Config& config) {
    config.owners = {
        {.name = "acme",
         .end_users = config::EndUserConfig{.budgets = {{config::BudgetPeriod::kDay, std::nullopt, 170}}}}};
  });
  const auto as = [&](std::string_view user) {
    return status_of(
        ask_chat(chat("simple", "auto", kMaxTokens), bearer() + "x-pointsman-user: " + std::string(user) + "\r\n"));
  };
  EXPECT_EQ(as("ann"), 200);
  EXPECT_EQ(as("ann"), 429);
  EXPECT_EQ(as("bob"), 200);
  EXPECT_EQ(status_of(ask_simple()), 200) << "nobody in particular has no such budget";
}

TEST_F(BudgetTest, TooManyRequestsAMinuteSayWhenThereIsRoom) {
  start_with({.rates = {.requests_per_minute = 2}});
  const std::string first = ask_simple();
  EXPECT_EQ(status_of(first), 200);
  EXPECT_EQ(field_of(first, "x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(field_of(first, "x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(status_of(ask_simple()), 200);
  const std::string third = ask_simple();
  EXPECT_EQ(status_of(third), 429);
  EXPECT_THAT(third, HasSubstr(R"("code":"rate_limit_exceeded")"));
  EXPECT_EQ(field_of(third, "x-should-retry"), "true");
  EXPECT_NE(field_of(third, "retry-after-ms"), "");
  EXPECT_NE(field_of(third, "retry-after"), "");
}

TEST_F(BudgetTest, AModelThatTheKeyMayNotUseIsNotAsked) {
  start_with({.models = {"sim-small"}});
  EXPECT_EQ(status_of(ask_simple()), 200);
  const std::string named = ask_chat(chat("simple", "sim-large", kMaxTokens), bearer());
  EXPECT_EQ(status_of(named), 403);
  EXPECT_THAT(named, HasSubstr("this key may not use the model 'sim-large'"));
  const std::string decided = ask_chat(chat("reasoning", "auto", kMaxTokens), bearer());
  EXPECT_EQ(status_of(decided), 403) << "the category's models and the fallback are not the key's";
}

TEST_F(BudgetTest, ACheaperModelAnswersWhereTheOwnerSaysSo) {
  start_with({.budgets = {{ledger::KeyPeriod::kDay, base::Money{100'000}, {}}}}, [](config::Config& config) {
    config.owners = {{.name = "acme", .on_budget = config::OnBudget::kDowngrade}};
  });
  const std::string answer = ask_chat(chat("reasoning", "auto", kMaxTokens), bearer());
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(field_of(answer, "x-pointsman-model"), "sim-small");
  const ledger::Entry one = entry();
  EXPECT_EQ(one.bill.downgraded, "sim-large");
  EXPECT_EQ(one.category, "reasoning") << "what was decided stays what was decided";
}

TEST_F(BudgetTest, DoubtHasAPurseOfItsOwn) {
  start([](config::Config& config) {
    config.router.fallback_cap = config::FallbackCapConfig{.per_day = base::Money{1}};
  });
  small_.when().then_body(whole_answer("small"));
  const std::string guessed = ask_chat(chat("hello", "auto", kMaxTokens));
  EXPECT_EQ(status_of(guessed), 200);
  EXPECT_EQ(field_of(guessed, "x-pointsman-model"), "sim-small");
  EXPECT_THAT(entry().reason, HasSubstr("the day's money for doubt is used up"));
}

TEST_F(BudgetTest, DoubtThatIsTooDearCanBeRefused) {
  start([](config::Config& config) {
    config.router.fallback_cap = config::FallbackCapConfig{.per_day = base::Money{1}, .on_cap = config::OnCap::kReject};
  });
  const std::string refused = ask_chat(chat("hello", "auto", kMaxTokens));
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_EQ(field_of(refused, "x-should-retry"), "false");
}

}  // namespace
}  // namespace pointsman
