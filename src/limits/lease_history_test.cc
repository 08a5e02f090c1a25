// Random histories of several replicas that spend from one pool of budgets: lost questions and answers, replicas cut
// off and dead, leases that end, late settlements, new periods. Checked against what was truly spent.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/rng.h"
#include "limits/quota_tree.h"
#include "limits/testing_lease_pool.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using testing_support::book_name;
using testing_support::LeaseBook;
using testing_support::PoolFault;
using testing_support::PoolSeat;

constexpr int kReplicas = 3;
constexpr int kSteps = 6'000;

enum class Troubles : std::uint8_t { kLostMessages, kCutOff, kDeaths };

// What was truly spent and is open, of one account.
struct Truth {
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
};

class LeaseHistory {
 public:
  LeaseHistory(std::uint64_t seed, Troubles troubles) : rng_(seed), troubles_(troubles) {
    definition_.shared_budgets = true;
    definition_.nodes = {{"acme", "", {{{Period::kDay, between(50, 400) * 1'000, between(200, 900) * 1'000}}, {}}, {}},
                         {"one", "acme", {{{Period::kHour, between(10, 80) * 1'000, {}}}, {}}, {}},
                         {"two", "acme", {}, {}}};
    for (int i = 0; i < kReplicas; ++i) start(i);
  }

  void run() {
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) step();
    if (!testing::Test::HasFailure()) settle_down();
  }
  int admitted() const { return admitted_; }
  int refused() const { return refused_; }

 private:
  struct Call {
    ReservationId id;
    std::vector<std::string> accounts;
    std::vector<std::int64_t> amounts;
    std::int64_t nanos = 0;
    std::int64_t tokens = 0;
  };
  struct Replica {
    std::optional<QuotaTree> tree;
    std::unique_ptr<PoolSeat> seat;
    std::vector<Call> open;
    int holder = 0;
    base::MonoTime cut_off{};  // until then
  };

  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }

  void start(int i) {
    Replica& replica = replicas_[i];
    auto made = QuotaTree::create(definition_, {4096, 100}, wall_, mono_);
    ASSERT_TRUE(made.has_value()) << made.error().message();
    replica.tree.emplace(std::move(*made));
    replica.holder = ++holders_;
    replica.seat = std::make_unique<PoolSeat>(book_, replica.holder);
  }

  void step() {
    pass_time();
    Replica& replica = replicas_[rng_.below(kReplicas)];
    const auto what = rng_.below(10);
    if (what < 5) ask(replica);
    if (what >= 5 && what < 8 && !replica.open.empty()) end_one(replica, rng_.below(replica.open.size()));
    if (what >= 8) round(replica);
    if (troubles_ != Troubles::kLostMessages && one_in(400)) replica.cut_off = mono_ + 1s * between(1, 90);
    if (troubles_ == Troubles::kDeaths && one_in(600)) die(static_cast<int>(&replica - replicas_.data()));
    check();
  }

  void pass_time() {
    std::chrono::microseconds time(between(0, 100'000));
    if (one_in(300)) time = 1s * between(1, 40);
    if (one_in(1'500)) time = 60s * between(10, 70);
    while (troubles_ == Troubles::kLostMessages && time > 1s) {  // nothing ends unheard
      const auto part = std::min<std::chrono::microseconds>(time, 5s);
      wall_ += part;
      mono_ += part;
      time -= part;
      for (Replica& replica : replicas_) round(replica, PoolFault::kNone);
    }
    wall_ += time;
    mono_ += time;
  }

  std::string account(const std::string& node, Period period, LimitKind limit) const {
    return book_name({node, period, period_at(period, wall_, definition_.zone), limit});
  }

  void ask(Replica& replica) {
    const bool of_one = one_in(2);
    Call call;
    call.nanos = between(0, 20) * (one_in(20) ? 200 : 20);
    call.tokens = between(0, 1'000);
    call.accounts = {account("acme", Period::kDay, LimitKind::kMoney),
                     account("acme", Period::kDay, LimitKind::kTokens)};
    call.amounts = {call.nanos, call.tokens};
    if (of_one) {
      call.accounts.push_back(account("one", Period::kHour, LimitKind::kMoney));
      call.amounts.push_back(call.nanos);
    }
    const NodeRef leaf = *replica.tree->find(of_one ? "one" : "two");
    const Demand demand{call.nanos, call.tokens, 1};
    auto got = replica.tree->admit(leaf, demand, wall_, mono_);
    if (!got && !got.error().slice_short) check_used_up(got.error());
    if (!got && got.error().slice_short && round(replica)) {
      got = replica.tree->admit(leaf, demand, wall_, mono_, Asked::kJustNow);
      if (!got && !got.error().slice_short) check_final(replica, got.error());
    }
    ++(got ? admitted_ : refused_);
    if (!got) return;
    call.id = *got;
    for (std::size_t i = 0; i < call.accounts.size(); ++i) truth_[call.accounts[i]].reserved += call.amounts[i];
    replica.open.push_back(std::move(call));
  }

  // One exchange with the pool. False: the replica has not heard its answer.
  bool round(Replica& replica) {
    PoolFault fault = PoolFault::kNone;
    if (one_in(10)) fault = one_in(2) ? PoolFault::kNotHeard : PoolFault::kAnswerLost;
    return round(replica, mono_ < replica.cut_off ? PoolFault::kNotHeard : fault);
  }
  bool round(Replica& replica, PoolFault fault) {
    const auto asks = replica.tree->lease_asks(terms_, LeaseEnd::kGoOn, 100, wall_, mono_);
    PoolSeat& seat = *replica.seat;
    seat.now = mono_;
    seat.fault = fault;
    const int returns = all_returns();
    auto answers = seat.renew(asks, terms_.time);
    for (std::size_t i = 0; answers && i < asks.size(); ++i) {
      if ((*answers)[i].known) continue;
      EXPECT_TRUE(seat.define(asks[i], 0));
    }
    if (answers && std::ranges::any_of(*answers, [](const LeaseAnswer& one) { return !one.known; })) {
      answers = seat.renew(asks, terms_.time);
    }
    if (all_returns() != returns) returned_ = mono_;
    if (!answers) return false;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      replica.tree->hear(asks[i], (*answers)[i], mono_ + terms_.time, wall_, mono_);
    }
    return true;
  }
  int all_returns() {
    int sum = 0;
    for (const auto& [name, row] : book_.rows()) sum += row.returns;
    return sum;
  }

  // A refusal that is final is not made while the pool has room, or others could give back what they do not use.
  void check_final(const Replica& replica, const Denial& denial) {
    ASSERT_TRUE(denial.period.has_value());
    const auto& row = book_.rows().at(account(denial.node, *denial.period, denial.limit));
    if (denial.asked > denial.maximum) return;
    const std::string name = account(denial.node, *denial.period, denial.limit);
    std::int64_t room = std::max<std::int64_t>(0, row.left());
    for (const auto& [holder, lease] : row.leases) {
      if (holder != replica.holder) room += lease.amount - lease.reserved;
      if (holder == replica.holder) room += lease.amount - reserved_by(replica, name);
    }
    ASSERT_GT(denial.asked, room) << denial.node;
  }

  static std::int64_t reserved_by(const Replica& replica, const std::string& name) {
    std::int64_t sum = 0;
    for (const Call& call : replica.open) {
      const auto at = std::ranges::find(call.accounts, name);
      if (at != call.accounts.end()) sum += call.amounts[static_cast<std::size_t>(at - call.accounts.begin())];
    }
    return sum;
  }

  // Refused without a question, by what was heard less than a second ago.
  void check_used_up(const Denial& denial) {
    ASSERT_TRUE(denial.period.has_value());
    ASSERT_GT(denial.used + denial.asked, denial.maximum);
    const std::string name = account(denial.node, *denial.period, denial.limit);
    if (returned_ + 1s < mono_) ASSERT_LE(denial.used, book_.rows().at(name).used + truth_[name].spent) << name;
  }

  void end_one(Replica& replica, std::size_t place) {
    const Call call = replica.open[place];
    replica.open[place] = replica.open.back();
    replica.open.pop_back();
    const auto fate = rng_.below(10);
    Actual actual{between(0, call.nanos), between(0, call.tokens)};
    if (fate == 0) actual = {};
    if (fate == 1) actual = {0, 0};
    const Settlement settled = replica.tree->settle(call.id, actual, mono_);
    ASSERT_TRUE(settled.found);
    charge(call, settled.nanos, settled.tokens);
  }
  void charge(const Call& call, std::int64_t nanos, std::int64_t tokens) {
    for (std::size_t i = 0; i < call.accounts.size(); ++i) {
      Truth& truth = truth_[call.accounts[i]];
      truth.reserved -= call.amounts[i];
      truth.spent += i == 1 ? tokens : nanos;
    }
  }

  // Calls that were under way may have cost anything that was reserved for them.
  void die(int i) {
    for (const Call& call : replicas_[i].open) charge(call, between(0, call.nanos), between(0, call.tokens));
    replicas_[i] = {};
    start(i);
  }

  // I7. What a lease that ended had reserved is released, and may be spent by others.
  void check() {
    for (const auto& [name, truth] : truth_) {
      const auto& row = book_.rows().at(name);
      ASSERT_LE(truth.spent + truth.reserved, row.maximum + row.released) << name;
      ASSERT_LE(row.used + row.leased(), row.maximum + row.released) << name;
      // Of books that are older than the last two, nobody renews the leases.
      if (troubles_ == Troubles::kLostMessages && is_of_today(name)) ASSERT_EQ(row.released, 0) << name;
    }
  }

  bool is_of_today(const std::string& name) const {
    const PeriodSpan today = period_at(Period::kDay, wall_, definition_.zone);
    return name.starts_with("day") && name.ends_with(std::to_string(today.begin.time_since_epoch().count()));
  }

  // Everybody ends, tells, and gives back: then the pool knows the truth, but for the dead.
  void settle_down() {
    for (Replica& replica : replicas_) {
      replica.cut_off = {};
      while (!replica.open.empty() && !testing::Test::HasFailure()) end_one(replica, 0);
    }
    for (int i = 0; i < 200; ++i) {
      mono_ += 1s;
      wall_ += 1s;
      for (Replica& replica : replicas_) round(replica);
    }
    for (const auto& [name, truth] : truth_) {
      if (!is_of_today(name)) continue;
      const auto& row = book_.rows().at(name);
      EXPECT_EQ(row.leased(), 0) << name;
      if (troubles_ != Troubles::kDeaths) EXPECT_EQ(row.used, truth.spent) << name;
    }
  }

  base::Rng rng_;
  const Troubles troubles_;
  QuotaDefinition definition_;
  const LeaseTerms terms_;
  base::WallTime wall_ = std::chrono::sys_days(std::chrono::year(2026) / 5 / 13) + 1h;
  base::MonoTime mono_{1h};
  base::MonoTime returned_{};  // when a holder that had been given up came back: less is used since
  LeaseBook book_;
  std::array<Replica, kReplicas> replicas_;
  std::map<std::string, Truth> truth_;
  int holders_ = 0;
  int admitted_ = 0;
  int refused_ = 0;
};

class LeaseHistories : public testing::TestWithParam<Troubles> {};

TEST_P(LeaseHistories, NothingIsOverspentAndNothingIsRefusedThatThePoolHasRoomFor) {
  int admitted = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    LeaseHistory history(seed, GetParam());
    history.run();
    admitted += history.admitted();
    refused += history.refused();
  }
  EXPECT_GT(admitted, 10'000) << "the histories must try both";
  EXPECT_GT(refused, 1'000);
}

INSTANTIATE_TEST_SUITE_P(Troubles, LeaseHistories,
                         testing::Values(Troubles::kLostMessages, Troubles::kCutOff, Troubles::kDeaths));

}  // namespace
}  // namespace pointsman::limits
