// Whose answers the gateway's cache gives again, and what budgets, reloads, strategies and chance have to do with it.
#include <gmock/gmock.h>

#include "ledger/key_text.h"
#include "ledger_sqlite/key_store.h"
#include "support/caching_gateway.h"
#include "support/speculating_gateway.h"

namespace pointsman {
namespace {

using testing::body_of;
using testing::cache_of;
using testing::chat;
using ::testing::ElementsAre;
using testing::field_of;
using ::testing::IsEmpty;
using testing::kChat;
using testing::keep_simple;
using testing::post;
using testing::status_of;
using testing::whole_answer;

class CacheTermsTest : public testing::CachingTest {};

// ---- whose answers they are

std::string secret(unsigned char number) {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  random.fill(number);
  return std::string(ledger::key_text(random).reveal());
}

class KeyedCacheTest : public CacheTermsTest {
 protected:
  struct Terms {
    unsigned char number = 1;
    std::string name;
    std::string owner;
    std::vector<ledger::KeyBudget> budgets{};
    ledger::KeyRates rates{};
    std::vector<std::string> models{};
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
    ASSERT_TRUE((*store)->create(key, {"test", key.created}).has_value());
  }
  void start_with(const std::vector<Terms>& all) {
    start_keeping([&](config::Config& config) {
      std::filesystem::create_directories(config.ledger.path);
      for (const Terms& one : all) add_key(config.ledger.path, one);
    });
    small_.when().then_body(whole_answer("small"));
  }
  static std::string ask_as(unsigned char number, std::string_view more = R"("max_tokens":50,)") {
    return post(kChat, chat("simple", "auto", more), "authorization: Bearer " + secret(number) + "\r\n");
  }
};

TEST_F(KeyedCacheTest, AnswersAreSharedByAnOwnersKeysAndByNobodyElse) {
  start_with({{.number = 1, .name = "a", .owner = "acme"},
              {.number = 2, .name = "b", .owner = "acme"},
              {.number = 3, .name = "c", .owner = "bert"},
              {.number = 4, .name = "d", .owner = "acme/search"},
              {.number = 5, .name = "e"},
              {.number = 6, .name = "f"}});
  const auto got = ask_all({ask_as(1), ask_as(2), ask_as(3), ask_as(4), ask_as(5), ask_as(6), ask_as(6), ask_as(3)});
  std::vector<std::string> results;
  for (const std::string& one : got) results.push_back(cache_of(one));
  EXPECT_THAT(results, ElementsAre("miss", "hit", "miss", "miss", "miss", "miss", "hit", "hit"));
}

TEST_F(KeyedCacheTest, ABudgetIsNotChargedAndItsEndIsNoObstacle) {
  start_with({{.number = 1, .name = "a", .owner = "acme", .budgets = {{ledger::KeyPeriod::kDay, {}, 200}}}});
  const auto got = ask_all({ask_as(1), ask_as(1), ask_as(1), ask_as(1, R"("max_tokens":51,)")});
  EXPECT_EQ(status_of(got[0]), 200) << got[0];
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(cache_of(got[2]), "hit");
  EXPECT_EQ(status_of(got[3]), 429) << "there is no room for another answer";
  const auto all = gateway_->entries(4);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].bill.charged_tokens, 150);
  EXPECT_EQ(all[1].key, "a");
  EXPECT_EQ(all[1].bill.owner, "acme");
  EXPECT_EQ(all[1].bill.charged, base::Money{});
  EXPECT_EQ(all[1].bill.charged_tokens, 0);
  EXPECT_FALSE(all[1].bill.reserved);
  EXPECT_EQ(gateway_->runtime().quotas().open_reservations(), 0U);
}

TEST_F(KeyedCacheTest, RequestsStillCountInTheRate) {
  start_with({{.number = 1, .name = "a", .owner = "acme", .rates = {.requests_per_minute = 3}}});
  const auto got = ask_all({ask_as(1), ask_as(1), ask_as(1), ask_as(1)});
  EXPECT_EQ(cache_of(got[2]), "hit");
  EXPECT_EQ(status_of(got[3]), 429);
}

TEST_F(KeyedCacheTest, AKeyGetsNoAnswerOfAModelThatItMayNotUse) {
  start_with({{.number = 1, .name = "a", .owner = "acme"},
              {.number = 2, .name = "b", .owner = "acme", .models = {"auto", "sim-large"}}});
  large_.when().then_body(whole_answer("large"));
  const auto got = ask_all({ask_as(1), ask_as(2), ask_as(2)});
  EXPECT_EQ(cache_of(got[1]), "miss");
  EXPECT_EQ(body_of(got[1]), whole_answer("large"));
  EXPECT_EQ(cache_of(got[2]), "hit");
  EXPECT_EQ(body_of(got[2]), whole_answer("large"));
}

// ---- configuration, strategies, chance

TEST_F(CacheTermsTest, AnotherConfigurationForgetsAllAnswers) {
  start_keeping();
  small_.when().then_body(whole_answer("small"));
  ask_twice(chat("simple"));
  config::Config same = gateway_->runtime().snapshot().config;
  ASSERT_TRUE(gateway_->runtime().reload(same).has_value());
  EXPECT_EQ(answers().size(), 1U);
  EXPECT_EQ(cache_of(ask_chat(chat("simple"))), "hit");
  config::Config other = same;
  other.models.front().price.output = base::TokenPrice{123'000'000};
  config::set_version(other);
  ASSERT_TRUE(gateway_->runtime().reload(other).has_value());
  EXPECT_EQ(answers().size(), 0U);
  EXPECT_EQ(cache_of(ask_chat(chat("simple"))), "miss");
}

TEST_F(CacheTermsTest, TheCacheTakesNoMoreMemoryThanItMay) {
  start_keeping([](config::Config& config) { config.router.cache_size = 1 << 20; });
  small_.when().then_body(whole_answer(std::string(20'000, 'x')));
  for (int i = 0; i < 80; ++i) ask_chat(chat("simple " + std::to_string(i)));
  EXPECT_GT(answers().size(), 8U);
  EXPECT_LE(answers().bytes(), std::size_t{1} << 20);
}

TEST_F(CacheTermsTest, AnEscalatedAnswerIsGivenAgain) {
  start_keeping([](config::Config& config) {
    config.categories.front().strategy = route::Strategy::kEscalate;
    config.categories.front().models = {"sim-small", "sim-large"};
  });
  small_.when().then_body(R"({"id":"x","choices":[{"index":0,"message":{"content":""},"finish_reason":"stop"}],)"
                          R"("usage":{"prompt_tokens":10,"completion_tokens":1}})");
  large_.when().then_body(whole_answer("large"));
  const auto got = ask_twice(chat("simple"));
  EXPECT_EQ(field_of(got[0], "x-pointsman-fallback"), "escalated");
  EXPECT_EQ(cache_of(got[1]), "hit");
  EXPECT_EQ(body_of(got[1]), whole_answer("large"));
  EXPECT_EQ(field_of(got[1], "x-pointsman-model"), "sim-large");
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(gateway_->entries(2)[1].cost, base::Money{});
}

TEST_F(CacheTermsTest, WhatChanceBroughtIsNotKeptAndAHitIsNoExploration) {
  start_keeping([](config::Config& config) {
    config.categories.front().models = {"sim-small", "sim-large"};
    config.categories.front().strategy = route::Strategy::kPreference;
    config.router.explore.emplace().share = 0.5;
    config.router.explore->max_cost_per_day = base::Money{1'000'000'000'000};
  });
  small_.when().then_body(whole_answer("small"));
  large_.when().then_body(whole_answer("large"));
  const auto client = connect();
  std::optional<std::size_t> asked_before;  // the first hit: chance may have chosen the preferred model as well
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(client->send(post(kChat, chat("simple"))));
    const std::string got = client->read_answer();
    if (cache_of(got) == "hit") {
      ASSERT_EQ(body_of(got), whole_answer("small"));
      if (!asked_before) asked_before = asked();
    }
  }
  ASSERT_TRUE(asked_before.has_value());
  EXPECT_EQ(asked(), *asked_before) << "once the preferred model had answered, nobody was asked";
  for (const ledger::Entry& one : gateway_->entries(40)) {
    if (!one.bill.replayed.empty()) {
      EXPECT_EQ(one.exploration.preferred, "");
      EXPECT_EQ(one.candidates.front(), "sim-small");
    }
  }
}

class SpeculatingCacheTest : public testing::SpeculatingTest {};

TEST_F(SpeculatingCacheTest, NobodyIsCalledEarlyForAnAnswerThatIsThere) {
  start_speculating([](config::Config& config) {
    keep_simple(config);
    config.router.llm->cache = 0;  // the small model is asked each time
  });
  mini_.when().then_body(opinion(testing::kSimple));
  small_.when().then_body(whole_answer("small"));
  const auto client = connect();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client->send(post(kChat, chat("whatever"))));
    const std::string got = client->read_answer();
    EXPECT_EQ(cache_of(got), i == 0 ? "miss" : "hit");
    EXPECT_EQ(body_of(got), whole_answer("small"));
  }
  EXPECT_EQ(small_.provider.requests().size(), 1U);
  EXPECT_EQ(mini_.provider.requests().size(), 2U);
  const auto all = gateway_->entries(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[1].attempts, IsEmpty());
  EXPECT_EQ(all[1].cost, base::Money{});
}

}  // namespace
}  // namespace pointsman
