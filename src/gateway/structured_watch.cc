#include "gateway/structured_watch.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"
#include "ledger/signals.h"

namespace pointsman::gateway {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;

namespace {

// Holds nothing against anything.
const std::shared_ptr<const json::Schema>& anything() {
  static const std::shared_ptr<const json::Schema> kAnything = *json::Schema::compile("true");
  return kAnything;
}

// What the clients of each protocol read over: SDKs look at every event, and stumble over what they do not know.
json::PatchEnvelope envelope_of(llm::Protocol client) {
  if (client == llm::Protocol::kMessages) {
    return {"event: ping\ndata: {\"type\":\"ping\",\"pointsman_partial\":", "}\n\n"};
  }
  if (client == llm::Protocol::kResponses) {
    return {"event: pointsman.partial\ndata: {\"type\":\"pointsman.partial\",\"pointsman_partial\":", "}\n\n"};
  }
  return {"data: {\"choices\":[],\"pointsman_partial\":", "}\n\n"};
}

bool owes_json(const llm::Conversation& conversation) {
  return conversation.format.kind != llm::Format::kText;
}

}  // namespace

StructuredWatch::Value::Value(unsigned number, const json::PatchEnvelope& envelope,
                              std::shared_ptr<const json::Schema> schema, const StreamEvent& event)
    : choice(event.choice),
      part(event.part),
      has_schema(schema != nullptr),
      text(event.part_kind == PartKind::kText),
      patches(number, envelope),
      validator(schema ? std::move(schema) : anything()),
      sink(patches.sink(), validator),
      scanner(sink) {}

bool StructuredWatch::has_work(const llm::Conversation& conversation) {
  return owes_json(conversation) ||
         std::ranges::any_of(conversation.tools, [](const llm::Tool& tool) { return !tool.custom; });
}

std::shared_ptr<const json::Schema> StructuredWatch::schema_of(const StreamEvent& event) {
  if (event.part_kind == PartKind::kText) return schemas_.get(conversation_.format.schema);
  const auto tool = std::ranges::find(conversation_.tools, event.name, &llm::Tool::name);
  return tool == conversation_.tools.end() ? nullptr : schemas_.get(tool->schema);
}

StructuredWatch::Value* StructuredWatch::find(const StreamEvent& event) {
  for (Value& value : values_) {
    if (value.choice == event.choice && value.part == event.part) return &value;
  }
  return nullptr;
}

void StructuredWatch::begin(const StreamEvent& event) {
  const bool call = event.part_kind == PartKind::kToolCall;
  const std::uint32_t index = call ? calls_++ : 0;
  const bool text = event.part_kind == PartKind::kText && owes_json(conversation_) && !excused_;
  if ((call ? event.custom : !text) || values_.size() == kMostValues || find(event) != nullptr) return;
  Value& value =
      values_.emplace_back(static_cast<unsigned>(values_.size()), envelope_of(client_), schema_of(event), event);
  if (!events_) return;
  json::PatchTarget target{.choice = event.choice};
  if (call) target.tool = {.index = index, .id = event.id, .name = event.name};
  value.patches.open(target, out_);
}

void StructuredWatch::grow(Value& value, std::string_view text) {
  if (value.over || text.empty()) return;
  value.scanner.feed(text);
  if (events_) value.patches.fed(text.size(), out_);
  const bool wrong = value.scanner.failed() || value.validator.prospect() == json::Prospect::kImpossible;
  if (wrong) {
    blame(value);
    end(value);
  } else if (value.scanner.depth() > 0 || value.scanner.complete()) {
    begun_ = true;
  }
}

void StructuredWatch::blame(const Value& value) {
  if (!failure_.empty()) return;
  if (value.validator.prospect() == json::Prospect::kImpossible) {
    const auto why = value.validator.failure();
    failure_ = (why.instance.empty() ? "/" : why.instance) + " " + why.keyword;
  } else {
    failure_ =
        "offset " + std::to_string(value.scanner.fault()->offset) + " " + std::string(value.scanner.fault()->what);
  }
}

std::string StructuredWatch::schema_verdict(const Value& value) const {
  if (!value.has_schema) return {};
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  switch (value.validator.prospect()) {
    case json::Prospect::kComplete:
      writer.member("verdict", "valid");
      break;
    case json::Prospect::kOpen:
      writer.member("verdict", "incomplete");
      break;
    case json::Prospect::kUndecided:
      writer.member("verdict", "undecided");
      break;
    case json::Prospect::kImpossible: {
      const auto why = value.validator.failure();
      writer.member("verdict", "invalid").member("instance", why.instance).member("keyword", why.keyword);
      writer.member("schema", why.schema);
    }
  }
  writer.end_object();
  return out;
}

void StructuredWatch::end(Value& value) {
  if (value.over) return;
  value.over = true;
  const bool complete = value.scanner.finish();
  if (!complete && !value.scanner.failed() && value.validator.prospect() != json::Prospect::kImpossible) {
    incomplete_ = true;
  }
  if (value.scanner.failed() || value.validator.prospect() == json::Prospect::kImpossible) blame(value);
  if (!events_) return;
  value.patches.close({.complete = complete, .fault = value.scanner.fault(), .schema = schema_verdict(value)}, out_);
}

void StructuredWatch::excuse() {
  if (std::exchange(excused_, true)) return;
  for (Value& value : values_) {
    if (value.text) end(value);
  }
}

void StructuredWatch::take(const StreamEvent& event) {
  if (event.kind == StreamEventKind::kPartBegin) return begin(event);
  if (event.kind == StreamEventKind::kText) {
    Value* const value = find(event);
    if (value != nullptr) grow(*value, event.text);
    if (value == nullptr && event.part_kind != PartKind::kReasoning && !event.text.empty()) begun_ = true;
  } else if (event.kind == StreamEventKind::kPartEnd) {
    if (Value* value = find(event)) end(*value);
  } else if (event.kind == StreamEventKind::kEnd || event.kind == StreamEventKind::kError) {
    finish();
  }
}

void StructuredWatch::take(const llm::Answer& answer) {
  for (std::size_t c = 0; c < answer.choices.size(); ++c) {
    const auto& parts = answer.choices[c].parts;
    const bool refused = answer.choices[c].stop == llm::StopReason::kRefusal ||
                         std::ranges::find(parts, PartKind::kRefusal, &llm::Part::kind) != parts.end();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (refused && parts[p].kind == PartKind::kText) continue;
      StreamEvent event{.kind = StreamEventKind::kPartBegin,
                        .choice = static_cast<std::uint32_t>(c),
                        .part = static_cast<std::uint32_t>(p),
                        .part_kind = parts[p].kind,
                        .custom = parts[p].custom,
                        .id = parts[p].id,
                        .name = parts[p].name};
      take(event);
      event.kind = StreamEventKind::kText;
      event.text = parts[p].kind == PartKind::kToolCall ? parts[p].arguments : parts[p].text;
      take(event);
      event.kind = StreamEventKind::kPartEnd;
      take(event);
    }
  }
  finish();
}

void StructuredWatch::finish() {
  for (Value& value : values_) end(value);
}

std::string StructuredWatch::verdict() const {
  if (values_.empty()) return {};
  if (!failure_.empty()) return std::string(ledger::kInvalidJson) + failure_;
  return incomplete_ ? "incomplete" : "valid";
}

}  // namespace pointsman::gateway
