#include "ledger/entry_codec.h"

#include <algorithm>
#include <limits>
#include <string>

#include "ledger/entry_fields.h"
#include "ledger/entry_parts.h"

namespace pointsman::ledger {
namespace {

// Each version adds a part behind those before it; a record has the oldest version that holds its entry.
constexpr std::uint8_t kWithoutEncoder = 1;
constexpr std::uint8_t kWithoutConsultation = 2;
constexpr std::uint8_t kWithoutOrder = 3;
constexpr std::uint8_t kWithoutLearning = 4;
constexpr std::uint8_t kWithoutRecall = 5;
constexpr std::uint8_t kWithoutPassage = 6;
constexpr std::uint8_t kWithoutMoney = 7;
constexpr std::uint8_t kWithoutSummary = 8;

std::uint8_t version_for(const Entry& entry, const Limits& limits) {
  if (!entry.fitting.summary.empty()) return kRecordVersion;
  if (entry.bill != Bill() || entry.continuity != Continuity() || entry.fitting != Fitting() ||
      entry.usage.long_cache_write_tokens || entry.usage.tier != llm::ServiceTier::kStandard) {
    return kWithoutSummary;
  }
  if (entry.passage != Passage() || entry.usage.cache_write_tokens) return kWithoutMoney;
  if (!entry.recalled.decision.empty() || !entry.context.empty()) return kWithoutPassage;
  const bool features = !entry.features.empty() && entry.features.size() <= limits.features;
  if (features || entry.user != 0 || !entry.key.empty() || !entry.exploration.preferred.empty()) {
    return kWithoutRecall;
  }
  const auto kept = std::span(entry.attempts).first(std::min(entry.attempts.size(), limits.items));
  const bool judged = std::ranges::any_of(kept, [](const Attempt& one) { return !one.judged.worth.empty(); });
  if (judged || !entry.order.strategy.empty()) return kWithoutLearning;
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
  const std::uint8_t head[4] = {version_for(entry, limits), flags, presence(entry),
                                static_cast<std::uint8_t>(entry.outcome)};
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
std::size_t put(Out out, const Entry& entry, const Limits& limits) {
  put_head(out, entry, limits);
  put_inputs(out, entry, limits);
  put_outcome(out, entry, limits);
  const std::uint8_t version = version_for(entry, limits);
  if (version > kWithoutEncoder) put_encoder(out, entry, limits);
  if (version > kWithoutConsultation) put_consultation(out, entry.consultation, limits);
  if (version > kWithoutOrder) {
    put_order(out, entry.order, limits);
    put_judgements(out, entry.attempts, limits);
  }
  if (version > kWithoutLearning) put_learning(out, entry, limits);
  if (version > kWithoutRecall) put_recall(out, entry, limits);
  if (version > kWithoutPassage) put_passage(out, entry, limits);
  if (version > kWithoutMoney) put_money(out, entry, limits);
  if (version > kWithoutSummary) put_string(out, entry.fitting.summary, limits.string);
  return out.size();
}

std::size_t encoded_size(const Entry& entry, const Limits& limits) {
  return put(Sizer(), entry, limits);
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

base::Error broken(const Reader& in) {
  return base::Error(base::ErrorCode::kCorrupt, "ledger record is damaged").at(in.failed_at());
}

base::Result<Entry> decode_record(std::string_view record, Features features) {
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
  if (head.version > kWithoutLearning) get_learning(in, entry, features);
  if (head.version > kWithoutRecall) get_recall(in, entry);
  if (head.version > kWithoutPassage) get_passage(in, entry);
  if (head.version > kWithoutMoney) get_money_part(in, entry);
  if (head.version > kWithoutSummary) entry.fitting.summary = in.string("fitting.summary");
  // An older one would have been written.
  if (features == Features::kKept && !in.failed() && version_for(entry, {}) != head.version) in.fail("version");
  if (!in.failed() && in.rest() != 0) in.fail("end");
  if (in.failed()) return base::fail(broken(in));
  return entry;
}

}  // namespace

std::size_t encode(const Entry& entry, std::span<char> out) {
  Limits limits;
  const bool fits = put(RoomySizer(), entry, limits) <= out.size() || encoded_size(entry, limits) <= out.size();
  if (fits) return put(Writer(out.data()), entry, limits);
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
  limits.features = 0;
  if (encoded_size(entry, limits) <= out.size()) return put(Writer(out.data()), entry, limits);
  for (const auto& [items, string] : {std::pair<std::size_t, std::size_t>{32, 256}, {4, 64}, {2, 32}}) {
    limits.items = items;
    limits.string = string;
    if (encoded_size(entry, limits) <= out.size()) return put(Writer(out.data()), entry, limits);
  }
  return 0;
}

base::Result<Entry> decode(std::string_view record) {
  return decode_record(record, Features::kKept);
}

base::Result<Entry> decode_without_features(std::string_view record) {
  return decode_record(record, Features::kPassedOver);
}

base::Result<Summary> decode_summary(std::string_view record) {
  Reader in(record);
  PM_TRY(const Head head, get_head(in));
  if (in.failed()) return base::fail(broken(in));
  return head.summary;
}

}  // namespace pointsman::ledger
