#include <gtest/gtest.h>

#include "ledger/entry_json.h"
#include "ledger/filter.h"
#include "ledger/memory_store.h"
#include "support/random_entry.h"

namespace pointsman::ledger {
namespace {

base::WallTime at_ms(std::int64_t ms) {
  return base::WallTime(std::chrono::milliseconds(ms));
}

Entry entry_at(std::int64_t ms, std::string category = "simple", std::string stage = "local") {
  Entry entry = test::typical_entry(base::Uuid::at(at_ms(ms)));
  entry.category = std::move(category);
  entry.stage = std::move(stage);
  return entry;
}

TEST(EntryJson, WritesUnknownAsNullAndMoneyAsDecimals) {
  Entry entry = entry_at(1'700'000'000'123);
  entry.usage = {};
  entry.cost = base::Money{1'230'000};
  entry.baseline_cost.reset();
  const std::string json = to_json(entry);
  EXPECT_NE(json.find("\"started\":\"2023-11-14T22:13:20.123000Z\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"cost_usd\":0.00123,\"baseline_cost_usd\":null"), std::string::npos) << json;
  EXPECT_NE(json.find("\"input_tokens\":null"), std::string::npos) << json;
  EXPECT_NE(json.find("\"text_hash\":\"fedcba0987654321\""), std::string::npos) << json;
  EXPECT_EQ(json.find("\"text\":"), std::string::npos) << "no key for a text that is not kept";
}

TEST(EntryJson, EscapesControlsAndReplacesBytesThatAreNotUtf8) {
  Entry entry;
  entry.error = "a\"b\\c\n\x7f\xff é \xed\xa0\x80 \xe2\x82";
  const std::string json = to_json(entry);
  EXPECT_NE(json.find(R"("error":"a\"b\\c\u000a\u007f\ufffd é \ufffd\ufffd\ufffd \ufffd\ufffd")"), std::string::npos)
      << json;
}

TEST(Filter, TimeBoundsAreHalfOpenToTheMillisecond) {
  Filter filter;
  filter.since = at_ms(1000);
  filter.until = at_ms(2000);
  EXPECT_FALSE(matches(filter, entry_at(999)));
  EXPECT_TRUE(matches(filter, entry_at(1000)));
  EXPECT_TRUE(matches(filter, entry_at(1999)));
  EXPECT_FALSE(matches(filter, entry_at(2000)));
}

TEST(Filter, EveryConditionMustHold) {
  Filter filter;
  filter.category = "simple";
  filter.stage = "rule";
  EXPECT_FALSE(matches(filter, entry_at(1)));
  EXPECT_TRUE(matches(filter, entry_at(1, "simple", "rule")));
  filter.only_fallback = true;
  EXPECT_FALSE(matches(filter, entry_at(1, "simple", "rule")));
  filter.stage.clear();
  filter.outcome = Outcome::kOk;
  EXPECT_TRUE(matches(filter, entry_at(1, "simple", "fallback")));
  filter.outcome = Outcome::kCut;
  EXPECT_FALSE(matches(filter, entry_at(1, "simple", "fallback")));
}

TEST(MemoryStore, ScansNewestFirstUpToTheLimitAndStopsWhenTold) {
  MemoryStore store;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(store.reserve().has_value());
    store.append(entry_at(i));
  }
  std::vector<base::Uuid> seen;
  Filter filter;
  filter.limit = 4;
  ASSERT_TRUE(store
                  .scan(filter,
                        [&](const Entry& entry) {
                          seen.push_back(entry.id);
                          return seen.size() < 3;
                        })
                  .has_value());
  EXPECT_EQ(seen, (std::vector{base::Uuid::at(at_ms(9)), base::Uuid::at(at_ms(8)), base::Uuid::at(at_ms(7))}));
}

TEST(MemoryStore, RefusesWhenEntriesAndReservationsReachTheCapacity) {
  MemoryStore store(2);
  ASSERT_TRUE(store.reserve().has_value());
  store.append(entry_at(1));
  ASSERT_TRUE(store.reserve().has_value());
  const auto refused = store.reserve();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kOverloaded);
  store.release();
  EXPECT_TRUE(store.reserve().has_value());
}

}  // namespace
}  // namespace pointsman::ledger
