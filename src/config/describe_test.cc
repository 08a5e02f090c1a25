#include "config/describe.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "config/defaults.h"
#include "config/placed_config.h"
#include "config/policy.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kRich =
    "providers: {openai: {api_key: sk-canary-0123456789, headers: {x-team: canary-header}}}\n"
    "models:\n"
    "  small: {provider: openai, price: {input: 0.05, output: 0.4}, context_window: 4096}\n"
    "  gpt-5.1: {provider: openai, capabilities: [tools, json_schema], max_output: 10, max_input: 20}\n"
    "categories:\n"
    "  simple: {description: \"Short \\\"things\\\": é\", models: [small, gpt-5.1], threshold: 0.7, examples: "
    "[hello]}\n"
    "rules: [{name: r, category: simple, keywords: [hi there], patterns: ['(?i)^\\s*\"hello\"']}]\n"
    "router: {fallback: [gpt-5.1], expected_output_tokens: 321, stages: [rules, local]}\n";

Config rich() {
  FakeHost host;
  auto loaded = host.load(kRich);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().front().to_string());
  return loaded ? *loaded : Config{};
}

TEST(Describe, ShowsSecretsOnlyAsHints) {
  const Config config = rich();
  for (const std::string& text : {describe_json(config), describe_yaml(config)}) {
    EXPECT_THAT(text, Not(HasSubstr("canary-0123")));
    EXPECT_THAT(text, Not(HasSubstr("canary-header")));
    EXPECT_THAT(text, HasSubstr("sk-c…(20)"));
  }
  EXPECT_THAT(policy_document(policy_of(config)), Not(HasSubstr("canary")));
}

TEST(Describe, GivesYamlThatLoadsAsTheSameConfiguration) {
  const Config config = rich();
  std::string yaml = describe_yaml(config);
  const std::size_t at = yaml.find("\"sk-c…(20)\"");
  ASSERT_NE(at, std::string::npos) << yaml;
  yaml.replace(at, std::string("\"sk-c…(20)\"").size(), "sk-canary-0123456789");
  const std::size_t header = yaml.find("\"…(13)\"");
  ASSERT_NE(header, std::string::npos) << yaml;
  yaml.replace(header, std::string("\"…(13)\"").size(), "canary-header");
  FakeHost host;
  const auto again = host.load(yaml);
  ASSERT_TRUE(again) << again.error().front().to_string() << yaml;
  EXPECT_EQ(again->version, config.version) << yaml;
}

TEST(Describe, TellsValuesOneByOneByThePathsOfMessages) {
  const auto values = describe_values(rich());
  const auto value = [&values](std::string_view path) {
    const auto at = std::ranges::find(values, path, &DescribedValue::path);
    return at == values.end() ? DescribedValue{.path = "missing", .value = ""} : *at;
  };
  EXPECT_EQ(value("providers.openai.api_key").value, "sk-c…(20)");
  EXPECT_TRUE(value("providers.openai.api_key").secret);
  EXPECT_EQ(value("providers.openai.headers.x-team").value, "…(13)");
  EXPECT_EQ(value("models.\"gpt-5.1\".max_output").value, "10");
  EXPECT_EQ(value("rules[0].keywords").value, R"(["hi there"])");
  EXPECT_EQ(value("router.fallback").value, R"(["gpt-5.1"])");
  EXPECT_EQ(value("router.expected_output_tokens").value, "321");
  EXPECT_FALSE(value("router.expected_output_tokens").usual);
  EXPECT_TRUE(value("router.retries.max_attempts").usual);
}

TEST(LoadPlaced, KnowsWhereEachValueWasWrittenAndWhatWasToBeFilledIn) {
  FakeHost host;
  host.variables["KEY"] = "sk-canary-0123456789";
  const PlacedConfig loaded = load_placed(
      "providers: {openai: {api_key: \"${KEY}\"}}\nmodels:\n  m: {provider: openai}\nlog: {level: \"${LOUD}\"}\n",
      "pointsman.yaml", {host.files, host.environment()});
  EXPECT_EQ(loaded.places.at("models.m.provider").line, 3);
  EXPECT_EQ(loaded.places.written("providers.openai.api_key"), "${KEY}");
  ASSERT_EQ(loaded.problems.size(), 1U) << "the variable is not set";
  EXPECT_EQ(loaded.problems.front().key, "log.level");
  EXPECT_TRUE(loaded.places.was_filled("log.level"));
  EXPECT_TRUE(loaded.places.was_filled_within("log"));
  EXPECT_FALSE(loaded.places.was_filled_within("lo"));
  EXPECT_TRUE(loaded.names_models());
}

TEST(Version, ChangesWithEveryValueButNotWithTheSecretItself) {
  FakeHost host;
  const auto version = [&host](std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    const auto loaded = host.load(text);
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().front().to_string());
    return loaded ? loaded->version : "";
  };
  const std::string base = rich().version;
  const std::string text(kRich);
  EXPECT_EQ(version(text, "sk-canary-0123456789", "sk-other"), base);
  EXPECT_EQ(version(text, "canary-header", "other"), base);
  EXPECT_NE(version(text, "api_key: sk-canary-0123456789,", ""), base);
  EXPECT_NE(version(text, "0.05", "0.06"), base);
  EXPECT_NE(version(text, "hello]", "hallo]"), base);
  EXPECT_NE(version(text, "321", "322"), base);
}

TEST(Policy, ReadsBackAsWhatWasWritten) {
  for (const Config& config : {rich(), demo_config({1, 2, 3}, "x")}) {
    const std::string document = policy_document(policy_of(config));
    const auto again = read_policy(document);
    ASSERT_TRUE(again) << again.error().place() << again.error().message();
    EXPECT_EQ(policy_document(*again), document);
    EXPECT_EQ(policy_version(document).size(), 64U);
    EXPECT_EQ(again->categories[0].threshold, config.categories[0].threshold);
    EXPECT_EQ(again->models[0].prices.input, config.models[0].price.input);
  }
}

TEST(Policy, KeepsUnknownFactsUnknown) {
  const auto again = read_policy(policy_document(policy_of(rich())));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->models[1].prices.known());
  EXPECT_FALSE(again->models[1].context_window);
  EXPECT_EQ(again->models[0].context_window, 4096);
  EXPECT_TRUE(again->models[1].capabilities.has(llm::Capability::kJsonSchema));
  EXPECT_EQ(again->rules[0].patterns[0], "(?i)^\\s*\"hello\"");
  EXPECT_EQ(again->stages, (std::vector<RouterStage>{RouterStage::kRules, RouterStage::kLocal}));
}

TEST(Policy, IsTheSameForConfigurationsThatDecideAlike) {
  Config config = rich();
  const std::string before = policy_document(policy_of(config));
  config.limits.max_headers = 7;
  config.ledger.path = "elsewhere";
  EXPECT_EQ(policy_document(policy_of(config)), before);
  config.categories[0].threshold = 0.71F;
  EXPECT_NE(policy_document(policy_of(config)), before);
}

TEST(Policy, KeepsWhatASmallModelsOpinionIsWorth) {
  Policy policy = policy_of(rich());
  const std::string without = policy_document(policy);
  EXPECT_THAT(without, Not(HasSubstr("opinions")));
  EXPECT_THAT(without, Not(HasSubstr("pooled")));
  policy.opinions.set(classify::OpinionSource::kStated, {.local = 0.5F, .model = 1.25F, .floor = 0.01F, .stray = 0.1F});
  policy.categories[0].pooled_threshold = 0.75F;
  const auto again = read_policy(policy_document(policy));
  ASSERT_TRUE(again) << again.error().place() << again.error().message();
  EXPECT_EQ(again->categories[0].pooled_threshold, 0.75F);
  const auto& weights = again->opinions.weights(classify::OpinionSource::kStated);
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->local, 0.5F);
  EXPECT_EQ(weights->model, 1.25F);
  EXPECT_EQ(weights->floor, 0.01F);
  EXPECT_EQ(weights->stray, 0.1F);
  EXPECT_FALSE(again->opinions.weights(classify::OpinionSource::kLogprobs));
  EXPECT_EQ(policy_document(*again), policy_document(policy));
}

TEST(Policy, KeepsWhenConversationsStay) {
  Config config = rich();
  config.router.affinity = {.stay = Affinity::kAlways, .turns = 9};
  const std::string document = policy_document(policy_of(config));
  const auto again = read_policy(document);
  ASSERT_TRUE(again) << again.error().place() << again.error().message();
  EXPECT_EQ(again->affinity.stay, route::Stay::kAlways);
  EXPECT_EQ(again->affinity.turns, 9);
  EXPECT_EQ(policy_document(*again), document);
  config.router.affinity.stay = Affinity::kOff;
  const std::string off = policy_document(policy_of(config));
  EXPECT_THAT(off, Not(HasSubstr("affinity"))) << "as documents were before there was any";
  EXPECT_EQ(read_policy(off)->affinity.stay, route::Stay::kOff);
  EXPECT_EQ(affinity_rules({}).stay, route::Stay::kPrice);
}

TEST(Policy, NamesThePlaceOfWhatItCannotRead) {
  EXPECT_EQ(read_policy("nope").error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(read_policy("[]").error().place(), "/format");
  std::string document = policy_document(policy_of(rich()));
  const auto broken = [&document](std::string_view from, std::string_view to) {
    std::string text = document;
    text.replace(text.find(from), from.size(), to);
    const auto read = read_policy(text);
    return read ? std::string("(read)") : read.error().place();
  };
  EXPECT_EQ(broken("\"threshold\":0.7", "\"threshold\":7"), "/categories/0/threshold");
  EXPECT_EQ(broken("\"categories\":[", "\"opinions\":{\"rumours\":{}},\"categories\":["), "/opinions/rumours");
  EXPECT_EQ(broken("\"categories\":[", "\"opinions\":[],\"categories\":["), "/opinions");
  EXPECT_EQ(broken("\"stay\":\"price\"", "\"stay\":\"forever\""), "/affinity/stay");
  EXPECT_EQ(broken("\"turns\":4", "\"turns\":-4"), "/affinity/turns");
  EXPECT_EQ(broken("\"turns\":4", "\"turns\":\"4\""), "/affinity/turns");
  EXPECT_EQ(broken("\"input\":\"0.05\"", "\"input\":0.05"), "/models/0/price/input");
  EXPECT_EQ(broken("\"json_schema\"", "\"mind_reading\""), "/models/1/capabilities");
  EXPECT_EQ(broken("pointsman-policy-1", "pointsman-policy-9"), "/format");
  EXPECT_EQ(broken("\"max_output\":10", "\"max_output\":-1"), "/models/1/max_output");
}

}  // namespace
}  // namespace pointsman::config
