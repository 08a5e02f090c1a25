// Random histories of a quota tree against a model that is written another way: 200 seeds of 10,000 requests each, with
// disconnects, failures, deaths of the process, new periods and new definitions.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "limits/testing_quota_model.h"
#include "limits/testing_tzif.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using testing_support::ModelBook;
using testing_support::ModelNode;
using testing_support::QuotaModel;

constexpr int kRequests = 10'000;
constexpr std::int64_t kCent = 10'000'000;

// One seed's story. Every step is checked; the first difference ends it.
class History {
 public:
  explicit History(std::uint64_t seed) : rng_(seed), zone_(random_zone()), model_(zone_) {
    wall_ = std::chrono::sys_days(std::chrono::year(2026) / 3 / 27) + std::chrono::seconds(rng_.below(86'400));
    model_.see(wall_, mono_);
    define();
    start();
  }

  void run() {
    for (requests_ = 0; requests_ < kRequests && !testing::Test::HasFailure();) step();
    while (!open_.empty() && !testing::Test::HasFailure()) end_one(open_.size() - 1);
    compare();
    EXPECT_EQ(tree_->open_reservations(), 0U) << "a reservation has leaked";
  }

  int admitted() const { return admitted_; }
  int denied() const { return requests_ - admitted_; }

 private:
  struct Open {
    ReservationId id;
    std::size_t call = 0;
  };

  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }

  TimeZone random_zone() {
    const std::string_view rules[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<-04>4<-03>,M9.1.6/24,M4.1.6/24"};
    return *TimeZone::parse(testing_support::rule_zone(rules[rng_.below(std::size(rules))]), "test");
  }

  NodeLimits random_limits(std::int64_t scale) {
    NodeLimits limits;
    for (const Period period : testing_support::kPeriods) {
      if (!one_in(4)) continue;
      const std::int64_t size = scale * (1 + 3 * static_cast<std::int64_t>(period)) * between(1, 4);
      BudgetDefinition budget{period, {}, {}};
      if (!one_in(3)) budget.nanos = size * 20 * kCent;
      if (!budget.nanos || one_in(3)) budget.tokens = size * 20'000;
      limits.budgets.push_back(budget);
    }
    if (one_in(3)) limits.rates.requests_per_minute = scale * between(4, 30);
    if (one_in(3)) limits.rates.tokens_per_minute = scale * between(5'000, 30'000);
    if (one_in(3)) limits.rates.concurrent_requests = scale * between(1, 10);
    return limits;
  }

  // Organisations, teams and keys; some are left out, others come back.
  void define() {
    definition_ = {};
    definition_.zone = zone_;
    definition_.unknown_price = one_in(2) ? UnknownPrice::kAllow : UnknownPrice::kReject;
    keys_.clear();
    for (const std::string organisation : {"a", "b"}) {
      if (organisation == "b" && one_in(3)) continue;
      definition_.nodes.push_back({organisation, "", random_limits(12), {}});
      for (const char team : {'1', '2', '3'}) {
        if (one_in(4)) continue;
        const std::string name = organisation + team;
        definition_.nodes.push_back({name, organisation, random_limits(4), {}});
        if (one_in(2)) definition_.nodes.back().end_users = random_limits(1);
        for (const char key : {'x', 'y'}) {
          if (one_in(4)) continue;
          definition_.nodes.push_back({name + key, name, random_limits(2), {}});
          keys_.push_back(name + key);
        }
      }
    }
    if (keys_.empty()) keys_.push_back("a");
    model_.define(definition_);
  }

  void start() {
    auto made = QuotaTree::create(definition_, {4096, 1000}, wall_, mono_);
    ASSERT_TRUE(made.has_value()) << made.error().message();
    tree_.emplace(std::move(*made));
    restore();
  }

  // What the owner does with the sums of its ledger.
  void restore() {
    for (const MissingSpend& missing : tree_->missing_spend(wall_)) {
      const ModelBook& book = model_.nodes().at(missing.node).book(missing.period, missing.span.begin);
      ASSERT_TRUE(
          tree_->restore(missing.node, missing.period, missing.span.begin, book.money.spent, book.tokens.spent));
    }
    for (auto& [name, node] : model_.nodes()) {
      if (name.find(kEndUserMark) == std::string::npos) continue;
      for (const Period period : testing_support::kPeriods) {
        const ModelBook& book = node.book(period, model_.begin_of(period));
        if (book.money.spent + book.tokens.spent > 0) restore_end_user(name, period, book);
      }
    }
  }

  void restore_end_user(const std::string& name, Period period, const ModelBook& book) {
    if (tree_->restore(name, period, book.begin, book.money.spent, book.tokens.spent)) model_.make_live(name);
  }

  void step() {
    pass_time();
    if (one_in(1'500)) die();
    if (one_in(800)) {
      define();
      ASSERT_TRUE(tree_->reconfigure(definition_, wall_, mono_));
      restore();
      compare();
    }
    if (open_.empty() || !one_in(2)) {
      ask();
    } else {
      end_one(rng_.below(open_.size()));
    }
    if (one_in(100)) compare();
  }

  void pass_time() {
    std::chrono::microseconds time(between(0, 600'000));
    if (one_in(400)) time = std::chrono::microseconds(between(1, 20'000'000'000));
    if (one_in(2'000)) time += 24h * between(1, 9);
    wall_ += time;
    mono_ += time;
    model_.see(wall_, mono_);
  }

  void die() {
    model_.die();
    open_.clear();
    start();
  }

  Demand random_demand() {
    Demand demand{between(0, 30) * kCent / 10, between(0, 3'000), one_in(10) ? 0 : 1};
    if (one_in(20)) demand.nanos.reset();
    if (one_in(100)) demand = {between(100, 10'000) * kCent, between(10'000, 1'000'000), 1};
    return demand;
  }

  void ask() {
    ++requests_;
    std::string leaf = keys_[rng_.below(keys_.size())];
    NodeRef node = tree_->find(leaf).value_or(NodeRef{});
    if (one_in(2)) {
      const std::string user(1, static_cast<char>('p' + rng_.below(4)));
      node = tree_->end_user(node, user, wall_, mono_);
      leaf += kEndUserMark + user;
    }
    const Demand demand = random_demand();
    const auto path = model_.path(leaf);
    const bool fits = model_.fits(path, demand);
    const auto outcome = tree_->admit(node, demand, wall_, mono_);
    ASSERT_EQ(outcome.has_value(), fits) << "request " << requests_ << " of " << leaf << ", "
                                         << (outcome ? "admitted" : to_string(outcome.error().limit));
    if (!fits) return check_denial(outcome.error());
    ++admitted_;
    open_.push_back({*outcome, model_.open(path, demand)});
    check_invariant(path);
  }

  // It names a limit that is exceeded, and the first instant at which it is not.
  void check_denial(const Denial& denial) {
    if (denial.limit == LimitKind::kUnknownPrice) return;
    ASSERT_GT(denial.used + denial.reserved + denial.asked, denial.maximum);
    if (denial.recovery != Recovery::kAfter) return;
    ASSERT_GT(denial.retry_after, 0ns);
    if (denial.period) {
      ASSERT_EQ(denial.retry_after, period_at(*denial.period, wall_, zone_).end - wall_);
    } else {
      ASSERT_TRUE(model_.rate_fits(denial, mono_ + denial.retry_after));
      ASSERT_FALSE(model_.rate_fits(denial, mono_ + denial.retry_after - 1ns));
    }
  }

  // I7: spent <= budget + open reservations, at every instant.
  void check_invariant(const std::vector<ModelNode*>& path) {
    for (ModelNode* node : path) {
      for (const BudgetDefinition& budget : node->limits.budgets) {
        const ModelBook& book = node->book(budget.period, model_.begin_of(budget.period));
        if (budget.nanos) ASSERT_TRUE(book.money.within(*budget.nanos));
        if (budget.tokens) ASSERT_TRUE(book.tokens.within(*budget.tokens));
      }
    }
  }

  // Success, disconnect (nothing is known), failure (nothing is charged).
  void end_one(std::size_t place) {
    const Open ending = open_[place];
    open_[place] = open_.back();
    open_.pop_back();
    const auto& call = model_.call(ending.call);
    Actual actual{between(0, call.nanos), between(0, call.tokens)};
    if (!call.priced) actual.nanos = between(0, kCent);
    const auto fate = rng_.below(10);
    if (fate == 0) actual = {};
    if (fate == 1) actual = {0, 0};
    if (fate == 2) actual.nanos.reset();
    const Settlement settled = fate == 1 ? tree_->release(ending.id, mono_) : tree_->settle(ending.id, actual, mono_);
    ASSERT_TRUE(settled.found);
    ASSERT_EQ(settled.nanos, actual.nanos.value_or(call.nanos));
    ASSERT_EQ(settled.tokens, actual.tokens.value_or(call.tokens));
    model_.close(ending.call, settled.nanos, settled.tokens);
    if (one_in(50)) ASSERT_FALSE(tree_->settle(ending.id, actual, mono_).found) << "settled twice";
  }

  void compare() {
    for (const NodeReport& report : tree_->report(wall_)) {
      ModelNode& node = model_.nodes().at(report.name);
      ASSERT_EQ(report.open_requests, node.open_requests) << report.name;
      for (const BudgetReport& budget : report.current) {
        const ModelBook& book = node.book(budget.period, budget.span.begin);
        ASSERT_EQ(budget.money.spent, book.money.spent) << report.name << ' ' << to_string(budget.period);
        ASSERT_EQ(budget.tokens.spent, book.tokens.spent) << report.name << ' ' << to_string(budget.period);
        ASSERT_EQ(budget.money.reserved, book.money.reserved) << report.name << ' ' << to_string(budget.period);
        ASSERT_EQ(budget.tokens.reserved, book.tokens.reserved) << report.name << ' ' << to_string(budget.period);
      }
    }
    ASSERT_EQ(tree_->open_reservations(), open_.size());
    static_cast<void>(tree_->take_events());
  }

  base::Rng rng_;
  TimeZone zone_;
  QuotaModel model_;
  base::WallTime wall_;
  base::MonoTime mono_{1h};
  QuotaDefinition definition_;
  std::vector<std::string> keys_;
  std::optional<QuotaTree> tree_;
  std::vector<Open> open_;
  int requests_ = 0;
  int admitted_ = 0;
};

class QuotaHistory : public testing::TestWithParam<int> {};

TEST_P(QuotaHistory, KeepsEveryBudgetRefusesNothingThatFitsAndLeaksNothing) {
  constexpr std::uint64_t kSeedsEach = 25;
  std::int64_t admitted = 0;
  std::int64_t denied = 0;
  for (std::uint64_t i = 0; i < kSeedsEach && !HasFailure(); ++i) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * kSeedsEach + i;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    History history(seed);
    history.run();
    admitted += history.admitted();
    denied += history.denied();
  }
  EXPECT_GT(admitted, 25'000) << "the histories must try both";
  EXPECT_GT(denied, 25'000);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QuotaHistory, testing::Range(0, 8));

}  // namespace
}  // namespace pointsman::limits
