#include "consult/label_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pointsman::consult {
namespace {

using Top = std::vector<std::pair<std::string, double>>;

// The first of `top` is the written token.
llm::AnswerToken token(const Top& top) {
  llm::AnswerToken out;
  for (const auto& [bytes, p] : top)
    out.top.push_back({bytes, p > 0 ? static_cast<float>(std::log(p)) : kOutsideTheList});
  out.chosen = out.top.front();
  return out;
}

llm::LabelAnswer answer(const std::vector<Top>& tokens) {
  llm::LabelAnswer out;
  for (const Top& top : tokens) {
    out.tokens.push_back(token(top));
    out.text += out.tokens.back().chosen.bytes;
  }
  return out;
}

std::optional<LabelEvidence> bare(const llm::LabelAnswer& from, const std::vector<std::string_view>& labels) {
  return label_evidence(from, {0, from.text.size(), ValueForm::kBare}, labels);
}

// The value of "category" in the JSON text of the answer.
std::optional<LabelEvidence> in_json(const llm::LabelAnswer& from, const std::vector<std::string_view>& labels) {
  constexpr std::string_view kKey = R"("category":)";
  const std::size_t begin = from.text.find('"', from.text.find(kKey) + kKey.size()) + 1;
  return label_evidence(from, {begin, from.text.find('"', begin), ValueForm::kJson}, labels);
}

void expect_evidence(const std::optional<LabelEvidence>& evidence, const std::vector<double>& probabilities,
                     double coverage) {
  ASSERT_TRUE(evidence);
  ASSERT_EQ(evidence->probabilities.size(), probabilities.size());
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    EXPECT_NEAR(evidence->probabilities[i], probabilities[i], 1e-5) << i;
  EXPECT_NEAR(evidence->coverage, coverage, 1e-5);
}

const std::vector<std::string_view> kLetters = {"A", "B", "C"};

TEST(LabelEvidence, RenormalisesTheAlternativesOfABareToken) {
  expect_evidence(bare(answer({{{"A", 0.6}, {"B", 0.2}, {"The", 0.1}}}), kLetters), {0.75, 0.25, 0}, 0.8);
}

TEST(LabelEvidence, AddsUpSpellingsOfTheSameLabel) {
  expect_evidence(bare(answer({{{"A", 0.5}, {"a", 0.1}, {" A", 0.2}, {"A\n", 0.1}, {"B", 0.1}}}), kLetters),
                  {0.9, 0.1, 0}, 1);
  // The same with the space written, and a provider that leaves it out of its text.
  llm::LabelAnswer spaced = answer({{{" A", 0.5}, {"A", 0.25}, {"B", 0.25}}});
  spaced.text = "A";
  expect_evidence(bare(spaced, kLetters), {0.75, 0.25, 0}, 1);
}

TEST(LabelEvidence, GivesABeginningToTheOneLabelItCanBecome) {
  expect_evidence(bare(answer({{{"re", 0.5}, {"up", 0.3}, {"r", 0.1}, {"x", 0.1}}, {{"set", 1}}}), {"reset", "update"}),
                  {0.6 / 0.9, 0.3 / 0.9}, 0.9);
}

TEST(LabelEvidence, LooksAtTheNextPositionWhereLabelsShareTheWrittenToken) {
  const auto shared = answer({{{"re", 0.8}, {"up", 0.2}}, {{"set", 0.75}, {"fund", 0.25}}});
  expect_evidence(bare(shared, {"reset", "refund", "update"}), {0.6, 0.2, 0.2}, 1);
}

TEST(LabelEvidence, SplitsWhatStaysAmbiguousOffTheWrittenPath) {
  const auto other = answer({{{"up", 0.6}, {"re", 0.4}}, {{"date", 1}}});
  expect_evidence(bare(other, {"reset", "refund", "update"}), {0.2, 0.2, 0.6}, 1);
}

TEST(LabelEvidence, WalksDigitByDigit) {
  const auto digits = answer({{{"1", 0.9}, {"2", 0.1}}, {{"2", 0.5}, {"1", 0.4}, {"9", 0.1}}});
  expect_evidence(bare(digits, {"11", "12", "20"}), {0.36 / 0.91, 0.45 / 0.91, 0.1 / 0.91}, 0.91);
}

TEST(LabelEvidence, FindsTheValueInsideJson) {
  const auto plain = answer({{{"{\"", 1}}, {{"category", 1}}, {{"\":\"", 1}}, {{"B", 0.7}, {"A", 0.3}}, {{"\"}", 1}}});
  expect_evidence(in_json(plain, kLetters), {0.3, 0.7, 0}, 1);
}

TEST(LabelEvidence, MatchesBytesWhereATokenHoldsPunctuationAndValue) {
  const auto glued = answer({{{"{\"category\"", 1}}, {{":\"B", 0.5}, {":\"A\"}", 0.25}, {":\"", 0.25}}, {{"\"}", 1}}});
  expect_evidence(in_json(glued, kLetters), {1.0 / 3, 2.0 / 3, 0}, 0.75);
}

TEST(LabelEvidence, SeesAlternativesThatGoOnFromThePunctuationIntoTheValue) {
  const auto early = answer({{{"{\"category\":", 1}}, {{"\"", 0.8}, {"\"B", 0.2}}, {{"A", 1}}, {{"\"}", 1}}});
  expect_evidence(in_json(early, kLetters), {0.8, 0.2, 0}, 1);
}

TEST(LabelEvidence, DoesNotMindWhichPunctuationTheModelPrefers) {
  const auto spaced =
      answer({{{"{\"category\":", 1}}, {{" \"", 0.4}, {"\"", 0.6}}, {{"A", 0.9}, {"B", 0.1}}, {{"\"}", 1}}});
  expect_evidence(in_json(spaced, kLetters), {0.9, 0.1, 0}, 1);
}

TEST(LabelEvidence, LooksThroughEscapesOfTheValue) {
  const auto escaped = answer({{{"{\"category\":\"", 1}}, {{"\\u00", 0.9}, {"B", 0.1}}, {{"41", 1}}, {{"\"}", 1}}});
  expect_evidence(in_json(escaped, kLetters), {0.9, 0.1, 0}, 1);
}

TEST(LabelEvidence, TakesTheQuoteForTheEndOfALabel) {
  // Labels of another maker than ours may begin one another.
  const auto quoted = answer({{{"{\"category\":\"", 1}}, {{"1", 1}}, {{"\"}", 0.7}, {"0", 0.3}}});
  expect_evidence(in_json(quoted, {"1", "10"}), {0.7, 0.3}, 1);
  expect_evidence(bare(answer({{{"1", 0.5}}}), {"1", "10"}), {1, 0}, 0.5);
}

TEST(LabelEvidence, CountsAWrittenTokenThatItsListLeavesOut) {
  llm::LabelAnswer outside = answer({{{"A", 0.5}}});
  outside.tokens[0].top = {{"B", std::log(0.3F)}};
  expect_evidence(bare(outside, kLetters), {0.625, 0.375, 0}, 0.8);
}

TEST(LabelEvidence, TakesWhatIsOutsideTheListForNoEvidence) {
  EXPECT_FALSE(bare(answer({{{"A", 0}, {"B", 0}}}), kLetters));
  expect_evidence(bare(answer({{{"A", 0}, {"B", 0.4}}}), kLetters), {0, 1, 0}, 0.4);
  llm::LabelAnswer nan = answer({{{"A", 1}}});
  nan.tokens[0].top[0].logprob = nan.tokens[0].chosen.logprob = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(bare(nan, kLetters));
}

TEST(LabelEvidence, NeverCoversMoreThanEverything) {
  llm::LabelAnswer loud = answer({{{"A", 1}, {"B", 1}}});
  loud.tokens[0].top[1].logprob = 5;
  expect_evidence(bare(loud, kLetters), {0.5, 0.5, 0}, 1);
}

TEST(LabelEvidence, IsNoneIfTheTokensSpellSomethingElse) {
  llm::LabelAnswer other = answer({{{"A", 1}}});
  other.text = "B";
  EXPECT_FALSE(bare(other, kLetters));
  EXPECT_FALSE(bare(llm::LabelAnswer{.text = "A"}, kLetters));
  EXPECT_FALSE(label_evidence(answer({{{"A", 1}}}), {3, 9, ValueForm::kBare}, kLetters));
}

TEST(LabelEvidence, PassesTokensThatOnlyOpenOrCloseTheTurn) {
  llm::LabelAnswer turn = answer({{{"\n", 1}}, {{"A", 0.6}, {"B", 0.4}}, {{"<|end|>", 1}}});
  turn.text = "A";
  expect_evidence(bare(turn, kLetters), {0.6, 0.4, 0}, 1);
}

}  // namespace
}  // namespace pointsman::consult
