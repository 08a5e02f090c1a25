// What the tests of risk control rest on: synthetic classifiers whose true risk is known exactly.
#include "learn/risk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "learn/testing_calls.h"

namespace pointsman::learn {
namespace {

using test::calls_from;
using test::true_risk;

const std::vector<std::string> kNames{"a", "b", "c", "d"};
const LossMatrix kAny = LossMatrix::any_mistake(kNames);

std::vector<Call> all_alike(std::size_t n, float probability, float loss) {
  return std::vector<Call>(n, Call{.category = 1, .probability = probability, .loss = loss});
}

TEST(Risk, NoRowsCertifyNothingAndSayHowManyWould) {
  const Certified out = certify(ThresholdPath::plain(kAny), {}, {}, LossKind::kZeroOne);
  EXPECT_FALSE(out.certified);
  EXPECT_EQ(out.thresholds, std::vector<float>(4, kNeverKept));
  EXPECT_EQ(out.more.if_faultless, 149U);
  EXPECT_EQ(out.more.for_anything, 149U);
  EXPECT_EQ(out.bound, 1);
}

TEST(Risk, OneRowCertifiesNothing) {
  const auto rows = all_alike(1, 0.99F, 0);
  const Certified out = certify(ThresholdPath::plain(kAny), rows, {}, LossKind::kZeroOne);
  EXPECT_FALSE(out.certified);
  EXPECT_EQ(out.kept.hits, 0U);
}

TEST(Risk, FaultlessRowsAreKeptFromTheFirstSizeThatProvesIt) {
  const ThresholdPath path = ThresholdPath::plain(kAny);
  EXPECT_FALSE(certify(path, all_alike(148, 0.9F, 0), {}, LossKind::kZeroOne).certified);
  const Certified out = certify(path, all_alike(149, 0.9F, 0), {}, LossKind::kZeroOne);
  EXPECT_TRUE(out.certified);
  EXPECT_EQ(out.kept.hits, 149U);
  EXPECT_LE(out.bound, 0.02);
  EXPECT_LE(out.thresholds[1], 0.9F);
}

TEST(Risk, RowsThatAreAlwaysWrongAreNeverKept) {
  const Certified out = certify(ThresholdPath::plain(kAny), all_alike(5000, 0.999F, 1), {}, LossKind::kZeroOne);
  EXPECT_FALSE(out.certified);
  EXPECT_EQ(out.thresholds, std::vector<float>(4, kNeverKept));
  EXPECT_FALSE(out.more.for_anything);  // no number of labels makes it right
}

TEST(Risk, ACategoryThatCannotLoseIsKeptWhole) {
  const LossMatrix losses = LossMatrix::under_routing(kNames);
  std::vector<Call> rows = all_alike(400, 0.5F, 1);
  for (std::size_t i = 0; i < 200; ++i) rows[i] = {.category = 3, .probability = 0.3F, .loss = 0};
  const Certified out = certify(ThresholdPath::plain(losses), rows, {}, LossKind::kZeroOne);
  EXPECT_TRUE(out.certified);
  EXPECT_EQ(out.kept.hits, 200U);
  EXPECT_EQ(out.thresholds[3], 0);
  EXPECT_GT(out.thresholds[1], 0.5F);
}

TEST(Risk, TheCertifiedThresholdsKeepWhatTheReportSays) {
  const auto rows = calls_from(7, 3000);
  for (const double risk : {0.01, 0.02, 0.05, 0.1}) {
    const Certified out = certify(ThresholdPath::plain(kAny), rows, {risk, 0.95}, LossKind::kZeroOne);
    ASSERT_TRUE(out.certified);
    std::size_t kept = 0;
    double lost = 0;
    for (const Call& row : rows) {
      if (row.probability < out.thresholds[row.category]) continue;
      ++kept;
      lost += static_cast<double>(row.loss);
    }
    EXPECT_EQ(kept, out.kept.hits);
    EXPECT_DOUBLE_EQ(lost, out.lost);
    EXPECT_LE(out.bound, risk + 1e-9);
    EXPECT_LE(out.p_value, 0.05);
  }
}

TEST(Risk, TheOrderOfTheRowsDoesNotMatter) {
  auto rows = calls_from(3, 1500);
  const ThresholdPath path = ThresholdPath::fit(kAny, rows);
  const Certified first = certify(path, rows, {}, LossKind::kBounded);
  std::mt19937_64 shuffle(1);
  for (int i = 0; i < 5; ++i) {
    std::ranges::shuffle(rows, shuffle);
    const Certified again = certify(ThresholdPath::fit(kAny, rows), rows, {}, LossKind::kBounded);
    EXPECT_EQ(again.thresholds, first.thresholds);
    EXPECT_EQ(again.lost, first.lost);
    EXPECT_EQ(again.bound, first.bound);
  }
}

TEST(Risk, ALooserPromiseKeepsNoLess) {
  const auto rows = calls_from(11, 2000);
  const ThresholdPath path = ThresholdPath::plain(kAny);
  std::size_t before = 0;
  for (const double risk : {0.005, 0.01, 0.02, 0.05, 0.1, 0.5}) {
    const std::size_t kept = certify(path, rows, {risk, 0.95}, LossKind::kZeroOne).kept.hits;
    EXPECT_GE(kept, before);
    before = kept;
  }
  before = rows.size();
  for (const double confidence : {0.5, 0.9, 0.95, 0.99, 0.9999}) {
    const std::size_t kept = certify(path, rows, {0.02, confidence}, LossKind::kZeroOne).kept.hits;
    EXPECT_LE(kept, before);
    before = kept;
  }
}

TEST(Risk, TheNumberOfLabelsItAsksForIsEnough) {
  const auto few = calls_from(5, 140);  // too few for 2 %, whatever they say
  const Certified out = certify(ThresholdPath::plain(kAny), few, {}, LossKind::kZeroOne);
  ASSERT_FALSE(out.certified);
  ASSERT_TRUE(out.more.for_anything);
  int certified = 0;
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    const auto rows = calls_from(seed, *out.more.for_anything + 1);
    certified += certify(ThresholdPath::plain(kAny), rows, {}, LossKind::kZeroOne).certified ? 1 : 0;
  }
  EXPECT_GE(certified, 18);
}

TEST(Risk, MoreLabelsAreExpectedToKeepMoreAndNeverMoreThanAnOracle) {
  const auto rows = calls_from(21, 1500);
  const Certified out = certify(ThresholdPath::plain(kAny), rows, {}, LossKind::kZeroOne);
  ASSERT_EQ(out.more.expected.size(), 3U);
  double before = out.kept.value();
  for (const MoreRows::Expected& one : out.more.expected) {
    EXPECT_GE(one.kept, before);
    EXPECT_LE(one.kept, out.more.reachable.value());
    before = one.kept;
  }
  const Certified with_more =
      certify(ThresholdPath::plain(kAny), calls_from(22, out.more.expected[1].rows), {}, LossKind::kZeroOne);
  EXPECT_NEAR(with_more.kept.value(), out.more.expected[1].kept, 0.05);
}

// The guarantee itself. Fixed seeds; the true risk of any thresholds is known in closed form.
struct Broken {
  int bounds = 0;
  double kept = 0;
};

Broken draw_many(int draws, std::size_t rows, const ThresholdPath& path, const Promise& promise, LossKind kind,
                 bool halve_losses) {
  Broken out;
  for (int i = 0; i < draws; ++i) {
    auto calls = calls_from(static_cast<std::uint64_t>(1000 + i), rows);
    if (halve_losses) {
      for (Call& call : calls) call.loss /= 2;
    }
    const Certified certified = certify(path, calls, promise, kind);
    const double risk = true_risk(certified.thresholds) / (halve_losses ? 2 : 1);
    out.bounds += risk > promise.at_most ? 1 : 0;
    out.kept += certified.kept.value() / draws;
  }
  return out;
}

// Five percent of 600 draws, and three standard errors for the luck of the draws: 30 + 3 sqrt(600 x 0.05 x 0.95) = 46.
constexpr int kDraws = 600;
constexpr int kMostBroken = 46;

TEST(Risk, ThePromiseIsBrokenInAtMostItsShareOfDraws) {
  const ThresholdPath path = ThresholdPath::plain(kAny);
  for (const double risk : {0.01, 0.02, 0.05}) {
    const Broken broken = draw_many(kDraws, 800, path, {risk, 0.95}, LossKind::kZeroOne, false);
    EXPECT_LE(broken.bounds, kMostBroken) << risk;
    EXPECT_GT(broken.bounds, 0) << "so cautious that something is amiss, at " << risk;
    EXPECT_GT(broken.kept, 0.1);
  }
}

TEST(Risk, ThePromiseHoldsAlongAFittedPathToo) {
  const ThresholdPath path = ThresholdPath::fit(kAny, calls_from(1, 4000));
  ASSERT_TRUE(path.fitted());
  const Broken broken = draw_many(kDraws, 800, path, {0.02, 0.95}, LossKind::kZeroOne, false);
  EXPECT_LE(broken.bounds, kMostBroken);
}

TEST(Risk, ThePromiseHoldsForLossesBetweenZeroAndOne) {
  const Broken broken = draw_many(kDraws, 800, ThresholdPath::plain(kAny), {0.02, 0.95}, LossKind::kBounded, true);
  EXPECT_LE(broken.bounds, kMostBroken);
  EXPECT_GT(broken.kept, 0.1);
}

TEST(Risk, AFittedPathKeepsMoreWhenCategoriesDiffer) {
  const ThresholdPath fitted = ThresholdPath::fit(kAny, calls_from(1, 4000));
  const Broken common = draw_many(50, 2000, ThresholdPath::plain(kAny), {0.02, 0.95}, LossKind::kZeroOne, false);
  const Broken shaped = draw_many(50, 2000, fitted, {0.02, 0.95}, LossKind::kZeroOne, false);
  EXPECT_GT(shaped.kept, common.kept);
}

TEST(Risk, CallsCarryTheLossOfTheirTopCategory) {
  const LossMatrix losses = LossMatrix::under_routing(kNames);
  const float probabilities[] = {0.1F, 0.6F, 0.2F, 0.0F};
  const Call call = call_of(losses, probabilities, 2);
  EXPECT_EQ(call.category, 1U);
  EXPECT_EQ(call.probability, 0.6F);
  EXPECT_EQ(call.loss, 1);
  EXPECT_EQ(call_of(losses, probabilities, 0).loss, 0);
}

}  // namespace
}  // namespace pointsman::learn
