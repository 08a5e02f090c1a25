// One ledger entry: everything about one admitted request, enough for `pointsman explain` to replay its decision (I1,
// I4). Prompt text is empty unless the policy keeps it (I11).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/uuid.h"
#include "llm/usage.h"
#include "text/features.h"

namespace pointsman::ledger {

// How the request ended, from the client's point of view.
enum class Outcome : std::uint8_t {
  kOk,
  kClientError,    // we refused it: bad request, unknown model, ...
  kUpstreamError,  // every attempt failed; the client got an error
  kCut,            // the answer broke off after it had begun, or ended without being whole by its own words
  kClientGone,     // the client left first (status 499)
  kGatewayError,   // our own fault, or we were stopping
};
std::string_view to_string(Outcome outcome);  // "ok", "client_error", "upstream_error", "cut", "client_gone", ...
std::optional<Outcome> outcome_from(std::string_view name);

// What an answer was worth that was held before it was released (strategy escalate), or what became of one that was
// asked for before the decision stood (speculate).
struct Judgement {
  std::string worth;  // "good", "unsure", "cut_short", ..., or kSpeculation and "released", ...; empty: neither
  std::optional<float> confidence;  // geometric mean of its tokens' probabilities; unknown without them
  bool discarded = false;           // it was not released, though it may have been paid for
  llm::Usage usage;
  std::optional<base::Money> cost;  // unknown stays unknown
};

inline constexpr std::string_view kSpeculation = "speculation_";
// Of an attempt that was sent and never answered: whether it was billed is unknown.
inline constexpr std::string_view kUnanswered = "unanswered";

// One try at one upstream.
struct Attempt {
  std::string model;
  std::string provider;
  int status = 0;                           // upstream's HTTP status, 0 if it never answered
  std::string error;                        // base::ErrorCode name, empty if it answered well
  std::chrono::microseconds first_byte{0};  // from sending to the first byte; 0 if none came
  Judgement judged;
};

// Asking the small model about one request.
struct Consultation {
  std::string outcome;  // of classify::OpinionOutcome; empty: no small model is configured
  std::string source;   // where its probabilities come from: "logprobs", "stated", "sampled", "bare"
  std::string model;
  std::string prompt_version;          // content hash of what it was asked with, the text excepted
  std::vector<float> probabilities;    // per category, in the policy's order, as it gave them
  std::vector<std::uint32_t> offered;  // categories whose labels were offered; empty: all
  float coverage = 1;                  // of its tokens' probability, what stood on labels
  bool none_offered = false;           // it could also say that it is none of them
  bool cached = false;                 // said of the same text before
  bool hedged = false;                 // a second call was made because the first took long
  llm::Usage usage;                    // of all its calls
  std::optional<base::Money> cost;     // of all its calls; unknown stays unknown
  std::chrono::microseconds took{0};   // from asking to the answer, or to giving up
};

// How the candidates of the category were put in order, where that was not by price.
struct Ordering {
  struct Pace {
    std::string model;
    std::chrono::microseconds first_byte{0};  // what it lately took
  };
  std::string strategy;     // "preference", "latency", "split", "escalate"; empty: by price, or no category decided
  std::string drawn;        // the model that chance put first, healthy or not: a split's arm; empty: no lot was drawn
  std::uint64_t lot = 0;    // the number that was drawn, where the strategy is latency
  std::vector<Pace> paces;  // of the category's models, where the strategy is latency; unknown ones are absent
};

// Chance that had a say in which model answers (router.explore), so that what another router would have brought can be
// estimated from what was logged.
struct Exploration {
  std::string preferred;  // the model that would have been first without it; empty: nothing was explored
  float propensity = 1;   // how probable it was that the model put first was put first
};

// What people had corrected of a request like it, as the memory of corrections knew then.
struct Recall {
  std::string decision;  // that they corrected; empty: none was like it
  std::string category;  // what it should have been; empty: none of them
  float likeness = 0;    // 1: the same text
  std::string memory;    // version of the memory
};

// How request and answer went through from one protocol to another, and what became of structured output.
struct Passage {
  std::string client;               // the client's protocol (llm/protocol.h); empty: chat completions
  std::string upstream;             // that of the model that answered; empty: the same
  std::vector<std::string> losses;  // what could not be carried over, of either
  bool drained = false;             // the client had left, and the rest was read for its usage
  std::uint64_t drained_bytes = 0;  // content that nobody was given, where it was
  std::string json;  // of an answer that had to be JSON: "valid", "incomplete", "invalid: /items/3 maxLength"

  bool operator==(const Passage&) const = default;
};

// What the request was expected to cost, what was set aside for it, and what it is measured against.
struct Bill {
  std::string owner;    // whom it is charged to: "acme/search"; empty: nobody
  std::string counted;  // how the prompt was counted: "o200k_base", ..., "estimate"; empty: it was not
  std::optional<std::int64_t> prompt_tokens;  // as counted
  std::optional<base::Money> expected;        // before the call: that prompt and a typical answer at the model's price
  std::optional<base::Money> reserved;        // the worst case, set aside in every budget on the way
  std::optional<base::Money> charged;  // what budgets were charged: the cost, or the worst case where it is unknown
  std::optional<std::int64_t> charged_tokens;  // likewise, prompt and answer
  std::string baseline;                        // the model that baseline_cost is of
  std::string downgraded;                      // the model that would have answered, had the budget had room for it
  std::string replayed;                        // the decision whose answer was given again; empty: a model was asked

  bool operator==(const Bill&) const = default;
};

// How a request was made to fit its model's window.
struct Fitting {
  std::string done;  // "largest", "trimmed"; empty: it fitted
  std::uint32_t removed_messages = 0;
  std::uint32_t masked_results = 0;
  std::int64_t tokens_before = 0;
  std::int64_t tokens_after = 0;
  // What came of summing up what was removed: "used", "cached", "late", "failed", ... (gateway/summary_desk.h); empty:
  // that was not wished, or nothing was removed.
  std::string summary;
  std::string summary_model;  // that was asked for it, now or for an earlier request; empty: none was
  llm::Usage summary_usage;
  std::optional<base::Money> summary_cost;

  bool operator==(const Fitting&) const = default;
};

// Where the conversation was before, and what its provider is expected to have cached of it.
struct Continuity {
  std::string model;  // that answered last; empty: unknown
  std::int64_t cached_tokens = 0;
  std::optional<base::Money> cold;  // what reading them anew with the model preferred otherwise would have cost more
  bool kept = false;                // it put that model first

  bool operator==(const Continuity&) const = default;
};

struct Entry {
  base::Uuid id;
  std::chrono::sys_time<std::chrono::microseconds> started{};

  // The request as routing saw it: the inputs of the decision.
  std::string requested_model;
  std::string route_header;  // value of x-pointsman-route, if sent
  std::uint64_t conversation = 0;
  std::uint64_t text_hash = 0;
  std::string text;     // kept only when the ledger's policy says so
  std::string context;  // what the classifier saw of the message before; kept where the text is
  // What the classifier saw of the text, where the text itself is not kept: enough to learn from, not to read. None
  // where there were more than kMaxFeatures.
  std::vector<text::Feature> features;
  std::uint64_t user = 0;  // hash of whom the client said it asks for (`user`, `safety_identifier`); 0: it did not say
  std::string key;         // name of the key that authenticated the request; empty: none did
  std::uint32_t capabilities = 0;  // llm::CapabilitySet bits the request demanded
  std::int64_t input_tokens_estimate = 0;
  std::int64_t output_tokens_limit = 0;
  bool stream = false;
  bool tool_result_turn = false;
  std::vector<float> probabilities;  // per category, in the policy's order
  std::vector<std::string> rule_hits;
  // How asking the sentence encoder went ("used": `probabilities` rest on its opinion; "late", ...); empty where the
  // classifier names none.
  std::string encoder;
  Consultation consultation;
  Recall recalled;
  Passage passage;
  std::vector<std::string> unavailable;  // models that were not healthy at that instant

  // The decision.
  std::string category;
  std::optional<float> probability;
  float threshold = 0;
  std::string stage;
  std::string reason;
  std::vector<std::string> candidates;  // model names, best first
  Ordering order;
  Exploration exploration;
  Continuity continuity;
  Fitting fitting;
  Bill bill;
  std::string policy_version;  // content hash of configuration + catalogue
  std::string classifier_version;

  // What happened.
  std::vector<Attempt> attempts;
  std::string model;  // that answered (or was tried last)
  std::string provider;
  int status = 0;  // what the client got
  Outcome outcome = Outcome::kOk;
  std::string error;  // ErrorCode name and short message, empty when ok
  llm::Usage usage;   // of the answer that was released
  // From usage and price, with what discarded answers cost; unknown stays unknown.
  std::optional<base::Money> cost;
  std::optional<base::Money> baseline_cost;  // the same usage with the model that bill.baseline names
  std::chrono::microseconds classify_time{0};
  std::chrono::microseconds encoder_time{0};  // of that, from asking the encoder to its answer
  std::chrono::microseconds overhead{0};      // our own share: total minus waiting for the upstream
  std::chrono::microseconds first_byte{0};    // from the client's last byte to its first
  std::chrono::microseconds total{0};
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  // The store's record limit cut something: the text first, then lists and long strings (entry_codec.h).
  bool truncated = false;

  static constexpr std::size_t kMaxFeatures = 1024;
};

}  // namespace pointsman::ledger
