#include "watch/canary_trial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

// Simulated conversations: sides by lot, a rate of bad ones for each side, costs that are mostly small.
struct Traffic {
  double bad_rate = 0.05;
  double times_worse = 1;
  double times_dearer = 1;
};

CanaryOptions options_with(double share, double most_money) {
  CanaryOptions out;
  out.share = share;
  out.most_money = most_money;
  return out;
}

CanaryTrial trial_of(const CanaryOptions& options) {
  auto out = CanaryTrial::begin(options);
  EXPECT_TRUE(out) << out.error().message();
  return *out;
}

CanaryDecision one_conversation(CanaryTrial& trial, const Traffic& traffic, base::Rng& rng) {
  const std::uint64_t id = rng.next();
  const Arm arm = arm_of(id, trial.options().share, 7);
  const bool canary = arm == Arm::kCanary;
  if (rng.uniform() < traffic.bad_rate * (canary ? traffic.times_worse : 1)) trial.saw_trouble(id, arm);
  const double cost = -std::log(1 - rng.uniform()) * (canary ? traffic.times_dearer : 1);
  return trial.saw_end(arm, cost);
}

// How many of `runs` trials were stopped within `conversations`.
int stopped(int runs, int conversations, const CanaryOptions& options, const Traffic& traffic) {
  int out = 0;
  for (int run = 0; run < runs; ++run) {
    base::Rng rng(static_cast<std::uint64_t>(run) + 1);
    CanaryTrial trial = trial_of(options);
    for (int i = 0; i < conversations; ++i) {
      if (one_conversation(trial, traffic, rng) != CanaryDecision::kStop) continue;
      ++out;
      break;
    }
  }
  return out;
}

TEST(CanaryTrial, StopsACanaryAtTheMarginsNoMoreOftenThanItStates) {
  CanaryOptions options = options_with(0.2, 20);
  options.trouble_alpha = 0.1;
  options.money_alpha = 0.1;
  const int runs = 400;
  // Of 400 runs with chance 0.1 each, more than 58 come with a probability below 0.2 %.
  EXPECT_LE(
      stopped(runs, 3000, options, {.bad_rate = 0.1, .times_worse = 1 + options.trouble_margin, .times_dearer = 0.5}),
      58);
  EXPECT_LE(
      stopped(runs, 3000, options, {.bad_rate = 0.02, .times_worse = 0.5, .times_dearer = 1 + options.money_margin}),
      58);
}

TEST(CanaryTrial, StopsACanaryThatIsThreeTimesAsBadOrTwiceAsDear) {
  EXPECT_GE(stopped(20, 6000, options_with(0.1, 20), {.times_worse = 3}), 19);
  EXPECT_GE(stopped(20, 6000, options_with(0.1, 20), {.times_dearer = 2}), 19);
}

TEST(CanaryTrial, SaysWhyItStops) {
  CanaryTrial trial = trial_of(options_with(0.1, 0));
  for (std::uint64_t id = 0; id < 100; ++id) trial.saw_trouble(id, Arm::kCanary);
  const CanaryVerdict verdict = trial.verdict();
  EXPECT_EQ(verdict.decision, CanaryDecision::kStop);
  EXPECT_EQ(verdict.ground, CanaryGround::kTrouble);
  EXPECT_TRUE(verdict.worse_trouble.reached);
  EXPECT_GE(verdict.worse_trouble.log_value, verdict.worse_trouble.log_needed);
  EXPECT_NEAR(verdict.worse_trouble.log_needed, std::log(1 / 0.03), 1e-12);
  EXPECT_TRUE(verdict.to_text().starts_with("stopped: more of its conversations go bad")) << verdict.to_text();
}

TEST(CanaryTrial, CountsAConversationThatGoesBadTwiceOnce) {
  CanaryTrial trial = trial_of({});
  for (int i = 0; i < 1000; ++i) trial.saw_trouble(42, Arm::kCanary);
  EXPECT_EQ(trial.counts(Arm::kCanary).bad, 1U);
  EXPECT_EQ(trial.verdict().decision, CanaryDecision::kContinue);
}

TEST(CanaryTrial, IsEnoughWhenBothTestsProveItNoWorse) {
  CanaryOptions options = options_with(0.3, 20);
  options.enough_conversations = 0;
  base::Rng rng(4);
  CanaryTrial trial = trial_of(options);
  int conversations = 0;
  while (one_conversation(trial, {.bad_rate = 0.1, .times_worse = 0.8, .times_dearer = 0.9}, rng) ==
         CanaryDecision::kContinue) {
    ASSERT_LT(++conversations, 50'000);
  }
  EXPECT_EQ(trial.verdict().decision, CanaryDecision::kEnough);
  EXPECT_EQ(trial.verdict().ground, CanaryGround::kProvedNotWorse);
  EXPECT_TRUE(trial.verdict().fine_trouble.reached);
  EXPECT_TRUE(trial.verdict().fine_money.reached);
}

TEST(CanaryTrial, DoesNotCallItProvedThatAnUnacceptableCanaryIsNoWorseMoreOftenThanItStates) {
  CanaryOptions options = options_with(0.2, 0);
  options.enough_alpha = 0.1;
  options.trouble_alpha = 1e-9;  // lest the stop comes first
  options.enough_conversations = 0;
  int proved = 0;
  for (std::uint64_t run = 0; run < 400; ++run) {
    base::Rng rng(run + 1);
    CanaryTrial trial = trial_of(options);
    const Traffic traffic{.bad_rate = 0.1, .times_worse = 1 + options.trouble_acceptable};
    for (int i = 0; i < 3000; ++i) one_conversation(trial, traffic, rng);
    proved += trial.verdict().fine_trouble.reached ? 1 : 0;
  }
  EXPECT_LE(proved, 58);
}

TEST(CanaryTrial, IsEnoughAfterAsManyConversationsAsWereAskedForWithoutCallingItProved) {
  CanaryOptions options = options_with(0.5, 0);
  options.enough_conversations = 10;
  CanaryTrial trial = trial_of(options);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(trial.saw_end(Arm::kCanary, {}), CanaryDecision::kContinue);
  EXPECT_EQ(trial.saw_end(Arm::kChampion, {}), CanaryDecision::kContinue);
  EXPECT_EQ(trial.saw_end(Arm::kCanary, {}), CanaryDecision::kEnough);
  EXPECT_EQ(trial.verdict().ground, CanaryGround::kSeenEnough);
}

TEST(CanaryTrial, StopsAlsoAfterItWasEnoughAndThenForGood) {
  CanaryOptions options = options_with(0.1, 0);
  options.enough_conversations = 1;
  CanaryTrial trial = trial_of(options);
  EXPECT_EQ(trial.saw_end(Arm::kCanary, {}), CanaryDecision::kEnough);
  for (std::uint64_t id = 0; id < 100; ++id) trial.saw_trouble(id, Arm::kCanary);
  EXPECT_EQ(trial.verdict().decision, CanaryDecision::kStop);
  for (std::uint64_t id = 1000; id < 9000; ++id) trial.saw_trouble(id, Arm::kChampion);
  EXPECT_EQ(trial.verdict().decision, CanaryDecision::kStop);
}

TEST(CanaryTrial, KeepsTheFirstReasonOfAStop) {
  CanaryTrial trial = trial_of(options_with(0.5, 5));
  while (trial.saw_end(Arm::kChampion, 1) != CanaryDecision::kStop) trial.saw_end(Arm::kCanary, 3);
  ASSERT_EQ(trial.verdict().ground, CanaryGround::kMoney);
  for (std::uint64_t id = 0; id < 100; ++id) trial.saw_trouble(id, Arm::kCanary);
  EXPECT_TRUE(trial.verdict().worse_trouble.reached);
  EXPECT_EQ(trial.verdict().ground, CanaryGround::kMoney);
}

// Costs that hardly vary betray a small difference soon, if they are compared with what conversations usually cost.
TEST(CanaryTrial, LearnsWhatAConversationUsuallyCosts) {
  base::Rng rng(17);
  CanaryTrial trial = trial_of(options_with(0.2, 20));
  int conversations = 0;
  while (trial.verdict().decision != CanaryDecision::kStop) {
    ASSERT_LT(++conversations, 2000);
    const bool canary = rng.uniform() < 0.2;
    trial.saw_end(canary ? Arm::kCanary : Arm::kChampion, (canary ? 5.75 : 5) + 0.1 * rng.uniform());
  }
}

TEST(CanaryTrial, TakesStrangeCostsForWhatTheyCanMean) {
  CanaryTrial trial = trial_of(options_with(0.1, 5));
  trial.saw_end(Arm::kCanary, std::nan(""));
  EXPECT_EQ(trial.counts(Arm::kCanary).priced, 0U);
  trial.saw_end(Arm::kCanary, -3.0);
  EXPECT_EQ(trial.counts(Arm::kCanary).money, 0);
  trial.saw_end(Arm::kCanary, std::numeric_limits<double>::infinity());
  EXPECT_EQ(trial.counts(Arm::kCanary).money, 5);
  EXPECT_EQ(trial.counts(Arm::kCanary).conversations, 3U);
}

TEST(CanaryTrial, GoesOnFromItsStateAsIfItHadNeverStopped) {
  for (const Traffic& traffic : {Traffic{}, Traffic{.times_worse = 3}, Traffic{.times_dearer = 1.4}}) {
    base::Rng rng(9);
    CanaryTrial whole = trial_of(options_with(0.15, 8));
    CanaryTrial split = whole;
    for (int i = 0; i < 8000; ++i) {
      base::Rng same = rng;
      one_conversation(whole, traffic, rng);
      one_conversation(split, traffic, same);
      if (i % 97 != 0) continue;
      const auto read = CanaryTrial::read(split.write());
      ASSERT_TRUE(read) << read.error().message();
      split = *read;
      ASSERT_EQ(split.write(), whole.write());
    }
    EXPECT_EQ(split.verdict().to_text(), whole.verdict().to_text());
  }
}

TEST(CanaryTrial, RemembersAfterARestartWhichConversationsWentBad) {
  CanaryTrial trial = trial_of({});
  for (std::uint64_t id = 0; id < 1000; ++id) trial.saw_trouble(id, Arm::kChampion);
  auto read = CanaryTrial::read(trial.write());
  ASSERT_TRUE(read) << read.error().message();
  read->saw_trouble(999, Arm::kChampion);
  EXPECT_EQ(read->counts(Arm::kChampion).bad, 1000U);
}

TEST(CanaryTrial, RefusesStatesThatCannotBe) {
  const std::string good = trial_of({}).write();
  ASSERT_TRUE(CanaryTrial::read(good));
  const auto with = [&](std::string_view what, std::string_view instead) {
    std::string out = good;
    const std::size_t at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), instead);
  };
  const std::pair<std::string_view, std::string_view> faults[] = {
      {"canary-1", "canary-2"},
      {"\"share\":0.1", "\"share\":0"},
      {"\"decision\":\"continue\"", "\"decision\":\"stop\""},
      {"\"decision\":\"continue\"", "\"decision\":\"perhaps\""},
      {"\"worse_money\":false", "\"worse_money\":true"},
      {"\"dearer\":[0", "\"dearer\":[0,0"},
      {"\"bad\":0", "\"bad\":3"},
      {"\"bad\":[]", "\"bad\":[\"00\"]"},
      {"\"priced\":0", "\"priced\":1"},
      {"\"ground\":\"none\"", "\"extra\":1"},
  };
  for (const auto& [what, instead] : faults) {
    const auto read = CanaryTrial::read(with(what, instead));
    ASSERT_FALSE(read) << instead;
    EXPECT_FALSE(read.error().message().empty());
  }
}

TEST(CanaryTrial, RefusesOptionsOutOfRangeByName) {
  CanaryOptions options;
  options.share = 1;
  const auto trial = CanaryTrial::begin(options);
  ASSERT_FALSE(trial);
  EXPECT_EQ(trial.error().message(), "share: expected a number from 0.001 to 0.999");
  options = {};
  options.money_margin = std::nan("");
  EXPECT_FALSE(CanaryTrial::begin(options));
}

TEST(CanaryArm, GivesTheShareByLotAndTakesNothingAwayWhenItGrows) {
  int canary = 0;
  for (std::uint64_t id = 0; id < 20'000; ++id) {
    const bool small = arm_of(id, 0.1, 5) == Arm::kCanary;
    canary += small ? 1 : 0;
    if (small) ASSERT_EQ(arm_of(id, 0.2, 5), Arm::kCanary);
  }
  EXPECT_NEAR(canary, 2000, 200);
}

TEST(CanaryArm, IsDrawnAnewForEachTrial) {
  int both = 0;
  for (std::uint64_t id = 0; id < 20'000; ++id) {
    both += arm_of(id, 0.1, 1) == Arm::kCanary && arm_of(id, 0.1, 2) == Arm::kCanary ? 1 : 0;
  }
  EXPECT_NEAR(both, 200, 80);
}

// Copying its bytes copies it: there is no memory of its own that an observation could let grow.
static_assert(std::is_trivially_copyable_v<CanaryTrial>);

}  // namespace
}  // namespace pointsman::watch
