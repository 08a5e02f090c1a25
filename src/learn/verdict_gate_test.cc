#include "learn/verdict_gate.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

std::vector<JudgedTwice> judged(std::size_t rows, double before, double after, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<JudgedTwice> out;
  for (std::size_t i = 0; i < rows; ++i) out.push_back({rng.uniform() < before, rng.uniform() < after});
  return out;
}

TEST(VerdictGate, LetsABetterClassifierPass) {
  EXPECT_TRUE(proves_not_worse(judged(200, 0.3, 0.15, 1), 0.03, 0.2, 1));
}

TEST(VerdictGate, LetsOnePassThatJudgesAlike) {
  EXPECT_TRUE(proves_not_worse(std::vector<JudgedTwice>(120), 0.03, 0.2, 1)) << "120 times both are right";
}

TEST(VerdictGate, StopsOneThatIsWorseAsOftenAsItSays) {
  int passed = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    passed += proves_not_worse(judged(300, 0.1, 0.13, seed), 0.03, 0.2, seed) ? 1 : 0;  // exactly as bad as forbidden
  }
  EXPECT_LE(passed, 50) << "20 % may; a binomial with that rate stays within 50 of 200 with 95 %";
}

TEST(VerdictGate, ProvesNothingFromNothing) {
  EXPECT_FALSE(proves_not_worse({}, 0.03, 0.2, 1));
  EXPECT_FALSE(proves_not_worse(std::vector<JudgedTwice>(5), 0.03, 0.2, 1));
}

// Verdicts on a classifier whose probabilities are true, given by a model that is wrong about a share of everything.
std::vector<Agreement> agreements(double model_wrong, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<Agreement> out;
  for (int i = 0; i < 4000; ++i) {
    const double p = 0.2 + 0.8 * rng.uniform();
    const bool wrong = rng.uniform() < 1 - p || rng.uniform() < model_wrong;
    out.push_back({static_cast<float>(p), wrong, 1});
  }
  return out;
}

TEST(VerdictGate, AsksWhereTheModelWouldCorrectMoreThanAQuestionIsWorth) {
  const float cheap = ask_below(agreements(0, 1), 0.1);
  const float dear = ask_below(agreements(0, 1), 0.4);
  EXPECT_NEAR(cheap, 0.85, 0.11);
  EXPECT_NEAR(dear, 0.6, 0.11);
}

TEST(VerdictGate, DoesNotAskAModelToCorrectItsOwnMistakes) {
  // It disagrees with a tenth of everything: no reason to ask about everything.
  EXPECT_LE(ask_below(agreements(0.1, 2), 0.15), 0.9F);
  EXPECT_GE(ask_below(agreements(0.1, 2), 0.15), 0.6F);
}

TEST(VerdictGate, HearsRareAuditsAsLoudlyAsTheRequestsTheyStandFor) {
  std::vector<Agreement> rows;
  for (int i = 0; i < 400; ++i) rows.push_back({0.95F, false, 1});
  for (int i = 0; i < 400; ++i) rows.push_back({0.5F, i % 2 == 0, 1});
  const float before = ask_below(rows, 0.2);
  for (int i = 0; i < 80; ++i) rows.push_back({0.75F, i % 2 == 0, 50});  // sure enough, and half of them wrong
  EXPECT_GT(ask_below(rows, 0.2), before);
  EXPECT_GE(ask_below(rows, 0.2), 0.75F);
}

}  // namespace
}  // namespace pointsman::learn
