#include "gateway/judge.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ledger/signals.h"

namespace pointsman::gateway {
namespace {

using wire::openai_chat::AnswerFacts;

AnswerFacts good(std::optional<double> mean_logprob = std::nullopt) {
  AnswerFacts facts;
  facts.whole = true;
  facts.mean_logprob = mean_logprob;
  return facts;
}

TEST(Judge, NamesWhatIsWrong) {
  const struct {
    bool AnswerFacts::* what;
    Worth worth;
    std::string_view name;
  } cases[] = {{&AnswerFacts::filtered, Worth::kFiltered, "filtered"},
               {&AnswerFacts::empty, Worth::kEmpty, "empty"},
               {&AnswerFacts::broken_call, Worth::kBrokenCall, "broken_call"},
               {&AnswerFacts::broken_json, Worth::kBrokenJson, "broken_json"},
               {&AnswerFacts::cut_short, Worth::kCutShort, "cut_short"}};
  for (const auto& one : cases) {
    AnswerFacts facts = good(-0.01);
    facts.*one.what = true;
    EXPECT_EQ(judge(facts, {}, 0.5F), one.worth) << one.name;
    EXPECT_EQ(to_string(one.worth), one.name);
  }
  EXPECT_EQ(judge({}, {}, 0.5F), Worth::kNotWhole);
  EXPECT_EQ(to_string(Worth::kTooLong), "too_long");
}

TEST(Judge, TheModelsOwnConfidenceIsTheGeometricMeanOfItsTokens) {
  EXPECT_EQ(confidence_of(good()), std::nullopt);
  EXPECT_FLOAT_EQ(*confidence_of(good(std::log(0.25))), 0.25F);
  EXPECT_EQ(judge(good(std::log(0.6)), {}, 0.5F), Worth::kGood);
  EXPECT_EQ(judge(good(std::log(0.4)), {}, 0.5F), Worth::kUnsure);
  EXPECT_EQ(judge(good(), {}, 0.5F), Worth::kGood) << "without log-probabilities there is only the structure";
}

TEST(Judge, ALimitThatTheClientSetIsNobodysFault) {
  AnswerFacts facts = good();
  facts.cut_short = true;
  llm::ChatRequest request;
  request.needs.output_tokens = 10;
  EXPECT_EQ(judge(facts, request, 0.5F), Worth::kGood);
}

TEST(Judge, OnlyACategorysModelsWithAHealthyStrongerOneBehindAreJudged) {
  using route::Source;
  Decision decision;
  decision.ranked.strategy = route::Strategy::kEscalate;
  decision.ranked.candidates = {{.model = 0, .source = Source::kCategory},
                                {.model = 1, .source = Source::kCategory},
                                {.model = 2, .source = Source::kFallback},
                                {.model = 3, .source = Source::kFallback}};
  llm::ChatRequest request;
  std::vector<route::MarketModel> models(4);
  for (std::size_t i = 0; i < models.size(); ++i) models[i].model.name = std::to_string(i);
  route::Market market = *route::Market::build(models, {}, {"2", "3"});
  const auto judged = [&](std::size_t place) { return is_judged(decision, market, request, place); };
  EXPECT_TRUE(judged(0) && judged(1));
  EXPECT_FALSE(judged(2)) << "the fallback is as strong as it gets";
  market = *route::Market::build(models, {}, {"1", "2", "3"});
  EXPECT_TRUE(judged(0));
  EXPECT_FALSE(judged(1)) << "the category's last is the strongest there is";
  decision.ranked.candidates[1].healthy = false;
  EXPECT_FALSE(judged(0)) << "a sick model is no way up";
  decision.ranked.candidates[1].healthy = true;
  request.stream = true;
  EXPECT_FALSE(judged(0));
  request.stream = false;
  decision.ranked.strategy = route::Strategy::kPreference;
  EXPECT_FALSE(judged(0));
  decision.ranked.strategy = route::Strategy::kEscalate;
  decision.ranked.candidates.resize(1);
  EXPECT_FALSE(judged(0));
}

// The ledger knows these judgements by their names alone.
TEST(Judge, TheLedgerTakesBrokenStructureForASignal) {
  for (int worth = 0; worth <= static_cast<int>(Worth::kTooLong); ++worth) {
    const auto one = static_cast<Worth>(worth);
    const bool broken = one == Worth::kBrokenCall || one == Worth::kBrokenJson;
    EXPECT_EQ(ledger::breaks_structure(to_string(one)), broken) << to_string(one);
  }
}

}  // namespace
}  // namespace pointsman::gateway
