#include "wire/openai_responses/stream_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/nesting.h"
#include "wire/openai_responses/error_reader.h"
#include "wire/openai_responses/output_reader.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::StreamEvent;
using llm::StreamEventKind;
using llm::StreamSink;

// Items and parts that may be open at the same time; what a stream opens beyond is not followed.
constexpr std::size_t kMaxOpen = 256;

// The members of an event, of whatever type.
struct Event {
  json::RawString type, delta, whole, message, code;
  std::int64_t output_index = 0;
  std::int64_t content_index = 0;  // or summary_index
  std::optional<json::Cursor> item, part, response, error;
  std::string_view logprobs;  // JSON of a list

  bool is(std::string_view name) const { return type.is(name); }
};

// Events that carry text, and all of a text.
struct TextEvent {
  std::string_view name;  // without ".delta" or ".done"
  ContentKind kind;
};
constexpr std::array<TextEvent, 6> kTextEvents = {{
    {"response.output_text", ContentKind::kText},
    {"response.refusal", ContentKind::kRefusal},
    {"response.reasoning_text", ContentKind::kReasoningText},
    {"response.reasoning_summary_text", ContentKind::kSummary},
    {"response.function_call_arguments", ContentKind::kInput},
    {"response.custom_tool_call_input", ContentKind::kInput},
}};
// Events that say nothing that others do not say.
constexpr std::array<std::string_view, 5> kSilent = {"response.in_progress", "response.queued", "keepalive",
                                                     "response.content_part.done",
                                                     "response.reasoning_summary_part.done"};

llm::PartKind part_kind(ContentKind kind) {
  switch (kind) {
    case ContentKind::kRefusal:
      return llm::PartKind::kRefusal;
    case ContentKind::kReasoningText:
    case ContentKind::kSummary:
      return llm::PartKind::kReasoning;
    case ContentKind::kInput:
      return llm::PartKind::kToolCall;
    default:
      return llm::PartKind::kText;
  }
}

// Whether contents of that kind may grow by turns within one item, until each says that it is done. Others follow each
// other, and the last is open until its item ends, which may bring what seals it.
bool takes_turns(ContentKind kind) {
  return kind == ContentKind::kText || kind == ContentKind::kRefusal;
}

class Reading final : public llm::StreamReader {
 public:
  explicit Reading(json::Document& document) : document_(document) {}

  void read(const llm::SseEvent& event, StreamSink& sink) override;
  void finish(StreamSink&) override {}  // the last word ended it already
  bool done() const override { return done_; }
  bool malformed() const override { return malformed_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  struct OpenPart {
    ContentKind kind = ContentKind::kText;
    std::int64_t index = 0;
    std::uint32_t number = 0;  // of the neutral part
    bool open = true;
    bool spoke = false;  // some of its text was given
  };
  struct OpenItem {
    std::int64_t output_index = 0;
    std::string id;
    std::vector<OpenPart> parts;
  };

  bool parse(std::string_view data, Event& out);
  void member(json::Cursor& cursor, std::string_view data, Event& out);
  void dispatch(const Event& event, StreamSink& sink);
  bool text_event(const Event& event, StreamSink& sink);
  void created(const Event& event, StreamSink& sink);
  void item_added(const Event& event, StreamSink& sink);
  void item_done(const Event& event, StreamSink& sink);
  void part_added(const Event& event, StreamSink& sink);
  void failed(const Event& event, StreamSink& sink);
  void ended(const Event& event, StreamSink& sink);
  void unknown(const Event& event);

  OpenItem* item(std::int64_t output_index);
  OpenPart* part(OpenItem& item, ContentKind kind, std::int64_t index, const llm::Part& says, StreamSink& sink);
  void complete(OpenItem& item, const ReadItem& whole, StreamSink& sink);
  void close(OpenItem& item, StreamSink& sink);
  void close_part(OpenPart& part, StreamSink& sink);
  void give_text(OpenPart& part, std::string_view text, StreamSink& sink);
  void give_logprobs(std::string_view list, StreamSink& sink);
  void give_error(llm::AnswerError error, StreamSink& sink);
  StreamEvent about(const OpenPart& part, StreamEventKind kind) const;

  json::Document& document_;
  std::string_view data_;
  LossSet losses_;
  std::vector<OpenItem> items_;
  std::string text_;
  std::uint32_t next_part_ = 0;
  bool begun_ = false;
  bool called_ = false;
  bool refused_ = false;
  bool done_ = false;
  bool malformed_ = false;
};

void Reading::read(const llm::SseEvent& event, StreamSink& sink) {
  if (done_ || event.data == "[DONE]") return;  // some servers say that, out of habit
  if (event.oversize) {
    malformed_ = true;
    return;
  }
  Event parsed;
  if (!parse(event.data, parsed)) {
    malformed_ = true;
  } else {
    if (parsed.type.raw.empty()) parsed.type.raw = event.name;
    dispatch(parsed, sink);
  }
  document_.close();
}

bool Reading::parse(std::string_view data, Event& out) {
  data_ = data;
  if (!document_.open(data)) return false;
  json::Cursor cursor = document_.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor, data, out);
  return cursor.finished();
}

void Reading::member(json::Cursor& cursor, std::string_view data, Event& out) {
  const json::RawString& key = cursor.key();
  const auto is_text = [&] { return key.is("text") || key.is("arguments") || key.is("input") || key.is("refusal"); };
  if (key.is("type") && cursor.read_string(out.type)) return;
  if (key.is("delta") && cursor.read_string(out.delta)) return;
  if (is_text() && cursor.read_string(out.whole)) return;
  if (key.is("message") && cursor.read_string(out.message)) return;
  if (key.is("code") && cursor.read_string(out.code)) return;
  if (key.is("output_index") && cursor.read_integer(out.output_index)) return;
  if ((key.is("content_index") || key.is("summary_index")) && cursor.read_integer(out.content_index)) return;
  if (cursor.peek() == '{') {
    if (key.is("item")) out.item = cursor;
    if (key.is("part")) out.part = cursor;
    if (key.is("response")) out.response = cursor;
    if (key.is("error")) out.error = cursor;
  }
  const bool logprobs = key.is("logprobs") && cursor.peek() == '[';
  const std::size_t begin = cursor.offset();
  cursor.skip();
  if (logprobs && !cursor.failed()) out.logprobs = data.substr(begin, cursor.last_end() - begin);
}

void Reading::dispatch(const Event& event, StreamSink& sink) {
  if (event.is("error")) return failed(event, sink);
  if (!begun_) created(event, sink);
  if (event.is("response.created") || text_event(event, sink)) return;
  if (event.is("response.output_item.added")) return item_added(event, sink);
  if (event.is("response.output_item.done")) return item_done(event, sink);
  if (event.is("response.content_part.added") || event.is("response.reasoning_summary_part.added")) {
    return part_added(event, sink);
  }
  if (event.is("response.failed")) return failed(event, sink);
  if (event.is("response.completed") || event.is("response.incomplete")) return ended(event, sink);
  unknown(event);
}

void Reading::created(const Event& event, StreamSink& sink) {
  begun_ = true;
  ResponseFields fields;
  if (event.response) {
    json::Cursor cursor = *event.response;
    fields = read_fields(cursor);
  }
  StreamEvent begin;
  begin.kind = StreamEventKind::kBegin;
  begin.id = fields.id;
  begin.name = fields.model;
  begin.created = fields.created;
  sink.take(begin);
}

bool Reading::text_event(const Event& event, StreamSink& sink) {
  const std::string_view name = event.type.raw;
  const bool delta = name.ends_with(".delta");
  if (!delta && !name.ends_with(".done")) return false;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  const auto* const found = std::ranges::find(kTextEvents, stem, &TextEvent::name);
  if (found == kTextEvents.end()) return false;
  OpenItem* const of = item(event.output_index);
  if (of == nullptr) return true;
  OpenPart* const to = part(*of, found->kind, event.content_index, {}, sink);
  if (to == nullptr) return true;
  if (delta || !to->spoke) {
    text_.clear();
    json::unescape(delta ? event.delta.raw : event.whole.raw, text_);
    give_text(*to, text_, sink);
    if (event.logprobs.size() > 2) give_logprobs(event.logprobs, sink);
  }
  if (!delta && takes_turns(found->kind)) close_part(*to, sink);
  return true;
}

// Behind the text that they are about.
void Reading::give_logprobs(std::string_view list, StreamSink& sink) {
  if (nests_deeper(list, kLogprobLevels)) return losses_.minor("logprobs");
  StreamEvent event;
  event.kind = StreamEventKind::kLogprobs;
  event.text = list;
  sink.take(event);
}

Reading::OpenItem* Reading::item(std::int64_t output_index) {
  const auto at = std::ranges::find(items_, output_index, &OpenItem::output_index);
  if (at != items_.end()) return &*at;
  if (items_.size() == kMaxOpen) {
    malformed_ = true;
    return nullptr;
  }
  items_.emplace_back().output_index = output_index;
  return &items_.back();
}

// The part of an item that stands there; begins it if it is new. Null if it cannot: a call whose name is not known yet.
Reading::OpenPart* Reading::part(OpenItem& of, ContentKind kind, std::int64_t index, const llm::Part& says,
                                 StreamSink& sink) {
  for (OpenPart& one : of.parts) {
    if (one.kind == kind && one.index == index) return one.open ? &one : nullptr;
  }
  const bool call = kind == ContentKind::kInput;
  if (call && says.id.empty() && says.name.empty()) return nullptr;
  if (of.parts.size() == kMaxOpen) {
    malformed_ = true;
    return nullptr;
  }
  for (OpenPart& one : of.parts) {
    if (!takes_turns(kind) || !takes_turns(one.kind)) close_part(one, sink);
  }
  OpenPart& fresh = of.parts.emplace_back();
  fresh.kind = kind;
  fresh.index = index;
  fresh.number = next_part_++;
  called_ = called_ || call;
  refused_ = refused_ || kind == ContentKind::kRefusal;
  StreamEvent begin = about(fresh, StreamEventKind::kPartBegin);
  begin.custom = says.custom;
  begin.name = says.name;
  // Some providers name an item anew in each event: its first name counts.
  if (call) begin.id = says.id;
  if (begin.part_kind == llm::PartKind::kReasoning) begin.id = of.id.empty() ? says.id : of.id;
  sink.take(begin);
  return &fresh;
}

StreamEvent Reading::about(const OpenPart& part, StreamEventKind kind) const {
  StreamEvent event;
  event.kind = kind;
  event.part = part.number;
  event.part_kind = part_kind(part.kind);
  event.summary = part.kind == ContentKind::kSummary;
  return event;
}

void Reading::give_text(OpenPart& part, std::string_view text, StreamSink& sink) {
  if (text.empty()) return;
  part.spoke = true;
  StreamEvent event = about(part, StreamEventKind::kText);
  event.text = text;
  sink.take(event);
}

void Reading::close_part(OpenPart& part, StreamSink& sink) {
  if (std::exchange(part.open, false)) sink.take(about(part, StreamEventKind::kPartEnd));
}

void Reading::close(OpenItem& of, StreamSink& sink) {
  for (OpenPart& one : of.parts) close_part(one, sink);
}

void Reading::item_added(const Event& event, StreamSink& sink) {
  if (!event.item) return;
  // A place that is taken: an item whose end was not told.
  const auto old = std::ranges::find(items_, event.output_index, &OpenItem::output_index);
  if (old != items_.end()) {
    close(*old, sink);
    items_.erase(old);
  }
  OpenItem* const of = item(event.output_index);
  if (of == nullptr) return;
  LossSet told_at_its_end;
  json::Cursor cursor = *event.item;
  const ReadItem said = read_item(cursor, data_, told_at_its_end);
  of->id = said.id;
  for (const ItemPart& one : said.parts) {
    if (one.kind == ContentKind::kInput) part(*of, one.kind, 0, one.part, sink);
  }
}

void Reading::item_done(const Event& event, StreamSink& sink) {
  if (!event.item) return;
  OpenItem* const of = item(event.output_index);
  if (of == nullptr) return;
  json::Cursor cursor = *event.item;
  complete(*of, read_item(cursor, data_, losses_), sink);
  std::erase_if(items_, [&event](const OpenItem& one) { return one.output_index == event.output_index; });
}

// Gives what an item holds and the stream did not say, and ends it.
void Reading::complete(OpenItem& of, const ReadItem& whole, StreamSink& sink) {
  const bool silent = of.parts.empty();
  for (const ItemPart& one : whole.parts) {
    const bool last_open = !of.parts.empty() && of.parts.back().open;
    const bool sealed = !one.part.opaque.empty();
    OpenPart* to = part(of, one.kind, one.index, one.part, sink);
    if (to == nullptr && sealed && last_open) to = &of.parts.back();
    if (to == nullptr) continue;
    if (!to->spoke) give_text(*to, one.kind == ContentKind::kInput ? one.part.arguments : one.part.text, sink);
    if (!sealed) continue;
    StreamEvent proof = about(*to, StreamEventKind::kSignature);
    proof.opaque = true;
    proof.text = one.part.opaque;
    sink.take(proof);
  }
  if (silent && !whole.logprobs.empty()) give_logprobs("[" + whole.logprobs + "]", sink);
  close(of, sink);
}

void Reading::part_added(const Event& event, StreamSink& sink) {
  OpenItem* const of = item(event.output_index);
  if (of == nullptr || !event.part) return;
  json::RawString type;
  json::Cursor cursor = *event.part;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (!cursor.key_is("type") || !cursor.read_string(type)) cursor.skip();
  }
  constexpr std::array<std::pair<std::string_view, ContentKind>, 4> kKinds = {{
      {"output_text", ContentKind::kText},
      {"refusal", ContentKind::kRefusal},
      {"reasoning_text", ContentKind::kReasoningText},
      {"summary_text", ContentKind::kSummary},
  }};
  for (const auto& [name, kind] : kKinds) {
    if (type.is(name)) part(*of, kind, event.content_index, {}, sink);
  }
}

void Reading::failed(const Event& event, StreamSink& sink) {
  llm::AnswerError error;
  if (event.response) {
    json::Cursor cursor = *event.response;
    error = read_fields(cursor).error.value_or(llm::AnswerError{});
  } else if (event.error) {
    json::Cursor cursor = *event.error;
    read_error_object(cursor, error);
  }
  if (error.message.empty()) json::unescape(event.message.raw, error.message);
  if (error.code.empty()) json::unescape(event.code.raw, error.code);
  give_error(std::move(error), sink);
}

void Reading::give_error(llm::AnswerError error, StreamSink& sink) {
  name_error(error);
  done_ = true;  // an "error" is followed by "response.failed" at most, which says the same
  StreamEvent event;
  event.kind = StreamEventKind::kError;
  event.error = &error;
  sink.take(event);
}

void Reading::ended(const Event& event, StreamSink& sink) {
  ResponseFields fields;
  if (event.response) {
    json::Cursor cursor = *event.response;
    fields = read_fields(cursor);
  }
  if (fields.status.empty()) fields.status = event.is("response.completed") ? "completed" : "incomplete";
  if (next_part_ == 0 && fields.output) {  // nothing was streamed
    json::Cursor items = *fields.output;
    for (bool more = items.enter_array(); more; more = items.next_element()) {
      OpenItem whole;
      complete(whole, read_item(items, data_, losses_), sink);
    }
  }
  for (OpenItem& one : items_) close(one, sink);
  items_.clear();
  done_ = true;
  StreamEvent said;
  said.kind = StreamEventKind::kStop;
  said.stop = stop_of(fields, called_, refused_);
  sink.take(said);
  if (fields.usage.input_tokens || fields.usage.output_tokens) {
    said = {};
    said.kind = StreamEventKind::kUsage;
    said.usage = &fields.usage;
    sink.take(said);
  }
  said = {};
  said.kind = StreamEventKind::kEnd;
  sink.take(said);
}

// The steps of a built-in tool are told by its item.
void Reading::unknown(const Event& event) {
  if (std::ranges::any_of(kSilent, [&event](std::string_view name) { return event.is(name); })) return;
  if (event.is("response.output_text.annotation.added")) return losses_.major("annotations");
  std::string name;
  json::Unescaper unescaper(event.type.raw);
  unescaper.append_to(name, LossSet::kLongest);
  losses_.minor(name.empty() ? "an event without a type" : name);
}

}  // namespace

std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document) {
  return std::make_unique<Reading>(document);
}

}  // namespace pointsman::wire::openai_responses
