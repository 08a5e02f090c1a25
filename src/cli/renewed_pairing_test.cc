#include "cli/renewed_pairing.h"

#include <gmock/gmock.h>

#include "base/rng.h"

namespace pointsman::cli {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kNames{"simple", "tool_use", "reasoning"};
const std::string kVersion(64, 'c');
const std::string kPrompt(64, 'b');

// Decisions drawn at random from traffic of which the candidate knows half, and the small model nearly all.
class RenewedPairingTest : public ::testing::Test {
 protected:
  RenewedPairingTest() {
    harvest_.categories = kNames;
    classify::Pairing& known = config_.router.llm.emplace().paired;
    config_.router.llm->pairing = "pair.json";
    known = {.classifier = std::string(64, 'a'), .model = "tiny", .prompt_version = kPrompt};
    known.kind = classify::RiskKind::kAnyMistake;
    known.at_most = 0.05;
    known.confidence = 0.95;
    for (const std::string& name : kNames) known.categories.push_back({.name = name});
  }

  // `asked`: the share of those that the candidate does not know about which the small model was asked then.
  void judge(std::size_t rows, double asked) {
    base::Rng rng(11);
    for (std::size_t i = 0; i < rows; ++i) {
      JudgedDecision& one = harvest_.judged.emplace_back();
      one.decision.bytes[0] = static_cast<std::uint8_t>(i >> 8);
      one.decision.bytes[1] = static_cast<std::uint8_t>(i);
      one.example.text = "request " + std::to_string(i);
      one.truth = static_cast<std::size_t>(rng.uniform() * 3);
      one.asked_with = kPrompt;
      const bool knows = rng.uniform() < 0.5;
      const auto sure = static_cast<float>(knows ? 0.9 + 0.09 * rng.uniform() : 0.34 + 0.2 * rng.uniform());
      const std::size_t likeliest = knows ? one.truth : static_cast<std::size_t>(rng.uniform() * 3);
      for (std::size_t c = 0; c < 3; ++c) scores_.push_back(c == likeliest ? sure : (1 - sure) / 2);
      if (knows || rng.uniform() >= asked) continue;
      one.opinion = {.outcome = classify::OpinionOutcome::kUsed, .source = classify::OpinionSource::kLogprobs};
      one.opinion.probabilities.assign(3, 0.01F);
      one.opinion.probabilities[rng.uniform() < 0.98 ? one.truth : (one.truth + 1) % 3] = 0.98F;
    }
  }
  base::Result<std::string> renew() { return renew_pairing(config_, harvest_, JudgedScores(scores_, 3), kVersion); }

  config::Config config_;
  Harvest harvest_;
  std::vector<float> scores_;
};

TEST_F(RenewedPairingTest, KeepsThePromiseModelAndPromptForTheCandidate) {
  judge(1500, 1);
  const auto text = renew();
  ASSERT_TRUE(text) << text.error().message();
  const auto pairing = classify::read_pairing(*text);
  ASSERT_TRUE(pairing) << pairing.error().message();
  EXPECT_TRUE(pairing->certified);
  EXPECT_EQ(pairing->classifier, kVersion);
  EXPECT_EQ(pairing->model, "tiny");
  EXPECT_EQ(pairing->prompt_version, kPrompt);
  EXPECT_EQ(pairing->kind, classify::RiskKind::kAnyMistake);
  EXPECT_DOUBLE_EQ(pairing->at_most, 0.05);
  EXPECT_LE(pairing->evidence.bound, 0.05);
  EXPECT_GT(pairing->kept_share, 0.8) << "what the candidate does not know the small model does";
}

TEST_F(RenewedPairingTest, WhatWasNeverAskedMayHaveBeenWrong) {
  judge(1500, 0);
  for (std::size_t i = 0; i < 150; ++i) {  // as many as it takes to say what the opinion is worth
    JudgedDecision& one = harvest_.judged[i];
    one.opinion = {.outcome = classify::OpinionOutcome::kUsed, .source = classify::OpinionSource::kLogprobs};
    one.opinion.probabilities.assign(3, 0.01F);
    one.opinion.probabilities[one.truth] = 0.98F;
  }
  const auto text = renew();
  ASSERT_TRUE(text) << text.error().message();
  const auto pairing = classify::read_pairing(*text);
  ASSERT_TRUE(pairing);
  EXPECT_GT(pairing->kept_share, 0.35) << "what the candidate knows alone";
  EXPECT_LT(pairing->kept_share, 0.65) << "and nothing that would have had to be asked";
}

TEST_F(RenewedPairingTest, OpinionsGivenToAnotherPromptAreNone) {
  judge(1500, 1);
  for (JudgedDecision& one : harvest_.judged) one.asked_with = std::string(64, 'x');
  const auto text = renew();
  if (text) {
    const auto pairing = classify::read_pairing(*text);
    ASSERT_TRUE(pairing);
    EXPECT_LT(pairing->kept_share, 0.65);
  } else {
    EXPECT_THAT(text.error().message(), HasSubstr("0 of which have the small model's opinion"));
  }
}

TEST_F(RenewedPairingTest, GoldenDecisionsProveNothingAboutTraffic) {
  judge(1500, 1);
  for (JudgedDecision& one : harvest_.judged) one.golden = true;
  const auto text = renew();
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message(), HasSubstr("from 0 decisions judged at random"));
}

TEST_F(RenewedPairingTest, TooFewDecisionsAreSaidToBeTooFew) {
  judge(60, 1);
  const auto text = renew();
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message(), HasSubstr("from 60 decisions judged at random"));
}

}  // namespace
}  // namespace pointsman::cli
