#include "gateway/route_body.h"

#include <gmock/gmock.h>

#include "gateway/decide.h"
#include "support/encoders.h"
#include "wire/openai_chat/request.h"

namespace pointsman::gateway {
namespace {

using ::testing::HasSubstr;

class RouteBodyTest : public ::testing::Test {
 protected:
  std::string body(const std::string& model, const std::string& text,
                   config::Config config = pointsman::testing::three_models()) {
    using pointsman::testing::FakeEncoder;
    const auto built = build_snapshot(std::move(config), pointsman::testing::load_asking(), nullptr,
                                      pointsman::testing::load_fakes({{"a", std::make_shared<FakeEncoder>('a')}}));
    const SnapshotPtr snapshot = *built;
    const std::string request_body =
        R"({"model":")" + model + R"(","max_tokens":10,"messages":[{"role":"user","content":")" + text + R"("}]})";
    wire::openai_chat::Reader reader;
    llm::ChatRequest request;
    EXPECT_TRUE(wire::openai_chat::read_chat_request(request_body, reader, request).has_value());
    Decider decider;
    decider.use(*snapshot);
    Decision decision;
    EXPECT_TRUE(decider.decide(*snapshot, request, {}, {}, decision).has_value());
    decision.classify_time = std::chrono::microseconds(12);
    std::string out;
    write_route_body(*snapshot, request, decision, out);
    const std::size_t version = out.find(snapshot->policy_version);
    EXPECT_NE(version, std::string::npos);
    if (version != std::string::npos) out.replace(version, snapshot->policy_version.size(), "V");
    return out;
  }
};

TEST_F(RouteBodyTest, SaysWhatWasDecidedAndFromWhat) {
  EXPECT_EQ(
      body("auto", "simple"),
      R"({"object":"route.decision","category":"simple","confidence":0.9,"threshold":0.6,)"
      R"("threshold_from":"configuration","shift":false,"stage":"local","reason":"at_or_above_threshold","fallback":false,"escalated":false,"model":"sim-small",)"
      R"("candidates":[{"model":"sim-small","provider":"sim-small","from":"category","healthy":true,)"
      R"("expected_cost_usd":0.0000049},{"model":"sim-large","provider":"sim-large","from":"fallback","healthy":true,)"
      R"("expected_cost_usd":0.000295},{"model":"sim-tools","provider":"sim-tools","from":"fallback","healthy":true,)"
      R"("expected_cost_usd":0.0000245}],"excluded":[],"requirements":{"capabilities":[],"input_tokens_estimate":9,)"
      R"("output_tokens_limit":10},"probabilities":{"simple":0.9,"reasoning":0.05,)"
      R"("tool_use":0.05},"rule_hits":[],"policy_version":"V","classifier_version":"words-1",)"
      R"("encoder":{"outcome":"none","us":0},"classify_us":12})");
}

TEST_F(RouteBodyTest, SaysWhatACertifiedThresholdPromises) {
  config::Config config = pointsman::testing::three_models();
  config::RiskConfig& risk = config.router.risk.emplace();
  risk.proved.classifier = "words-1";
  risk.proved.at_most = 0.02;
  risk.proved.confidence = 0.95;
  risk.proved.certified = true;
  for (config::CategoryConfig& category : config.categories) {
    category.certified = true;
    category.threshold = 0.8123456F;
  }
  EXPECT_THAT(body("auto", "simple", config),
              HasSubstr(R"("threshold":0.8123456,"threshold_from":"certificate",)"
                        R"("promise":"at most 2 % under-routed, with 95 % confidence")"));
  for (config::CategoryConfig& category : config.categories) category.threshold = 0.95F;
  EXPECT_THAT(body("auto", "simple", config), HasSubstr(R"("reason":"below_certified_threshold","fallback":true)"));
  risk.proved.certified = false;
  for (config::CategoryConfig& category : config.categories) category.threshold = classify::kNeverKeep;
  EXPECT_THAT(body("auto", "simple", config),
              HasSubstr(R"("threshold":null,"threshold_from":"certificate","promise":null)"));
}

TEST_F(RouteBodyTest, ShowsWhatTheClassifierSaidBeforeTheEncoder) {
  config::Config config = pointsman::testing::three_models();
  pointsman::testing::ask_encoder_a(config);
  const std::string heard = body("auto", "hm [t]", config);
  EXPECT_THAT(heard, HasSubstr(R"("category":"tool_use","confidence":0.8)"));
  EXPECT_THAT(heard, HasSubstr(R"("encoder":{"outcome":"used","us":)"));
  EXPECT_THAT(heard, HasSubstr(R"("before":{"category":"simple","confidence":0.45,)"
                               R"("probabilities":{"simple":0.45,"reasoning":0.3,"tool_use":0.25}}})"));
  EXPECT_THAT(body("auto", "simple", config), HasSubstr(R"("encoder":{"outcome":"not_needed","us":0})"));
}

// A pairing that trusts the small model wherever the classifier is unsure.
config::Config with_small_model() {
  config::Config config = pointsman::testing::three_models();
  config::LlmConfig& llm = config.router.llm.emplace();
  llm.provider = "sim-small";
  llm.model = "mini";
  llm.pairing = "pair.json";
  llm.paired.classifier = "words-1";
  llm.paired.prompt_version = (*make_consultant(config, {}))->prompt_version();
  llm.paired.opinions.set(classify::OpinionSource::kLogprobs, {.local = 0.5F, .model = 1});
  llm.paired.at_most = 0.02;
  llm.paired.confidence = 0.95;
  llm.paired.certified = true;
  for (config::CategoryConfig& category : config.categories) {
    category.certified = true;
    category.pooled_threshold = 0.7F;
  }
  return config;
}

TEST_F(RouteBodyTest, ShowsWhatTheSmallModelSaid) {
  const auto built = build_snapshot(with_small_model(), pointsman::testing::load_asking(), nullptr);
  ASSERT_TRUE(built) << built.error().message();
  const Snapshot& snapshot = **built;
  Decision decision;
  decision.routed = true;
  decision.evidence.probabilities = {0.45F, 0.3F, 0.25F};
  decision.evidence.opinion = {.outcome = classify::OpinionOutcome::kUsed,
                               .source = classify::OpinionSource::kLogprobs,
                               .probabilities = {0.01F, 0.98F, 0.01F},
                               .offered = {0, 1, 2},
                               .coverage = 0.5F};
  decision.opinion.bill.cost = base::Money{15'000};
  decision.opinion.took = std::chrono::microseconds(180);
  llm::ChatRequest request;
  ASSERT_TRUE(decide_from(snapshot, request.needs, {}, decision));
  std::string out;
  write_route_body(snapshot, request, decision, out);
  EXPECT_THAT(out, HasSubstr(R"("promise":"at most 2 % under-routed, with 95 % confidence")"));
  EXPECT_THAT(out, HasSubstr(R"("stage":"llm","reason":"llm_at_or_above_threshold")"));
  EXPECT_THAT(out,
              HasSubstr(R"("llm":{"outcome":"used","model":"mini","us":180,"cost_usd":0.000015,"source":"logprobs",)"
                        R"("coverage":0.5,"cached":false,"hedged":false,"offered":["simple","reasoning","tool_use"],)"
                        R"("probabilities":{"simple":0.01,"reasoning":0.98,"tool_use":0.01},"pooled":{"simple":)"));
}

TEST_F(RouteBodyTest, SaysWhyTheSmallModelIsNotHeard) {
  const auto built = build_snapshot(with_small_model(), pointsman::testing::load_asking(), nullptr);
  ASSERT_TRUE(built) << built.error().message();
  Decision decision;
  decision.routed = true;
  decision.evidence.probabilities = {0.45F, 0.3F, 0.25F};
  decision.evidence.opinion.outcome = classify::OpinionOutcome::kLate;
  decision.opinion.reason = "no answer within router.llm.deadline";
  llm::ChatRequest request;
  ASSERT_TRUE(decide_from(**built, request.needs, {}, decision));
  std::string out;
  write_route_body(**built, request, decision, out);
  EXPECT_THAT(out, HasSubstr(R"("reason":"llm_late","fallback":true)"));
  EXPECT_THAT(out, HasSubstr(R"("llm":{"outcome":"late","model":"mini","us":0,)"
                             R"("reason":"no answer within router.llm.deadline","cost_usd":null})"));
}

TEST_F(RouteBodyTest, SaysThatTheClientChoseTheModel) {
  const std::string text = body("sim-tools", "simple");
  EXPECT_NE(text.find(R"("category":null,"confidence":null)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("stage":"passthrough","reason":"model named by the client")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("from":"client")"), std::string::npos) << text;
}

}  // namespace
}  // namespace pointsman::gateway
