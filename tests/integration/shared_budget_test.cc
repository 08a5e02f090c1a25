// Two gateways in one process that share a budget in one PostgreSQL.
#include <gmock/gmock.h>

#include "ledger/key_text.h"
#include "ledger_postgres/key_store.h"
#include "support/postgres_server.h"
#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::field_of;
using testing::GatewayTest;
using ::testing::HasSubstr;
using testing::post;
using testing::RawClient;
using testing::status_of;
using testing::TestGateway;
using testing::whole_answer;

constexpr std::int64_t kUsed = 150;  // tokens of each answer

class SharedBudgetTest : public GatewayTest {
 protected:
  void SetUp() override { PM_NEEDS_POSTGRES(); }

  void start_two(const ledger_postgres::Target& target, std::int64_t tokens) {
    add_key(target, tokens);
    const auto shared = [&](config::Config& config) {
      config.ledger.postgres = config::PostgresConfig{.url = target.url};
      config.limits.drain_timeout = std::chrono::seconds(1);
    };
    for (auto* const one : {&gateway_, &other_}) one->emplace(ports(), shared);
    small_.when().then_body(whole_answer("small"));
    large_.when().then_body(whole_answer("large"));
  }
  void add_key(const ledger_postgres::Target& target, std::int64_t tokens) {
    auto store = ledger_postgres::open_key_store(target);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    ledger::Key key;
    key.id.bytes.fill(1);
    key.name = "app";
    key.owner = "acme";
    key.created = base::SystemClock().wall();
    key.tail = secret_.substr(secret_.size() - ledger::kKeyTailBytes);
    key.secrets.push_back({ledger::key_digest(secret_), std::nullopt});
    key.budgets = {{ledger::KeyPeriod::kTotal, std::nullopt, tokens}};
    ASSERT_TRUE((*store)->create(key, {"test", key.created}).has_value());
  }
  std::string ask_at(TestGateway& gateway) {
    RawClient client(gateway.port());
    std::string text = "simple";
    for (int i = 0; i < 100; ++i) text += " word";
    EXPECT_TRUE(client.send(
        post(testing::kChat, chat(text, "auto", R"("max_tokens":50,)"), "authorization: Bearer " + secret_ + "\r\n")));
    return client.read_answer();
  }
  static std::string make_secret() {
    std::array<unsigned char, ledger::kKeyRandomBytes> random{};
    random.fill(7);
    return std::string(ledger::key_text(random).reveal());
  }

  const std::string secret_ = make_secret();
  std::optional<TestGateway> other_;
};

TEST_F(SharedBudgetTest, BothTogetherSpendItToTheEndAndNotMore) {
  const test::TestSchema schema;
  constexpr std::int64_t kBudget = 20 * kUsed;
  start_two(schema.target(), kBudget);
  std::int64_t served = 0;
  int refused = 0;
  std::string last;
  for (int i = 0; refused < 2 && i < 100; ++i) {
    last = ask_at(i % 2 == 0 ? *gateway_ : *other_);
    if (status_of(last) == 200) served += kUsed;
    if (status_of(last) != 200) ++refused;
  }
  EXPECT_EQ(refused, 2);
  EXPECT_LE(served, kBudget);
  EXPECT_GT(served, kBudget - 2 * kUsed) << "nothing that fits is refused";
  EXPECT_EQ(status_of(last), 429);
  EXPECT_THAT(last, HasSubstr("insufficient_quota"));
}

TEST_F(SharedBudgetTest, WhatOneHasSpentTheOtherCountsAfterItsEnd) {
  const test::TestSchema schema;
  start_two(schema.target(), 2 * kUsed + kUsed / 2);
  EXPECT_EQ(status_of(ask_at(*gateway_)), 200);
  EXPECT_EQ(status_of(ask_at(*gateway_)), 200);
  gateway_.reset();
  EXPECT_EQ(status_of(ask_at(*other_)), 429);
  EXPECT_EQ(schema.integer("SELECT sum(used)::bigint FROM budgets"), 2 * kUsed);
}

TEST_F(SharedBudgetTest, WithoutTheDatabaseTheSliceServesAndThenNobodyCanSay) {
  test::PostgresServer own;
  ASSERT_EQ(own.missing(), "");
  start_two(own.target(), 1'000'000);
  EXPECT_EQ(status_of(ask_at(*gateway_)), 200);
  own.stop(SIGQUIT);
  std::string last;
  int served = 0;
  for (; served < 20'000; ++served) {
    last = ask_at(*gateway_);
    if (status_of(last) != 200) break;
  }
  EXPECT_EQ(status_of(last), 503);
  EXPECT_EQ(field_of(last, "retry-after"), "2");
  EXPECT_EQ(status_of(ask_at(*other_)), 503) << "it holds no slice";
}

}  // namespace
}  // namespace pointsman
