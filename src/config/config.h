// The whole configuration as plain, checked values. Made by load() or from_environment(), immutable afterwards; one
// snapshot is shared by all threads. The initialisers here are the defaults; a test holds them equal to the key table.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/secret.h"
#include "classify/category.h"
#include "classify/certificate.h"
#include "classify/pairing.h"
#include "config/address.h"
#include "encode/precision.h"
#include "llm/label_call.h"
#include "route/model.h"
#include "route/strategy.h"

namespace pointsman::config {

using Milliseconds = std::chrono::milliseconds;

struct TlsConfig {
  std::string cert;  // path of a PEM chain
  std::string key;   // path of its private key
};

struct ListenerConfig {
  Address address{"127.0.0.1", 8080};
  std::optional<TlsConfig> tls;
};

// What somebody who signs in to the dashboard may do; each may also do what those before it may.
enum class AdminRole : std::uint8_t { kViewer, kLabeller, kAdmin };

struct AdminUser {
  std::string name;
  base::Secret password;  // its argon2id hash, as `pointsman passwd` prints it
  AdminRole role = AdminRole::kViewer;
};

struct AdminConfig {
  Address address{"127.0.0.1", 9090};
  std::vector<AdminUser> users;  // none: a password that is made anew at each start
};

// When new requests are turned away so that those under way are answered (limits/admission.h).
struct OverloadConfig {
  int max_in_flight = 4096;                                  // requests under way, over all workers
  Milliseconds queue_delay = std::chrono::milliseconds(50);  // that requests may wait before they are looked at; 0: any
  double memory = 0.95;                                      // of what the process may use; 1 and more: any
  Milliseconds retry_after = std::chrono::seconds(1);
};

struct LimitsConfig {
  std::int64_t max_header_bytes = 32 * 1024;
  int max_headers = 100;
  std::int64_t max_body = 20 * 1024 * 1024;
  Milliseconds header_timeout = std::chrono::seconds(10);
  Milliseconds body_timeout = std::chrono::seconds(30);
  Milliseconds write_timeout = std::chrono::seconds(60);
  Milliseconds idle_timeout = std::chrono::seconds(75);
  int max_connections = 10'000;  // of clients, over all listeners
  Milliseconds drain_timeout = std::chrono::seconds(30);
  OverloadConfig overload;
};

// The values may be credentials, so they are treated as such.
struct Header {
  std::string name;
  base::Secret value;
};

// The protocol a provider speaks: OpenAI's, or Anthropic messages.
enum class ProviderKind : std::uint8_t { kOpenAi, kAnthropic };

// Whether streamed answers are asked for their token usage even when the client did not ask.
enum class StreamUsage : std::uint8_t { kAsk, kAsClient };

// What becomes of an answer whose client has left: it is given up, or read to its end to know what it cost.
enum class OnDisconnect : std::uint8_t { kCancel, kDrain };

struct ProviderConfig {
  std::string name;
  ProviderKind kind = ProviderKind::kOpenAi;
  Url base_url;
  base::Secret api_key;     // empty: no key is sent
  std::string auth_header;  // empty: "Authorization: Bearer <key>"; else the header that carries the bare key
  std::vector<Header> headers;
  Milliseconds connect_timeout = std::chrono::seconds(2);
  Milliseconds first_byte_timeout = std::chrono::seconds(60);
  Milliseconds idle_timeout = std::chrono::seconds(60);
  int max_connections = 256;
  StreamUsage stream_usage = StreamUsage::kAsk;
  OnDisconnect on_disconnect = OnDisconnect::kCancel;
  bool responses = false;  // an OpenAI provider that also speaks the Responses API
  std::string ca_file;     // empty: the system's certificates
  bool verify = true;
};

// What the user said of a model. What is unset may come from the catalogue (overlay.h) and otherwise stays unknown.
struct ModelConfig {
  std::string name;
  std::string provider;
  std::string upstream;  // never empty after loading: the name itself unless set
  route::Prices price;
  std::optional<std::int64_t> context_window;
  std::optional<std::int64_t> max_input;
  std::optional<std::int64_t> max_output;
  std::optional<llm::CapabilitySet> capabilities;
};

// What is done about a request that no model of its category has room for.
enum class ContextPolicy : std::uint8_t { kLargest, kReject, kTrim };

// Who sums up the turns that trimming removed, and what that may take.
struct SummaryConfig {
  std::string model;              // of `models`
  std::int64_t max_tokens = 500;  // of a summary
  Milliseconds deadline{15'000};  // from asking until the request goes on without
};

struct ContextConfig {
  ContextPolicy policy = ContextPolicy::kLargest;
  float keep = 0.6F;  // trim: of the window, what a trimmed conversation may fill; the room is for its next turns
  std::optional<SummaryConfig> summary;  // trim: unset: what is removed is gone
};

// How much of a split category's traffic the model of that name gets, relative to the others.
struct WeightConfig {
  std::string name;
  std::int64_t weight = 1;
};

// When the answer of an escalating category's model is not good enough, and how much of it may be held to find out.
struct EscalateConfig {
  float min_confidence = 0.8F;  // geometric mean of its tokens' probabilities
  std::int64_t max_held = 1024 * 1024;
};

// `threshold` of the base is the effective one: the certified one, own_threshold, or the router's default.
struct CategoryConfig : classify::Category {
  std::vector<std::string> models;  // candidates; what their order means is up to the strategy
  std::string examples_file;        // its texts are already appended to `examples`
  std::optional<float> own_threshold;
  route::Strategy strategy = route::Strategy::kPrice;
  std::vector<WeightConfig> weights;       // models without one weigh 1
  std::optional<EscalateConfig> escalate;  // unset: its defaults, where the strategy is escalate
  // From this probability of the classifier on, its first model is called while the small model is asked; unset: never.
  std::optional<float> speculate;
  std::optional<ContextConfig> context;   // unset: the router's
  std::string baseline;                   // the model that savings are counted against; empty: the router's
  std::optional<Milliseconds> cache_ttl;  // how long answers to the very same request are given again; unset: never
};

enum class RouterStage : std::uint8_t { kHeader, kRules, kLocal };

struct RetryConfig {
  int max_attempts = 3;
  float budget = 0.1F;  // retries as a share of requests
};

struct BreakerConfig {
  int failures = 5;
  Milliseconds cooldown = std::chrono::seconds(10);
};

// A promise about what may go wrong, and the certificate that keeps it. Exactly one of the three shares is set.
struct RiskConfig {
  std::optional<double> under_routing;
  std::optional<double> any_mistake;
  std::optional<double> cost;
  double confidence = 0.95;
  std::vector<std::string> order;  // categories, the weakest first; empty: as the file lists them
  std::string certificate;         // path
  // Filled by load(): what stands in the file, and where the file is named, for messages ("pointsman.yaml:9:20").
  classify::Certificate proved;
  std::string place;
};

// The sentence encoder that is asked where the classifier is unsure, and what asking may cost.
struct EncoderConfig {
  std::string path;  // the folder of its files
  encode::Precision precision = encode::Precision::kAuto;
  int threads = 1;
  int queue = 64;  // texts that may wait
  int batch = 8;   // texts that one thread takes at once
  Milliseconds deadline{50};
};

// How the small model is kept to the labels; as llm::LabelStructure, but for kAuto: what its provider can do best.
enum class LlmStructure : std::uint8_t { kAuto, kJson, kChoice, kToken };
// Where the confidence in its answer comes from; kAuto: log-probabilities where the provider gives them, else samples.
enum class LlmConfidence : std::uint8_t { kAuto, kLogprobs, kStated, kSampled };
// Which examples the small model is shown.
enum class LlmExamples : std::uint8_t { kFixed, kNearest, kNone };

// The small language model that is asked where the classifier is unsure, and what asking may cost.
struct LlmConfig {
  std::string model;           // of `models`, or with `provider` what that calls it
  std::string provider;        // empty: the model's own
  route::Prices price;         // with `provider`; unset may come from the catalogue
  std::string pairing;         // path of what was measured of it together with the classifier; empty: nothing was
  Milliseconds deadline{400};  // from deciding to ask until the local verdict stands
  LlmStructure structure = LlmStructure::kAuto;
  LlmConfidence confidence = LlmConfidence::kAuto;
  int samples = 3;  // answers to one question, where confidence comes from samples
  LlmExamples examples = LlmExamples::kFixed;
  int shots = 4;              // examples in one question
  std::string examples_file;  // labelled texts to choose them from; empty: the categories' examples
  int labels = 5;             // categories offered, the likeliest first; 0: all
  int max_concurrent = 64;    // questions under way at a time, over all workers
  float hedge = 0.05F;        // second calls for slow first ones, as a share of all
  int cache = 10'000;         // answers kept, over all workers; 0: none
  Milliseconds cache_ttl = std::chrono::hours(1);
  std::optional<base::Money> max_cost_per_hour;
  // Filled by load().
  classify::Pairing paired;                 // what stands in `pairing`
  std::string place;                        // where it is named, for messages ("pointsman.yaml:9:20")
  std::vector<llm::LabelExample> labelled;  // what stands in examples_file; the label is the category's name
};

// Now and then another model than the one decided for, so that what another router would bring can be estimated.
struct ExploreConfig {
  double share = 0.01;                          // of the requests that the classifier decided
  std::optional<base::Money> max_cost_per_day;  // more than without, over all workers; always set after loading
  bool down = false;                            // also models that are not known to be more capable
};

// What is done about parts of a request that the model's protocol cannot express.
enum class OnUnsupported : std::uint8_t { kDrop, kWarn, kReject };
// What is done about an answer that can no longer become the JSON that was asked for.
enum class OnInvalid : std::uint8_t { kPass, kAbort, kRetryStronger };

// Answers that have to be JSON, watched while they grow.
struct StructuredConfig {
  OnInvalid on_invalid = OnInvalid::kPass;
};

// Whether a conversation stays with the model whose provider has its beginning cached.
enum class Affinity : std::uint8_t { kPrice, kAlways, kOff };

struct AffinityConfig {
  Affinity stay = Affinity::kPrice;                 // kPrice: where leaving would cost more than it saves
  Milliseconds lifetime = std::chrono::minutes(5);  // of what a provider cached
  int turns = 4;                                    // that a conversation is expected to go on for
};

// What is done where a cap on spending for doubt is used up.
enum class OnCap : std::uint8_t { kBestGuess, kReject };

// A cap on what requests may cost that went to the fallback out of doubt.
struct FallbackCapConfig {
  base::Money per_day;
  OnCap on_cap = OnCap::kBestGuess;
};

struct RouterConfig {
  std::string name = "auto";           // the model name clients send to be routed
  std::vector<std::string> fallback;   // models, the most capable first; never empty after loading
  std::string classifier = "builtin";  // "builtin", "none" or the path of an artefact
  float default_threshold = 0.6F;
  std::vector<RouterStage> stages{RouterStage::kHeader, RouterStage::kRules, RouterStage::kLocal};
  std::optional<EncoderConfig> encoder;
  std::optional<LlmConfig> llm;
  std::optional<RiskConfig> risk;
  std::optional<ExploreConfig> explore;
  RetryConfig retries;
  BreakerConfig breaker;
  OnUnsupported on_unsupported = OnUnsupported::kWarn;
  StructuredConfig structured;
  ContextConfig context;
  AffinityConfig affinity;
  std::optional<FallbackCapConfig> fallback_cap;
  std::string baseline;                        // empty: the first of `fallback`
  std::int64_t cache_size = 64 * 1024 * 1024;  // of answers given again, over all workers
  std::int64_t expected_output_tokens = 500;
};

enum class StorePrompts : std::uint8_t { kOff, kFull };

// The database of a ledger that several replicas write to.
struct PostgresConfig {
  std::string url;  // one of libpq's, without a password; not empty
  base::Secret password;
  Milliseconds connect_timeout = std::chrono::seconds(5);
  Milliseconds timeout = std::chrono::seconds(5);  // of one statement
  Milliseconds lease = std::chrono::seconds(30);   // how long a replica that is not heard of keeps its part of a budget
};

struct LedgerConfig {
  std::string path;                        // never empty after loading; with `postgres`, of the journals alone
  std::optional<PostgresConfig> postgres;  // unset: files below `path`
  StorePrompts store_prompts = StorePrompts::kOff;
  bool store_features = true;
  Milliseconds retention = std::chrono::hours(24 * 30);
  std::int64_t max_size = 1LL << 30;
};

// Whether a candidate that passes the gate waits for a person, or goes live by itself.
enum class Promote : std::uint8_t { kManual, kAutomatic };

// What a candidate has to prove before it may take the champion's place (learn/promotion_gate.h).
struct GateConfig {
  double alpha = 0.05;
  double margin = 0.02;
  double category_limit = 0.1;
  double ece_limit = 0.05;
  int minimum_labels = 100;
};

// Signs of a wrong choice in traffic itself; as ledger::Signal.
enum class LearnSignal : std::uint8_t { kNone, kRegenerated, kRepeated, kInvalidOutput, kOverridden };

// How the classifier learns from what it hears.
struct LearnConfig {
  Milliseconds every{0};  // 0: only when it is told to
  int min_new_labels = 200;
  Promote promote = Promote::kManual;
  double canary = 0.1;             // share of the conversations that a candidate decides before it is promoted
  int canary_conversations = 500;  // that it must have decided
  Milliseconds half_life = std::chrono::hours(24 * 90);
  double voice_share = 0.05;
  bool memory = true;  // corrections take effect at once on requests like them
  std::vector<LearnSignal> signals{LearnSignal::kRegenerated, LearnSignal::kOverridden};
  GateConfig gate;
};

// Who may ask: nobody needs a key until there is one, everybody needs one, or keys are not looked at.
enum class KeyUse : std::uint8_t { kAuto, kRequired, kOff };
// What a budget in money does with a model whose price is unknown.
enum class UnknownPrice : std::uint8_t { kReject, kAllow };

struct AccessConfig {
  KeyUse keys = KeyUse::kAuto;
  std::string time_zone = "UTC";  // of the calendar that budgets follow
  std::string user_header = "x-pointsman-user";
  UnknownPrice unknown_price = UnknownPrice::kReject;
  double warn_at = 0.8;  // of a budget; and once more where it is used up
  // Filled by load(): the time zone's file (RFC 8536); empty for UTC.
  std::string zone_data;
};

enum class BudgetPeriod : std::uint8_t { kDay, kWeek, kMonth, kTotal };

// At least one of money and tokens is set.
struct BudgetConfig {
  BudgetPeriod period = BudgetPeriod::kMonth;
  std::optional<base::Money> money;
  std::optional<std::int64_t> tokens;
};

struct RatesConfig {
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> tokens_per_minute;
  std::optional<std::int64_t> concurrent;
};

enum class OnBudget : std::uint8_t { kReject, kDowngrade };

// What each of an owner's end users may use.
struct EndUserConfig {
  std::vector<BudgetConfig> budgets;
  RatesConfig limits;
};

// Who is turned away first when there is more to do than can be done.
enum class Priority : std::uint8_t { kLow, kNormal, kHigh };

// A node of the tree that keys belong to. "acme/search" is part of "acme".
struct OwnerConfig {
  std::string name;
  std::vector<BudgetConfig> budgets;
  RatesConfig limits;
  OnBudget on_budget = OnBudget::kReject;
  std::vector<std::string> models;      // that may answer; empty: all
  std::vector<std::string> categories;  // that may be asked for; empty: all
  std::optional<Priority> priority;     // unset: that of the node above; normal at the root
  std::optional<EndUserConfig> end_users;
};

// Where events about budgets are sent.
struct WebhookConfig {
  std::string name;
  Url url;
  base::Secret secret;
  bool allow_private = false;  // addresses that are not public
};

// Which generation of the attribute names of OpenTelemetry's GenAI conventions traces use: that of 1.36, or the newest.
enum class Semconv : std::uint8_t { kGenAi136, kGenAiLatest };

// The collector that traces of requests are sent to: OTLP over HTTP, as JSON.
struct OtlpConfig {
  Url endpoint;  // /v1/traces is added where it does not end so
  std::vector<Header> headers;
  double sample = 1.0;  // of the requests whose client does not say whether they are traced
  Semconv semconv = Semconv::kGenAi136;
  std::string service = "pointsman";  // the resource's service.name
  std::string ca_file;                // empty: the system's certificates
};

struct TelemetryConfig {
  std::optional<OtlpConfig> otlp;  // unset: nothing is traced
  bool exemplars = false;          // whether buckets of histograms name a request
};

// What replicas tell each other besides the ledger, and may lose.
struct RedisConfig {
  Address address;
  bool tls = false;
  std::string ca_file;   // empty: the system's certificates
  std::string username;  // empty: the default user
  base::Secret password;
  std::int64_t database = 0;
  std::string prefix = "pointsman";                        // of every key
  base::Secret secret;                                     // that answers are sealed with; empty: they are not shared
  Milliseconds timeout = std::chrono::milliseconds(50);    // of one operation
  Milliseconds exchange = std::chrono::milliseconds(100);  // between two looks at what the others counted
};

struct SharedConfig {
  std::optional<RedisConfig> redis;
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct Config {
  std::vector<ListenerConfig> listeners;  // never empty after loading
  std::optional<AdminConfig> admin;
  int workers = 0;  // 0: one for each core
  LimitsConfig limits;
  std::vector<ProviderConfig> providers;
  std::vector<ModelConfig> models;
  std::vector<CategoryConfig> categories;
  std::vector<classify::Rule> rules;
  RouterConfig router;
  LedgerConfig ledger;
  LearnConfig learn;
  AccessConfig access;
  std::vector<OwnerConfig> owners;
  std::vector<WebhookConfig> webhooks;
  TelemetryConfig telemetry;
  SharedConfig shared;
  LogConfig log;
  // Content hash of the effective configuration, secrets excluded (describe.h).
  std::string version;
};

}  // namespace pointsman::config
