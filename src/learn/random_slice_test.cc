#include "learn/random_slice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

base::Uuid id_of(std::uint64_t number) {
  base::Uuid id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

TEST(RandomSlice, DrawsAreTheSameForAnIdAndEvenOverIds) {
  EXPECT_EQ(slice_draw(id_of(7), 1), slice_draw(id_of(7), 1));
  EXPECT_NE(slice_draw(id_of(7), 1), slice_draw(id_of(7), 2));
  int below = 0;
  constexpr int kIds = 20'000;
  for (std::uint64_t i = 0; i < kIds; ++i) {
    const double draw = slice_draw(id_of(i), 1);
    ASSERT_GE(draw, 0);
    ASSERT_LT(draw, 1);
    below += draw < 0.1 ? 1 : 0;
  }
  EXPECT_NEAR(below, 2000, 5 * std::sqrt(kIds * 0.1 * 0.9));
}

TEST(RandomSlice, RateIsLabelsByDecisionsAndAtMostOne) {
  EXPECT_DOUBLE_EQ(slice_rate(5, 500), 0.01);
  EXPECT_DOUBLE_EQ(slice_rate(5, 3), 1);
  EXPECT_DOUBLE_EQ(slice_rate(5, 0), 1);
  EXPECT_DOUBLE_EQ(slice_rate(0, 10), 0);
  EXPECT_DOUBLE_EQ(slice_rate(-1, 10), 0);
}

TEST(RandomSlice, CountsMembersBelowTheFirstThatWaits) {
  using enum SliceAnswer;
  const std::vector<SliceMember> members = {{0.01, kRight},   {0.04, kWaiting}, {0.02, kWrong},
                                            {0.03, kUnknown}, {0.05, kRight},   {0.06, kWaiting}};
  const SliceEstimate out = estimate_from_slice(members, 0.1);
  EXPECT_DOUBLE_EQ(out.rate, 0.04);
  EXPECT_EQ(out.right.hits, 1U);
  EXPECT_EQ(out.right.of, 2U);
  EXPECT_EQ(out.unknown, 1U);
}

TEST(RandomSlice, LeavesOutMembersThatBelongedAtALargerRateOnly) {
  using enum SliceAnswer;
  const std::vector<SliceMember> members = {{0.01, kRight}, {0.2, kRight}};
  EXPECT_EQ(estimate_from_slice(members, 0.1).right.of, 1U);
  EXPECT_EQ(estimate_from_slice({}, 0.1).right.of, 0U);
  EXPECT_DOUBLE_EQ(estimate_from_slice({}, 0.1).high, 1);
}

TEST(RandomSlice, IntervalHoldsWhateverTheUnknownOnesWere) {
  using enum SliceAnswer;
  std::vector<SliceMember> members(80, {0.01, kRight});
  members.resize(100, {0.02, kWrong});
  const SliceEstimate sure = estimate_from_slice(members, 0.1);
  EXPECT_DOUBLE_EQ(sure.low, sure.right.low());
  for (std::size_t i = 0; i < 10; ++i) members[i].answer = kUnknown;
  const SliceEstimate out = estimate_from_slice(members, 0.1);
  EXPECT_LT(out.low, sure.low);
  EXPECT_DOUBLE_EQ(out.high, sure.high);
}

// The claim itself: with answers that depend on what a decision is about, and members that wait, the estimate is right
// on average, and its interval holds the truth about 95 times in 100.
TEST(RandomSlice, EstimatesWithoutBiasWhileSomeStillWait) {
  constexpr int kRuns = 400;
  constexpr std::uint64_t kDecisions = 3000;
  constexpr std::size_t kAsked = 120;
  double error = 0;
  int held = 0;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    base::Rng rng(run);
    std::vector<SliceMember> members;
    std::size_t right = 0;
    for (std::uint64_t i = 0; i < kDecisions; ++i) {
      const bool is_right = rng.uniform() < (i % 3 == 0 ? 0.5 : 0.95);
      right += is_right ? 1 : 0;
      const double draw = slice_draw(id_of(run * kDecisions + i), 9);
      if (draw < 0.08) members.push_back({draw, is_right ? SliceAnswer::kRight : SliceAnswer::kWrong});
    }
    // Asked in the order of their draws, as far as there was time.
    std::ranges::sort(members, {}, &SliceMember::draw);
    for (std::size_t i = kAsked; i < members.size(); ++i) members[i].answer = SliceAnswer::kWaiting;
    const SliceEstimate out = estimate_from_slice(members, 0.08);
    const double truth = static_cast<double>(right) / kDecisions;
    error += out.right.value() - truth;
    held += out.low <= truth && truth <= out.high ? 1 : 0;
  }
  EXPECT_NEAR(error / kRuns, 0, 5 * 0.4 / std::sqrt(120.0 * kRuns));
  EXPECT_GE(held, kRuns * 92 / 100);
}

}  // namespace
}  // namespace pointsman::learn
