#include "wire/openai_chat/message_writer.h"

#include <algorithm>

#include "wire/media_terms.h"
#include "wire/openai_chat/media.h"
#include "wire/openai_chat/tool_call.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Part;
using llm::PartKind;
using llm::Role;

bool is_media(const Part& part) {
  return part.kind == PartKind::kImage || part.kind == PartKind::kFile || part.kind == PartKind::kAudio;
}

std::string_view name_of(PartKind kind) {
  switch (kind) {
    case PartKind::kText:
      return "text";
    case PartKind::kImage:
      return "image";
    case PartKind::kFile:
      return "file";
    case PartKind::kAudio:
      return "audio";
    case PartKind::kToolCall:
      return "tool call";
    case PartKind::kToolResult:
      return "tool result";
    case PartKind::kReasoning:
      return "reasoning";
    case PartKind::kRefusal:
      return "refusal";
  }
  return "part";
}

}  // namespace

void MessageWriter::write_all() {
  const auto& messages = conversation_.messages;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const bool speaks =
        std::ranges::any_of(messages[i].parts, [](const Part& part) { return part.kind != PartKind::kToolResult; });
    if (messages[i].role == Role::kUser && speaks) last_user_ = i;
  }
  for (index_ = 0; index_ < messages.size(); ++index_) message(messages[index_]);
  flush_moved();
}

void MessageWriter::message(const llm::Message& message) {
  for (const Part& part : message.parts) {
    if (!part.cache_control.empty()) lose("cache_control", Weight::kMinor);
  }
  const auto is_result = [](const Part& part) { return part.kind == PartKind::kToolResult; };
  const bool has_results = std::ranges::any_of(message.parts, is_result);
  const bool only_results = has_results && std::ranges::all_of(message.parts, is_result);
  if (!has_results) flush_moved();
  if (has_results) results(message);
  if (only_results && !message.name.empty()) lose("name", Weight::kMinor);
  if (only_results) return;
  flush_moved();
  if (message.role == Role::kAssistant) {
    assistant(message);
  } else {
    said(message);
  }
}

void MessageWriter::results(const llm::Message& message) {
  for (const Part& part : message.parts) {
    if (part.kind == PartKind::kToolResult) result(part);
  }
}

// {"role": "tool", "tool_call_id", "content"}: texts only (openapi.yaml: ChatCompletionRequestToolMessage).
void MessageWriter::result(const Part& part) {
  if (part.is_error) lose("tool result: is_error", Weight::kReal);
  Parts texts;
  bool moved = false;
  for (const Part& inside : part.content) {
    if (!inside.cache_control.empty()) lose("cache_control", Weight::kMinor);
    if (inside.kind == PartKind::kText) {
      texts.push_back(&inside);
    } else if (is_media(inside)) {
      moved = true;
    } else {
      lose("tool result: " + std::string(name_of(inside.kind)), Weight::kReal);
    }
  }
  writer_.begin_object().member("role", "tool").member("tool_call_id", part.id).key("content");
  content(texts, false);
  writer_.end_object();
  if (!moved) return;
  lose("tool result: goes on in a user message", Weight::kMinor);
  Part& head = heads_.emplace_back();
  head.text = "Content of the result of tool call " + part.id + ":";
  moved_.push_back(nullptr);  // stands for the next of heads_, which may still move in memory
  for (const Part& inside : part.content) {
    if (is_media(inside) && writable(inside, Role::kUser)) moved_.push_back(&inside);
  }
}

void MessageWriter::flush_moved() {
  if (moved_.empty()) return;
  Parts parts;
  std::size_t head = 0;
  for (const Part* part : moved_) parts.push_back(part == nullptr ? &heads_[head++] : part);
  writer_.begin_object().member("role", "user").key("content");
  content(parts, false);
  writer_.end_object();
  moved_.clear();
  heads_.clear();
}

void MessageWriter::said(const llm::Message& message) {
  Parts parts;
  for (const Part& part : message.parts) {
    if (part.kind != PartKind::kToolResult && writable(part, message.role)) parts.push_back(&part);
  }
  std::string_view role = "user";
  if (message.role == Role::kSystem || message.role == Role::kDeveloper) {
    role = message.role == Role::kSystem || context_.system_only ? "system" : "developer";
  }
  writer_.begin_object().member("role", role);
  if (!message.name.empty()) writer_.member("name", message.name);
  writer_.key("content");
  content(parts, false);
  writer_.end_object();
}

void MessageWriter::assistant(const llm::Message& message) {
  Parts says, calls, thoughts;
  for (const Part& part : message.parts) {
    if (part.kind == PartKind::kReasoning) {
      thoughts.push_back(&part);
    } else if (part.kind == PartKind::kToolCall) {
      calls.push_back(&part);
    } else if (part.kind != PartKind::kToolResult && writable(part, Role::kAssistant)) {
      if (!calls.empty()) lose("text behind a tool call goes before it", Weight::kMinor);
      says.push_back(&part);
    }
  }
  writer_.begin_object().member("role", "assistant");
  if (!message.name.empty()) writer_.member("name", message.name);
  reasoning(thoughts);
  // A refusal without any text has a member of its own.
  const bool refused = says.size() == 1 && says[0]->kind == PartKind::kRefusal;
  writer_.key("content");
  content(refused ? Parts() : says, refused || !calls.empty());
  if (refused) writer_.member("refusal", says[0]->text);
  if (!calls.empty()) {
    writer_.key("tool_calls").begin_array();
    for (const Part* call : calls) write_tool_call(*call, writer_);
    writer_.end_array();
  }
  writer_.end_object();
}

// Without reasoning, a model that is in the middle of its work with tools thinks anew; otherwise it is not missed.
void MessageWriter::reasoning(const Parts& parts) {
  if (parts.empty()) return;
  std::string text;
  for (const Part* part : parts) {
    if (!text.empty() && !part->text.empty()) text += "\n\n";
    text += part->text;
    if (!part->signature.empty() || !part->opaque.empty()) lose("reasoning: signature", Weight::kMinor);
  }
  if (text.empty()) return;
  if (context_.takes_reasoning) {
    writer_.member("reasoning_content", text);
  } else {
    lose("reasoning", index_ > last_user_ ? Weight::kReal : Weight::kMinor);
  }
}

void MessageWriter::content(const Parts& parts, bool empty_is_null) {
  const bool texts = std::ranges::all_of(parts, [](const Part* part) { return part->kind == PartKind::kText; });
  if (parts.empty() && empty_is_null) {
    writer_.null();
  } else if (parts.empty()) {
    writer_.value("");
  } else if (parts.size() == 1 && texts) {
    writer_.value(parts[0]->text);
  } else if (texts && context_.string_content) {
    std::string all;
    for (const Part* part : parts) all.append(part == parts[0] ? "" : "\n\n").append(part->text);
    writer_.value(all);
  } else {
    writer_.begin_array();
    for (const Part* one : parts) part(*one);
    writer_.end_array();
  }
}

void MessageWriter::part(const Part& part) {
  writer_.begin_object();
  if (part.kind == PartKind::kText) {
    writer_.member("type", "text").member("text", part.text);
  } else if (part.kind == PartKind::kRefusal) {
    writer_.member("type", "refusal").member("refusal", part.text);
  } else {
    media(part);
  }
  writer_.end_object();
}

void MessageWriter::media(const Part& part) {
  const llm::Media& media = part.media;
  if (part.kind == PartKind::kImage) {
    writer_.member("type", "image_url").key("image_url").begin_object().member("url", url_of(media));
    if (!media.detail.empty()) writer_.member("detail", media.detail);
  } else if (part.kind == PartKind::kAudio) {
    writer_.member("type", "input_audio").key("input_audio").begin_object().member("data", media.data);
    writer_.member("format", audio_format_of(media.media_type));
  } else {
    writer_.member("type", "file").key("file").begin_object();
    const std::string_view name = media.data.empty() ? std::string_view() : file_name_of(media.media_type);
    if (!media.name.empty() || !name.empty())
      writer_.member("filename", media.name.empty() ? name : std::string_view(media.name));
    if (!media.file_id.empty()) {
      writer_.member("file_id", media.file_id);
    } else {
      writer_.member("file_data", media.media_type.empty() ? media.data : url_of(media));
    }
  }
  writer_.end_object();
}

// Whether a message of `role` has a form for the part; notes it as lost if not.
bool MessageWriter::writable(const Part& part, Role role) {
  const llm::Media& media = part.media;
  const bool user = role == Role::kUser || role == Role::kTool;
  switch (part.kind) {
    case PartKind::kText:
      return true;
    case PartKind::kRefusal:
      if (role == Role::kAssistant) return true;
      break;
    case PartKind::kImage:
      if (user && (!media.url.empty() || !media.data.empty())) return true;
      break;
    case PartKind::kAudio:
      if (user && !media.data.empty()) return true;
      break;
    case PartKind::kFile:
      if (is_in_messages_store(media.file_id)) {
        lose("a file in another provider's store", Weight::kReal);
        return false;
      }
      if (user && (!media.data.empty() || !media.file_id.empty())) return true;
      break;
    default:
      break;
  }
  lose(name_of(part.kind), Weight::kReal);
  return false;
}

void MessageWriter::lose(std::string_view what, Weight weight) {
  note_loss(losses_, "messages[" + std::to_string(index_) + "]: " + std::string(what), weight);
}

}  // namespace pointsman::wire::openai_chat
