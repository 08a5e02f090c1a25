#include "learn/paired_stages.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "learn/pool_fit.h"
#include "learn/testing_opinions.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kCategories = 4;
constexpr Promise kPromise{.at_most = 0.05, .confidence = 0.9};

LossMatrix losses() {
  return LossMatrix::any_mistake({"a", "b", "c", "d"});
}

// A cheap model for each category, a dear one for doubt, a question in between.
Prices prices(double question = 0.02) {
  return {.question = question, .category = std::vector<double>(kCategories, 0.1), .fallback = 1};
}

std::vector<PairedCall> pairs(std::uint64_t seed, std::size_t rows) {
  static const classify::PoolWeights weights = [] {
    const test::TwoMinds teach = test::two_minds(99, 1500, {.categories = kCategories});
    return fit_pool(teach.rows(), classify::OpinionSource::kLogprobs)->weights;
  }();
  const test::TwoMinds minds = test::two_minds(seed, rows, {.categories = kCategories});
  const LossMatrix matrix = losses();
  std::vector<PairedCall> out;
  std::vector<float> pooled(kCategories);
  for (std::size_t i = 0; i < rows; ++i) {
    classify::pool(minds.local[i], minds.opinions[i], weights, pooled);
    out.push_back({call_of(matrix, minds.local[i], minds.truth[i]), call_of(matrix, pooled, minds.truth[i])});
  }
  return out;
}

struct Served {
  double risk = 0;
  double kept = 0;
};

Served serve(const CertifiedPair& pair, std::span<const PairedCall> rows) {
  Served out;
  for (const PairedCall& row : rows) {
    const bool local = row.local.probability >= pair.local[row.local.category];
    const bool pooled = !local && row.pooled && row.pooled->probability >= pair.pooled[row.pooled->category];
    if (local) out.risk += static_cast<double>(row.local.loss);
    if (pooled) out.risk += static_cast<double>(row.pooled->loss);
    out.kept += local || pooled ? 1 : 0;
  }
  out.risk /= static_cast<double>(rows.size());
  out.kept /= static_cast<double>(rows.size());
  return out;
}

TEST(PairedStages, KeepThePromiseAsOftenAsTheySay) {
  const auto shape = pairs(1, 600);
  const auto world = pairs(2, 20'000);  // drawn from with replacement: its risks are the true ones
  const PairedPaths paths = fit_paths(losses(), shape);
  base::Rng rng(3);
  constexpr int kDraws = 300;
  int broken = 0;
  int certified = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<PairedCall> rows;
    for (int i = 0; i < 400; ++i) rows.push_back(world[rng.below(world.size())]);
    const auto pair = certify_pair(paths, shape, rows, prices(), kPromise, LossKind::kZeroOne);
    certified += pair.certified ? 1 : 0;
    broken += serve(pair, world).risk > kPromise.at_most ? 1 : 0;
  }
  // 10 % may break; a binomial with that rate stays within 39 of 300 with 95 %.
  EXPECT_LE(broken, 39);
  EXPECT_GE(certified, kDraws * 9 / 10);
}

TEST(PairedStages, CostLessThanTheClassifierAloneWhenQuestionsAreCheap) {
  const auto shape = pairs(4, 600);
  const auto rows = pairs(5, 2000);
  const PairedPaths paths = fit_paths(losses(), shape);
  const auto pair = certify_pair(paths, shape, rows, prices(), kPromise, LossKind::kZeroOne);
  ASSERT_TRUE(pair.certified);
  ASSERT_TRUE(pair.tried[0].certified) << "the sequence without questions";
  EXPECT_FALSE(pair.tried[0].pooled.has_value());
  EXPECT_LT(pair.best.money, 0.8 * pair.tried[0].money);
  EXPECT_LT(pair.tried[0].money, pair.money_fallback);
  const Served there = serve(pair, rows);
  EXPECT_NEAR(there.kept, static_cast<double>(pair.best.kept_local + pair.best.kept_pooled) / 2000.0, 1e-9);
  EXPECT_NEAR(there.risk * 2000, pair.best.lost, 1e-9);
  EXPECT_LE(pair.bound, kPromise.at_most);
}

TEST(PairedStages, AskNobodyWhenAQuestionCostsMoreThanItSaves) {
  const auto shape = pairs(4, 600);
  const auto rows = pairs(5, 2000);
  const auto pair = certify_pair(fit_paths(losses(), shape), shape, rows, prices(5), kPromise, LossKind::kZeroOne);
  ASSERT_TRUE(pair.certified);
  EXPECT_EQ(pair.best.asked, 0U);
  EXPECT_FALSE(pair.best.pooled.has_value());
  EXPECT_EQ(std::ranges::min(pair.pooled), kNeverKept);
}

TEST(PairedStages, AskLessTheDearerAQuestionIs) {
  const auto shape = pairs(6, 800);
  const auto rows = pairs(7, 3000);
  const PairedPaths paths = fit_paths(losses(), shape);
  std::size_t before = rows.size() + 1;
  for (const double question : {0.001, 0.1, 0.3, 0.6, 2.0}) {
    const auto pair = certify_pair(paths, shape, rows, prices(question), kPromise, LossKind::kZeroOne);
    EXPECT_LE(pair.best.asked, before) << question;
    before = pair.best.asked;
  }
  EXPECT_EQ(before, 0U);
}

TEST(PairedStages, SplitTheConfidenceSoThatAllSequencesHoldTogether) {
  const auto shape = pairs(8, 600);
  const auto pair =
      certify_pair(fit_paths(losses(), shape), shape, pairs(9, 1000), prices(), kPromise, LossKind::kZeroOne);
  double wrong = 0;
  for (const TestedPair& one : pair.tried) wrong += 1 - one.confidence;
  EXPECT_NEAR(wrong, 1 - kPromise.confidence, 1e-12);
  EXPECT_GT(pair.tried.size(), 5U);
}

TEST(PairedStages, LeaveToTheFallbackWhatNobodyCouldBeAskedAbout) {
  auto shape = pairs(10, 600);
  auto rows = pairs(11, 2000);
  for (std::size_t i = 0; i < rows.size(); i += 2) rows[i].pooled.reset();
  const auto pair = certify_pair(fit_paths(losses(), shape), shape, rows, prices(), kPromise, LossKind::kZeroOne);
  ASSERT_TRUE(pair.certified);
  EXPECT_NEAR(serve(pair, rows).kept * 2000, static_cast<double>(pair.best.kept_local + pair.best.kept_pooled), 1e-6);
}

TEST(PairedStages, PromiseNothingFromTooFewRowsAndSayHowManyMore) {
  const auto shape = pairs(12, 600);
  const auto rows = pairs(13, 20);
  const auto pair = certify_pair(fit_paths(losses(), shape), shape, rows, prices(), kPromise, LossKind::kZeroOne);
  ASSERT_FALSE(pair.certified);
  const classify::Pairing file =
      pairing_of(pair, losses(), {.model = "small", .prompt_version = "v", .method = "held-out"});
  EXPECT_NE(file.next.find("more requests"), std::string::npos) << file.next;
  for (const auto& one : file.categories) EXPECT_GT(one.pooled, 1);
}

TEST(PairedStages, WriteAFileThatARouterReads) {
  const auto shape = pairs(14, 600);
  const auto pair =
      certify_pair(fit_paths(losses(), shape), shape, pairs(15, 2000), prices(), kPromise, LossKind::kZeroOne);
  PairingSubject subject{.classifier = std::string(64, 'a'), .model = "small", .prompt_version = "0123456789abcdef"};
  subject.opinions.set(classify::OpinionSource::kLogprobs, {.local = 1, .model = 0.3F, .floor = 1e-7F});
  subject.kind = classify::RiskKind::kAnyMistake;
  subject.method = "held-out";
  subject.data = std::string(64, 'b');
  const classify::Pairing made = pairing_of(pair, losses(), subject);
  const auto read = classify::read_pairing(classify::write_pairing(made));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_TRUE(read->certified);
  EXPECT_EQ(read->categories[2].name, "c");
  EXPECT_EQ(read->categories[2].pooled, pair.pooled[2]);
  EXPECT_EQ(read->evidence.kept, pair.best.kept_local + pair.best.kept_pooled);
}

}  // namespace
}  // namespace pointsman::learn
