#include "trace/otlp_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "json/document.h"
#include "json/writer.h"

namespace pointsman::trace {
namespace {

// Numbers of opentelemetry.proto.trace.v1.
enum class Kind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3 };
constexpr int kStatusError = 2;
constexpr int kSampled = 0x01;
constexpr int kHasIsRemote = 0x100;
constexpr int kIsRemote = 0x200;

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::kChat:
      return "chat";
    case Operation::kTextCompletion:
      return "text_completion";
    case Operation::kEmbeddings:
      return "embeddings";
  }
  return "chat";
}

class Attributes {
 public:
  Attributes(json::Writer& writer, Convention convention) : writer_(writer), convention_(convention) {
    writer_.key("attributes").begin_array();
  }
  ~Attributes() { writer_.end_array(); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // Texts that are empty, names that are, and values that are not known are left out.
  void text(std::string_view name, std::string_view value) {
    if (name.empty() || value.empty()) return;
    begin(name).member("stringValue", value).end_object().end_object();
  }
  void number(std::string_view name, std::int64_t value) {
    if (name.empty()) return;
    begin(name).member("intValue", fmt::format_int(value).c_str()).end_object().end_object();
  }
  void decimal(std::string_view name, double value) {
    if (name.empty()) return;
    begin(name).member("doubleValue", value).end_object().end_object();
  }
  void truth(std::string_view name, bool value) {
    if (name.empty()) return;
    begin(name).member("boolValue", value).end_object().end_object();
  }
  void text(Fact fact, std::string_view value) { text(name_of(fact, convention_), value); }
  void number(Fact fact, const std::optional<std::int64_t>& value) {
    if (value) number(name_of(fact, convention_), *value);
  }
  void money(std::string_view name, const std::optional<base::Money>& value) {
    if (value) decimal(name, static_cast<double>(value->nanos) / 1e9);
  }
  void seconds(std::string_view name, std::int64_t micros) { decimal(name, static_cast<double>(micros) / 1e6); }
  void provider(std::string_view configured) { text(Fact::kProvider, provider_name(configured, convention_)); }
  void usage(const llm::Usage& usage) {
    number(Fact::kInputTokens, usage.input_tokens);
    number(Fact::kOutputTokens, usage.output_tokens);
    number(Fact::kReasoningTokens, usage.reasoning_tokens);
    number(Fact::kCacheReadTokens, usage.cached_input_tokens);
    number(Fact::kCacheWriteTokens, usage.cache_write_tokens);
  }
  Convention convention() const { return convention_; }

 private:
  json::Writer& begin(std::string_view name) {
    return writer_.begin_object().member("key", name).key("value").begin_object();
  }

  json::Writer& writer_;
  Convention convention_;
};

struct Head {
  SpanId id;
  SpanId parent;
  bool remote = false;
  Kind kind = Kind::kInternal;
  Interval time;
};

// Everything of a span but its attributes and its status.
void begin_span(const Record& record, const Head& head, std::string_view name, json::Writer& out) {
  std::string hex;
  out.begin_object();
  append_hex(record.trace, hex);
  out.member("traceId", hex);
  hex.clear();
  append_hex(head.id, hex);
  out.member("spanId", hex);
  if (!record.state.empty()) out.member("traceState", record.state);
  if (head.parent) {
    hex.clear();
    append_hex(head.parent, hex);
    out.member("parentSpanId", hex);
  }
  out.member("flags", kSampled | kHasIsRemote | (head.remote ? kIsRemote : 0));
  out.member("name", name).member("kind", static_cast<int>(head.kind));
  const auto nanos = [&](std::int64_t offset) { return std::to_string(record.start + offset) + "000"; };
  out.member("startTimeUnixNano", nanos(head.time.began));
  out.member("endTimeUnixNano", nanos(std::max(head.time.began, head.time.ended)));
}

// A span is an error if something is named; its name says what, and nothing else does.
void end_span(std::string_view error, json::Writer& out) {
  if (!error.empty())
    out.key("status").begin_object().member("code", kStatusError).member("message", error).end_object();
  out.end_object();
}

void append_request(const Record& record, Convention convention, json::Writer& out) {
  const std::string_view operation = to_string(record.operation);
  begin_span(record, {record.id, record.parent, static_cast<bool>(record.parent), Kind::kServer, {0, record.took}},
             fmt::format("{} {}", operation, record.asked_for), out);
  {
    Attributes attributes(out, convention);
    attributes.text(Fact::kOperation, operation);
    attributes.provider(record.provider);
    attributes.text(Fact::kRequestModel, record.asked_for);
    if (record.max_tokens > 0) attributes.number(Fact::kRequestMaxTokens, record.max_tokens);
    attributes.truth(name_of(Fact::kRequestStream, convention), record.stream);
    attributes.text(Fact::kResponseModel, record.model);
    attributes.usage(record.usage);
    if (record.first_byte > 0) attributes.seconds(name_of(Fact::kTimeToFirstChunk, convention), record.first_byte);
    if (record.status != 0) attributes.number("http.response.status_code", record.status);
    attributes.text("error.type", record.error);
    attributes.text("pointsman.decision.id", record.decision);
    attributes.text("pointsman.route", record.choice.route);
    attributes.text("pointsman.stage", record.choice.stage);
    if (record.choice.confidence)
      attributes.decimal("pointsman.confidence", static_cast<double>(*record.choice.confidence));
    attributes.text("pointsman.model", record.model);
    attributes.text("pointsman.outcome", record.outcome);
    attributes.text("pointsman.cache", record.cache);
    attributes.text("pointsman.context", record.context);
    attributes.money("pointsman.cost.usd", record.cost);
    attributes.money("pointsman.baseline_cost.usd", record.baseline_cost);
    attributes.seconds("pointsman.overhead", record.overhead);
    attributes.number("pointsman.attempts", static_cast<std::int64_t>(record.call_count));
  }
  end_span(record.failed ? std::string_view(record.error) : std::string_view(), out);
}

void append_choice(const Record& record, Convention convention, json::Writer& out) {
  const Choice& choice = record.choice;
  begin_span(record, {choice.id, record.id, false, Kind::kInternal, choice.time}, "classify", out);
  {
    Attributes attributes(out, convention);
    attributes.text("pointsman.route", choice.route);
    attributes.text("pointsman.stage", choice.stage);
    if (choice.confidence) {
      attributes.decimal("pointsman.confidence", static_cast<double>(*choice.confidence));
      attributes.decimal("pointsman.threshold", static_cast<double>(choice.threshold));
    }
    attributes.text("pointsman.reason", choice.reason);
    if (choice.fallback) attributes.text("pointsman.fallback.reason", choice.reason);
    attributes.text("pointsman.router.version", choice.router_version);
    attributes.text("pointsman.classifier.version", choice.classifier_version);
    attributes.text("pointsman.encoder", choice.encoder);
    attributes.text("pointsman.llm", choice.opinion);
  }
  end_span({}, out);
}

void append_call(const Record& record, const Call& call, SpanId parent, std::string_view purpose, Operation operation,
                 Convention convention, json::Writer& out) {
  const std::string_view name = to_string(operation);
  begin_span(record, {call.id, parent, false, Kind::kClient, call.time},
             fmt::format("{} {}", name, call.upstream_model), out);
  {
    Attributes attributes(out, convention);
    attributes.text(Fact::kOperation, name);
    attributes.provider(call.provider);
    attributes.text(Fact::kRequestModel, call.upstream_model);
    attributes.usage(call.usage);
    if (call.first_byte > 0) attributes.seconds(name_of(Fact::kTimeToFirstChunk, convention), call.first_byte);
    attributes.text("server.address", call.address);
    if (!call.address.empty()) attributes.number("server.port", call.port);
    if (call.status != 0) attributes.number("http.response.status_code", call.status);
    attributes.text("error.type", call.error);
    attributes.text("pointsman.call", purpose);
    attributes.text("pointsman.model", call.model);
    attributes.text("pointsman.provider", call.provider);
    attributes.text("pointsman.worth", call.worth);
    if (call.discarded) attributes.truth("pointsman.discarded", true);
    if (call.hedged) attributes.truth("pointsman.hedged", true);
    attributes.money("pointsman.cost.usd", call.cost);
  }
  end_span(call.failed ? std::string_view(call.error) : std::string_view(), out);
}

}  // namespace

void append_spans(const Record& record, Convention convention, std::string& out) {
  const auto write = [&out](auto&& append) {
    json::Writer writer(out);
    append(writer);
  };
  write([&](json::Writer& writer) { append_request(record, convention, writer); });
  out += ',';
  write([&](json::Writer& writer) { append_choice(record, convention, writer); });
  if (record.asked_opinion) {
    out += ',';
    write([&](json::Writer& writer) {
      append_call(record, record.opinion, record.choice.id, "classify", Operation::kChat, convention, writer);
    });
  }
  for (std::size_t i = 0; i < record.call_count; ++i) {
    out += ',';
    write([&](json::Writer& writer) {
      append_call(record, record.calls[i], record.id, "answer", record.operation, convention, writer);
    });
  }
}

SpanBatch::SpanBatch(const Resource& resource, Convention convention) : convention_(convention) {
  std::string who;
  {
    json::Writer writer(who);
    writer.begin_object();
    {
      Attributes attributes(writer, convention);
      attributes.text("service.name", resource.service);
      attributes.text("service.version", resource.version);
      attributes.text("service.instance.id", resource.instance);
    }
    writer.end_object();
  }
  std::string scope;
  {
    json::Writer writer(scope);
    writer.begin_object().member("name", "pointsman").member("version", resource.version).end_object();
  }
  head_ = R"({"resourceSpans":[{"resource":)" + who + R"(,"scopeSpans":[{"scope":)" + scope + R"(,"spans":[)";
  tail_ = "]}]}]}";
}

void SpanBatch::add(const Record& record) {
  body_ += body_.empty() ? std::string_view(head_) : std::string_view(",");
  append_spans(record, convention_, body_);
  spans_ += record.spans();
}

std::string SpanBatch::take() {
  std::string out;
  out.swap(body_);
  if (!out.empty()) out += tail_;
  spans_ = 0;
  return out;
}

std::size_t rejected_spans(std::string_view answer) {
  constexpr std::size_t kMost = 64U << 10;
  json::Document document(kMost);
  if (!document.open(answer)) return 0;
  std::int64_t rejected = 0;
  json::Cursor in = document.root();
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    if (!in.key_is("partialSuccess")) {
      in.skip();
      continue;
    }
    for (bool inner = in.enter_object(); inner; inner = in.next_member()) {
      json::RawString text;
      if (!in.key_is("rejectedSpans")) {
        in.skip();
      } else if (in.read_string(text)) {
        std::from_chars(text.raw.data(), text.raw.data() + text.raw.size(), rejected);
      } else if (!in.read_integer(rejected)) {
        in.skip();
      }
    }
  }
  return in.finished() && rejected > 0 ? static_cast<std::size_t>(rejected) : 0;
}

}  // namespace pointsman::trace
