#include "ledger/total_cost.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/uuid.h"
#include "support/random_entry.h"

namespace pointsman::ledger {
namespace {

Entry paid() {
  Entry entry;
  entry.cost = base::Money{100};
  entry.attempts = {{.model = "weak", .judged = {.worth = "unsure", .discarded = true, .cost = base::Money{30}}},
                    {.model = "strong", .judged = {.worth = "good", .cost = base::Money{70}}}};
  entry.consultation.model = "small";
  entry.consultation.cost = base::Money{5};
  entry.fitting.summary_model = "small";
  entry.fitting.summary_cost = base::Money{7};
  return entry;
}

TEST(TotalCost, IsTheAnswerAndAllThatWasPaidAroundIt) {
  const CostParts parts = cost_parts(paid());
  EXPECT_EQ(parts.answer, base::Money{70});
  EXPECT_EQ(parts.discarded, base::Money{30});
  EXPECT_EQ(parts.classification, base::Money{5});
  EXPECT_EQ(parts.summary, base::Money{7});
  EXPECT_EQ(parts.total(), base::Money{112});
  EXPECT_EQ(total_cost(paid()), base::Money{112});
}

TEST(TotalCost, IsUnknownIfAnyPartIs) {
  Entry entry = paid();
  entry.cost.reset();
  EXPECT_FALSE(total_cost(entry));
  entry = paid();
  entry.consultation.cost.reset();
  EXPECT_FALSE(total_cost(entry));
  entry = paid();
  entry.fitting.summary_cost.reset();
  EXPECT_FALSE(total_cost(entry));
}

TEST(TotalCost, OfWhatDidNotHappenIsNothing) {
  Entry entry;
  entry.cost = base::Money{3};
  EXPECT_EQ(total_cost(entry), base::Money{3});
}

TEST(TotalCost, IsTheSumOfItsPartsForRandomEntries) {
  base::Rng rng(5);
  base::UuidGenerator ids(1);
  int known = 0;
  for (int i = 0; i < 2'000; ++i) {
    Entry entry = test::random_entry(rng, ids.next(base::WallTime(std::chrono::seconds(1'700'000'000))));
    if (entry.cost) entry.cost->nanos %= 1'000'000'000'000;
    if (entry.consultation.cost) entry.consultation.cost->nanos %= 1'000'000'000'000;
    const CostParts parts = cost_parts(entry);
    if (!parts.total()) continue;
    ++known;
    EXPECT_EQ(parts.total(), total_cost(entry));
  }
  EXPECT_GT(known, 100);
}

}  // namespace
}  // namespace pointsman::ledger
