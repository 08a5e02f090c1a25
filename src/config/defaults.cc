#include "config/defaults.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/describe.h"
#include "config/units.h"

namespace pointsman::config {
namespace {

using llm::Capability;
using llm::CapabilitySet;

constexpr CapabilitySet kText = {Capability::kTools, Capability::kParallelTools, Capability::kJsonMode,
                                 Capability::kJsonSchema};
constexpr CapabilitySet kTextAndImages = {Capability::kTools, Capability::kParallelTools, Capability::kVision,
                                          Capability::kJsonMode, Capability::kJsonSchema};
// Anthropic's OpenAI-compatible endpoint ignores response_format and lacks logprobs and n > 1.
constexpr CapabilitySet kClaude = {Capability::kTools, Capability::kParallelTools, Capability::kVision};

constexpr std::int64_t k128K = 131'072;

// Prices as published by the providers in August 2026. The order is that of preference for the fallback.
constexpr std::array<KnownProvider, 7> kProviders = {{
    {"openai",
     "OPENAI_API_KEY",
     "https://api.openai.com/v1",
     {"gpt-5.6-luna", "gpt-5.6-luna", "0.2", "0.02", "1.2", 0, 0, kTextAndImages},
     {"gpt-5.6-terra", "gpt-5.6-terra", "2", "0.2", "12", 0, 0, kTextAndImages},
     {"gpt-5.6-sol", "gpt-5.6-sol", "5", "0.5", "30", 0, 0, kTextAndImages}},
    {"anthropic",
     "ANTHROPIC_API_KEY",
     "https://api.anthropic.com/v1",
     {"claude-haiku-4-5", "claude-haiku-4-5-20251001", "1", "0.1", "5", 200'000, 64'000, kClaude},
     {"claude-sonnet-5", "claude-sonnet-5", "2", "0.2", "10", 0, 0, kClaude},
     {"claude-opus-5", "claude-opus-5", "5", "0.5", "25", 0, 0, kClaude},
     ProviderKind::kAnthropic},
    {"gemini",
     "GEMINI_API_KEY",
     "https://generativelanguage.googleapis.com/v1beta/openai",
     {"gemini-3.5-flash-lite", "gemini-3.5-flash-lite", "0.3", "0.03", "2.5", 0, 0, kTextAndImages},
     {"gemini-3.7-flash", "gemini-3.7-flash", "0.75", "0.075", "3.75", 0, 0, kTextAndImages},
     {"gemini-3.1-pro-preview", "gemini-3.1-pro-preview", "2", "0.2", "12", 0, 0, kTextAndImages}},
    {"openrouter",
     "OPENROUTER_API_KEY",
     "https://openrouter.ai/api/v1",
     {"openrouter/gpt-5-nano", "openai/gpt-5-nano", "0.05", "0.005", "0.4", 400'000, 128'000, kTextAndImages},
     {"openrouter/gpt-5-mini", "openai/gpt-5-mini", "0.25", "0.025", "2", 400'000, 128'000, kTextAndImages},
     {"openrouter/gpt-5", "openai/gpt-5", "1.25", "0.125", "10", 400'000, 128'000, kTextAndImages}},
    {"mistral",
     "MISTRAL_API_KEY",
     "https://api.mistral.ai/v1",
     {"mistral-small-latest", "mistral-small-latest", "", "", "", 0, 0, kText},
     {"mistral-medium-latest", "mistral-medium-latest", "", "", "", 0, 0, kText},
     {"mistral-large-latest", "mistral-large-latest", "", "", "", 0, 0, kText}},
    {"deepseek",
     "DEEPSEEK_API_KEY",
     "https://api.deepseek.com/v1",
     {"deepseek-chat", "deepseek-chat", "", "", "", 0, 0, {Capability::kTools, Capability::kJsonMode}},
     {"deepseek-chat", "deepseek-chat", "", "", "", 0, 0, {Capability::kTools, Capability::kJsonMode}},
     {"deepseek-reasoner", "deepseek-reasoner", "", "", "", 0, 0, {Capability::kTools, Capability::kJsonMode}}},
    {"groq",
     "GROQ_API_KEY",
     "https://api.groq.com/openai/v1",
     {"groq/llama-3.1-8b-instant",
      "llama-3.1-8b-instant",
      "0.05",
      "",
      "0.08",
      k128K,
      k128K,
      {Capability::kTools, Capability::kJsonMode}},
     {"groq/gpt-oss-20b", "openai/gpt-oss-20b", "0.075", "", "0.3", k128K, 65'536, kText},
     {"groq/gpt-oss-120b", "openai/gpt-oss-120b", "0.15", "", "0.6", k128K, 65'536, kText}},
}};

std::optional<std::int64_t> known(std::int64_t value) {
  return value == 0 ? std::nullopt : std::optional<std::int64_t>(value);
}

ModelConfig model_of(const KnownModel& facts, std::string_view provider) {
  ModelConfig model;
  model.name = facts.name;
  model.provider = provider;
  model.upstream = facts.upstream;
  model.price = {parse_price(facts.input), parse_price(facts.cached_input), parse_price(facts.output)};
  model.context_window = known(facts.context_window);
  model.max_output = known(facts.max_output);
  model.capabilities = facts.capabilities;
  return model;
}

CategoryConfig category(std::string_view name, std::string_view description, std::vector<std::string> examples) {
  CategoryConfig made;
  made.name = name;
  made.description = description;
  made.examples = std::move(examples);
  return made;
}

std::vector<CategoryConfig> three_categories() {
  return {category("simple", "Short questions, small talk, rewording, translation and other everyday requests.",
                   {"What is the capital of Portugal?", "Thanks, that is all for today!",
                    "Make this sentence sound more polite: send me the file now.", "Translate good morning to Dutch.",
                    "Give me three names for a bakery."}),
          category("reasoning", "Proofs, puzzles, mathematics, planning and code that need several steps of thought.",
                   {"Prove that the square root of 3 is irrational.",
                    "Three people share a bill of 84 euros in the ratio 2:3:7; how much does each pay, and why?",
                    "Find the race condition in this queue and explain how it shows up.",
                    "Plan the migration of a 2 TB database with less than five minutes of downtime.",
                    "Compare these two contract clauses and derive what happens if the supplier is late twice."}),
          category("tool_use", "Requests that need something looked up, searched, booked, sent or run.",
                   {"Look up tomorrow's weather in Oslo and tell me what to wear.",
                    "Book a table for two on Friday at eight.", "Run the tests and show me which of them fail.",
                    "Search my mail for the invoice from March and forward it to Anna.",
                    "What is the price of the share right now?"})};
}

void add_model(Config& config, const KnownModel& facts, std::string_view provider, CategoryConfig& category) {
  category.models.emplace_back(facts.name);
  if (std::ranges::find(config.models, facts.name, &ModelConfig::name) == config.models.end()) {
    config.models.push_back(model_of(facts, provider));
  }
}

bool same_header(std::string_view a, std::string_view b) {
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, folded, folded);
}

// What the messages API wants in every request: the bare key, and which version of the API is meant
// (docs.claude.com, API overview). What the file says comes first.
void complete_anthropic(ProviderConfig& provider) {
  static constexpr std::string_view kVersion = "anthropic-version";
  if (provider.auth_header.empty()) provider.auth_header = "x-api-key";
  const auto is_version = [](const Header& one) { return same_header(one.name, kVersion); };
  if (std::ranges::any_of(provider.headers, is_version)) return;
  provider.headers.push_back({std::string(kVersion), base::Secret(std::string(kAnthropicVersion))});
}

void add_provider(Config& config, const KnownProvider& known, std::string key) {
  ProviderConfig provider;
  provider.name = known.name;
  provider.kind = known.kind;
  provider.base_url = Url::parse(known.base_url).value_or(Url{});
  provider.api_key = base::Secret(std::move(key));
  config.providers.push_back(std::move(provider));
  add_model(config, known.small, known.name, config.categories[0]);
  add_model(config, known.large, known.name, config.categories[1]);
  add_model(config, known.medium, known.name, config.categories[2]);
  config.router.fallback.emplace_back(known.large.name);
}

}  // namespace

std::span<const KnownProvider> known_providers() {
  return kProviders;
}

const KnownProvider* find_known_provider(std::string_view name) {
  const auto found = std::ranges::find(kProviders, name, &KnownProvider::name);
  return found == kProviders.end() ? nullptr : &*found;
}

std::string default_ledger_path(const Environment& environment) {
  const auto folder = [&environment](std::string_view name) {
    const std::optional<std::string> value = environment(name);
    // Relative folders are not valid there (XDG Base Directory Specification).
    return value && value->starts_with('/') ? *value : std::string();
  };
  if (const std::string state = folder("STATE_DIRECTORY"); !state.empty()) return state + "/ledger";
  if (const std::string xdg = folder("XDG_STATE_HOME"); !xdg.empty()) return xdg + "/pointsman/ledger";
  if (const std::string home = folder("HOME"); !home.empty()) return home + "/.local/state/pointsman/ledger";
  return "pointsman-ledger";
}

void complete(Config& config, const Environment& environment) {
  if (config.listeners.empty()) config.listeners.emplace_back();
  for (ProviderConfig& provider : config.providers) {
    const KnownProvider* known = find_known_provider(provider.name);
    if (provider.base_url.empty() && known != nullptr) {
      provider.base_url = Url::parse(known->base_url).value_or(Url{});
      provider.kind = known->kind;
    }
    if (provider.kind == ProviderKind::kAnthropic) complete_anthropic(provider);
  }
  for (ModelConfig& model : config.models) {
    if (model.upstream.empty()) model.upstream = model.name;
  }
  for (CategoryConfig& one : config.categories) {
    one.threshold = one.own_threshold.value_or(config.router.default_threshold);
  }
  if (config.router.fallback.empty() && config.models.size() == 1) {
    config.router.fallback.push_back(config.models.front().name);
  }
  if (config.ledger.path.empty()) config.ledger.path = default_ledger_path(environment);
}

std::optional<Config> from_environment(const Environment& environment) {
  Config config;
  config.categories = three_categories();
  for (const KnownProvider& known : kProviders) {
    std::optional<std::string> key = environment(known.key_variable);
    if (key && !key->empty()) add_provider(config, known, std::move(*key));
  }
  if (config.providers.empty()) return std::nullopt;
  complete(config, environment);
  set_version(config);
  return config;
}

Config demo_config(const DemoPorts& ports, std::string ledger_path) {
  struct Simulated {
    std::string_view name;
    std::uint16_t port;
    std::string_view input;
    std::string_view output;
    CapabilitySet capabilities;
  };
  const std::array<Simulated, 3> all = {{{"sim-small", ports.small, "0.1", "0.4", {Capability::kJsonMode}},
                                         {"sim-large", ports.large, "5", "25", kTextAndImages},
                                         {"sim-tools", ports.tools, "0.5", "2", kText}}};
  Config config;
  config.categories = three_categories();
  for (std::size_t i = 0; i < all.size(); ++i) {
    ProviderConfig provider;
    provider.name = all[i].name;
    provider.base_url = {false, {"127.0.0.1", all[i].port}, "/v1"};
    config.providers.push_back(std::move(provider));
    const KnownModel facts = {all[i].name,   all[i].name, all[i].input, "",
                              all[i].output, k128K,       16'384,       all[i].capabilities};
    add_model(config, facts, all[i].name, config.categories[i]);
  }
  config.router.fallback = {"sim-large"};
  config.ledger.path = std::move(ledger_path);
  complete(config, [](std::string_view) { return std::nullopt; });
  set_version(config);
  return config;
}

}  // namespace pointsman::config
