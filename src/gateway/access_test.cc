// What belongs to a key besides its secret.
#include "gateway/access.h"

#include <gtest/gtest.h>

#include <limits>

namespace pointsman::gateway {
namespace {

using config::OwnerConfig;
using config::Priority;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

OwnerConfig owner(std::string name, std::optional<Priority> priority) {
  OwnerConfig out;
  out.name = std::move(name);
  out.priority = priority;
  return out;
}

Priority priority_of(std::string of, const std::vector<OwnerConfig>& owners) {
  const std::vector<ledger::Key> keys = {{.name = "k", .owner = std::move(of), .created = kNow}};
  return make_access({}, owners, keys, kNow).terms.at(0).priority;
}

TEST(Access, TheNearestOwnerThatSaysSoSetsThePriority) {
  const std::vector<OwnerConfig> owners = {owner("acme", Priority::kHigh), owner("acme/search", std::nullopt),
                                           owner("acme/batch", Priority::kLow)};
  EXPECT_EQ(priority_of("acme", owners), Priority::kHigh);
  EXPECT_EQ(priority_of("acme/search", owners), Priority::kHigh);
  EXPECT_EQ(priority_of("acme/search/ci", owners), Priority::kHigh);
  EXPECT_EQ(priority_of("acme/batch/night", owners), Priority::kLow);
  EXPECT_EQ(priority_of("other", owners), Priority::kNormal);
}

TEST(Access, WhoOnceHadKeysDoesNotOpenTheDoorWhenTheLastOneEnds) {
  const ledger::Key key{.name = "k", .owner = "acme", .created = kNow};
  ledger::Key revoked = key;
  revoked.revoked = kNow;
  ledger::Key expired = key;
  expired.expires = kNow;
  EXPECT_FALSE(make_access({}, {}, {}, kNow).needs_key);
  for (const ledger::Key& one : {key, revoked, expired}) {
    EXPECT_TRUE(make_access({}, {}, std::vector{one}, kNow).needs_key);
  }
}

// Otherwise no change of any key would be taken up any more.
TEST(Access, NoKeyThatWasEverMadeIsTooMuchForTheTree) {
  ledger::Key key{.name = std::string(64, 'n'), .owner = std::string(128, 'o'), .created = kNow};
  const auto most = std::numeric_limits<std::int64_t>::max();
  key.budgets = {{.period = ledger::KeyPeriod::kDay, .money = base::Money{most}, .tokens = most},
                 {.period = ledger::KeyPeriod::kDay, .money = base::Money{7}, .tokens = {}}};
  key.rates.requests_per_minute = most;
  const limits::QuotaDefinition quotas = make_quotas({}, {}, std::vector{key}, kNow);
  EXPECT_TRUE(limits::problems_of(quotas).empty()) << limits::problems_of(quotas).front().message();
  const auto& budgets = quotas.nodes.back().limits.budgets;
  ASSERT_EQ(budgets.size(), 1U) << "one for each period";
  EXPECT_EQ(budgets[0].nanos, 7);
}

TEST(Access, WhoBringsNoKeyIsNormal) {
  EXPECT_EQ(Caller().priority(), Priority::kNormal);
}

}  // namespace
}  // namespace pointsman::gateway
