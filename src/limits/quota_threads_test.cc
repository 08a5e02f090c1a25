// One tree, one mutex, four threads: what an owner does. Worth most under ThreadSanitizer.
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "base/rng.h"
#include "limits/quota_tree.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBudget = 400'000;

// A tree with its mutex; remembers the most that was ever claimed at once.
struct Owner {
  std::mutex mutex;
  QuotaTree tree;
  std::int64_t charged = 0;
  std::int64_t open = 0;
  std::int64_t most = 0;
};

void work(Owner& owner, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<std::pair<ReservationId, std::int64_t>> held;
  const base::WallTime wall{std::chrono::hours(500'000)};
  for (int i = 0; i < 20'000; ++i) {
    const base::MonoTime mono{1h + std::chrono::milliseconds(i)};
    const auto nanos = static_cast<std::int64_t>(rng.below(200));
    const std::scoped_lock lock(owner.mutex);
    const NodeRef key = *owner.tree.find(rng.below(2) == 0 ? "x" : "y");
    const NodeRef user = owner.tree.end_user(key, std::to_string(rng.below(50)), wall, mono);
    if (const auto id = owner.tree.admit(user, {nanos, 1, 1}, wall, mono)) {
      held.emplace_back(*id, nanos);
      owner.open += nanos;
      owner.most = std::max(owner.most, owner.charged + owner.open);
    }
    if (held.size() < 30 && rng.below(2) == 0) continue;
    if (held.empty()) continue;
    const auto [id, worst] = held.back();
    held.pop_back();
    const auto actual = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(worst) + 1));
    EXPECT_TRUE(owner.tree.settle(id, {actual, 1}, mono).found);
    owner.open -= worst;
    owner.charged += actual;
  }
  const std::scoped_lock lock(owner.mutex);
  for (const auto& [id, worst] : held) {
    EXPECT_TRUE(owner.tree.release(id, base::MonoTime{2h}).found);
    owner.open -= worst;
  }
}

TEST(QuotaThreads, FourThreadsUnderOneMutexKeepTheBudget) {
  QuotaDefinition definition;
  definition.nodes = {{"org", "", {{{Period::kDay, kBudget, {}}}, {}}, {}},
                      {"x", "org", {}, NodeLimits{{{Period::kDay, kBudget / 50, {}}}, {}}},
                      {"y", "org", {}, {}}};
  const base::WallTime wall{std::chrono::hours(500'000)};
  auto tree = QuotaTree::create(definition, {256, 30}, wall, base::MonoTime{1h});
  ASSERT_TRUE(tree);
  Owner owner{{}, std::move(*tree)};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, std::ref(owner), seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(owner.most, kBudget);
  EXPECT_GT(owner.most, kBudget * 9 / 10) << "the budget must be tried";
  EXPECT_EQ(owner.open, 0);
  EXPECT_EQ(owner.tree.open_reservations(), 0U);
  EXPECT_EQ(owner.tree.report(wall)[0].current[0].money.spent, owner.charged);
}

// The threads' calls cross the thresholds in some order; each crossing is one event, whoever it was.
TEST(QuotaThreads, TellEachThresholdOnce) {
  constexpr int kCalls = 2'000;
  constexpr std::int64_t kEach = 10;
  QuotaDefinition definition;
  definition.nodes = {{"org", "", {{{Period::kDay, 4 * kCalls * kEach, {}}}, {}}, {}}};
  const base::WallTime wall{std::chrono::hours(500'000)};
  const base::MonoTime mono{1h};
  auto tree = QuotaTree::create(definition, {256, 30}, wall, mono);
  ASSERT_TRUE(tree);
  std::mutex mutex;
  const auto spend = [&] {
    for (int i = 0; i < kCalls; ++i) {
      const std::scoped_lock lock(mutex);
      const auto id = tree->admit(*tree->find("org"), {kEach, 0, 1}, wall, mono);
      ASSERT_TRUE(id);
      (void)tree->settle(*id, {kEach, 0}, mono);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(spend);
  for (std::thread& thread : threads) thread.join();
  std::vector<int> told;
  for (const ThresholdEvent& one : tree->take_events()) told.push_back(one.percent);
  EXPECT_EQ(told, (std::vector<int>{50, 80, 100}));
}

}  // namespace
}  // namespace pointsman::limits
