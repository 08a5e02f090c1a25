#include "learn/review_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "learn/random_slice.h"

namespace pointsman::learn {
namespace {

base::Uuid id_of(std::uint64_t number) {
  base::Uuid id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

ReviewCandidate candidate(std::uint64_t id, std::string_view text, std::vector<float> local) {
  text::FeatureExtractor extractor;
  return {.id = id_of(id), .local = std::move(local), .trace = classify::trace_of({.text = text}, extractor)};
}

std::set<std::size_t> chosen(const std::vector<ReviewItem>& items) {
  std::set<std::size_t> out;
  for (const ReviewItem& one : items) out.insert(one.candidate);
  return out;
}

ReviewOptions ask(std::size_t count) {
  return {.count = count, .random_share = 0};
}

TEST(ReviewQueue, PrefersWhatTheRouterIsUnsureAbout) {
  const std::vector<ReviewCandidate> candidates = {candidate(1, "first thing to say", {0.97F, 0.02F}),
                                                   candidate(2, "quite another matter", {0.5F, 0.48F}),
                                                   candidate(3, "a third subject here", {0.9F, 0.09F})};
  const auto items = choose_for_review(candidates, {}, ask(1));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items.front().candidate, 1U);
  EXPECT_GT(items.front().worth, 0);
  EXPECT_FALSE(items.front().why.empty());
}

TEST(ReviewQueue, CountsWhatBelongsToNoCategoryAsDoubt) {
  const std::vector<ReviewCandidate> candidates = {candidate(1, "first thing to say", {0.6F, 0.39F}),
                                                   candidate(2, "quite another matter", {0.35F, 0.3F})};
  EXPECT_EQ(choose_for_review(candidates, {}, ask(1)).front().candidate, 1U);
}

TEST(ReviewQueue, DoesNotAskForNearCopiesInOneBatch) {
  std::vector<ReviewCandidate> candidates;
  for (std::uint64_t i = 0; i < 20; ++i) {
    candidates.push_back(candidate(i, "please cancel my order number " + std::to_string(1000 + i), {0.5F, 0.5F}));
  }
  candidates.push_back(candidate(30, "how long is the warranty on this toaster", {0.6F, 0.4F}));
  candidates.push_back(candidate(31, "where can somebody park near your shop", {0.6F, 0.4F}));
  const auto items = choose_for_review(candidates, {}, ask(3));
  const auto picked = chosen(items);
  EXPECT_TRUE(picked.contains(20));
  EXPECT_TRUE(picked.contains(21));
}

TEST(ReviewQueue, NeverAsksForTheSameTextTwiceNorForOneThatIsLabelled) {
  const std::vector<ReviewCandidate> candidates = {candidate(1, "Cancel my order", {0.5F, 0.5F}),
                                                   candidate(2, "cancel my  order", {0.5F, 0.5F}),
                                                   candidate(3, "quite another matter", {0.5F, 0.5F})};
  EXPECT_EQ(choose_for_review(candidates, {}, ask(5)).size(), 2U);
  const std::vector<KnownText> known = {{&candidates[2].trace, 0}};
  const auto items = choose_for_review(candidates, known, ask(5));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_NE(items.front().candidate, 2U);
}

TEST(ReviewQueue, PrefersTheTypicalDoubtToTheOddOne) {
  std::vector<ReviewCandidate> candidates = {candidate(1, "zyx wvu tsr qpo nml", {0.34F, 0.33F, 0.33F})};
  for (std::uint64_t i = 2; i < 12; ++i) {
    candidates.push_back(
        candidate(i, "can I pay the bill for heating by card " + std::string(i, 'x'), {0.5F, 0.4F, 0.1F}));
  }
  const auto items = choose_for_review(candidates, {}, ask(1));
  EXPECT_NE(items.front().candidate, 0U);
  EXPECT_EQ(items.front().reason, ReviewReason::kTypical);
}

TEST(ReviewQueue, PrefersWhatIsUnlikeAnythingLabelled) {
  const auto label = candidate(9, "can I pay my heating bill by credit card", {});
  const std::vector<ReviewCandidate> candidates = {candidate(1, "can I pay my water bill by credit card", {0.5F, 0.5F}),
                                                   candidate(2, "the parcel never came to our house", {0.5F, 0.5F})};
  const std::vector<KnownText> known = {{&label.trace, 2}};
  const auto items = choose_for_review(candidates, known, ask(1));
  EXPECT_EQ(items.front().candidate, 1U);
  EXPECT_EQ(items.front().reason, ReviewReason::kNovel);
}

TEST(ReviewQueue, AsksWhereTheStagesDisagreeThoughEachIsSure) {
  std::vector<ReviewCandidate> candidates = {candidate(1, "first thing to say", {0.98F, 0.01F}),
                                             candidate(2, "quite another matter", {0.98F, 0.01F})};
  candidates[0].small_model = {0.97F, 0.02F};
  candidates[1].small_model = {0.02F, 0.97F};
  const auto items = choose_for_review(candidates, {}, ask(1));
  EXPECT_EQ(items.front().candidate, 1U);
  EXPECT_EQ(items.front().reason, ReviewReason::kDisagreement);
}

TEST(ReviewQueue, AsksWhereTheNearestLabelledTextSaysSomethingElse) {
  const auto label = candidate(9, "can I pay my heating bill by credit card", {});
  const std::vector<ReviewCandidate> candidates = {
      candidate(1, "may I pay my heating bill by credit card", {0.98F, 0.01F}),
      candidate(2, "the parcel never came to our house", {0.98F, 0.01F})};
  const std::vector<KnownText> known = {{&label.trace, 1}};
  const auto items = choose_for_review(candidates, known, ask(1));
  EXPECT_EQ(items.front().candidate, 0U);
  EXPECT_EQ(items.front().reason, ReviewReason::kDisagreement);
}

TEST(ReviewQueue, PrefersWhatIsDear) {
  std::vector<ReviewCandidate> candidates = {candidate(1, "first thing to say", {0.5F, 0.5F}),
                                             candidate(2, "quite another matter", {0.5F, 0.5F}),
                                             candidate(3, "a third subject here", {0.5F, 0.5F})};
  candidates[0].at_stake = 0.001;
  candidates[1].at_stake = 0.02;
  candidates[2].at_stake = 0.001;
  const auto items = choose_for_review(candidates, {}, ask(1));
  EXPECT_EQ(items.front().candidate, 1U);
  EXPECT_EQ(items.front().reason, ReviewReason::kCostly);
}

std::vector<ReviewCandidate> many(std::size_t count) {
  std::vector<ReviewCandidate> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    const float p = 0.3F + 0.6F * static_cast<float>(i % 17) / 17;
    const std::string words =
        "word" + std::to_string(i % 40) + " thing" + std::to_string(i % 23) + " n" + std::to_string(i);
    out.push_back(candidate(1000 + i, words, {p, 0.95F - p}));
  }
  return out;
}

TEST(ReviewQueue, RandomSliceIsDrawnByIdAloneAndNeverChosenOtherwise) {
  const auto candidates = many(400);
  const ReviewOptions options{.count = 20, .random_share = 0.2, .slice_rate = 0.1};
  const auto items = choose_for_review(candidates, {}, options);
  ASSERT_EQ(items.size(), 20U);
  std::vector<double> draws;
  for (const ReviewCandidate& one : candidates) draws.push_back(slice_draw(one.id, options.seed));
  std::vector<double> sorted = draws;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].reason == ReviewReason::kRandom, i < 4);
    EXPECT_DOUBLE_EQ(items[i].draw, draws[items[i].candidate]);
    if (i < 4) {
      EXPECT_DOUBLE_EQ(items[i].draw, sorted[i]);
    } else {
      EXPECT_GE(items[i].draw, options.slice_rate);
    }
  }
}

TEST(ReviewQueue, RandomSliceDoesNotDependOnProbabilities) {
  auto candidates = many(400);
  const ReviewOptions options{.count = 20, .random_share = 0.5, .slice_rate = 0.1};
  const auto before = choose_for_review(candidates, {}, options);
  for (ReviewCandidate& one : candidates) one.local = {0.99F, 0.01F};
  const auto after = choose_for_review(candidates, {}, options);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(before[i].candidate, after[i].candidate);
}

// Batches of one or two: a fifth of each would be none, and the slice would never be asked about.
TEST(ReviewQueue, SmallBatchesGiveTheSliceItsShareOverTime) {
  const auto candidates = many(400);
  std::vector<classify::TextTrace> traces(40);
  for (std::size_t i = 0; i < traces.size(); ++i) traces[i].hash = i + 1;
  std::vector<KnownText> known;
  std::int64_t random = 0;
  for (const classify::TextTrace& one : traces) {
    const auto items = choose_for_review(candidates, known, {.count = 1, .random_share = 0.2, .slice_rate = 0.1});
    random += std::ranges::count(items, ReviewReason::kRandom, &ReviewItem::reason);
    known.push_back({&one, 0});
  }
  EXPECT_EQ(random, 8);
}

TEST(ReviewQueue, AsksAboutMoreOfTheSliceWhereNothingElseIsLeft) {
  const auto candidates = many(12);
  const auto items = choose_for_review(candidates, {}, {.count = 12, .random_share = 0.2, .slice_rate = 0.5});
  EXPECT_EQ(chosen(items).size(), 12U);
  std::vector<double> draws;
  for (const ReviewItem& one : items) {
    if (one.reason == ReviewReason::kRandom) draws.push_back(one.draw);
  }
  EXPECT_GT(draws.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(draws)) << "in the order that the estimate needs";
}

TEST(ReviewQueue, GivesSlotsThatTheSliceDoesNotNeedToTheOthers) {
  const auto items = choose_for_review(many(50), {}, {.count = 10, .random_share = 0.2, .slice_rate = 0});
  EXPECT_EQ(items.size(), 10U);
  EXPECT_EQ(std::ranges::count(items, ReviewReason::kRandom, &ReviewItem::reason), 0);
}

TEST(ReviewQueue, IsTheSameForEveryOrderOfTheCandidates) {
  const auto candidates = many(120);
  const std::vector<ReviewCandidate> reversed(candidates.rbegin(), candidates.rend());
  const ReviewOptions options{.count = 12, .slice_rate = 0.05};
  const auto a = choose_for_review(candidates, {}, options);
  const auto b = choose_for_review(reversed, {}, options);
  std::set<base::Uuid> first;
  std::set<base::Uuid> second;
  for (const ReviewItem& one : a) first.insert(candidates[one.candidate].id);
  for (const ReviewItem& one : b) second.insert(reversed[one.candidate].id);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first.size(), 12U);
}

TEST(ReviewQueue, TakesTheNeediestWhereThereAreTooManyToLookAt) {
  auto candidates = many(100);
  candidates[77].local = {0.34F, 0.33F};
  const auto items = choose_for_review(candidates, {}, {.count = 1, .random_share = 0, .most = 1});
  EXPECT_EQ(items.front().candidate, 77U);
}

TEST(ReviewQueue, TakesTextsThatLeftNoTraceAndDecisionsThatNothingMade) {
  std::vector<ReviewCandidate> candidates(3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    candidates[i].id = id_of(i);
    candidates[i].trace.hash = i;
  }
  EXPECT_EQ(choose_for_review(candidates, {}, ask(5)).size(), 3U);
  EXPECT_TRUE(choose_for_review({}, {}, ask(5)).empty());
  EXPECT_TRUE(choose_for_review(candidates, {}, ask(0)).empty());
}

}  // namespace
}  // namespace pointsman::learn
