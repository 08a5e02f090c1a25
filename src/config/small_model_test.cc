#include "config/small_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/policy.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kFile =
    "providers: {openai: {api_key: sk-0123456789abcdef0123}, claude: {kind: anthropic, base_url: "
    "\"https://api.example.com/v1\"}}\n"
    "models: {mini: {provider: openai, upstream: gpt-mini}, large: {provider: openai}}\n"
    "categories: {simple: {models: [mini]}, hard: {models: [large]}}\n";

std::string with(std::string_view llm) {
  return std::string(kFile) + "router:\n  fallback: [large]\n  llm: " + std::string(llm) + "\n";
}

classify::Pairing measured() {
  classify::Pairing out;
  out.classifier = std::string(64, 'a');
  out.model = "gpt-mini";
  out.prompt_version = std::string(64, 'b');
  out.opinions.set(classify::OpinionSource::kLogprobs, {.local = 0.75F, .model = 1.5F});
  out.categories = {{"hard", 0.8F, 0.9F}, {"simple", 0.75F, 0.5F}};
  out.at_most = 0.02;
  out.confidence = 0.95;
  out.certified = true;
  out.evidence = {1000, 800, 7, 0.0151, "held-out", std::string(64, 'c')};
  return out;
}

TEST(SmallModel, MayBeAModelOfTheFileOrOneOfAProviderAlone) {
  FakeHost host;
  const auto plain = host.load(with("mini"));
  ASSERT_TRUE(plain) << host.problems(with("mini"));
  EXPECT_EQ(small_model_of(*plain).provider, "openai");
  EXPECT_EQ(small_model_of(*plain).upstream, "gpt-mini");
  EXPECT_EQ(plain->router.llm->deadline.count(), 400);
  EXPECT_EQ(plain->router.llm->labels, 5);
  EXPECT_FALSE(plain->router.llm->max_cost_per_hour);
  const auto alone = host.load(with("{provider: claude, model: haiku, price: {input: 1}, max_cost_per_hour: 0.5}"));
  ASSERT_TRUE(alone);
  EXPECT_EQ(small_model_of(*alone).provider, "claude");
  EXPECT_EQ(small_model_of(*alone).upstream, "haiku");
  EXPECT_EQ(small_model_of(*alone).price.input, base::TokenPrice{1'000'000});
  EXPECT_EQ(alone->router.llm->max_cost_per_hour, base::Money{500'000'000});
}

TEST(SmallModel, MayBeAskedWhileTheLikelyModelIsCalledAlready) {
  FakeHost host;
  const auto file = [](std::string_view category, std::string_view router) {
    return "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
           "models: {mini: {provider: openai, upstream: gpt-mini}, large: {provider: openai}}\n"
           "categories: {simple: {models: [mini, large]" +
           std::string(category) + "}, hard: {models: [large]}}\nrouter: {fallback: [large]" + std::string(router) +
           "}\n";
  };
  const auto loaded = host.load(file(", speculate: 0.4", ", llm: mini"));
  ASSERT_TRUE(loaded) << host.problems(file(", speculate: 0.4", ", llm: mini"));
  EXPECT_EQ(loaded->categories[0].speculate, 0.4F);
  EXPECT_FALSE(loaded->categories[1].speculate) << "nobody is called early who does not ask for it";
  EXPECT_THAT(host.problems(file(", speculate: 0.4", "")),
              HasSubstr("categories.simple.speculate: is for the time that the small model of router.llm takes"));
  EXPECT_THAT(host.problems(file(", speculate: 0.4, strategy: escalate", ", llm: mini")),
              HasSubstr("categories.simple.speculate: is not possible with strategy escalate"));
  EXPECT_THAT(host.problems(file(", speculate: 2", ", llm: mini")), HasSubstr("categories.simple.speculate"));
}

TEST(SmallModel, IsRefusedWhereItCannotBe) {
  FakeHost host;
  EXPECT_THAT(host.problems(with("{model: mimi}")), HasSubstr("router.llm.model: there is no model \"mimi\""));
  EXPECT_THAT(host.problems(with("{model: m, provider: oops}")), HasSubstr("there is no provider \"oops\""));
  EXPECT_THAT(host.problems(with("{model: mini, price: {input: 1}}")), HasSubstr("write it under models"));
  EXPECT_THAT(host.problems(with("{model: m, provider: claude, structure: token, confidence: logprobs}")),
              AllOf(HasSubstr("router.llm.structure: is not possible with the Anthropic protocol"),
                    HasSubstr("router.llm.confidence: is not possible with the Anthropic protocol")));
  EXPECT_THAT(host.problems(with("{model: mini, structure: token, confidence: stated}")), HasSubstr("needs structure"));
  EXPECT_THAT(host.problems(with("{model: mini, max_cost_per_hour: -1}")), HasSubstr("is not an amount"));
}

TEST(SmallModel, TakesItsThresholdsFromThePairing) {
  FakeHost host;
  host.files.files["pair.json"] = classify::write_pairing(measured());
  const std::string text = with("{model: mini, pairing: pair.json}");
  const auto config = host.load(text);
  ASSERT_TRUE(config) << host.problems(text);
  EXPECT_EQ(config->categories[0].threshold, 0.75F);
  EXPECT_EQ(config->categories[0].pooled_threshold, 0.5F);
  EXPECT_EQ(config->categories[1].pooled_threshold, 0.9F);
  EXPECT_TRUE(config->categories[0].certified);
  EXPECT_EQ(policy_of(*config).opinions.weights(classify::OpinionSource::kLogprobs)->model, 1.5F);
  EXPECT_TRUE(check_pairing(*config, std::string(64, 'a'), std::string(64, 'b')));
  const auto other = check_pairing(*config, std::string(64, 'd'), std::string(64, 'b'));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("is about the classifier aaaaaaaaaaaa"));
  EXPECT_THAT(other.error().message(), HasSubstr("pointsman.yaml:6:"));
  EXPECT_THAT(check_pairing(*config, std::string(64, 'a'), "").error().message(), HasSubstr("another prompt"));
}

TEST(SmallModel, CanBeMeasuredWhateverIsNamedAsItsPairing) {
  FakeHost host;
  host.files.files["risk.json"] = "{}";
  for (const char* text :
       {"{model: mini, pairing: none-yet.json}", "{model: mini}\n  risk: {cost: 2%, certificate: x}"}) {
    EXPECT_FALSE(host.load(with(text))) << text;
  }
  const std::string named = with("{model: mini, pairing: none-yet.json}");
  const auto config = load(named, "pointsman.yaml", {host.files, host.environment(), Pairings::kIgnored});
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->router.llm->paired.categories.empty());
  EXPECT_EQ(config->categories[0].threshold, config->router.default_threshold);
}

TEST(SmallModel, RefusesAPairingAboutSomethingElse) {
  FakeHost host;
  const std::string text = with("{model: mini, pairing: pair.json}");
  EXPECT_THAT(host.problems(text), HasSubstr("cannot read the file"));
  host.files.files["pair.json"] = "{}";
  EXPECT_THAT(host.problems(text), HasSubstr("\"format\" is missing"));
  classify::Pairing other = measured();
  other.model = "gpt-maxi";
  host.files.files["pair.json"] = classify::write_pairing(other);
  EXPECT_THAT(host.problems(text), HasSubstr("is about the model \"gpt-maxi\", not \"gpt-mini\""));
  other = measured();
  other.categories[0].name = "odd";
  host.files.files["pair.json"] = classify::write_pairing(other);
  EXPECT_THAT(host.problems(text), HasSubstr("is about other categories"));
}

TEST(SmallModel, DecidesNothingUntilItWasMeasured) {
  FakeHost host;
  const auto config = host.load(with("mini"));
  ASSERT_TRUE(config);
  EXPECT_GT(config->categories[0].pooled_threshold, 1);
  EXPECT_FALSE(policy_of(*config).opinions.weights(classify::OpinionSource::kLogprobs));
}

TEST(SmallModel, IsShownLabelledExamplesOfItsCategories) {
  FakeHost host;
  host.files.files["shots.jsonl"] =
      "{\"text\": \"hi\", \"category\": \"simple\"}\n{\"text\": \"odd\", \"category\": \"other\"}\n";
  const std::string text = with("{model: mini, examples_file: shots.jsonl}");
  const auto config = host.load(text);
  ASSERT_TRUE(config) << host.problems(text);
  ASSERT_EQ(config->router.llm->labelled.size(), 1U);
  EXPECT_EQ(config->router.llm->labelled[0].label, "simple");
  host.files.files["shots.jsonl"] = "{\"text\": \"odd\", \"category\": \"other\"}\n";
  EXPECT_THAT(host.problems(text), HasSubstr("has no example of any category"));
}

TEST(SmallModel, DoesNotGoWithACertificateOfTheClassifierAlone) {
  FakeHost host;
  const std::string text = with("mini") + "  risk: {under_routing: 2%, certificate: cert.json}\n";
  EXPECT_THAT(host.problems(text), HasSubstr("is proved for the classifier alone"));
}

}  // namespace
}  // namespace pointsman::config
