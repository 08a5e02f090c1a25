// links: pm_limits
// What a budget tree costs a request: admitting and settling on a path of four nodes, finding an end user, a denial.
#include <benchmark/benchmark.h>

#include <string>

#include "limits/quota_tree.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;

const base::WallTime kWall{std::chrono::hours(500'000)};

// Every node with a budget of money for the day and the month, and all three rates: more than most would configure.
NodeLimits all_limits() {
  constexpr std::int64_t kPlenty = std::int64_t{1} << 50;
  return {{{Period::kDay, kPlenty, kPlenty}, {Period::kMonth, kPlenty, kPlenty}}, {kPlenty, kPlenty, kPlenty}};
}

QuotaTree make_tree(const NodeLimits& key_limits) {
  QuotaDefinition definition;
  definition.nodes = {{"org", "", all_limits(), {}}, {"team", "org", all_limits(), {}}};
  definition.nodes.push_back({"key", "team", key_limits, all_limits()});
  return std::move(*QuotaTree::create(definition, {}, kWall, base::MonoTime{1h}));
}

void admit_and_settle(benchmark::State& state) {
  QuotaTree tree = make_tree(all_limits());
  base::MonoTime mono{1h};
  const NodeRef leaf = tree.end_user(*tree.find("key"), "alice", kWall, mono);
  for (auto _ : state) {
    mono += 10us;
    const auto id = tree.admit(leaf, {5'000, 1'200, 1}, kWall, mono);
    benchmark::DoNotOptimize(tree.settle(*id, {3'000, 700}, mono));
  }
}
BENCHMARK(admit_and_settle);

void admit_and_settle_budgets_only(benchmark::State& state) {
  QuotaDefinition definition;
  const NodeLimits monthly{{{Period::kMonth, std::int64_t{1} << 50, {}}}, {}};
  definition.nodes = {{"org", "", monthly, {}},
                      {"team", "org", monthly, {}},
                      {"key", "team", monthly, {}},
                      {"sub", "key", monthly, {}}};
  QuotaTree tree = std::move(*QuotaTree::create(definition, {}, kWall, base::MonoTime{1h}));
  const NodeRef leaf = *tree.find("sub");
  for (auto _ : state) {
    const auto id = tree.admit(leaf, {5'000, 1'200, 1}, kWall, base::MonoTime{1h});
    benchmark::DoNotOptimize(tree.settle(*id, {3'000, 700}, base::MonoTime{1h}));
  }
}
BENCHMARK(admit_and_settle_budgets_only);

void find_key_and_end_user(benchmark::State& state) {
  QuotaTree tree = make_tree(all_limits());
  for (auto _ : state) {
    const NodeRef key = *tree.find("key");
    benchmark::DoNotOptimize(tree.end_user(key, "alice", kWall, base::MonoTime{1h}));
  }
}
BENCHMARK(find_key_and_end_user);

void deny(benchmark::State& state) {
  NodeLimits none = all_limits();
  none.budgets[0].nanos = 0;
  QuotaTree tree = make_tree(none);
  const NodeRef leaf = *tree.find("key");
  for (auto _ : state) benchmark::DoNotOptimize(tree.admit(leaf, {5'000, 1'200, 1}, kWall, base::MonoTime{1h}));
}
BENCHMARK(deny);

}  // namespace
}  // namespace pointsman::limits
