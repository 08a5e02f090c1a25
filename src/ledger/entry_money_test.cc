// The money part of an entry: expectations, reservations, what was done to make a request fit.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "ledger/entry_codec.h"
#include "ledger/entry_json.h"

namespace pointsman::ledger {
namespace {

std::string encoded(const Entry& entry, std::size_t room = 64U << 10) {
  std::string out(room, '\0');
  out.resize(encode(entry, out));
  return out;
}

Entry full() {
  Entry entry;
  entry.bill = {.owner = "acme/search",
                .counted = "o200k_base",
                .prompt_tokens = 1234,
                .expected = base::Money{5'000},
                .reserved = base::Money{90'000},
                .charged = base::Money{0},
                .charged_tokens = 1'500,
                .baseline = "gpt-5.5",
                .downgraded = "gpt-5.4",
                .replayed = "0190"};
  entry.continuity = {.model = "gpt-5.4", .cached_tokens = 900, .cold = base::Money{-3}, .kept = true};
  entry.fitting = {.done = "trimmed",
                   .removed_messages = 12,
                   .masked_results = 3,
                   .tokens_before = 131'072,
                   .tokens_after = 61'000,
                   .summary = "used",
                   .summary_model = "gpt-5-nano",
                   .summary_usage = {.input_tokens = 100, .output_tokens = 20},
                   .summary_cost = base::Money{77}};
  entry.usage.long_cache_write_tokens = 5;
  entry.usage.tier = llm::ServiceTier::kFlex;
  return entry;
}

TEST(EntryMoney, SurvivesTheRecord) {
  const Entry entry = full();
  const auto decoded = decode(encoded(entry));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->bill, entry.bill);
  EXPECT_EQ(decoded->continuity, entry.continuity);
  EXPECT_EQ(decoded->fitting, entry.fitting);
  EXPECT_EQ(decoded->usage.long_cache_write_tokens, 5);
  EXPECT_EQ(decoded->usage.tier, llm::ServiceTier::kFlex);
}

TEST(EntryMoney, KeepsUnknownApartFromZero) {
  Entry entry;
  entry.bill.owner = "acme";
  entry.bill.charged = base::Money{0};
  const auto decoded = decode(encoded(entry));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->bill.charged, base::Money{0});
  EXPECT_FALSE(decoded->bill.reserved.has_value());
  EXPECT_FALSE(decoded->bill.expected.has_value());
  EXPECT_FALSE(decoded->continuity.cold.has_value());
}

TEST(EntryMoney, MakesARecordOfItsVersionOnlyWhereThereIsSome) {
  Entry entry;
  EXPECT_EQ(encoded(entry)[0], 1);
  entry.bill.baseline = "gpt-5.5";
  EXPECT_EQ(encoded(entry)[0], 8);
  entry = {};
  entry.usage.tier = llm::ServiceTier::kPriority;
  EXPECT_EQ(decode(encoded(entry))->usage.tier, llm::ServiceTier::kPriority);
  entry.usage.long_cache_write_tokens = 0;
  EXPECT_EQ(encoded(entry)[0], 8);
  EXPECT_EQ(decode(encoded(entry))->usage.long_cache_write_tokens, 0);
  entry.fitting = {.done = "trimmed", .removed_messages = 2};
  EXPECT_EQ(encoded(entry)[0], 8);
  entry.fitting.summary = "no_room";
  EXPECT_EQ(encoded(entry)[0], 9);
  EXPECT_EQ(decode(encoded(entry))->fitting, entry.fitting);
}

TEST(EntryMoney, FitsTheSmallestRecordWhateverItHolds) {
  Entry entry = full();
  const std::string huge(100'000, 'x');
  for (std::string* one :
       {&entry.bill.owner, &entry.bill.counted, &entry.bill.baseline, &entry.bill.downgraded, &entry.bill.replayed,
        &entry.continuity.model, &entry.fitting.summary, &entry.fitting.summary_model}) {
    *one = huge;
  }
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  entry.bill.prompt_tokens = least;
  entry.bill.expected = entry.bill.reserved = entry.bill.charged = base::Money{least};
  const auto decoded = decode(encoded(entry, kMinRecordCapacity));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->truncated);
  EXPECT_EQ(decoded->bill.prompt_tokens, least);
}

TEST(EntryMoney, NamesTheFieldWhereARecordIsBroken) {
  const std::string record = encoded(full());
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(record).substr(0, size)).has_value()) << size;
  }
}

TEST(EntryMoney, IsShownWithItsUnits) {
  const std::string json = to_json(full());
  EXPECT_NE(json.find(R"("owner":"acme/search","counted":"o200k_base","prompt_tokens":1234)"), std::string::npos);
  EXPECT_NE(json.find(R"("removed_messages":12,"masked_results":3)"), std::string::npos);
  EXPECT_NE(json.find(R"("summary":"used","summary_model":"gpt-5-nano")"), std::string::npos);
  EXPECT_NE(json.find(R"("cached_tokens":900)"), std::string::npos);
  EXPECT_EQ(to_json(Entry()).find("\"bill\""), std::string::npos);
}

}  // namespace
}  // namespace pointsman::ledger
