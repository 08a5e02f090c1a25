#include "config/defaults.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "config/describe.h"
#include "config/overlay.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using testing::ElementsAre;

std::vector<std::string> names_of(const std::vector<ModelConfig>& models) {
  std::vector<std::string> out;
  for (const ModelConfig& model : models) out.push_back(model.name);
  return out;
}

void expect_sound(const Config& config) {
  const std::vector<std::string> models = names_of(config.models);
  EXPECT_EQ(std::set<std::string>(models.begin(), models.end()).size(), models.size());
  for (const ModelConfig& model : config.models) {
    const auto serves = [&model](const ProviderConfig& one) { return one.name == model.provider; };
    EXPECT_TRUE(std::ranges::any_of(config.providers, serves)) << model.name;
    EXPECT_FALSE(model.upstream.empty());
  }
  for (const CategoryConfig& category : config.categories) {
    EXPECT_FALSE(category.models.empty()) << category.name;
    EXPECT_EQ(category.threshold, config.router.default_threshold);
    for (const std::string& name : category.models) EXPECT_THAT(models, testing::Contains(name));
  }
  for (const std::string& name : config.router.fallback) EXPECT_THAT(models, testing::Contains(name));
  EXPECT_FALSE(config.router.fallback.empty());
  for (const ProviderConfig& provider : config.providers) EXPECT_FALSE(provider.base_url.empty()) << provider.name;
  for (const ListenerConfig& listener : config.listeners) EXPECT_TRUE(listener.address.is_loopback());
  EXPECT_FALSE(config.ledger.path.empty());
  EXPECT_EQ(config.version.size(), 64U);
}

TEST(FromEnvironment, GivesNothingWithoutAKey) {
  FakeHost host;
  host.variables = {{"OPENAI_API_KEY", ""}, {"HOME", "/home/me"}};
  EXPECT_FALSE(from_environment(host.environment()));
}

TEST(FromEnvironment, MakesAWorkingConfigurationOfEachKnownKey) {
  for (const KnownProvider& known : known_providers()) {
    FakeHost host;
    host.variables = {{std::string(known.key_variable), "sk-0123456789abcdef"}, {"HOME", "/home/me"}};
    const auto config = from_environment(host.environment());
    ASSERT_TRUE(config) << known.name;
    expect_sound(*config);
    EXPECT_EQ(config->providers[0].base_url.to_string(), known.base_url);
    EXPECT_EQ(config->providers[0].api_key.reveal(), "sk-0123456789abcdef");
    EXPECT_EQ(config->ledger.path, "/home/me/.local/state/pointsman/ledger");
    for (const ModelConfig& model : config->models) {
      EXPECT_TRUE(model.capabilities && model.capabilities->has(llm::Capability::kTools)) << model.name;
    }
  }
}

TEST(FromEnvironment, UsesAllKeysAtOnceAndTheCheapModelsForSimpleRequests) {
  FakeHost host;
  for (const KnownProvider& known : known_providers()) host.variables[std::string(known.key_variable)] = "k";
  const auto config = from_environment(host.environment());
  ASSERT_TRUE(config);
  expect_sound(*config);
  EXPECT_EQ(config->providers.size(), known_providers().size());
  const auto price_of = [&config](const std::string& name) {
    return std::ranges::find(config->models, name, &ModelConfig::name)->price.output;
  };
  for (std::size_t i = 0; i < known_providers().size(); ++i) {
    const auto small = price_of(config->categories[0].models[i]);
    const auto large = price_of(config->router.fallback[i]);
    if (small && large) EXPECT_LT(small->picos, large->picos) << config->router.fallback[i];
  }
}

TEST(FromEnvironment, IsWhatAFileWithoutProvidersGets) {
  FakeHost host;
  host.variables = {{"ANTHROPIC_API_KEY", "k"}, {"XDG_STATE_HOME", "/state"}};
  const auto loaded = host.load("log: {level: debug}\n");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->log.level, LogLevel::kDebug);
  EXPECT_EQ(names_of(loaded->models), names_of(from_environment(host.environment())->models));
  EXPECT_EQ(loaded->ledger.path, "/state/pointsman/ledger");
}

TEST(DefaultLedgerPath, PrefersTheServiceManagersFolderAndIgnoresRelativeOnes) {
  FakeHost host;
  EXPECT_EQ(default_ledger_path(host.environment()), "pointsman-ledger");
  host.variables = {{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}};
  EXPECT_EQ(default_ledger_path(host.environment()), "/h/.local/state/pointsman/ledger");
  host.variables["STATE_DIRECTORY"] = "/var/lib/pointsman";
  EXPECT_EQ(default_ledger_path(host.environment()), "/var/lib/pointsman/ledger");
}

TEST(DemoConfig, SaysInEveryNameThatItIsSimulated) {
  const Config config = demo_config({7001, 7002, 7003}, "/tmp/demo.sqlite");
  expect_sound(config);
  EXPECT_THAT(names_of(config.models), ElementsAre("sim-small", "sim-large", "sim-tools"));
  EXPECT_EQ(config.providers[0].base_url.to_string(), "http://127.0.0.1:7001/v1");
  EXPECT_EQ(config.providers[1].base_url.to_string(), "http://127.0.0.1:7003/v1");
  for (const ModelConfig& model : config.models) EXPECT_TRUE(model.price.known());
  EXPECT_EQ(config.ledger.path, "/tmp/demo.sqlite");
}

TEST(Anthropic, GetsTheHeadersOfItsProtocolUnlessTheFileSaysOthers) {
  FakeHost host;
  const auto made = host.load(
      "providers:\n"
      "  openai: {api_key: sk-0123456789abcdef0123}\n"
      "  claude: {kind: anthropic, base_url: \"https://api.example.com/v1\", api_key: sk-ant-0123456789}\n"
      "  proxy: {kind: anthropic, base_url: \"https://proxy.example.com\", auth_header: x-proxy-key,\n"
      "          headers: {Anthropic-Version: \"2024-01-01\", x-team: routing}}\n"
      "models: {large: {provider: openai}}\n"
      "categories: {all: {models: [large]}}\n"
      "router: {fallback: [large]}\n");
  ASSERT_TRUE(made);
  const auto find = [&](std::string_view name) {
    return *std::ranges::find(made->providers, name, &ProviderConfig::name);
  };
  EXPECT_EQ(find("openai").auth_header, "");
  EXPECT_TRUE(find("openai").headers.empty());
  const ProviderConfig claude = find("claude");
  EXPECT_EQ(claude.auth_header, "x-api-key");
  ASSERT_EQ(claude.headers.size(), 1U);
  EXPECT_EQ(claude.headers[0].name, "anthropic-version");
  EXPECT_EQ(claude.headers[0].value.reveal(), "2023-06-01");
  const ProviderConfig proxy = find("proxy");
  EXPECT_EQ(proxy.auth_header, "x-proxy-key");
  EXPECT_EQ(proxy.headers.size(), 2U) << "the version of the file stands";
}

TEST(Overlay, FillsOnlyWhatTheUserLeftUnset) {
  FakeHost host;
  auto config = host.load(
      "providers: {openai: {api_key: k}}\n"
      "models:\n"
      "  a: {provider: openai, upstream: up, max_output: 5, price: {input: 1}}\n"
      "  b: {provider: openai, upstream: unheard-of}\n"
      "router: {fallback: [a]}\n");
  ASSERT_TRUE(config);
  const std::string before = config->version;
  std::vector<std::string> asked;
  overlay(*config, [&asked](std::string_view name) -> std::optional<route::Model> {
    asked.emplace_back(name);
    if (name != "up") return std::nullopt;
    route::Model facts;
    facts.context_window = 100;
    facts.max_output = 50;
    facts.prices = {base::TokenPrice{7}, base::TokenPrice{8}, base::TokenPrice{9}};
    facts.capabilities = {llm::Capability::kVision};
    return facts;
  });
  EXPECT_THAT(asked, ElementsAre("up", "unheard-of", "b"));
  EXPECT_EQ(config->models[0].context_window, 100);
  EXPECT_EQ(config->models[0].max_output, 5);
  EXPECT_EQ(config->models[0].price.input, base::TokenPrice{1'000'000});
  EXPECT_FALSE(config->models[0].price.output);
  EXPECT_TRUE(to_model(config->models[0]).capabilities.has(llm::Capability::kVision));
  EXPECT_FALSE(config->models[1].capabilities);
  EXPECT_TRUE(to_model(config->models[1]).capabilities.empty());
  EXPECT_NE(config->version, before);
}

}  // namespace
}  // namespace pointsman::config
