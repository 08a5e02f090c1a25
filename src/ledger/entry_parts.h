// The parts that later versions added to a record: encoder (2), small model (3), strategies (4), learning (5),
// corrections (6), protocols (7), money (8).
//
// Private to entry_codec.cc.
#pragma once

#include <utility>

#include "ledger/entry.h"
#include "ledger/entry_fields.h"

namespace pointsman::ledger {

template <class Out>
void put_encoder(Out& out, const Entry& entry, const Limits& limits) {
  put_string(out, entry.encoder, limits.string);
  put_signed(out, entry.encoder_time.count());
}

inline std::uint8_t presence(const llm::Usage& usage, const std::optional<base::Money>& cost) {
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

// What learning needs of an entry.
template <class Out>
void put_learning(Out& out, const Entry& entry, const Limits& limits) {
  const std::size_t features = entry.features.size() <= limits.features ? entry.features.size() : 0;
  out.varint(features);
  out.pairs(features, [first = entry.features.data()](std::size_t i) {
    const text::Feature& one = first[i];
    return std::pair(one.hash, static_cast<std::uint32_t>(one.count) << 2 | static_cast<std::uint32_t>(one.block));
  });
  out.bytes(&entry.user, sizeof entry.user);
  put_string(out, entry.key, limits.string);
  put_string(out, entry.exploration.preferred, limits.string);
  out.bytes(&entry.exploration.propensity, sizeof(float));
}

// What people had corrected, and the rest of what corrections are recognised by.
template <class Out>
void put_recall(Out& out, const Entry& entry, const Limits& limits) {
  put_string(out, entry.recalled.decision, limits.string);
  put_string(out, entry.recalled.category, limits.string);
  out.bytes(&entry.recalled.likeness, sizeof(float));
  put_string(out, entry.recalled.memory, limits.string);
  put_string(out, entry.context, limits.string);
}

template <class Out>
void put_passage(Out& out, const Entry& entry, const Limits& limits) {
  const Passage& passage = entry.passage;
  put_string(out, passage.client, limits.string);
  put_string(out, passage.upstream, limits.string);
  const std::size_t losses = std::min(passage.losses.size(), limits.items);
  out.varint(losses);
  for (std::size_t i = 0; i < losses; ++i) put_string(out, passage.losses[i], limits.string);
  const auto& written = entry.usage.cache_write_tokens;
  const auto marks = static_cast<std::uint8_t>((passage.drained ? kDrained : 0) | (written ? kCacheWrite : 0));
  out.bytes(&marks, sizeof marks);
  out.varint(passage.drained_bytes);
  put_string(out, passage.json, limits.string);
  if (written) put_signed(out, *written);
}

inline std::uint8_t money_marks(const Entry& entry) {
  const Bill& bill = entry.bill;
  return static_cast<std::uint8_t>(
      (bill.prompt_tokens ? kPromptTokens : 0) | (bill.expected ? kExpected : 0) | (bill.reserved ? kReserved : 0) |
      (bill.charged ? kCharged : 0) | (entry.continuity.cold ? kCold : 0) | (entry.continuity.kept ? kKept : 0) |
      (entry.usage.long_cache_write_tokens ? kLongCacheWrite : 0) | (bill.charged_tokens ? kChargedTokens : 0));
}

// What a request was expected to cost and why, and how it was made to fit.
template <class Out>
void put_money(Out& out, const Entry& entry, const Limits& limits) {
  const Bill& bill = entry.bill;
  const std::uint8_t marks = money_marks(entry);
  out.bytes(&marks, sizeof marks);
  put_string(out, bill.owner, limits.string);
  put_string(out, bill.counted, limits.string);
  if (bill.prompt_tokens) put_signed(out, *bill.prompt_tokens);
  if (bill.expected) put_signed(out, bill.expected->nanos);
  if (bill.reserved) put_signed(out, bill.reserved->nanos);
  if (bill.charged) put_signed(out, bill.charged->nanos);
  if (bill.charged_tokens) put_signed(out, *bill.charged_tokens);
  put_string(out, bill.baseline, limits.string);
  put_string(out, bill.downgraded, limits.string);
  put_string(out, bill.replayed, limits.string);
  put_string(out, entry.continuity.model, limits.string);
  put_signed(out, entry.continuity.cached_tokens);
  if (entry.continuity.cold) put_signed(out, entry.continuity.cold->nanos);
  if (entry.usage.long_cache_write_tokens) put_signed(out, *entry.usage.long_cache_write_tokens);
  out.varint(static_cast<std::uint64_t>(entry.usage.tier));
  const Fitting& fitting = entry.fitting;
  put_string(out, fitting.done, limits.string);
  if (fitting.done.empty()) return;
  out.varint(fitting.removed_messages);
  out.varint(fitting.masked_results);
  put_signed(out, fitting.tokens_before);
  put_signed(out, fitting.tokens_after);
  put_string(out, fitting.summary_model, limits.string);
  const std::uint8_t present = presence(fitting.summary_usage, fitting.summary_cost);
  out.bytes(&present, sizeof present);
  put_bill(out, fitting.summary_usage, fitting.summary_cost);
}

inline void get_encoder(Reader& in, Entry& entry) {
  entry.encoder = in.string("encoder");
  entry.encoder_time = get_duration(in, "encoder_time");
}

inline std::vector<std::uint32_t> get_indices(Reader& in, const char* field) {
  std::vector<std::uint32_t> out(in.count(field, 1));
  for (std::uint32_t& index : out) {
    const std::uint64_t value = in.varint(field);
    if (value > std::numeric_limits<std::uint32_t>::max()) in.fail(field);
    index = static_cast<std::uint32_t>(value);
  }
  return out;
}

inline void get_bill(Reader& in, std::uint8_t present, llm::Usage& usage, std::optional<base::Money>& cost,
                     const char* field) {
  usage.input_tokens = get_optional(in, present, kInput, field);
  usage.cached_input_tokens = get_optional(in, present, kCachedInput, field);
  usage.output_tokens = get_optional(in, present, kOutput, field);
  usage.reasoning_tokens = get_optional(in, present, kReasoning, field);
  cost = get_money(in, present, kCost, field);
}

inline void get_consultation(Reader& in, Consultation& asked) {
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

inline void get_order(Reader& in, Ordering& order) {
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

inline void get_judgements(Reader& in, std::vector<Attempt>& attempts) {
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

inline void get_features(Reader& in, std::vector<text::Feature>& features, std::size_t count) {
  static_assert(text::kBlocks == 4, "a feature's block takes two bits");
  features.resize(count);
  for (text::Feature& one : features) {
    in.bytes("features.hash", &one.hash, sizeof one.hash);
    const std::uint64_t rest = in.varint("features.count");
    if (rest >> 2 > std::numeric_limits<std::uint16_t>::max()) in.fail("features.count");
    one.count = static_cast<std::uint16_t>(rest >> 2);
    one.block = static_cast<text::Block>(rest & 3);
  }
}

inline void get_learning(Reader& in, Entry& entry, Features wanted) {
  constexpr std::size_t kLeastBytes = 5;
  const std::size_t count = in.count("features", kLeastBytes);
  if (wanted == Features::kKept) {
    get_features(in, entry.features, count);
  } else {
    in.skip_pairs("features", count);
  }
  in.bytes("user", &entry.user, sizeof entry.user);
  entry.key = in.string("key");
  entry.exploration.preferred = in.string("exploration.preferred");
  in.bytes("exploration.propensity", &entry.exploration.propensity, sizeof(float));
}

inline void get_recall(Reader& in, Entry& entry) {
  entry.recalled.decision = in.string("recalled.decision");
  entry.recalled.category = in.string("recalled.category");
  in.bytes("recalled.likeness", &entry.recalled.likeness, sizeof(float));
  entry.recalled.memory = in.string("recalled.memory");
  entry.context = in.string("context");
}

inline void get_passage(Reader& in, Entry& entry) {
  Passage& passage = entry.passage;
  passage.client = in.string("passage.client");
  passage.upstream = in.string("passage.upstream");
  const std::size_t losses = in.count("passage.losses", 1);
  for (std::size_t i = 0; i < losses && !in.failed(); ++i) passage.losses.emplace_back() = in.string("passage.losses");
  std::uint8_t marks = 0;
  in.bytes("passage.marks", &marks, sizeof marks);
  if (marks > (kDrained | kCacheWrite)) in.fail("passage.marks");
  passage.drained = (marks & kDrained) != 0;
  passage.drained_bytes = in.varint("passage.drained_bytes");
  passage.json = in.string("passage.json");
  entry.usage.cache_write_tokens = get_optional(in, marks, kCacheWrite, "usage.cache_write");
}

inline std::uint32_t get_count(Reader& in, const char* field) {
  const std::uint64_t value = in.varint(field);
  if (value > std::numeric_limits<std::uint32_t>::max()) in.fail(field);
  return static_cast<std::uint32_t>(value);
}

inline void get_fitting(Reader& in, Fitting& fitting) {
  fitting.done = in.string("fitting.done");
  if (fitting.done.empty()) return;
  fitting.removed_messages = get_count(in, "fitting.removed_messages");
  fitting.masked_results = get_count(in, "fitting.masked_results");
  fitting.tokens_before = unzigzag(in.varint("fitting.tokens_before"));
  fitting.tokens_after = unzigzag(in.varint("fitting.tokens_after"));
  fitting.summary_model = in.string("fitting.summary_model");
  std::uint8_t present = 0;
  in.bytes("fitting.presence", &present, sizeof present);
  if (present >= kBaseline) in.fail("fitting.presence");
  get_bill(in, present, fitting.summary_usage, fitting.summary_cost, "fitting.summary");
}

inline void get_money_part(Reader& in, Entry& entry) {
  std::uint8_t marks = 0;
  in.bytes("bill.marks", &marks, sizeof marks);
  const auto amount = [&](MoneyMark bit, const char* field) -> std::optional<base::Money> {
    const auto nanos = get_optional(in, marks, bit, field);
    return nanos ? std::optional(base::Money{*nanos}) : std::nullopt;
  };
  Bill& bill = entry.bill;
  bill.owner = in.string("bill.owner");
  bill.counted = in.string("bill.counted");
  bill.prompt_tokens = get_optional(in, marks, kPromptTokens, "bill.prompt_tokens");
  bill.expected = amount(kExpected, "bill.expected");
  bill.reserved = amount(kReserved, "bill.reserved");
  bill.charged = amount(kCharged, "bill.charged");
  bill.charged_tokens = get_optional(in, marks, kChargedTokens, "bill.charged_tokens");
  bill.baseline = in.string("bill.baseline");
  bill.downgraded = in.string("bill.downgraded");
  bill.replayed = in.string("bill.replayed");
  entry.continuity.model = in.string("continuity.model");
  entry.continuity.cached_tokens = unzigzag(in.varint("continuity.cached_tokens"));
  entry.continuity.cold = amount(kCold, "continuity.cold");
  entry.continuity.kept = (marks & kKept) != 0;
  entry.usage.long_cache_write_tokens = get_optional(in, marks, kLongCacheWrite, "usage.long_cache_write");
  const std::uint64_t tier = in.varint("usage.tier");
  if (tier > static_cast<std::uint64_t>(llm::ServiceTier::kOther)) return in.fail("usage.tier");
  entry.usage.tier = static_cast<llm::ServiceTier>(tier);
  get_fitting(in, entry.fitting);
}

}  // namespace pointsman::ledger
