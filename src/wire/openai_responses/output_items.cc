#include "wire/openai_responses/output_items.h"

#include <algorithm>

namespace pointsman::wire::openai_responses {
namespace {

using llm::PartKind;

// The service refuses items whose ids are longer than 64 bytes when they are handed back to it.
constexpr std::size_t kMaxInItem = 40;
constexpr std::size_t kMaxCore = 128;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// An id without the prefix that says which protocol it is of: "chatcmpl-", "msg_".
std::string core_of(std::string_view id) {
  const std::size_t end = id.find_first_of("-_");
  if (end != std::string_view::npos && end + 1 < id.size() && std::ranges::all_of(id.substr(0, end), is_letter)) {
    id.remove_prefix(end + 1);
  }
  std::string out(id.substr(0, kMaxCore));
  for (char& c : out) c = is_plain(c) ? c : '_';
  return out;
}

ItemKind item_kind(const NewPart& part) {
  if (part.kind == PartKind::kToolCall) return part.custom ? ItemKind::kCustomCall : ItemKind::kFunctionCall;
  return part.kind == PartKind::kReasoning ? ItemKind::kReasoning : ItemKind::kMessage;
}

ContentKind content_kind(const NewPart& part) {
  switch (part.kind) {
    case PartKind::kRefusal:
      return ContentKind::kRefusal;
    case PartKind::kReasoning:
      // What OpenAI's own service sends, and the only kind that its SDKs show; reasoning_text is what others send.
      return ContentKind::kSummary;
    case PartKind::kToolCall:
      return ContentKind::kInput;
    default:
      return ContentKind::kText;
  }
}

std::string_view prefix_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::kFunctionCall:
      return "fc_";
    case ItemKind::kCustomCall:
      return "ctc_";
    case ItemKind::kReasoning:
      return "rs_";
    default:
      return "msg_";
  }
}

void write_contents(const Item& item, ContentKind kind, json::Writer& writer) {
  writer.begin_array();
  for (const Content& content : item.contents) {
    if (item.done() && content.kind == kind) write_content(content, writer);
  }
  writer.end_array();
}

void write_message(const Item& item, json::Writer& writer) {
  writer.member("status", item.status).key("content").begin_array();
  for (const Content& content : item.contents) {
    if (item.done()) write_content(content, writer);
  }
  writer.end_array().member("role", "assistant");
}

void write_call(const Item& item, json::Writer& writer) {
  writer.member("status", item.status);
  const std::string_view input = item.done() ? std::string_view(item.contents.front().text) : std::string_view();
  writer.member(item.kind == ItemKind::kCustomCall ? "input" : "arguments", input);
  writer.member("call_id", std::string_view(item.call_id)).member("name", std::string_view(item.name));
}

void write_reasoning(const Item& item, json::Writer& writer) {
  writer.key("summary");
  write_contents(item, ContentKind::kSummary, writer);
  if (item.summaries < item.contents.size()) {
    writer.key("content");
    write_contents(item, ContentKind::kReasoningText, writer);
  }
  if (!item.encrypted.empty()) writer.member("encrypted_content", std::string_view(item.encrypted));
}

std::string_view type_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::kFunctionCall:
      return "function_call";
    case ItemKind::kCustomCall:
      return "custom_tool_call";
    case ItemKind::kReasoning:
      return "reasoning";
    default:
      return "message";
  }
}

}  // namespace

bool OutputItems::can_hold(PartKind kind) {
  return kind == PartKind::kText || kind == PartKind::kRefusal || kind == PartKind::kReasoning ||
         kind == PartKind::kToolCall;
}

bool OutputItems::joins_last(const NewPart& part) const {
  if (items_.empty() || items_.back().done() || items_.back().kind != item_kind(part)) return false;
  if (items_.back().kind == ItemKind::kMessage) return true;
  return items_.back().kind == ItemKind::kReasoning && !part.id.empty() && part.id == items_.back().part_id;
}

void OutputItems::open_item(const NewPart& part) {
  const std::string number = "_" + std::to_string(items_.size());
  Item& item = items_.emplace_back();
  item.kind = item_kind(part);
  item.part_id = part.id;
  item.name = part.name;
  item.id = std::string(prefix_of(item.kind)) + answer_id_ + number;
  if (item.kind == ItemKind::kReasoning && part.id.starts_with("rs_")) item.id = part.id;
  if (part.kind != PartKind::kToolCall) return;
  item.call_id = part.id.empty() ? "call_" + answer_id_ + number : std::string(part.id);
}

OutputItems::Place OutputItems::add(const NewPart& part) {
  if (!joins_last(part)) open_item(part);
  Item& item = items_.back();
  Content fresh;
  fresh.kind = content_kind(part);
  const auto texts = static_cast<std::uint32_t>(item.contents.size()) - item.summaries;
  fresh.index = fresh.kind == ContentKind::kSummary ? item.summaries++ : texts;
  ++item.open;
  item.contents.push_back(std::move(fresh));
  return {items_.size() - 1, item.contents.size() - 1};
}

void OutputItems::name(std::string_view answer_id) {
  answer_id_ = answer_id.substr(0, kMaxInItem);
}

std::string response_id(std::string_view provider, std::string_view own) {
  return std::string(kResponsePrefix) + core_of(provider.empty() ? own : provider);
}

void write_item(const Item& item, json::Writer& writer) {
  writer.begin_object().member("id", std::string_view(item.id)).member("type", type_of(item.kind));
  if (item.kind == ItemKind::kMessage) {
    write_message(item, writer);
  } else if (item.kind == ItemKind::kReasoning) {
    write_reasoning(item, writer);
  } else {
    write_call(item, writer);
  }
  writer.end_object();
}

void write_content(const Content& content, json::Writer& writer) {
  const std::string_view text = content.text;
  writer.begin_object();
  switch (content.kind) {
    case ContentKind::kRefusal:
      writer.member("type", "refusal").member("refusal", text);
      break;
    case ContentKind::kSummary:
      writer.member("type", "summary_text").member("text", text);
      break;
    case ContentKind::kReasoningText:
      writer.member("type", "reasoning_text").member("text", text);
      break;
    default:
      writer.member("type", "output_text").key("annotations").begin_array().end_array();
      writer.key("logprobs").raw("[" + content.logprobs + "]").member("text", text);
  }
  writer.end_object();
}

}  // namespace pointsman::wire::openai_responses
