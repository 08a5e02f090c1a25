#include "config/schema.h"

#include <algorithm>
#include <array>

#include "config/schema_bind.h"
#include "config/schema_sections.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;
using Names = std::string_view;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kTokens = 1'000'000'000;

constexpr std::array<Names, 2> kProviderKinds = {"openai", "anthropic"};
constexpr std::array<Names, 2> kStreamUsages = {"ask", "as_client"};
constexpr std::array<Names, 2> kOnDisconnects = {"cancel", "drain"};
constexpr std::array<Names, 3> kOnUnsupporteds = {"drop", "warn", "reject"};
constexpr std::array<Names, 3> kOnInvalids = {"pass", "abort", "retry_stronger"};
constexpr std::array<Names, 3> kStages = {"header", "rules", "local"};
// In the order of encode::Precision; a test compares.
constexpr std::array<Names, 4> kPrecisions = {"auto", "f32", "bf16", "i8"};
constexpr std::array<Names, 4> kLlmStructures = {"auto", "json", "choice", "token"};
constexpr std::array<Names, 4> kLlmConfidences = {"auto", "logprobs", "stated", "sampled"};
constexpr std::array<Names, 3> kLlmExamples = {"fixed", "nearest", "none"};
// In the order of route::Strategy; a test compares.
constexpr std::array<Names, 5> kStrategies = {"price", "preference", "latency", "split", "escalate"};
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

constexpr std::array kOverloadKeys = {
    value<Type::kInteger, &OverloadConfig::max_in_flight>(
        "max_in_flight", "4096", "Most requests under way at a time, over all workers; streams count until they end.")
        .between(1, kMillion),
    value<Type::kDuration, &OverloadConfig::queue_delay>(
        "queue_delay", "50ms",
        "How long requests may wait on average before they are looked at; beyond it some are turned away, those of low "
        "priority first. 0: however long.")
        .between(0, kMinute),
    value<Type::kShare, &OverloadConfig::memory>(
        "memory", "95%",
        "Share of the memory that the process may use (its cgroup's, else the machine's) beyond which "
        "requests are turned away. 100%: never."),
    value<Type::kDuration, &OverloadConfig::retry_after>("retry_after", "1s",
                                                         "When those that are turned away may come again.")
        .between(1, kHour),
};
constexpr Section kOverload = {"overload", "When requests are turned away so that others are answered.", kOverloadKeys,
                               "max_in_flight"};

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
    nested<Type::kSection, &LimitsConfig::overload>(
        "overload", kOverload, "When there is more to do than can be done: 503 and retry-after, at once."),
};
constexpr Section kLimits = {"limits", "What one client may ask of the gateway.", kLimitsKeys};

constexpr std::array kProviderKeys = {
    value<Type::kChoice, &ProviderConfig::kind>("kind", "openai",
                                                "The protocol it speaks: OpenAI chat completions, or Anthropic "
                                                "messages. The well-known provider anthropic speaks "
                                                "its own without being told.")
        .from(kProviderKinds),
    value<Type::kUrl, &ProviderConfig::base_url>(
        "base_url", "(that of the well-known provider of this name)",
        "Where the API begins, such as https://api.openai.com/v1; required unless the name is well known."),
    value<Type::kSecret, &ProviderConfig::api_key>("api_key", "", "The key to send; use ${NAME} or ${file:PATH}."),
    value<Type::kString, &ProviderConfig::auth_header>(
        "auth_header", "(of Anthropic: x-api-key)",
        "Send the bare key in this header instead of \"Authorization: Bearer\"."),
    value<Type::kHeaders, &ProviderConfig::headers>("headers", "(to Anthropic: anthropic-version)",
                                                    "More headers to send, name: value."),
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
    value<Type::kChoice, &ProviderConfig::on_disconnect>(
        "on_disconnect", "cancel",
        "When a client leaves in the middle of an answer: cancel, or drain: read the rest, so that what it cost is "
        "known.")
        .from(kOnDisconnects),
    value<Type::kBoolean, &ProviderConfig::responses>(
        "responses", "false",
        "It also speaks OpenAI's Responses API: requests of that kind go to it as they are, not as chat completions."),
    value<Type::kFile, &ProviderConfig::ca_file>("ca_file", "(the system's)", "PEM file of certificates to trust."),
    value<Type::kBoolean, &ProviderConfig::verify>("verify", "true",
                                                   "Check the provider's certificate; only tests turn this off."),
};
constexpr Section kProvider = {"provider", "A service that answers requests.", kProviderKeys};

constexpr std::array kModelKeys = {
    value<Type::kString, &ModelConfig::provider>("provider", "", "Name of the provider that serves it.").must(),
    value<Type::kString, &ModelConfig::upstream>("upstream", "(the model's own name)", "What the provider calls it."),
    nested<Type::kSection, &ModelConfig::price>(
        "price", kPriceSection,
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

constexpr std::array kWeightKeys = {
    value<Type::kInteger, &WeightConfig::weight>("weight", "1", "Its part; 0: nothing, unless all others fail.")
        .between(0, kMillion),
};
constexpr Section kWeight = {"weight", "How much of the traffic a model gets, relative to the others.", kWeightKeys,
                             "weight"};

constexpr std::array kEscalateKeys = {
    value<Type::kProbability, &EscalateConfig::min_confidence>(
        "min_confidence", "0.8",
        "Below this geometric mean of its tokens' probabilities an answer is not released while another model can be "
        "asked."),
    value<Type::kSize, &EscalateConfig::max_held>("max_held", "1MiB",
                                                  "Most of an answer that is held to be judged; a longer one is not "
                                                  "judged, and the next model asked.")
        .between(16 * kKiB, 16 * kMiB),
};
constexpr Section kEscalate = {"escalate", "When the next model is asked.", kEscalateKeys};

constexpr std::array kCategoryKeys = {
    value<Type::kString, &CategoryConfig::description, CategoryConfig>("description", "",
                                                                       "What belongs here, in a sentence."),
    value<Type::kStrings, &CategoryConfig::examples, CategoryConfig>("examples", "", "Prompts that belong here."),
    value<Type::kFile, &CategoryConfig::examples_file>("examples_file", "",
                                                       "More examples: a JSONL file of strings or of {\"text\": ..., "
                                                       "\"category\": ...}; lines of other categories are "
                                                       "skipped."),
    value<Type::kStrings, &CategoryConfig::models>("models", "", "Models that may answer; strategy says which first.")
        .must(),
    value<Type::kChoice, &CategoryConfig::strategy>(
        "strategy", "price",
        "Which of the models that fit comes first: price (the cheapest by expected cost), preference (as listed), "
        "latency (the quickest to its first byte of late), split (drawn by weight, the same for a whole "
        "conversation), escalate (as listed, the weakest first, and its answer is judged before it is released).")
        .from(kStrategies),
    nested<Type::kNamedSections, &CategoryConfig::weights>(
        "weights", kWeight, "For strategy split: each model's part; those without one have 1."),
    nested<Type::kSection, &CategoryConfig::escalate>("escalate", kEscalate,
                                                      "For strategy escalate: when the next model is asked."),
    value<Type::kProbability, &CategoryConfig::own_threshold>(
        "threshold", "(router.default_threshold)", "How sure the classifier must be; below it the fallback answers."),
    value<Type::kProbability, &CategoryConfig::speculate>(
        "speculate", "(never)",
        "While the small model is asked about a request that the classifier finds likeliest to belong here, with at "
        "least this probability, the model that would answer it is already called; its answer is released or given up "
        "when the decision stands."),
    nested<Type::kSection, &CategoryConfig::context>("context", kContextSection,
                                                     "Requests that are too long; unset: as router.context says."),
    value<Type::kString, &CategoryConfig::baseline>("baseline", "(router.baseline)",
                                                    "The model that savings are counted against."),
    value<Type::kDuration, &CategoryConfig::cache_ttl>(
        "cache_ttl", "(never)", "How long an answer is given again to the very same request, without asking a model.")
        .between(1'000, 7 * 24 * kHour),
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

constexpr std::array kLlmKeys = {
    value<Type::kString, &LlmConfig::model>("model", "", "A model of `models`; with `provider`, what that calls it.")
        .must(),
    value<Type::kString, &LlmConfig::provider>("provider", "(the model's own)",
                                               "The provider, for a model that answers no requests."),
    nested<Type::kSection, &LlmConfig::price>("price", kPriceSection,
                                              "With `provider`; unset prices come from the catalogue."),
    value<Type::kPath, &LlmConfig::pairing>(
        "pairing", "",
        "What `pointsman pair` measured of it together with the classifier; without, its opinion decides "
        "nothing."),
    value<Type::kDuration, &LlmConfig::deadline>("deadline", "400ms",
                                                 "Longest wait for its answer; then a request is decided without.")
        .between(1, 60'000),
    value<Type::kChoice, &LlmConfig::structure>(
        "structure", "auto",
        "How it is kept to the labels: json (a strict schema), choice (a list, as vLLM takes it), token (a single "
        "token is written); auto: json.")
        .from(kLlmStructures),
    value<Type::kChoice, &LlmConfig::confidence>(
        "confidence", "auto",
        "Where confidence comes from: logprobs, stated (it is asked how sure it is), sampled (several answers); auto: "
        "logprobs if the provider gives them, else samples.")
        .from(kLlmConfidences),
    value<Type::kInteger, &LlmConfig::samples>("samples", "3", "Answers to one question, where they are sampled.")
        .between(2, 9),
    value<Type::kChoice, &LlmConfig::examples>(
        "examples", "fixed",
        "Examples it is shown: fixed (for the pairs that are most alike), nearest (to the text at hand), none.")
        .from(kLlmExamples),
    value<Type::kInteger, &LlmConfig::shots>("shots", "4", "Examples in one question.").between(1, 16),
    value<Type::kFile, &LlmConfig::examples_file>(
        "examples_file", "(the categories' examples)",
        "A JSONL file of {\"text\": ..., \"category\": ...} to choose examples from."),
    value<Type::kInteger, &LlmConfig::labels>("labels", "5", "Categories offered, the likeliest; 0: all of them.")
        .between(0, 256),
    value<Type::kInteger, &LlmConfig::max_concurrent>("max_concurrent", "64",
                                                      "Most questions under way; beyond it requests are decided "
                                                      "without.")
        .between(1, 100'000),
    value<Type::kShare, &LlmConfig::hedge>("hedge", "5%",
                                           "Most second calls for slow first ones, as a share of all; 0 turns it off."),
    value<Type::kInteger, &LlmConfig::cache>("cache", "10000", "Answers to keep; 0: none.").between(0, kMillion),
    value<Type::kDuration, &LlmConfig::cache_ttl>("cache_ttl", "1h", "How long an answer is kept.")
        .between(1'000, 30 * 24 * kHour),
    value<Type::kMoney, &LlmConfig::max_cost_per_hour>(
        "max_cost_per_hour", "",
        "Most dollars for its calls in an hour; then requests are decided without. Unlimited "
        "unless set."),
};
constexpr Section kLlm = {"llm", "The small language model that is asked where the classifier is unsure.", kLlmKeys,
                          "model"};

constexpr std::array kExploreKeys = {
    value<Type::kShare, &ExploreConfig::share>("share", "1%",
                                               "How many of the requests that the classifier decided are explored."),
    value<Type::kMoney, &ExploreConfig::max_cost_per_day>(
        "max_cost_per_day", "", "Most dollars that exploring may add to the bill in a day; then it pauses.")
        .must(),
    value<Type::kBoolean, &ExploreConfig::down>(
        "down", "false", "Whether models that are not known to be more capable are tried as well."),
};
constexpr Section kExplore = {"explore",
                              "Now and then another model than the one decided for is put first, and how likely that "
                              "was is kept: what other thresholds or classifiers would bring can then be estimated.",
                              kExploreKeys};

constexpr std::array kStructuredKeys = {
    value<Type::kChoice, &StructuredConfig::on_invalid>(
        "on_invalid", "pass",
        "When an answer can no longer become valid: pass it on; abort it at once; or retry_stronger: the most capable "
        "model answers instead, if nothing has reached the client.")
        .from(kOnInvalids),
};
constexpr Section kStructured = {
    "structured", "Answers to requests with a JSON schema or tools, checked while they grow.", kStructuredKeys};

constexpr std::array kRouterKeys = {
    value<Type::kString, &RouterConfig::name>("name", "auto", "The model name clients send to be routed."),
    value<Type::kStrings, &RouterConfig::fallback>(
        "fallback", "(the only model, if there is one)",
        "Models for everything the router is not sure of, the most capable first."),
    value<Type::kClassifier, &RouterConfig::classifier>("classifier", "builtin",
                                                        "builtin, none, or the file of a trained classifier."),
    nested<Type::kSection, &RouterConfig::encoder>(
        "encoder", kEncoder, "A sentence encoder, for a classifier that was trained with one; off unless set."),
    nested<Type::kSection, &RouterConfig::llm>(
        "llm", kLlm, "A small language model for what the classifier is unsure of; off unless set."),
    value<Type::kProbability, &RouterConfig::default_threshold>("default_threshold", "0.6",
                                                                "The threshold of categories without their own."),
    value<Type::kChoices, &RouterConfig::stages>("stages", "[header, rules, local]",
                                                 "What may decide, in this order; then the fallback.")
        .from(kStages),
    nested<Type::kSection, &RouterConfig::risk>("risk", kRisk, "A promise about mistakes, with certified thresholds."),
    nested<Type::kSection, &RouterConfig::explore>(
        "explore", kExplore, "Trying other models now and then, to be able to judge other routers; off unless set."),
    nested<Type::kSection, &RouterConfig::retries>("retries", kRetries, "Trying again when a provider fails."),
    nested<Type::kSection, &RouterConfig::breaker>("breaker", kBreaker, "Leaving a failing model alone for a while."),
    value<Type::kChoice, &RouterConfig::on_unsupported>(
        "on_unsupported", "warn",
        "Parts of a request that the model's protocol cannot express: drop them, warn in a header, or reject the "
        "request.")
        .from(kOnUnsupporteds),
    nested<Type::kSection, &RouterConfig::structured>("structured", kStructured,
                                                      "Checking structured answers while they are written."),
    nested<Type::kSection, &RouterConfig::context>("context", kContextSection, "Requests that are too long."),
    nested<Type::kSection, &RouterConfig::affinity>("affinity", kAffinitySection,
                                                    "Conversations whose beginning a provider has cached."),
    nested<Type::kSection, &RouterConfig::fallback_cap>("fallback_cap", kFallbackCapSection,
                                                        "A cap on what doubt may cost; none unless set."),
    value<Type::kString, &RouterConfig::baseline>("baseline", "(the first of router.fallback)",
                                                  "The model that savings are counted against."),
    value<Type::kSize, &RouterConfig::cache_size>(
        "cache_size", "64MiB", "Memory for answers that may be given again, over all workers (categories.*.cache_ttl).")
        .between(kMiB, 1024 * 1024 * kMiB),
    value<Type::kInteger, &RouterConfig::expected_output_tokens>("expected_output_tokens", "500",
                                                                 "Length of an answer to assume when comparing prices.")
        .between(1, kMillion),
};
constexpr Section kRouter = {"router", "How a model is chosen.", kRouterKeys};

constexpr std::array kLedgerKeys = {
    value<Type::kPath, &LedgerConfig::path>("path", "($XDG_STATE_HOME/pointsman/ledger)",
                                            "The folder that keeps the record of every request."),
    nested<Type::kSection, &LedgerConfig::postgres>(
        "postgres", kPostgresSection,
        "A database that keeps the record for several replicas; the folder then holds what is on its way there."),
    value<Type::kChoice, &LedgerConfig::store_prompts>("store_prompts", "off", "Whether prompt texts are kept.")
        .from(kStorePrompts),
    value<Type::kBoolean, &LedgerConfig::store_features>(
        "store_features", "true",
        "Whether hashed features are kept of texts that are not: enough to learn from corrections, not to read."),
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
    nested<Type::kSection, &Config::admin>("admin", kAdminSection, "A second listener for operators; off unless set."),
    value<Type::kWorkers, &Config::workers>("workers", "auto", "Worker threads; auto is one for each core.")
        .between(1, 1'024),
    nested<Type::kSection, &Config::limits>("limits", kLimits, "What one client may ask of the gateway."),
    nested<Type::kNamedSections, &Config::providers>("providers", kProvider, "Services that answer, by name."),
    nested<Type::kNamedSections, &Config::models>("models", kModel, "Models by the name clients use."),
    nested<Type::kNamedSections, &Config::categories>("categories", kCategory, "Kinds of requests, by name."),
    nested<Type::kSectionList, &Config::rules>("rules", kRule, "Decisions without a classifier, the first match wins."),
    nested<Type::kSection, &Config::router>("router", kRouter, "How a model is chosen."),
    nested<Type::kSection, &Config::ledger>("ledger", kLedger, "The record of what was decided and what it cost."),
    nested<Type::kSection, &Config::learn>("learn", kLearnSection, "How the classifier learns from corrections."),
    nested<Type::kSection, &Config::access>("access", kAccessSection, "Who may ask."),
    nested<Type::kNamedSections, &Config::owners>(
        "owners", kOwnerSection, "Whom keys belong to, with budgets and limits: acme/search is part of acme."),
    nested<Type::kNamedSections, &Config::webhooks>(
        "webhooks", kWebhookSection, "Where events are sent, by name: budgets that are nearly or wholly used up."),
    nested<Type::kSection, &Config::shared>("shared", kSharedSection,
                                            "What several replicas share; nothing unless set."),
    nested<Type::kSection, &Config::telemetry>("telemetry", kTelemetrySection, "Traces of requests; off unless set."),
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
