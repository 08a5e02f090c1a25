#include "watch/group_drift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"

namespace pointsman::watch {
namespace {

using Shares = std::vector<double>;

// A few bins that are frequent and many that are rare.
Shares falling_shares(std::size_t bins) {
  Shares out;
  for (std::size_t i = 0; i < bins; ++i) out.push_back(1 / static_cast<double>(i + 1));
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& one : out) one /= sum;
  return out;
}

std::size_t draw(const Shares& shares, base::Rng& rng) {
  double left = rng.uniform();
  for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
    left -= shares[i];
    if (left < 0) return i;
  }
  return shares.size() - 1;
}

std::vector<std::uint32_t> reference(const Shares& shares, int rows, base::Rng& rng) {
  std::vector<std::uint32_t> out(shares.size());
  for (int i = 0; i < rows; ++i) ++out[draw(shares, rng)];
  return out;
}

int requests_until_raised(GroupDrift& group, const Shares& shares, base::Rng& rng, int most) {
  for (int i = 0; i < most; ++i) {
    const std::size_t bin = draw(shares, rng);
    if (group.observe(bin, rng.uniform()) == DriftEvent::kRaised) return i;
  }
  return most;
}

// However few the reference requests: 100 rows leave most of 50 bins empty.
TEST(GroupDrift, RaisesNoMoreFalseAlarmsThanItStatesHoweverFewReferenceRequestsThereAre) {
  constexpr int kStreams = 300;
  constexpr int kRequests = 1500;
  for (const std::size_t bins : {std::size_t{2}, std::size_t{10}, std::size_t{50}}) {
    for (const int rows : {100, 1000}) {
      int raised = 0;
      for (int stream = 0; stream < kStreams; ++stream) {
        base::Rng rng(static_cast<std::uint64_t>(stream) + 1);
        const Shares shares = falling_shares(bins);
        GroupDrift group(reference(shares, rows, rng),
                         {.requests_between_false_alarms = 15'000, .window = 500, .least_figure = 0});
        raised += requests_until_raised(group, shares, rng, kRequests) < kRequests ? 1 : 0;
      }
      // At most a tenth of the streams; 46 of 300 come with a probability below 0.2 %.
      EXPECT_LE(raised, 46) << bins << " bins, " << rows << " rows";
    }
  }
}

// The figures that are usual against drift do not have this property: 0.2 is passed by chance alone.
TEST(GroupDrift, ShowsAFigureThatIsSmallWithoutDriftAlsoWithManyBins) {
  base::Rng rng(2);
  const Shares shares(100, 0.01);
  GroupDrift group(reference(shares, 2000, rng), {});
  requests_until_raised(group, shares, rng, 5000);
  const DriftFigure figure = group.figure();
  EXPECT_LT(figure.index, 2 * figure.chance);
  EXPECT_LT(figure.chance, 0.06);
  EXPECT_FALSE(group.raised());
}

TEST(GroupDrift, NoticesAShareThatDoublesAndNamesItsBin) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Rng rng(seed);
    const Shares before{0.5, 0.2, 0.2, 0.1};
    const Shares after{0.4, 0.2, 0.2, 0.2};
    GroupDrift group(reference(before, 3000, rng), {});
    ASSERT_EQ(requests_until_raised(group, before, rng, 4000), 4000);
    EXPECT_LT(requests_until_raised(group, after, rng, 3000), 1500);
    EXPECT_EQ(group.evidence(), 1);
    for (int i = 0; i < 1000; ++i) group.observe(draw(after, rng), rng.uniform());
    EXPECT_EQ(group.figure().bin, 3U);
    EXPECT_NEAR(group.figure().share_now, 0.2, 0.06);
    EXPECT_GT(group.figure().index, 0.03);
  }
}

TEST(GroupDrift, NoticesWhatNoReferenceRequestEverWas) {
  base::Rng rng(6);
  GroupDrift group(std::vector<std::uint32_t>{0, 2000, 0}, {});
  const Shares after{0.05, 0.95, 0};
  EXPECT_LT(requests_until_raised(group, after, rng, 3000), 600);
  EXPECT_EQ(group.figure().bin, 0U);
}

TEST(GroupDrift, TakesNoNoticeOfDriftThatDoesNotMatterHoweverSureItIs) {
  base::Rng rng(8);
  const Shares before{0.5, 0.5};
  const Shares after{0.56, 0.44};
  const std::vector<std::uint32_t> counts = reference(before, 20'000, rng);
  GroupDrift picky(counts, {.least_figure = 0});
  GroupDrift easy(counts, {.least_figure = 0.1});
  EXPECT_LT(requests_until_raised(picky, after, rng, 20'000), 20'000);
  EXPECT_EQ(requests_until_raised(easy, after, rng, 20'000), 20'000);
}

TEST(GroupDrift, ClearsTheAlarmWhenRequestsLookLikeTheReferenceAgain) {
  base::Rng rng(12);
  const Shares before = falling_shares(8);
  Shares after = before;
  std::swap(after[0], after[7]);
  GroupDrift group(reference(before, 2000, rng), {.window = 500});
  ASSERT_LT(requests_until_raised(group, after, rng, 2000), 300);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(group.observe(draw(after, rng), rng.uniform()), DriftEvent::kNone) << "still drifting after " << i;
  }
  int until_cleared = 0;
  while (group.observe(draw(before, rng), rng.uniform()) != DriftEvent::kCleared) ASSERT_LT(++until_cleared, 5000);
  EXPECT_FALSE(group.raised());
}

TEST(GroupDrift, ShowsInItsFigureWhatOnlyTheDriftBrought) {
  base::Rng rng(16);
  const Shares after{0, 0.8, 0.2, 0};
  GroupDrift group(std::vector<std::uint32_t>{0, 500, 500, 0}, {});
  ASSERT_LT(requests_until_raised(group, after, rng, 2000), 2000);
  for (int i = 0; i < 600; ++i) group.observe(3, rng.uniform());
  EXPECT_EQ(group.figure().bin, 3U);
  EXPECT_EQ(group.figure().share_then, 0);
}

// Each alarm is told by what came since the last one fell: a long drift does not become the usual.
TEST(GroupDrift, NoticesTheSameDriftAgainAsSoonAsTheFirstTime) {
  base::Rng rng(18);
  const Shares before{0.5, 0.2, 0.2, 0.1};
  const Shares after{0.35, 0.2, 0.2, 0.25};
  GroupDrift group(reference(before, 2000, rng), {.window = 500});
  for (int round = 0; round < 3; ++round) {
    ASSERT_LT(requests_until_raised(group, after, rng, 2000), 700) << round;
    for (int i = 0; i < 10'000; ++i) group.observe(draw(after, rng), rng.uniform());
    ASSERT_TRUE(group.raised());
    int calm = 0;
    while (group.observe(draw(before, rng), rng.uniform()) != DriftEvent::kCleared) ASSERT_LT(++calm, 5000);
  }
}

// A drift of about twice the least that matters, whose figure goes up and down by chance.
TEST(GroupDrift, KeepsTheAlarmWhileASmallDriftLasts) {
  base::Rng rng(14);
  const Shares before{0.9, 0.1};
  const Shares after{0.86, 0.14};
  int looks = 0;
  int cleared = 0;
  for (std::uint64_t run = 0; run < 10; ++run) {
    GroupDrift group(reference(before, 10'000, rng), {});
    requests_until_raised(group, after, rng, 20'000);
    ASSERT_TRUE(group.raised());
    for (int i = 0; i < 5000; ++i) cleared += group.observe(draw(after, rng), rng.uniform()) == DriftEvent::kCleared;
    looks += 5;
  }
  EXPECT_LE(cleared, looks / 10);
}

TEST(GroupDrift, WatchesNothingWithoutReference) {
  GroupDrift group(std::vector<std::uint32_t>(5, 0), {});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(group.observe(4, 0.5), DriftEvent::kNone);
  EXPECT_EQ(group.evidence(), 0);
  EXPECT_EQ(group.figure().index, 0);
}

TEST(GroupDrift, StaysInBoundsWhateverTheBinAndTheLot) {
  const double lots[] = {0, std::nextafter(1.0, 0.0), 1, -1, std::nan(""), 1e300};
  for (const auto& counts : {std::vector<std::uint32_t>{0, 0, 7}, {7, 0, 0}, {0, 7, 0}, {1, 0, 4'000'000'000}}) {
    GroupDrift group(counts, {.requests_between_false_alarms = 1e300});
    for (int i = 0; i < 3000; ++i) group.observe(static_cast<std::size_t>(i) % 5, lots[i % 6]);
    EXPECT_TRUE(std::isfinite(group.evidence()));
    EXPECT_TRUE(std::isfinite(group.figure().index));
  }
}

}  // namespace
}  // namespace pointsman::watch
