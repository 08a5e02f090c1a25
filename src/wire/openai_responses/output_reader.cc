#include "wire/openai_responses/output_reader.h"

#include <utility>

#include "wire/answer_names.h"
#include "wire/label_format.h"
#include "wire/nesting.h"
#include "wire/openai_responses/echo.h"
#include "wire/openai_responses/error_reader.h"
#include "wire/openai_responses/facts.h"
#include "wire/openai_responses/logprobs.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::PartKind;
using llm::StopReason;

// Consumes the value; a string up to `limit` bytes of it, else nothing.
void read_text(json::Cursor& cursor, std::size_t limit, std::string& out) {
  json::RawString text;
  if (!cursor.read_string(text)) return cursor.skip();
  out.clear();
  append_text(text, limit, out);
}
void read_text(json::Cursor& cursor, std::string& out) {
  read_text(cursor, std::string::npos - 1, out);
}

class ItemReading {
 public:
  ItemReading(std::string_view body, LossSet& losses) : body_(body), losses_(losses) {}

  ReadItem read(json::Cursor& cursor);

 private:
  void member(json::Cursor& cursor);
  void contents(json::Cursor& cursor, bool summary);
  void content(json::Cursor& cursor, bool summary);
  void logprobs(json::Cursor& cursor);
  void annotations(json::Cursor& cursor);
  void call(bool custom);
  void thought();

  std::string_view body_;
  LossSet& losses_;
  ReadItem out_;
  std::string call_id_, name_, arguments_, input_, encrypted_;
  std::vector<ItemPart> texts_;  // of "content"
  std::vector<ItemPart> summaries_;
};

ReadItem ItemReading::read(json::Cursor& cursor) {
  if (cursor.peek() != '{') {
    cursor.skip();
    return std::move(out_);
  }
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor);
  if (out_.type == "message") {
    out_.parts = std::move(texts_);
  } else if (out_.type == "function_call" || out_.type == "custom_tool_call") {
    call(out_.type == "custom_tool_call");
  } else if (out_.type == "reasoning") {
    thought();
  } else if (!cursor.failed()) {
    losses_.major(out_.type.empty() ? "an item without a type" : out_.type);
  }
  return std::move(out_);
}

void ItemReading::member(json::Cursor& cursor) {
  const json::RawString& key = cursor.key();
  if (key.is("type")) return read_text(cursor, ResponseFields::kMaxName, out_.type);
  if (key.is("id")) return read_text(cursor, ResponseFields::kMaxName, out_.id);
  if (key.is("call_id")) return read_text(cursor, ResponseFields::kMaxName, call_id_);
  if (key.is("name")) return read_text(cursor, name_);
  if (key.is("arguments")) return read_text(cursor, arguments_);
  if (key.is("input")) return read_text(cursor, input_);
  if (key.is("encrypted_content")) return read_text(cursor, encrypted_);
  if (key.is("content") && cursor.peek() == '[') return contents(cursor, false);
  if (key.is("summary") && cursor.peek() == '[') return contents(cursor, true);
  if (key.is("phase") && cursor.peek() != 'n') losses_.minor("phase");
  if (key.is("namespace") && cursor.peek() != 'n') losses_.major("namespace");
  cursor.skip();
}

void ItemReading::contents(json::Cursor& cursor, bool summary) {
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) content(cursor, summary);
}

void ItemReading::content(json::Cursor& cursor, bool summary) {
  if (cursor.peek() != '{') return cursor.skip();
  std::string type, text, refusal;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    const json::RawString& key = cursor.key();
    if (key.is("type")) {
      read_text(cursor, ResponseFields::kMaxName, type);
    } else if (key.is("text")) {
      read_text(cursor, text);
    } else if (key.is("refusal")) {
      read_text(cursor, refusal);
    } else if (key.is("logprobs") && cursor.peek() == '[') {
      logprobs(cursor);
    } else if (key.is("annotations") && cursor.peek() == '[') {
      annotations(cursor);
    } else {
      cursor.skip();
    }
  }
  ItemPart one;
  one.part.text = std::move(text);
  std::vector<ItemPart>& list = summary ? summaries_ : texts_;
  one.index = static_cast<std::uint32_t>(list.size());
  if (summary) {
    one.kind = ContentKind::kSummary;
  } else if (type == "refusal") {
    one.kind = ContentKind::kRefusal;
    one.part.kind = PartKind::kRefusal;
    one.part.text = std::move(refusal);
  } else if (type == "reasoning_text") {
    one.kind = ContentKind::kReasoningText;
  } else if (type != "output_text" && type != "text") {
    return losses_.major(type.empty() ? "a part without a type" : type);
  }
  list.push_back(std::move(one));
}

void ItemReading::logprobs(json::Cursor& cursor) {
  const std::size_t begin = cursor.offset();
  cursor.skip();
  if (cursor.failed()) return;
  if (nests_deeper(body_.substr(begin, cursor.last_end() - begin), kLogprobLevels)) return losses_.minor("logprobs");
  std::string entries;
  append_compact(body_.substr(begin + 1, cursor.last_end() - begin - 2), entries);
  append_entries(entries, out_.logprobs);
}

void ItemReading::annotations(json::Cursor& cursor) {
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    losses_.major("annotations");
    cursor.skip();
  }
}

void ItemReading::call(bool custom) {
  ItemPart one;
  one.kind = ContentKind::kInput;
  one.part.kind = PartKind::kToolCall;
  one.part.custom = custom;
  if (!call_id_.empty()) out_.id = std::move(call_id_);
  one.part.id = out_.id;
  one.part.name = std::move(name_);
  one.part.arguments = std::move(custom ? input_ : arguments_);
  out_.parts.push_back(std::move(one));
}

void ItemReading::thought() {
  for (ItemPart& one : summaries_) out_.parts.push_back(std::move(one));
  for (ItemPart& one : texts_) out_.parts.push_back(std::move(one));
  // What is sealed alone stands where a summary would.
  if (out_.parts.empty() && !encrypted_.empty()) out_.parts.emplace_back().kind = ContentKind::kSummary;
  for (ItemPart& one : out_.parts) {
    one.part.kind = PartKind::kReasoning;
    one.part.summary = one.kind == ContentKind::kSummary;
    one.part.id = out_.id;
  }
  if (!encrypted_.empty()) out_.parts.back().part.opaque = std::move(encrypted_);
}

}  // namespace

ReadItem read_item(json::Cursor& cursor, std::string_view body, LossSet& losses) {
  return ItemReading(body, losses).read(cursor);
}

ResponseFields read_fields(json::Cursor& cursor) {
  ResponseFields out;
  if (cursor.peek() != '{') {
    cursor.skip();
    return out;
  }
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    const json::RawString& key = cursor.key();
    json::RawString reason;
    if (key.is("id")) {
      read_text(cursor, ResponseFields::kMaxName, out.id);
    } else if (key.is("model")) {
      read_text(cursor, ResponseFields::kMaxName, out.model);
    } else if (key.is("status")) {
      read_text(cursor, ResponseFields::kMaxName, out.status);
    } else if (key.is("created_at")) {
      if (!cursor.read_integer(out.created)) cursor.skip();
    } else if (key.is("incomplete_details")) {
      if (read_reason(cursor, reason)) append_text(reason, ResponseFields::kMaxName, out.reason);
    } else if (key.is("usage") && cursor.peek() == '{') {
      read_usage(cursor, out.usage);
    } else if (key.is("service_tier")) {
      read_service_tier(cursor, out.usage);
    } else if (key.is("error") && cursor.peek() == '{') {
      read_error_object(cursor, out.error.emplace());
    } else {
      if (key.is("output") && cursor.peek() == '[') out.output = cursor;
      cursor.skip();
    }
  }
  return out;
}

StopReason stop_of(const ResponseFields& fields, bool called, bool refused) {
  if (fields.reason == "max_output_tokens") return StopReason::kLength;
  if (fields.reason == "content_filter") return StopReason::kContentFilter;
  if (fields.status != "completed") return StopReason::kUnknown;
  if (called) return StopReason::kToolCalls;
  return refused ? StopReason::kRefusal : StopReason::kEnd;
}

}  // namespace pointsman::wire::openai_responses
