#include "ledger/entry_codec.h"

#include <algorithm>
#include <limits>
#include <string>

#include "ledger/record_io.h"

namespace pointsman::ledger {
namespace {

enum Flag : std::uint8_t { kStream = 1, kToolResultTurn = 2, kTruncated = 4 };
enum Mark : std::uint8_t { kCached = 1, kHedged = 2, kNoneOffered = 4 };
enum Present : std::uint8_t {
  kInput = 1,
  kCachedInput = 2,
  kOutput = 4,
  kReasoning = 8,
  kCost = 16,
  kBaseline = 32,
  kProbability = 64,
};

// How much of an entry a record keeps.
struct Limits {
  std::size_t text = std::numeric_limits<std::size_t>::max();
  std::size_t items = std::numeric_limits<std::size_t>::max();
  std::size_t string = std::numeric_limits<std::size_t>::max();
  bool truncated = false;
};

// The longest prefix of at most `limit` bytes that does not end inside a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

template <class Out>
void put_signed(Out& out, std::int64_t value) {
  out.varint(zigzag(value));
}

template <class Out>
void put_string(Out& out, std::string_view text, std::size_t limit) {
  const std::string_view kept = cut(text, limit);
  out.varint(kept.size());
  out.bytes(kept.data(), kept.size());
}

template <class Out>
void put_strings(Out& out, const std::vector<std::string>& list, const Limits& limits) {
  const std::size_t count = std::min(list.size(), limits.items);
  out.varint(count);
  for (std::size_t i = 0; i < count; ++i) put_string(out, list[i], limits.string);
}

// Each version adds a part behind those before it; a record has the oldest version that holds its entry.
constexpr std::uint8_t kWithoutEncoder = 1;
constexpr std::uint8_t kWithoutConsultation = 2;
constexpr std::uint8_t kWithoutOrder = 3;

std::uint8_t version_for(const Entry& entry) {
  if (!entry.order.strategy.empty()) return kRecordVersion;
  if (!entry.consultation.outcome.empty()) return kWithoutOrder;
  return entry.encoder.empty() && entry.encoder_time.count() == 0 ? kWithoutEncoder : kWithoutConsultation;
}

std::uint8_t presence(const Entry& entry) {
  return static_cast<std::uint8_t>(
      (entry.usage.input_tokens ? kInput : 0) | (entry.usage.cached_input_tokens ? kCachedInput : 0) |
      (entry.usage.output_tokens ? kOutput : 0) | (entry.usage.reasoning_tokens ? kReasoning : 0) |
      (entry.cost ? kCost : 0) | (entry.baseline_cost ? kBaseline : 0) | (entry.probability ? kProbability : 0));
}

// The columns of Summary, in its order.
template <class Out>
void put_head(Out& out, const Entry& entry, const Limits& limits) {
  const auto flags =
      static_cast<std::uint8_t>((entry.stream ? kStream : 0) | (entry.tool_result_turn ? kToolResultTurn : 0) |
                                (entry.truncated || limits.truncated ? kTruncated : 0));
  const std::uint8_t head[4] = {version_for(entry), flags, presence(entry), static_cast<std::uint8_t>(entry.outcome)};
  out.bytes(head, sizeof head);
  out.bytes(entry.id.bytes.data(), entry.id.bytes.size());
  put_string(out, entry.stage, limits.string);
  put_string(out, entry.category, limits.string);
  put_string(out, entry.model, limits.string);
  if (entry.usage.input_tokens) put_signed(out, *entry.usage.input_tokens);
  if (entry.usage.cached_input_tokens) put_signed(out, *entry.usage.cached_input_tokens);
  if (entry.usage.output_tokens) put_signed(out, *entry.usage.output_tokens);
  if (entry.usage.reasoning_tokens) put_signed(out, *entry.usage.reasoning_tokens);
  if (entry.cost) put_signed(out, entry.cost->nanos);
  if (entry.baseline_cost) put_signed(out, entry.baseline_cost->nanos);
  put_signed(out, entry.overhead.count());
  put_signed(out, entry.total.count());
}

template <class Out>
void put_inputs(Out& out, const Entry& entry, const Limits& limits) {
  const std::int64_t started = entry.started.time_since_epoch().count();
  out.bytes(&started, sizeof started);
  put_string(out, entry.requested_model, limits.string);
  put_string(out, entry.route_header, limits.string);
  out.bytes(&entry.conversation, sizeof entry.conversation);
  out.bytes(&entry.text_hash, sizeof entry.text_hash);
  put_string(out, entry.text, limits.text);
  out.varint(entry.capabilities);
  put_signed(out, entry.input_tokens_estimate);
  put_signed(out, entry.output_tokens_limit);
  const std::size_t count = std::min(entry.probabilities.size(), limits.items);
  out.varint(count);
  out.bytes(entry.probabilities.data(), count * sizeof(float));
  put_strings(out, entry.rule_hits, limits);
  put_strings(out, entry.unavailable, limits);
}

template <class Out>
void put_outcome(Out& out, const Entry& entry, const Limits& limits) {
  if (entry.probability) out.bytes(&*entry.probability, sizeof(float));
  out.bytes(&entry.threshold, sizeof(float));
  put_string(out, entry.reason, limits.string);
  put_strings(out, entry.candidates, limits);
  put_string(out, entry.policy_version, limits.string);
  put_string(out, entry.classifier_version, limits.string);
  const std::size_t attempts = std::min(entry.attempts.size(), limits.items);
  out.varint(attempts);
  for (std::size_t i = 0; i < attempts; ++i) {
    const Attempt& attempt = entry.attempts[i];
    put_string(out, attempt.model, limits.string);
    put_string(out, attempt.provider, limits.string);
    put_signed(out, attempt.status);
    put_string(out, attempt.error, limits.string);
    put_signed(out, attempt.first_byte.count());
  }
  put_string(out, entry.provider, limits.string);
  put_signed(out, entry.status);
  put_string(out, entry.error, limits.string);
  put_signed(out, entry.classify_time.count());
  put_signed(out, entry.first_byte.count());
  out.varint(entry.request_bytes);
  out.varint(entry.response_bytes);
}

template <class Out>
void put_encoder(Out& out, const Entry& entry, const Limits& limits) {
  put_string(out, entry.encoder, limits.string);
  put_signed(out, entry.encoder_time.count());
}

std::uint8_t presence(const llm::Usage& usage, const std::optional<base::Money>& cost) {
  return static_cast<std::uint8_t>((usage.input_tokens ? kInput : 0) | (usage.cached_input_tokens ? kCachedInput : 0) |
                                   (usage.output_tokens ? kOutput : 0) | (usage.reasoning_tokens ? kReasoning : 0) |
                                   (cost ? kCost : 0));
}

template <class Out>
void put_bill(Out& out, const llm::Usage& usage, const std::optional<base::Money>& cost) {
  if (usage.input_tokens) put_signed(out, *usage.input_tokens);
  if (usage.cached_input_tokens) put_signed(out, *usage.cached_input_tokens);
  if (usage.output_tokens) put_signed(out, *usage.output_tokens);
  if (usage.reasoning_tokens) put_signed(out, *usage.reasoning_tokens);
  if (cost) put_signed(out, cost->nanos);
}

template <class Out>
void put_consultation(Out& out, const Consultation& asked, const Limits& limits) {
  put_string(out, asked.outcome, limits.string);
  put_string(out, asked.source, limits.string);
  put_string(out, asked.model, limits.string);
  put_string(out, asked.prompt_version, limits.string);
  const std::size_t count = std::min(asked.probabilities.size(), limits.items);
  out.varint(count);
  out.bytes(asked.probabilities.data(), count * sizeof(float));
  const std::size_t offered = std::min(asked.offered.size(), limits.items);
  out.varint(offered);
  for (std::size_t i = 0; i < offered; ++i) out.varint(asked.offered[i]);
  out.bytes(&asked.coverage, sizeof asked.coverage);
  const std::uint8_t marks[2] = {static_cast<std::uint8_t>((asked.cached ? kCached : 0) | (asked.hedged ? kHedged : 0) |
                                                           (asked.none_offered ? kNoneOffered : 0)),
                                 presence(asked.usage, asked.cost)};
  out.bytes(marks, sizeof marks);
  put_bill(out, asked.usage, asked.cost);
  put_signed(out, asked.took.count());
}

template <class Out>
void put_order(Out& out, const Ordering& order, const Limits& limits) {
  put_string(out, order.strategy, limits.string);
  put_string(out, order.drawn, limits.string);
  out.bytes(&order.lot, sizeof order.lot);
  const std::size_t paces = std::min(order.paces.size(), limits.items);
  out.varint(paces);
  for (std::size_t i = 0; i < paces; ++i) {
    put_string(out, order.paces[i].model, limits.string);
    put_signed(out, order.paces[i].first_byte.count());
  }
}

// One for each attempt that the record keeps.
template <class Out>
void put_judgements(Out& out, const std::vector<Attempt>& attempts, const Limits& limits) {
  const std::size_t count = std::min(attempts.size(), limits.items);
  for (std::size_t i = 0; i < count; ++i) {
    const Judgement& judged = attempts[i].judged;
    put_string(out, judged.worth, limits.string);
    if (judged.worth.empty()) continue;
    const std::uint8_t marks[2] = {judged.discarded, static_cast<std::uint8_t>(presence(judged.usage, judged.cost) |
                                                                               (judged.confidence ? kProbability : 0))};
    out.bytes(marks, sizeof marks);
    if (judged.confidence) out.bytes(&*judged.confidence, sizeof(float));
    put_bill(out, judged.usage, judged.cost);
  }
}

template <class Out>
std::size_t put(Out out, const Entry& entry, const Limits& limits) {
  put_head(out, entry, limits);
  put_inputs(out, entry, limits);
  put_outcome(out, entry, limits);
  const std::uint8_t version = version_for(entry);
  if (version > kWithoutEncoder) put_encoder(out, entry, limits);
  if (version > kWithoutConsultation) put_consultation(out, entry.consultation, limits);
  if (version <= kWithoutOrder) return out.size();
  put_order(out, entry.order, limits);
  put_judgements(out, entry.attempts, limits);
  return out.size();
}

std::size_t encoded_size(const Entry& entry, const Limits& limits) {
  return put(Sizer(), entry, limits);
}

std::optional<std::int64_t> get_optional(Reader& in, std::uint8_t present, Present bit, const char* field) {
  if ((present & bit) == 0) return std::nullopt;
  return unzigzag(in.varint(field));
}

std::optional<base::Money> get_money(Reader& in, std::uint8_t present, Present bit, const char* field) {
  const auto nanos = get_optional(in, present, bit, field);
  if (!nanos) return std::nullopt;
  return base::Money{*nanos};
}

std::chrono::microseconds get_duration(Reader& in, const char* field) {
  return std::chrono::microseconds(unzigzag(in.varint(field)));
}

int get_status(Reader& in, const char* field) {
  const std::int64_t status = unzigzag(in.varint(field));
  if (status < std::numeric_limits<int>::min() || status > std::numeric_limits<int>::max()) in.fail(field);
  return in.failed() ? 0 : static_cast<int>(status);
}

std::vector<std::string> get_strings(Reader& in, const char* field) {
  const std::size_t count = in.count(field, 1);
  std::vector<std::string> list;
  list.reserve(std::min<std::size_t>(count, 64));
  for (std::size_t i = 0; i < count && !in.failed(); ++i) list.emplace_back(in.string(field));
  return list;
}

struct Head {
  Summary summary;
  std::uint8_t version = 0;
  std::uint8_t flags = 0;
  std::uint8_t present = 0;
};

base::Result<Head> get_head(Reader& in) {
  Head head;
  std::uint8_t lead[4] = {};
  in.bytes("version", lead, sizeof lead);
  if (!in.failed() && (lead[0] < kWithoutEncoder || lead[0] > kRecordVersion)) {
    return base::fail(base::ErrorCode::kUnsupported, "ledger record has version " + std::to_string(lead[0]) +
                                                         ", this build reads up to version " +
                                                         std::to_string(kRecordVersion));
  }
  head.version = lead[0];
  head.flags = lead[1];
  head.present = lead[2];
  if (head.flags > (kStream | kToolResultTurn | kTruncated)) in.fail("flags");
  if (head.present > 127) in.fail("presence");
  if (lead[3] > static_cast<std::uint8_t>(Outcome::kGatewayError)) in.fail("outcome");
  Summary& summary = head.summary;
  summary.outcome = static_cast<Outcome>(in.failed() ? 0 : lead[3]);
  in.bytes("id", summary.id.bytes.data(), summary.id.bytes.size());
  summary.stage = in.string("stage");
  summary.category = in.string("category");
  summary.model = in.string("model");
  summary.usage.input_tokens = get_optional(in, head.present, kInput, "usage.input_tokens");
  summary.usage.cached_input_tokens = get_optional(in, head.present, kCachedInput, "usage.cached_input_tokens");
  summary.usage.output_tokens = get_optional(in, head.present, kOutput, "usage.output_tokens");
  summary.usage.reasoning_tokens = get_optional(in, head.present, kReasoning, "usage.reasoning_tokens");
  summary.cost = get_money(in, head.present, kCost, "cost");
  summary.baseline_cost = get_money(in, head.present, kBaseline, "baseline_cost");
  summary.overhead = get_duration(in, "overhead");
  summary.total = get_duration(in, "total");
  return head;
}

void get_inputs(Reader& in, Entry& entry) {
  std::int64_t started = 0;
  in.bytes("started", &started, sizeof started);
  entry.started = base::WallTime(std::chrono::microseconds(started));
  entry.requested_model = in.string("requested_model");
  entry.route_header = in.string("route_header");
  in.bytes("conversation", &entry.conversation, sizeof entry.conversation);
  in.bytes("text_hash", &entry.text_hash, sizeof entry.text_hash);
  entry.text = in.string("text");
  const std::uint64_t capabilities = in.varint("capabilities");
  if (capabilities > std::numeric_limits<std::uint32_t>::max()) in.fail("capabilities");
  entry.capabilities = static_cast<std::uint32_t>(capabilities);
  entry.input_tokens_estimate = unzigzag(in.varint("input_tokens_estimate"));
  entry.output_tokens_limit = unzigzag(in.varint("output_tokens_limit"));
  entry.probabilities.resize(in.count("probabilities", sizeof(float)));
  if (!entry.probabilities.empty()) {
    in.bytes("probabilities", entry.probabilities.data(), entry.probabilities.size() * sizeof(float));
  }
  entry.rule_hits = get_strings(in, "rule_hits");
  entry.unavailable = get_strings(in, "unavailable");
}

void get_attempts(Reader& in, Entry& entry) {
  constexpr std::size_t kLeastBytes = 5;
  const std::size_t count = in.count("attempts", kLeastBytes);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    Attempt& attempt = entry.attempts.emplace_back();
    attempt.model = in.string("attempts.model");
    attempt.provider = in.string("attempts.provider");
    attempt.status = get_status(in, "attempts.status");
    attempt.error = in.string("attempts.error");
    attempt.first_byte = get_duration(in, "attempts.first_byte");
  }
}

void get_outcome(Reader& in, std::uint8_t present, Entry& entry) {
  if ((present & kProbability) != 0) {
    float probability = 0;
    in.bytes("probability", &probability, sizeof probability);
    entry.probability = probability;
  }
  in.bytes("threshold", &entry.threshold, sizeof entry.threshold);
  entry.reason = in.string("reason");
  entry.candidates = get_strings(in, "candidates");
  entry.policy_version = in.string("policy_version");
  entry.classifier_version = in.string("classifier_version");
  get_attempts(in, entry);
  entry.provider = in.string("provider");
  entry.status = get_status(in, "status");
  entry.error = in.string("error");
  entry.classify_time = get_duration(in, "classify_time");
  entry.first_byte = get_duration(in, "first_byte");
  entry.request_bytes = in.varint("request_bytes");
  entry.response_bytes = in.varint("response_bytes");
}

void get_encoder(Reader& in, Entry& entry) {
  entry.encoder = in.string("encoder");
  entry.encoder_time = get_duration(in, "encoder_time");
}

std::vector<std::uint32_t> get_indices(Reader& in, const char* field) {
  std::vector<std::uint32_t> out(in.count(field, 1));
  for (std::uint32_t& index : out) {
    const std::uint64_t value = in.varint(field);
    if (value > std::numeric_limits<std::uint32_t>::max()) in.fail(field);
    index = static_cast<std::uint32_t>(value);
  }
  return out;
}

void get_bill(Reader& in, std::uint8_t present, llm::Usage& usage, std::optional<base::Money>& cost,
              const char* field) {
  usage.input_tokens = get_optional(in, present, kInput, field);
  usage.cached_input_tokens = get_optional(in, present, kCachedInput, field);
  usage.output_tokens = get_optional(in, present, kOutput, field);
  usage.reasoning_tokens = get_optional(in, present, kReasoning, field);
  cost = get_money(in, present, kCost, field);
}

void get_consultation(Reader& in, Consultation& asked) {
  asked.outcome = in.string("consultation.outcome");
  asked.source = in.string("consultation.source");
  asked.model = in.string("consultation.model");
  asked.prompt_version = in.string("consultation.prompt_version");
  asked.probabilities.resize(in.count("consultation.probabilities", sizeof(float)));
  if (!asked.probabilities.empty()) {
    in.bytes("consultation.probabilities", asked.probabilities.data(), asked.probabilities.size() * sizeof(float));
  }
  asked.offered = get_indices(in, "consultation.offered");
  in.bytes("consultation.coverage", &asked.coverage, sizeof asked.coverage);
  std::uint8_t marks[2] = {};
  in.bytes("consultation.marks", marks, sizeof marks);
  if (marks[0] > (kCached | kHedged | kNoneOffered)) in.fail("consultation.marks");
  if (marks[1] >= kBaseline) in.fail("consultation.presence");
  asked.cached = (marks[0] & kCached) != 0;
  asked.hedged = (marks[0] & kHedged) != 0;
  asked.none_offered = (marks[0] & kNoneOffered) != 0;
  get_bill(in, marks[1], asked.usage, asked.cost, "consultation.usage");
  asked.took = get_duration(in, "consultation.took");
}

void get_order(Reader& in, Ordering& order) {
  order.strategy = in.string("order.strategy");
  order.drawn = in.string("order.drawn");
  in.bytes("order.lot", &order.lot, sizeof order.lot);
  const std::size_t count = in.count("order.paces", 2);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    Ordering::Pace& pace = order.paces.emplace_back();
    pace.model = in.string("order.paces.model");
    pace.first_byte = get_duration(in, "order.paces.first_byte");
  }
}

void get_judgements(Reader& in, std::vector<Attempt>& attempts) {
  for (Attempt& attempt : attempts) {
    Judgement& judged = attempt.judged;
    judged.worth = in.string("attempts.worth");
    if (judged.worth.empty()) continue;
    std::uint8_t marks[2] = {};
    in.bytes("attempts.judged", marks, sizeof marks);
    if (marks[0] > 1 || (marks[1] & kBaseline) != 0 || marks[1] >= 2 * kProbability) in.fail("attempts.judged");
    judged.discarded = marks[0] != 0;
    if ((marks[1] & kProbability) != 0) in.bytes("attempts.confidence", &judged.confidence.emplace(), sizeof(float));
    get_bill(in, marks[1], judged.usage, judged.cost, "attempts.usage");
  }
}

base::Error broken(const Reader& in) {
  return base::Error(base::ErrorCode::kCorrupt, "ledger record is damaged").at(in.failed_at());
}

}  // namespace

std::size_t encode(const Entry& entry, std::span<char> out) {
  Limits limits;
  if (encoded_size(entry, limits) <= out.size()) return put(Writer(out.data()), entry, limits);
  limits.truncated = true;
  limits.text = 0;
  const std::size_t without_text = encoded_size(entry, limits);
  constexpr std::size_t kLengthGrowth = 9;  // the text's own length may take up to ten bytes instead of one
  if (without_text <= out.size()) {
    const std::size_t rest = out.size() - without_text;
    limits.text = rest > kLengthGrowth ? rest - kLengthGrowth : 0;
    return put(Writer(out.data()), entry, limits);
  }
  limits.text = 0;
  for (const auto& [items, string] : {std::pair<std::size_t, std::size_t>{32, 256}, {4, 64}}) {
    limits.items = items;
    limits.string = string;
    if (encoded_size(entry, limits) <= out.size()) return put(Writer(out.data()), entry, limits);
  }
  return 0;
}

base::Result<Entry> decode(std::string_view record) {
  Reader in(record);
  PM_TRY(const Head head, get_head(in));
  Entry entry;
  const Summary& summary = head.summary;
  entry.id = summary.id;
  entry.outcome = summary.outcome;
  entry.stage = summary.stage;
  entry.category = summary.category;
  entry.model = summary.model;
  entry.usage = summary.usage;
  entry.cost = summary.cost;
  entry.baseline_cost = summary.baseline_cost;
  entry.overhead = summary.overhead;
  entry.total = summary.total;
  entry.stream = (head.flags & kStream) != 0;
  entry.tool_result_turn = (head.flags & kToolResultTurn) != 0;
  entry.truncated = (head.flags & kTruncated) != 0;
  get_inputs(in, entry);
  get_outcome(in, head.present, entry);
  if (head.version > kWithoutEncoder) get_encoder(in, entry);
  if (head.version > kWithoutConsultation) get_consultation(in, entry.consultation);
  if (head.version > kWithoutOrder) {
    get_order(in, entry.order);
    get_judgements(in, entry.attempts);
  }
  if (!in.failed() && version_for(entry) != head.version) in.fail("version");  // an older one would have been written
  if (!in.failed() && in.rest() != 0) in.fail("end");
  if (in.failed()) return base::fail(broken(in));
  return entry;
}

base::Result<Summary> decode_summary(std::string_view record) {
  Reader in(record);
  PM_TRY(const Head head, get_head(in));
  if (in.failed()) return base::fail(broken(in));
  return head.summary;
}

}  // namespace pointsman::ledger
