#include "config/schema.h"

#include <algorithm>
#include <array>

#include "config/schema_bind.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;
using Names = std::string_view;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kTokens = 1'000'000'000;

constexpr std::array<Names, 1> kProviderKinds = {"openai"};
constexpr std::array<Names, 2> kStreamUsages = {"ask", "as_client"};
constexpr std::array<Names, 3> kStages = {"header", "rules", "local"};
// In the order of encode::Precision; a test compares.
constexpr std::array<Names, 4> kPrecisions = {"auto", "f32", "bf16", "i8"};
constexpr std::array<Names, 2> kStorePrompts = {"off", "full"};
constexpr std::array<Names, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::array<Names, 2> kLogFormats = {"text", "json"};
// In the order of llm::Capability; a test compares.
constexpr std::array<Names, llm::kCapabilityCount> kCapabilities = {
    "tools",     "parallel_tools", "vision",   "audio_input",      "audio_output", "file_input",
    "json_mode", "json_schema",    "logprobs", "multiple_choices", "web_search"};

constexpr std::array kTlsKeys = {
    value<Type::kFile, &TlsConfig::cert>("cert", "", "PEM file with the certificate and its chain.").must(),
    value<Type::kFile, &TlsConfig::key>("key", "", "PEM file with the private key.").must(),
};
constexpr Section kTls = {"tls", "The certificate a listener shows.", kTlsKeys};

constexpr std::array kListenerKeys = {
    value<Type::kAddress, &ListenerConfig::address>("address", "127.0.0.1:8080", "Host and port to accept clients on."),
    nested<Type::kSection, &ListenerConfig::tls>("tls", kTls, "Speak TLS on this listener."),
};
constexpr Section kListener = {"listener", "One place where clients connect.", kListenerKeys, "address"};

constexpr std::array kAdminKeys = {
    value<Type::kAddress, &AdminConfig::address>("address", "127.0.0.1:9090",
                                                 "Host and port for /metrics, /livez and /readyz."),
};
constexpr Section kAdmin = {"admin", "A second listener for operators only.", kAdminKeys, "address"};

constexpr std::array kLimitsKeys = {
    value<Type::kSize, &LimitsConfig::max_header_bytes>("max_header_bytes", "32KiB",
                                                        "Largest request line and headers together.")
        .between(kKiB, kMiB),
    value<Type::kInteger, &LimitsConfig::max_headers>("max_headers", "100", "Most headers of one request.")
        .between(8, 10'000),
    value<Type::kSize, &LimitsConfig::max_body>("max_body", "20MiB", "Largest request body.")
        .between(kKiB, 1024 * kMiB),
    value<Type::kDuration, &LimitsConfig::header_timeout>("header_timeout", "10s",
                                                          "A client must have sent its headers within this time.")
        .between(1, kHour),
    value<Type::kDuration, &LimitsConfig::body_timeout>("body_timeout", "30s",
                                                        "Longest wait for the next bytes of a request body.")
        .between(1, kHour),
    value<Type::kDuration, &LimitsConfig::write_timeout>("write_timeout", "60s",
                                                         "Longest wait for a client to take bytes of its answer.")
        .between(1, kHour),
    value<Type::kDuration, &LimitsConfig::idle_timeout>("idle_timeout", "75s",
                                                        "How long an idle client connection is kept open.")
        .between(1, 24 * kHour),
    value<Type::kInteger, &LimitsConfig::max_connections>("max_connections", "10000",
                                                          "Most client connections at a time, over all listeners.")
        .between(1, kMillion),
    value<Type::kDuration, &LimitsConfig::drain_timeout>(
        "drain_timeout", "30s", "How long running requests may finish when the gateway is told to stop.")
        .between(0, 24 * kHour),
};
constexpr Section kLimits = {"limits", "What one client may ask of the gateway.", kLimitsKeys};

constexpr std::array kProviderKeys = {
    value<Type::kChoice, &ProviderConfig::kind>("kind", "openai", "The protocol it speaks: OpenAI chat completions.")
        .from(kProviderKinds),
    value<Type::kUrl, &ProviderConfig::base_url>(
        "base_url", "(that of the well-known provider of this name)",
        "Where the API begins, such as https://api.openai.com/v1; required unless the name is well known."),
    value<Type::kSecret, &ProviderConfig::api_key>("api_key", "", "The key to send; use ${NAME} or ${file:PATH}."),
    value<Type::kString, &ProviderConfig::auth_header>(
        "auth_header", "", "Send the bare key in this header instead of \"Authorization: Bearer\"."),
    value<Type::kHeaders, &ProviderConfig::headers>("headers", "", "More headers to send, name: value."),
    value<Type::kDuration, &ProviderConfig::connect_timeout>("connect_timeout", "2s",
                                                             "For name lookup, TCP and TLS together.")
        .between(1, kHour),
    value<Type::kDuration, &ProviderConfig::first_byte_timeout>("first_byte_timeout", "60s",
                                                                "From the sent request to the first byte.")
        .between(1, 24 * kHour),
    value<Type::kDuration, &ProviderConfig::idle_timeout>("idle_timeout", "60s",
                                                          "Longest silence in the middle of an answer.")
        .between(1, 24 * kHour),
    value<Type::kInteger, &ProviderConfig::max_connections>("max_connections", "256",
                                                            "Most connections to this provider at a time.")
        .between(1, 100'000),
    value<Type::kChoice, &ProviderConfig::stream_usage>(
        "stream_usage", "ask",
        "ask: request token usage at the end of streamed answers, so that they can be priced; as_client: leave it to "
        "the client.")
        .from(kStreamUsages),
    value<Type::kFile, &ProviderConfig::ca_file>("ca_file", "(the system's)", "PEM file of certificates to trust."),
    value<Type::kBoolean, &ProviderConfig::verify>("verify", "true",
                                                   "Check the provider's certificate; only tests turn this off."),
};
constexpr Section kProvider = {"provider", "A service that answers requests.", kProviderKeys};

constexpr std::array kPriceKeys = {
    value<Type::kPrice, &route::Prices::input>("input", "", "Dollars per million prompt tokens."),
    value<Type::kPrice, &route::Prices::cached_input>("cached_input", "",
                                                      "The same for tokens the provider had cached."),
    value<Type::kPrice, &route::Prices::output>("output", "", "Dollars per million tokens of the answer."),
};
constexpr Section kPrice = {"price", "What a model costs.", kPriceKeys};

constexpr std::array kModelKeys = {
    value<Type::kString, &ModelConfig::provider>("provider", "", "Name of the provider that serves it.").must(),
    value<Type::kString, &ModelConfig::upstream>("upstream", "(the model's own name)", "What the provider calls it."),
    nested<Type::kSection, &ModelConfig::price>(
        "price", kPrice,
        "Unset prices come from the catalogue (`pointsman check` names unverified "
        "ones) or stay unknown."),
    value<Type::kInteger, &ModelConfig::context_window>("context_window", "(catalogue)",
                                                        "Tokens of prompt and answer together.")
        .between(1, kTokens),
    value<Type::kInteger, &ModelConfig::max_input>("max_input", "(catalogue)", "Most tokens of a prompt.")
        .between(1, kTokens),
    value<Type::kInteger, &ModelConfig::max_output>("max_output", "(catalogue)", "Most tokens of an answer.")
        .between(1, kTokens),
    value<Type::kChoices, &ModelConfig::capabilities>(
        "capabilities", "(catalogue)",
        "What it can do beyond plain chat; a request that needs more is never sent to it.")
        .from(kCapabilities),
};
constexpr Section kModel = {"model", "A model requests may be sent to.", kModelKeys};

constexpr std::array kCategoryKeys = {
    value<Type::kString, &CategoryConfig::description, CategoryConfig>("description", "",
                                                                       "What belongs here, in a sentence."),
    value<Type::kStrings, &CategoryConfig::examples, CategoryConfig>("examples", "", "Prompts that belong here."),
    value<Type::kFile, &CategoryConfig::examples_file>("examples_file", "",
                                                       "More examples: a JSONL file of strings or of {\"text\": ..., "
                                                       "\"category\": ...}; lines of other categories are "
                                                       "skipped."),
    value<Type::kStrings, &CategoryConfig::models>("models", "", "Models that may answer, the preferred one first.")
        .must(),
    value<Type::kProbability, &CategoryConfig::own_threshold>(
        "threshold", "(router.default_threshold)", "How sure the classifier must be; below it the fallback answers."),
};
constexpr Section kCategory = {"category", "A kind of request.", kCategoryKeys};

constexpr std::array kRuleKeys = {
    value<Type::kString, &classify::Rule::name>("name", "", "How the ledger calls it.").must(),
    value<Type::kString, &classify::Rule::category>("category", "", "The category it decides for.").must(),
    value<Type::kStrings, &classify::Rule::keywords>("keywords", "", "Whole words or phrases, in any case."),
    value<Type::kStrings, &classify::Rule::patterns>("patterns", "", "RE2 regular expressions."),
};
constexpr Section kRule = {"rule", "Decides for a category when a keyword or pattern is in the last user message.",
                           kRuleKeys};

constexpr std::array kRetryKeys = {
    value<Type::kInteger, &RetryConfig::max_attempts>("max_attempts", "3",
                                                      "Most tries for one request, the first included.")
        .between(1, 10),
    value<Type::kShare, &RetryConfig::budget>("budget", "10%", "Most retries, as a share of all requests."),
};
constexpr Section kRetries = {"retries", "Trying again when a provider fails.", kRetryKeys};

constexpr std::array kBreakerKeys = {
    value<Type::kInteger, &BreakerConfig::failures>("failures", "5", "Failures in a row that open the breaker.")
        .between(1, 1'000),
    value<Type::kDuration, &BreakerConfig::cooldown>("cooldown", "10s", "How long an open breaker keeps requests away.")
        .between(1, 24 * kHour),
};
constexpr Section kBreaker = {"breaker", "Leaving a failing model alone for a while.", kBreakerKeys};

constexpr std::array kRiskKeys = {
    value<Type::kShare, &RiskConfig::under_routing>(
        "under_routing", "", "Most requests, as a share of all, that may be kept in a weaker category than they need."),
    value<Type::kShare, &RiskConfig::any_mistake>(
        "any_mistake", "", "Instead: most requests that may be kept in any category that is not theirs."),
    value<Type::kShare, &RiskConfig::cost>("cost", "",
                                           "Instead: most that may be lost on average, in the certificate's costs."),
    value<Type::kShare, &RiskConfig::confidence>("confidence", "95%", "How certain that must be."),
    value<Type::kStrings, &RiskConfig::order>("order", "(the categories' order in this file)",
                                              "All categories, the weakest first."),
    value<Type::kPath, &RiskConfig::certificate>(
        "certificate", "",
        "What `pointsman tune` proved; its thresholds replace those of the categories. If it names an encoder, "
        "router.encoder must be that one.")
        .must(),
};
constexpr Section kRisk = {"risk", "What may go wrong, and the proof that it does not happen more often.", kRiskKeys};

constexpr std::array kEncoderKeys = {
    value<Type::kPath, &EncoderConfig::path>("path", "", "The folder of its files.").must(),
    value<Type::kChoice, &EncoderConfig::precision>("precision", "auto",
                                                    "What it computes with; the classifier must have been trained with "
                                                    "the same. auto: the fastest that this machine can.")
        .from(kPrecisions),
    value<Type::kInteger, &EncoderConfig::threads>("threads", "1", "Threads that encode, below the event loops.")
        .between(1, 256),
    value<Type::kInteger, &EncoderConfig::queue>("queue", "64",
                                                 "Most texts that wait; beyond it requests are decided without.")
        .between(1, 10'000),
    value<Type::kInteger, &EncoderConfig::batch>("batch", "8", "Most texts that one thread takes at once.")
        .between(1, 256),
    value<Type::kDuration, &EncoderConfig::deadline>("deadline", "50ms",
                                                     "Longest wait for its opinion; then a request is decided without.")
        .between(1, 60'000),
};
constexpr Section kEncoder = {"encoder", "The sentence encoder that is asked where the classifier is unsure.",
                              kEncoderKeys, "path"};

constexpr std::array kRouterKeys = {
    value<Type::kString, &RouterConfig::name>("name", "auto", "The model name clients send to be routed."),
    value<Type::kStrings, &RouterConfig::fallback>(
        "fallback", "(the only model, if there is one)",
        "Models for everything the router is not sure of, the most capable first."),
    value<Type::kClassifier, &RouterConfig::classifier>("classifier", "builtin",
                                                        "builtin, none, or the file of a trained classifier."),
    nested<Type::kSection, &RouterConfig::encoder>(
        "encoder", kEncoder, "A sentence encoder, for a classifier that was trained with one; off unless set."),
    value<Type::kProbability, &RouterConfig::default_threshold>("default_threshold", "0.6",
                                                                "The threshold of categories without their own."),
    value<Type::kChoices, &RouterConfig::stages>("stages", "[header, rules, local]",
                                                 "What may decide, in this order; then the fallback.")
        .from(kStages),
    nested<Type::kSection, &RouterConfig::risk>("risk", kRisk, "A promise about mistakes, with certified thresholds."),
    nested<Type::kSection, &RouterConfig::retries>("retries", kRetries, "Trying again when a provider fails."),
    nested<Type::kSection, &RouterConfig::breaker>("breaker", kBreaker, "Leaving a failing model alone for a while."),
    value<Type::kInteger, &RouterConfig::expected_output_tokens>("expected_output_tokens", "500",
                                                                 "Length of an answer to assume when comparing prices.")
        .between(1, kMillion),
};
constexpr Section kRouter = {"router", "How a model is chosen.", kRouterKeys};

constexpr std::array kLedgerKeys = {
    value<Type::kPath, &LedgerConfig::path>("path", "($XDG_STATE_HOME/pointsman/ledger)",
                                            "The folder that keeps the record of every request."),
    value<Type::kChoice, &LedgerConfig::store_prompts>("store_prompts", "off", "Whether prompt texts are kept.")
        .from(kStorePrompts),
    value<Type::kDuration, &LedgerConfig::retention>("retention", "30d", "How long entries are kept.")
        .between(60'000, 36'525 * 24 * kHour),
    value<Type::kSize, &LedgerConfig::max_size>("max_size", "1GiB",
                                                "Oldest entries go when the file grows beyond this.")
        .between(kMiB, 1'048'576 * kMiB),
};
constexpr Section kLedger = {"ledger", "The record of what was decided and what it cost.", kLedgerKeys};

constexpr std::array kLogKeys = {
    value<Type::kChoice, &LogConfig::level>("level", "info", "The least important messages to print.").from(kLogLevels),
    value<Type::kChoice, &LogConfig::format>("format", "text", "For people or for programs.").from(kLogFormats),
};
constexpr Section kLog = {"log", "Messages on standard error.", kLogKeys};

constexpr std::array kRootKeys = {
    nested<Type::kSection, &Config::listeners>("listen", kListener, "Where clients connect.").only_shorthand(),
    nested<Type::kSectionList, &Config::listeners>("listeners", kListener, "The same, for several."),
    nested<Type::kSection, &Config::admin>("admin", kAdmin, "A second listener for operators; off unless set."),
    value<Type::kWorkers, &Config::workers>("workers", "auto", "Worker threads; auto is one for each core.")
        .between(1, 1'024),
    nested<Type::kSection, &Config::limits>("limits", kLimits, "What one client may ask of the gateway."),
    nested<Type::kNamedSections, &Config::providers>("providers", kProvider, "Services that answer, by name."),
    nested<Type::kNamedSections, &Config::models>("models", kModel, "Models by the name clients use."),
    nested<Type::kNamedSections, &Config::categories>("categories", kCategory, "Kinds of requests, by name."),
    nested<Type::kSectionList, &Config::rules>("rules", kRule, "Decisions without a classifier, the first match wins."),
    nested<Type::kSection, &Config::router>("router", kRouter, "How a model is chosen."),
    nested<Type::kSection, &Config::ledger>("ledger", kLedger, "The record of what was decided and what it cost."),
    nested<Type::kSection, &Config::log>("log", kLog, "Messages on standard error."),
};
constexpr Section kRoot = {"pointsman", "The configuration of Pointsman.", kRootKeys};

}  // namespace

const Key* Section::find(std::string_view name) const {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> Section::names() const {
  std::vector<std::string> out;
  for (const Key& key : keys) out.emplace_back(key.name);
  return out;
}

const Section& root_section() {
  return kRoot;
}

}  // namespace pointsman::config
