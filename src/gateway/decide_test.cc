#include "gateway/decide.h"

#include <gmock/gmock.h>

#include "support/encoders.h"
#include "wire/openai_chat/request.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::load_words;
using pointsman::testing::three_models;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DecideTest : public ::testing::Test {
 protected:
  void use(config::Config config) {
    auto built = build_snapshot(std::move(config), load_words(), nullptr);
    ASSERT_TRUE(built.has_value()) << built.error().message();
    snapshot_ = *built;
    decider_.use(*snapshot_);
  }
  void SetUp() override { use(three_models()); }

  base::Result<void> decide(const std::string& text, const std::string& header = {}, const std::string& more = {},
                            const std::string& model = "auto") {
    body_ = R"({"model":")" + model + R"(",)" + more + R"("messages":[{"role":"user","content":")" + text + R"("}]})";
    auto read = wire::openai_chat::read_chat_request(body_, reader_, request_);
    EXPECT_TRUE(read.has_value());
    return decider_.decide(*snapshot_, request_, header, {.health = health_}, decision_);
  }
  std::string category() const {
    const int index = decision_.verdict.category;
    return index < 0 ? "" : snapshot_->policy.categories[static_cast<std::size_t>(index)].name;
  }
  std::vector<std::string> candidates() const {
    std::vector<std::string> names;
    for (const auto& one : decision_.ranked.candidates) names.push_back(snapshot_->market.model(one.model).name);
    return names;
  }

  SnapshotPtr snapshot_;
  Decider decider_;
  wire::openai_chat::Reader reader_;
  llm::ChatRequest request_;
  std::string body_;
  std::vector<route::Health> health_;
  Decision decision_;
};

TEST_F(DecideTest, ASureClassifierDecides) {
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_EQ(category(), "simple");
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kLocal);
  EXPECT_THAT(candidates(), ElementsAre("sim-small", "sim-large", "sim-tools"));
}

TEST_F(DecideTest, DoubtAndAFailedClassifierGoToTheStrongestModel) {
  for (const char* text : {"hm", "broken"}) {
    ASSERT_TRUE(decide(text).has_value());
    EXPECT_EQ(decision_.verdict.stage, classify::Stage::kFallback) << text;
    EXPECT_THAT(candidates(), ElementsAre("sim-large", "sim-tools")) << text;
  }
  EXPECT_THAT(decision_.verdict.reason, HasSubstr("classifier_error"));
}

TEST_F(DecideTest, TheClientsHeaderGoesBeforeEverythingElse) {
  ASSERT_TRUE(decide("a simple one", "tool_use").has_value());
  EXPECT_EQ(category(), "tool_use");
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kClient);
  EXPECT_EQ(candidates().front(), "sim-tools");
}

TEST_F(DecideTest, AnUnknownCategoryInTheHeaderIsTheClientsMistake) {
  const auto decided = decide("a simple one", "toool_use");
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(decided.error().origin(), base::Origin::kClient);
  EXPECT_THAT(decided.error().message(), HasSubstr("simple, reasoning, tool_use"));
}

TEST_F(DecideTest, AHeaderIsIgnoredWhereTheStageIsOff) {
  config::Config config = three_models();
  config.router.stages = {config::RouterStage::kLocal};
  use(std::move(config));
  ASSERT_TRUE(decide("a simple one", "tool_use").has_value());
  EXPECT_EQ(category(), "simple");
  EXPECT_TRUE(decision_.evidence.route_header.empty());
}

TEST_F(DecideTest, ARuleGoesBeforeTheClassifier) {
  config::Config config = three_models();
  config.rules = {{"proofs", "reasoning", {"prove"}, {}}};
  use(std::move(config));
  ASSERT_TRUE(decide("prove this simple claim").has_value());
  EXPECT_EQ(category(), "reasoning");
  EXPECT_EQ(decision_.verdict.reason, "rule:proofs");
  EXPECT_THAT(decision_.evidence.rule_hits, ElementsAre("proofs"));
}

TEST_F(DecideTest, AModelTheClientNamesIsTheOnlyCandidate) {
  ASSERT_TRUE(decide("a simple one", "", "", "sim-large").has_value());
  EXPECT_FALSE(decision_.routed);
  EXPECT_EQ(category(), "");
  EXPECT_THAT(candidates(), ElementsAre("sim-large"));
}

TEST_F(DecideTest, AnUnknownModelIsNotFoundAndTheNearestNamesAreTold) {
  const auto decided = decide("hm", "", "", "sim-smal");
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(decided.error().place(), "/model");
  EXPECT_THAT(decided.error().message(), HasSubstr("'sim-small'"));
  const auto far = decide("hm", "", "", "zzzzzzzzzz");
  EXPECT_THAT(far.error().message(), HasSubstr("'model': 'auto'"));
}

TEST_F(DecideTest, AModelThatCannotIsNeverACandidate) {
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f"}}],)";
  ASSERT_TRUE(decide("a simple one", "", tools).has_value());
  EXPECT_EQ(category(), "simple");
  EXPECT_THAT(candidates(), ElementsAre("sim-large", "sim-tools"));
  EXPECT_TRUE(decision_.ranked.escalated);
}

TEST_F(DecideTest, WhenNobodyCanTheReasonOfEveryModelIsGiven) {
  const auto decided = decide("hm", "", R"("modalities":["text","audio"],)");
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().code(), base::ErrorCode::kNoCandidate);
  for (const char* model : {"sim-small", "sim-tools", "sim-large"}) {
    EXPECT_THAT(decided.error().message(), HasSubstr(std::string(model) + ": cannot do audio_output"));
  }
}

TEST_F(DecideTest, ASickModelComesLast) {
  health_.assign(3, route::Health::kHealthy);
  health_[*snapshot_->market.find("sim-small")] = route::Health::kUnhealthy;
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_THAT(candidates(), ElementsAre("sim-large", "sim-tools", "sim-small"));
}

TEST_F(DecideTest, TheRecordedEvidenceDecidesTheSameAgain) {
  for (const char* text : {"a simple one", "reasoning", "hm", "broken"}) {
    ASSERT_TRUE(decide(text).has_value());
    Decision again;
    again.evidence = decision_.evidence;
    ASSERT_TRUE(decide_from(*snapshot_, request_.needs, {.health = health_}, again).has_value());
    EXPECT_EQ(again.verdict.category, decision_.verdict.category) << text;
    EXPECT_EQ(again.verdict.reason, decision_.verdict.reason) << text;
    ASSERT_EQ(again.ranked.candidates.size(), decision_.ranked.candidates.size()) << text;
    EXPECT_EQ(again.ranked.candidates.front().model, decision_.ranked.candidates.front().model) << text;
  }
}

// ---- what people corrected

class RecallTest : public DecideTest {
 protected:
  void correct(std::string_view text, std::string category) {
    text::FeatureExtractor extractor;
    decider_.remember(classify::CorrectionMemory::build({{.id = "d1",
                                                          .source = "ann",
                                                          .category = std::move(category),
                                                          .trace = classify::trace_of({.text = text}, extractor)}}));
  }
};

TEST_F(RecallTest, ACorrectionDecidesForARequestLikeIt) {
  correct("a simple one, I thought", "reasoning");
  ASSERT_TRUE(decide("A simple one, I thought!").has_value());
  EXPECT_EQ(category(), "reasoning");
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kMemory);
  EXPECT_EQ(candidates().front(), "sim-large");
  EXPECT_EQ(decision_.evidence.recalled.decision, "d1");
  EXPECT_EQ(decision_.evidence.recalled.memory.size(), 64U);
  ASSERT_TRUE(decide("another simple question").has_value());
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kLocal);
  EXPECT_FALSE(decision_.evidence.recalled.said()) << "nothing of the request before is left";
}

TEST_F(RecallTest, WhatIsForgottenHasNoEffectAnyMore) {
  correct("a simple one", "reasoning");
  decider_.remember(nullptr);
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_EQ(category(), "simple");
}

TEST_F(RecallTest, ACategoryThatIsNotConfiguredAnyMoreIsNotDecidedFor) {
  correct("a simple one", "poetry");
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kLocal);
  EXPECT_FALSE(decision_.evidence.recalled.said());
}

TEST_F(RecallTest, NoneOfTheCategoriesIsTheStrongestModels) {
  correct("a simple one", "");
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_EQ(decision_.verdict.reason, "corrected_to_none");
  EXPECT_EQ(candidates().front(), "sim-large");
}

TEST_F(RecallTest, TheRecordedCorrectionDecidesTheSameAgain) {
  correct("a simple one", "tool_use");
  ASSERT_TRUE(decide("a simple one").has_value());
  decider_.remember(nullptr);
  Decision again;
  again.evidence = classify::recorded_evidence("", decision_.verdict);
  ASSERT_TRUE(decide_from(*snapshot_, request_.needs, {.health = health_}, again).has_value());
  EXPECT_EQ(again.verdict.stage, classify::Stage::kMemory);
  EXPECT_EQ(again.verdict.category, decision_.verdict.category);
}

// ---- the sentence encoder

class ConsultTest : public DecideTest {
 protected:
  void SetUp() override { use_encoder(std::make_shared<pointsman::testing::FakeEncoder>('a')); }
  void use_encoder(std::shared_ptr<pointsman::testing::FakeEncoder> encoder,
                   const std::function<void(config::Config&)>& change = {}) {
    encoder_ = std::move(encoder);
    config::Config config = three_models();
    pointsman::testing::ask_encoder_a(config);
    if (change) change(config);
    auto built = build_snapshot(std::move(config), pointsman::testing::load_asking(), nullptr,
                                pointsman::testing::load_fakes({{"a", encoder_}}));
    ASSERT_TRUE(built.has_value()) << built.error().message();
    snapshot_ = *built;
    decider_.use(*snapshot_);
  }
  EncoderOutcome outcome() const { return decision_.encoder.outcome; }

  std::shared_ptr<pointsman::testing::FakeEncoder> encoder_;
};

TEST_F(ConsultTest, WhatTheClassifierDoubtsTheEncoderDecides) {
  ASSERT_TRUE(decide("hm [s]").has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kUsed);
  EXPECT_EQ(category(), "simple");
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kLocal);
  EXPECT_EQ(decision_.verdict.probability, 0.8F);
}

TEST_F(ConsultTest, TheSameEvidenceGivesTheSameDecisionWithoutTheEncoder) {
  ASSERT_TRUE(decide("hm [t]").has_value());
  Decision again;
  again.evidence = classify::recorded_evidence("", decision_.verdict);
  ASSERT_TRUE(decide_from(*snapshot_, request_.needs, {}, again).has_value());
  EXPECT_EQ(again.verdict.category, decision_.verdict.category);
  EXPECT_EQ(again.verdict.probability, decision_.verdict.probability);
  EXPECT_EQ(again.ranked.candidates.front().model, decision_.ranked.candidates.front().model);
}

TEST_F(ConsultTest, IsNotAskedWhereItCannotChangeTheDecision) {
  use_encoder(encoder_, [](config::Config& config) { config.rules = {{"r", "reasoning", {"ruled"}, {}}}; });
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"logprobs":true,)";
  struct Case {
    const char* text;
    const char* header;
    const char* model;
    EncoderOutcome outcome;
  };
  const Case cases[] = {
      {"a simple one", "", "auto", EncoderOutcome::kNotNeeded},
      {"hm [s] ruled", "", "auto", EncoderOutcome::kNotNeeded},
      {"hm [s]", "tool_use", "auto", EncoderOutcome::kNotNeeded},
      {"hm [s]", "no such category", "auto", EncoderOutcome::kNotNeeded},
      {"hm [s]", "", "sim-small", EncoderOutcome::kNone},
      {"broken", "", "auto", EncoderOutcome::kNone},
  };
  for (const Case& one : cases) {
    (void)decide(one.text, one.header, {}, one.model);
    EXPECT_EQ(outcome(), one.outcome) << one.text << one.header << one.model;
  }
  EXPECT_TRUE(encoder_->batches().empty());
}

TEST_F(ConsultTest, IsNotAskedWhereOnlyOneModelCanAnswer) {
  use_encoder(encoder_, [](config::Config& config) {
    for (config::ModelConfig& one : config.models) {
      one.capabilities = one.name == "sim-large" ? llm::CapabilitySet{llm::Capability::kTools} : llm::CapabilitySet{};
    }
  });
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}],)";
  ASSERT_TRUE(decide("hm [s]", {}, tools).has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kNotNeeded);
  EXPECT_TRUE(decision_.forced);
  ASSERT_TRUE(decide("hm [s]").has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kUsed);
  EXPECT_FALSE(decision_.forced);
}

// Under a certificate that names the encoder; thresholds that even the classifier's doubts reach.
class CertifiedConsultTest : public ConsultTest {
 protected:
  void SetUp() override {
    use_encoder(std::make_shared<pointsman::testing::FakeEncoder>('a'),
                [](config::Config& config) { pointsman::testing::certify(config, 'a'); });
  }
  // Decides as if asking had gone so.
  void conclude_with(const std::string& text, EncoderOutcome came) {
    body_ = R"({"model":"auto","messages":[{"role":"user","content":")" + text + R"("}]})";
    ASSERT_TRUE(wire::openai_chat::read_chat_request(body_, reader_, request_).has_value());
    const auto ask = decider_.look(*snapshot_, request_, {}, decision_);
    ASSERT_TRUE(ask.has_value());
    if (*ask) decision_.encoder.outcome = came;
    ASSERT_TRUE(decider_.conclude(*snapshot_, request_, {.health = health_}, decision_).has_value());
  }
};

TEST_F(CertifiedConsultTest, WhatTheEncoderWasHeardOnIsDecidedByTheCertifiedThreshold) {
  ASSERT_TRUE(decide("hm [t]").has_value());
  EXPECT_EQ(decision_.verdict.reason, "at_or_above_certified_threshold");
  EXPECT_EQ(category(), "tool_use");
  EXPECT_THAT(decision_.alone, ElementsAre(0.45F, 0.3F, 0.25F));
}

TEST_F(CertifiedConsultTest, AnOpinionThatWasWantedAndDidNotComeLeavesNothingToTheWeak) {
  for (const auto came :
       {EncoderOutcome::kQueueFull, EncoderOutcome::kLate, EncoderOutcome::kUnavailable, EncoderOutcome::kCancelled}) {
    conclude_with("hm [s]", came);
    EXPECT_EQ(decision_.verdict.stage, classify::Stage::kFallback) << to_string(came);
    EXPECT_EQ(decision_.verdict.reason, "without_encoder") << to_string(came);
    EXPECT_EQ(candidates().front(), "sim-large") << to_string(came);
    EXPECT_THAT(decision_.alone, ::testing::IsEmpty());
    Decision again;
    again.evidence = classify::recorded_evidence("", decision_.verdict);
    ASSERT_TRUE(decide_from(*snapshot_, request_.needs, {}, again).has_value());
    EXPECT_EQ(again.verdict.reason, decision_.verdict.reason);
    EXPECT_EQ(again.verdict.probability, decision_.verdict.probability);
    EXPECT_EQ(again.ranked.candidates.front().model, decision_.ranked.candidates.front().model);
  }
  conclude_with("a simple one", EncoderOutcome::kLate);
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kLocal) << "nobody was to be asked";
}

TEST_F(CertifiedConsultTest, ACertificateOfTheClassifierAloneAsksNobodyAndMissesNothing) {
  use_encoder(encoder_, [](config::Config& config) { pointsman::testing::certify(config, 0); });
  ASSERT_TRUE(decide("hm [t]").has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kUnavailable);
  EXPECT_EQ(decision_.verdict.reason, "at_or_above_certified_threshold");
  EXPECT_EQ(category(), "simple");
  EXPECT_TRUE(encoder_->batches().empty());
}

TEST_F(ConsultTest, WithoutItsEncoderTheClassifierDecidesAloneAndSaysSo) {
  use_encoder(std::make_shared<pointsman::testing::FakeEncoder>('b'));
  EXPECT_EQ(snapshot_->encoder, nullptr);
  EXPECT_THAT(snapshot_->encoder_note, HasSubstr("router.encoder is bbbbbbbbbbbb"));
  ASSERT_TRUE(decide("hm [s]").has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kUnavailable);
  EXPECT_EQ(decision_.verdict.stage, classify::Stage::kFallback);
  ASSERT_TRUE(decide("a simple one").has_value());
  EXPECT_EQ(outcome(), EncoderOutcome::kNotNeeded);
}

}  // namespace
}  // namespace pointsman::gateway
