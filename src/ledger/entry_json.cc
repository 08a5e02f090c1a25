#include "ledger/entry_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "llm/capability.h"
#include "llm/protocol.h"

namespace pointsman::ledger {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629 table 3-7 of Unicode), 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool second = (lead != 0xe0 || at(1) >= 0xa0) && (lead != 0xed || at(1) <= 0x9f);
    return second && tail(1) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool second = (lead != 0xf0 || at(1) >= 0x90) && (lead != 0xf4 || at(1) <= 0x8f);
    return second && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (length == 0) {
      out += "\\ufffd";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text.front();
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.append(text, 0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

// One object being written; members are separated as they come.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_string(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_string(key(name), value); }
  void flag(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  template <class Number>
  void number(std::string_view name, Number value) {
    fmt::format_to(std::back_inserter(key(name)), "{}", value);
  }
  void real(std::string_view name, float value) { append_real(key(name), value); }
  void hash(std::string_view name, std::uint64_t value) {
    fmt::format_to(std::back_inserter(key(name)), "\"{:016x}\"", value);
  }
  void optional(std::string_view name, const std::optional<std::int64_t>& value) {
    value ? number(name, *value) : void(key(name) += "null");
  }
  void money(std::string_view name, const std::optional<base::Money>& value) {
    key(name) += value ? value->to_string() : "null";
  }
  void strings(std::string_view name, const std::vector<std::string>& list) {
    std::string& out = key(name);
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ',';
      append_string(out, list[i]);
    }
    out += ']';
  }
  void reals(std::string_view name, const std::vector<float>& list) {
    std::string& out = key(name);
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ',';
      append_real(out, list[i]);
    }
    out += ']';
  }
  static void append_real(std::string& out, float value) {
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "{}", value);
    } else {
      out += "null";
    }
  }

 private:
  std::string& out_;
  bool first_ = true;
};

// Times that four-digit years cannot express come out as the nearest that they can.
std::string iso_time(base::WallTime time) {
  using std::chrono::sys_days;
  using std::chrono::year;
  time = std::clamp<base::WallTime>(time, sys_days(year(0) / 1 / 1), sys_days(year(9999) / 12 / 31));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

void append_consultation(std::string& out, const Consultation& asked) {
  Object object(out);
  object.text("outcome", asked.outcome);
  object.text("source", asked.source);
  object.text("model", asked.model);
  object.text("prompt_version", asked.prompt_version);
  object.reals("probabilities", asked.probabilities);
  std::string& offered = object.key("offered");
  offered += '[';
  for (std::size_t i = 0; i < asked.offered.size(); ++i) {
    fmt::format_to(std::back_inserter(offered), "{}{}", i > 0 ? "," : "", asked.offered[i]);
  }
  offered += ']';
  object.real("coverage", asked.coverage);
  object.flag("none_offered", asked.none_offered);
  object.flag("cached", asked.cached);
  object.flag("hedged", asked.hedged);
  object.optional("input_tokens", asked.usage.input_tokens);
  object.optional("output_tokens", asked.usage.output_tokens);
  object.money("cost_usd", asked.cost);
  object.number("us", asked.took.count());
}

void append_recall(std::string& out, const Recall& recalled) {
  Object object(out);
  object.text("decision", recalled.decision);
  if (recalled.category.empty()) {
    object.key("category") += "null";
  } else {
    object.text("category", recalled.category);
  }
  object.real("likeness", recalled.likeness);
  object.text("memory", recalled.memory);
}

void append_passage(std::string& out, const Passage& passage) {
  Object object(out);
  object.text("client", passage.client.empty() ? to_string(llm::Protocol::kChatCompletions) : passage.client);
  if (!passage.upstream.empty()) object.text("upstream", passage.upstream);
  object.strings("losses", passage.losses);
  if (passage.drained) object.number("drained_bytes", passage.drained_bytes);
  if (!passage.json.empty()) object.text("json", passage.json);
}

void append_request(Object& object, const Entry& entry) {
  object.text("requested_model", entry.requested_model);
  object.text("route_header", entry.route_header);
  object.hash("conversation", entry.conversation);
  object.hash("text_hash", entry.text_hash);
  if (!entry.text.empty()) object.text("text", entry.text);
  if (!entry.context.empty()) object.text("context", entry.context);
  if (!entry.features.empty()) object.number("features", entry.features.size());
  if (entry.user != 0) object.hash("user", entry.user);
  if (!entry.key.empty()) object.text("key", entry.key);
  object.strings("capabilities", llm::CapabilitySet::from_bits(entry.capabilities).names());
  object.number("input_tokens_estimate", entry.input_tokens_estimate);
  object.number("output_tokens_limit", entry.output_tokens_limit);
  object.flag("stream", entry.stream);
  object.flag("tool_result_turn", entry.tool_result_turn);
  object.reals("probabilities", entry.probabilities);
  object.strings("rule_hits", entry.rule_hits);
  object.text("encoder", entry.encoder);
  if (!entry.consultation.outcome.empty()) append_consultation(object.key("llm"), entry.consultation);
  if (!entry.recalled.decision.empty()) append_recall(object.key("corrected_before"), entry.recalled);
  if (entry.passage != Passage()) append_passage(object.key("passage"), entry.passage);
  object.strings("unavailable", entry.unavailable);
}

// Only what was known or done: most requests have little of it.
void append_bill(std::string& out, const Bill& bill) {
  Object object(out);
  if (!bill.owner.empty()) object.text("owner", bill.owner);
  if (!bill.counted.empty()) object.text("counted", bill.counted);
  if (bill.prompt_tokens) object.number("prompt_tokens", *bill.prompt_tokens);
  if (bill.expected) object.money("expected_usd", bill.expected);
  if (bill.reserved) object.money("reserved_usd", bill.reserved);
  if (bill.charged) object.money("charged_usd", bill.charged);
  if (bill.charged_tokens) object.number("charged_tokens", *bill.charged_tokens);
  if (!bill.baseline.empty()) object.text("baseline", bill.baseline);
  if (!bill.downgraded.empty()) object.text("downgraded_from", bill.downgraded);
  if (!bill.replayed.empty()) object.text("replayed", bill.replayed);
}

void append_fitting(std::string& out, const Fitting& fitting) {
  Object object(out);
  object.text("done", fitting.done);
  object.number("removed_messages", fitting.removed_messages);
  object.number("masked_results", fitting.masked_results);
  object.number("tokens_before", fitting.tokens_before);
  object.number("tokens_after", fitting.tokens_after);
  if (!fitting.summary.empty()) object.text("summary", fitting.summary);
  if (fitting.summary_model.empty()) return;
  object.text("summary_model", fitting.summary_model);
  object.optional("summary_input_tokens", fitting.summary_usage.input_tokens);
  object.optional("summary_output_tokens", fitting.summary_usage.output_tokens);
  object.money("summary_cost_usd", fitting.summary_cost);
}

void append_continuity(std::string& out, const Continuity& continuity) {
  Object object(out);
  object.text("model", continuity.model);
  object.number("cached_tokens", continuity.cached_tokens);
  object.money("cold_usd", continuity.cold);
  object.flag("kept", continuity.kept);
}

void append_order(std::string& out, const Ordering& order) {
  Object object(out);
  object.text("strategy", order.strategy);
  object.text("drawn", order.drawn);
  object.hash("lot", order.lot);
  std::string& paces = object.key("first_byte_us");
  Object item(paces);
  for (const Ordering::Pace& one : order.paces) item.number(one.model, one.first_byte.count());
}

void append_decision(Object& object, const Entry& entry) {
  object.text("category", entry.category);
  if (entry.probability) {
    object.real("probability", *entry.probability);
  } else {
    object.key("probability") += "null";
  }
  object.real("threshold", entry.threshold);
  object.text("stage", entry.stage);
  object.text("reason", entry.reason);
  object.strings("candidates", entry.candidates);
  if (!entry.order.strategy.empty()) append_order(object.key("order"), entry.order);
  if (!entry.exploration.preferred.empty()) {
    Object explored(object.key("exploration"));
    explored.text("preferred", entry.exploration.preferred);
    explored.real("propensity", entry.exploration.propensity);
  }
  if (entry.continuity != Continuity()) append_continuity(object.key("continuity"), entry.continuity);
  if (!entry.fitting.done.empty()) append_fitting(object.key("fitting"), entry.fitting);
  object.text("policy_version", entry.policy_version);
  object.text("classifier_version", entry.classifier_version);
}

void append_judgement(std::string& out, const Judgement& judged) {
  Object object(out);
  object.text("worth", judged.worth);
  if (judged.confidence) object.real("confidence", *judged.confidence);
  object.flag("discarded", judged.discarded);
  object.optional("input_tokens", judged.usage.input_tokens);
  object.optional("output_tokens", judged.usage.output_tokens);
  object.money("cost_usd", judged.cost);
}

void append_attempts(Object& object, const Entry& entry) {
  std::string& out = object.key("attempts");
  out += '[';
  for (std::size_t i = 0; i < entry.attempts.size(); ++i) {
    if (i > 0) out += ',';
    const Attempt& attempt = entry.attempts[i];
    Object item(out);
    item.text("model", attempt.model);
    item.text("provider", attempt.provider);
    item.number("status", attempt.status);
    item.text("error", attempt.error);
    item.number("first_byte_us", attempt.first_byte.count());
    if (!attempt.judged.worth.empty()) append_judgement(item.key("judged"), attempt.judged);
  }
  out += ']';
}

void append_outcome(Object& object, const Entry& entry) {
  object.text("model", entry.model);
  object.text("provider", entry.provider);
  object.number("status", entry.status);
  object.text("outcome", to_string(entry.outcome));
  object.text("error", entry.error);
  object.optional("input_tokens", entry.usage.input_tokens);
  object.optional("cached_input_tokens", entry.usage.cached_input_tokens);
  if (entry.usage.cache_write_tokens) object.number("cache_write_tokens", *entry.usage.cache_write_tokens);
  if (entry.usage.tier != llm::ServiceTier::kStandard) object.text("service_tier", llm::to_string(entry.usage.tier));
  if (entry.usage.long_cache_write_tokens) {
    object.number("long_cache_write_tokens", *entry.usage.long_cache_write_tokens);
  }
  object.optional("output_tokens", entry.usage.output_tokens);
  object.optional("reasoning_tokens", entry.usage.reasoning_tokens);
  object.money("cost_usd", entry.cost);
  object.money("baseline_cost_usd", entry.baseline_cost);
  if (entry.bill != Bill()) append_bill(object.key("bill"), entry.bill);
  object.number("classify_us", entry.classify_time.count());
  object.number("encoder_us", entry.encoder_time.count());
  object.number("overhead_us", entry.overhead.count());
  object.number("first_byte_us", entry.first_byte.count());
  object.number("total_us", entry.total.count());
  object.number("request_bytes", entry.request_bytes);
  object.number("response_bytes", entry.response_bytes);
  object.flag("truncated", entry.truncated);
}

}  // namespace

void append_json(std::string& out, const Entry& entry) {
  Object object(out);
  object.text("id", entry.id.to_string());
  object.text("started", iso_time(entry.started));
  append_request(object, entry);
  append_decision(object, entry);
  append_attempts(object, entry);
  append_outcome(object, entry);
}

std::string to_json(const Entry& entry) {
  std::string out;
  out.reserve(1024);
  append_json(out, entry);
  return out;
}

}  // namespace pointsman::ledger
