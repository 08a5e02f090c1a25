// What belongs to a key besides its secret.
#include "gateway/access.h"

#include <gtest/gtest.h>

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

TEST(Access, WhoBringsNoKeyIsNormal) {
  EXPECT_EQ(Caller().priority(), Priority::kNormal);
}

}  // namespace
}  // namespace pointsman::gateway
