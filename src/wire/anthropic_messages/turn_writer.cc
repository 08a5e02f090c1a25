#include "wire/anthropic_messages/turn_writer.h"

#include <algorithm>
#include <utility>

#include "wire/base64.h"
#include "wire/media_terms.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Part;
using llm::PartKind;
using llm::Role;

bool is_plain_text(const llm::Media& media) {
  return media.media_type.starts_with("text/");
}

// Why a part cannot be a block, or nothing.
std::string_view obstacle(const Part& part, bool assistant) {
  const llm::Media& media = part.media;
  switch (part.kind) {
    case PartKind::kText:
    case PartKind::kRefusal:
      return {};
    case PartKind::kImage:
      if (assistant) return "an image of the assistant's";
      return media.file_id.empty() || is_in_messages_store(media.file_id) ? "" : "an image in another provider's store";
    case PartKind::kFile:
      if (assistant) return "a file of the assistant's";
      if (!media.file_id.empty())
        return is_in_messages_store(media.file_id) ? "" : "a file in another provider's store";
      if (!media.data.empty() && media.media_type != "application/pdf" && !is_plain_text(media)) {
        return "a file that is neither PDF nor text";
      }
      return is_plain_text(media) && !media.data.empty() && !from_base64(media.data) ? "a file that is not base64" : "";
    case PartKind::kAudio:
      return "audio";
    case PartKind::kToolCall:
      return assistant ? "" : "a call of the user's";
    case PartKind::kToolResult:
      return assistant ? "a result of the assistant's" : "";
    case PartKind::kReasoning:
      // Only what this provider signed or sealed may be given back to it: readers leave out other providers' proofs.
      if (!assistant || (part.signature.empty() && part.opaque.empty())) return "reasoning";
      return {};
  }
  return "a part of an unknown kind";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Turns::Turns(const llm::Conversation& conversation, LossSet& losses) : losses_(losses) {
  bool leading = true;
  for (std::size_t i = 0; i < conversation.messages.size(); ++i) {
    const llm::Message& message = conversation.messages[i];
    const std::string path = "messages[" + std::to_string(i) + "]";
    const bool system = message.role == Role::kSystem || message.role == Role::kDeveloper;
    leading = leading && system;
    if (!message.name.empty() && message.role != Role::kTool) losses_.major(path + ".name");
    if (!system) {
      add_message(message, path);
      continue;
    }
    if (!leading) losses_.minor(path + ": moved to the system prompt in front");
    add_system(message, path);
  }
  if (!turns_.empty() || system_.empty()) return;
  losses_.major("messages: the system prompt alone is sent as the user's");
  turns_.emplace_back().rest = std::move(system_);
  system_.clear();
}

void Turns::add_system(const llm::Message& message, const std::string& path) {
  for (std::size_t j = 0; j < message.parts.size(); ++j) {
    const Part& part = message.parts[j];
    std::string place = path + ".content[" + std::to_string(j) + "]";
    if (part.kind != PartKind::kText) {
      losses_.major(place + ": the system prompt is text only");
    } else if (accept(part, place, true)) {
      system_.push_back({&part, std::move(place)});
    }
  }
}

void Turns::add_message(const llm::Message& message, const std::string& path) {
  const bool assistant = message.role == Role::kAssistant;
  std::vector<Item> results;
  std::vector<Item> rest;
  for (std::size_t j = 0; j < message.parts.size(); ++j) {
    const Part& part = message.parts[j];
    std::string place = path + ".content[" + std::to_string(j) + "]";
    if (!accept(part, place, assistant)) continue;
    (part.kind == PartKind::kToolResult ? results : rest).push_back({&part, std::move(place)});
  }
  if (results.empty() && rest.empty()) return;
  if (turns_.empty() || turns_.back().assistant != assistant) turns_.emplace_back().assistant = assistant;
  Turn& turn = turns_.back();
  if (!results.empty() && !turn.rest.empty()) losses_.minor(path + ": moved up to the call");
  std::ranges::move(results, std::back_inserter(turn.results));
  std::ranges::move(rest, std::back_inserter(turn.rest));
}

// Whether a part becomes a block; notes what is lost of it.
bool Turns::accept(const Part& part, const std::string& path, bool assistant) {
  const bool text = part.kind == PartKind::kText || part.kind == PartKind::kRefusal;
  if (text && is_blank(part.text)) {  // the API refuses blank blocks
    if (!part.text.empty()) losses_.minor(path + ": blank text");
    return false;
  }
  if (const std::string_view why = obstacle(part, assistant); !why.empty()) {
    losses_.add(path + ": " + std::string(why), part.kind == PartKind::kReasoning);
    return false;
  }
  if (part.kind == PartKind::kImage || part.kind == PartKind::kFile) check_media(part, path);
  if (part.kind != PartKind::kToolResult) return true;
  for (std::size_t k = 0; k < part.content.size(); ++k) {
    const Part& inner = part.content[k];
    const std::string place = path + ".content[" + std::to_string(k) + "]";
    const std::string_view why = inner.kind == PartKind::kToolResult ? "a result in a result" : obstacle(inner, false);
    if (!why.empty()) losses_.major(place + ": " + std::string(why));
    if (why.empty() && (inner.kind == PartKind::kImage || inner.kind == PartKind::kFile)) check_media(inner, place);
  }
  return true;
}

void Turns::check_media(const Part& part, const std::string& path) {
  const llm::Media& media = part.media;
  if (part.kind == PartKind::kImage && !media.detail.empty() && media.detail != "auto") losses_.minor(path + ".detail");
  if (part.kind == PartKind::kImage && !media.name.empty()) losses_.minor(path + ".name");
}

bool Turns::breaks_thinking() const {
  if (turns_.size() < 2 || turns_.back().results.empty()) return false;
  const Turn& calls = turns_[turns_.size() - 2];
  return calls.rest.empty() || calls.rest.front().part->kind != PartKind::kReasoning;
}

void Turns::write(json::Writer& writer) {
  BlockWriter blocks(writer, losses_);
  const auto plain = [](const std::vector<Item>& items) {
    return items.size() == 1 && items[0].part->kind == PartKind::kText && items[0].part->cache_control.empty();
  };
  if (plain(system_)) {
    writer.member("system", system_[0].part->text);
  } else if (!system_.empty()) {
    writer.key("system").begin_array();
    for (const Item& item : system_) blocks.text(*item.part);
    writer.end_array();
  }
  writer.key("messages").begin_array();
  for (const Turn& turn : turns_) {
    writer.begin_object().member("role", turn.assistant ? "assistant" : "user").key("content");
    if (turn.results.empty() && plain(turn.rest)) {
      writer.value(turn.rest[0].part->text);
    } else {
      writer.begin_array();
      for (const Item& item : turn.results) write_result(writer, blocks, item);
      for (const Item& item : turn.rest) write_block(writer, blocks, item);
      writer.end_array();
    }
    writer.end_object();
  }
  writer.end_array();
}

void Turns::write_block(json::Writer& writer, BlockWriter& blocks, const Item& item) {
  const Part& part = *item.part;
  switch (part.kind) {
    case PartKind::kImage:
    case PartKind::kFile:
      return write_media(writer, blocks, part);
    case PartKind::kToolCall:
      return blocks.call(part, call_id(part.id), item.path);
    case PartKind::kReasoning:
      return blocks.reasoning(part);
    default:
      return blocks.text(part);
  }
}

void Turns::write_result(json::Writer& writer, BlockWriter& blocks, const Item& item) {
  const Part& result = *item.part;
  writer.begin_object().member("type", "tool_result").member("tool_use_id", call_id(result.id));
  if (result.content.empty()) {
    if (!result.text.empty()) writer.member("content", result.text);
  } else if (result.content.size() == 1 && result.content[0].kind == PartKind::kText &&
             result.content[0].cache_control.empty()) {
    writer.member("content", result.content[0].text);
  } else {
    writer.key("content").begin_array();
    for (const Part& part : result.content) {
      const bool text = part.kind == PartKind::kText || part.kind == PartKind::kRefusal;
      if ((text && is_blank(part.text)) || part.kind == PartKind::kToolResult || !obstacle(part, false).empty())
        continue;
      write_block(writer, blocks, {&part, item.path});
    }
    writer.end_array();
  }
  if (result.is_error) writer.member("is_error", true);
  blocks.cache_control(result);
  writer.end_object();
}

void Turns::write_media(json::Writer& writer, BlockWriter& blocks, const Part& part) {
  const llm::Media& media = part.media;
  const bool image = part.kind == PartKind::kImage;
  writer.begin_object().member("type", image ? "image" : "document").key("source").begin_object();
  if (!media.file_id.empty()) {
    writer.member("type", "file").member("file_id", media.file_id);
  } else if (!media.url.empty()) {
    writer.member("type", "url").member("url", media.url);
  } else if (!image && is_plain_text(media)) {
    writer.member("type", "text").member("media_type", "text/plain");
    writer.member("data", from_base64(media.data).value_or(""));
  } else {
    writer.member("type", "base64");
    writer.member("media_type", media.media_type.empty() ? "image/png" : media.media_type.c_str());
    writer.member("data", media.data);
  }
  writer.end_object();
  if (!image && !media.name.empty()) writer.member("title", media.name);
  blocks.cache_control(part);
  writer.end_object();
}

}  // namespace pointsman::wire::anthropic_messages
