#include "wire/openai_responses/request_items.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "wire/media_terms.h"
#include "wire/openai_responses/media.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Message;
using llm::Part;
using llm::PartKind;
using llm::Role;

bool only_texts(const Message& message) {
  return std::ranges::all_of(message.parts, [](const Part& part) { return part.kind == PartKind::kText; });
}

std::string joined(const Message& message) {
  std::string out;
  for (const Part& part : message.parts) {
    if (!out.empty()) out += "\n\n";
    out += part.text;
  }
  return out;
}

std::string_view role_of(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kDeveloper:
      return "developer";
    case Role::kAssistant:
      return "assistant";
    default:
      return "user";
  }
}

class ItemsWriting {
 public:
  ItemsWriting(json::Writer& writer, LossSet& losses) : writer_(writer), losses_(losses) {}

  void message(const Message& message);

 private:
  bool can_write(const Part& part);
  void begin_contents(Role role);
  void end_contents();
  void content(const Part& part, Role role);
  void image(const Part& part);
  void file(const Part& part);
  void call(const Part& part);
  void result(const Part& part);
  void thought(const Part& part, bool same_item_follows);

  json::Writer& writer_;
  LossSet& losses_;
  bool in_message_ = false;
  std::vector<std::string> summaries_;  // of the reasoning item being gathered
  std::set<std::string_view> custom_;   // ids of calls that pass free text
};

// Texts in a row are one item; calls, results and thoughts are items of their own.
void ItemsWriting::message(const Message& message) {
  if (!message.name.empty()) losses_.major("name");
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    if (!part.cache_control.empty()) losses_.minor("cache_control");
    const bool item =
        part.kind == PartKind::kToolCall || part.kind == PartKind::kToolResult || part.kind == PartKind::kReasoning;
    if (!item) {
      if (!can_write(part)) continue;
      begin_contents(message.role);
      content(part, message.role);
      continue;
    }
    end_contents();
    if (part.kind == PartKind::kToolCall) call(part);
    if (part.kind == PartKind::kToolResult) result(part);
    if (part.kind != PartKind::kReasoning) continue;
    const Part* const next = i + 1 < message.parts.size() ? &message.parts[i + 1] : nullptr;
    thought(part, next != nullptr && next->kind == PartKind::kReasoning && !part.id.empty() && next->id == part.id);
  }
  end_contents();
}

// Notes what is lost if not.
bool ItemsWriting::can_write(const Part& part) {
  const bool sound = part.kind == PartKind::kAudio;  // no content of this API's messages
  if (!sound && !is_in_messages_store(part.media.file_id)) return true;
  losses_.major(sound ? "audio" : "a file in another provider's store");
  return false;
}

void ItemsWriting::begin_contents(Role role) {
  if (in_message_) return;
  in_message_ = true;
  writer_.begin_object().member("type", "message").member("role", role_of(role)).key("content").begin_array();
}

void ItemsWriting::end_contents() {
  if (in_message_) writer_.end_array().end_object();
  in_message_ = false;
}

void ItemsWriting::content(const Part& part, Role role) {
  const std::string_view text = part.text;
  switch (part.kind) {
    case PartKind::kImage:
      return image(part);
    case PartKind::kFile:
      return file(part);
    case PartKind::kRefusal:
      writer_.begin_object().member("type", "refusal").member("refusal", text).end_object();
      return;
    default:
      break;
  }
  writer_.begin_object().member("type", role == Role::kAssistant ? "output_text" : "input_text");
  writer_.member("text", text).end_object();
}

void ItemsWriting::image(const Part& part) {
  writer_.begin_object().member("type", "input_image");
  if (!part.media.file_id.empty()) {
    writer_.member("file_id", std::string_view(part.media.file_id));
  } else {
    writer_.member("image_url", std::string_view(url_of(part.media, "image/png")));
  }
  writer_.member("detail", part.media.detail.empty() ? std::string_view("auto") : std::string_view(part.media.detail));
  writer_.end_object();
}

void ItemsWriting::file(const Part& part) {
  writer_.begin_object().member("type", "input_file");
  if (!part.media.file_id.empty()) {
    writer_.member("file_id", std::string_view(part.media.file_id));
  } else if (!part.media.url.empty()) {
    writer_.member("file_url", std::string_view(part.media.url));
  } else {
    constexpr std::string_view kUsual = "application/pdf";
    const llm::Media& media = part.media;
    const std::string_view type = media.media_type.empty() ? kUsual : std::string_view(media.media_type);
    writer_.member("filename", media.name.empty() ? file_name_of(type) : std::string_view(media.name));
    writer_.member("file_data", std::string_view(url_of(media, kUsual)));
  }
  writer_.end_object();
}

void ItemsWriting::call(const Part& part) {
  if (part.custom) custom_.insert(part.id);
  writer_.begin_object().member("type", part.custom ? "custom_tool_call" : "function_call");
  writer_.member("call_id", std::string_view(part.id)).member("name", std::string_view(part.name));
  writer_.member(part.custom ? "input" : "arguments", std::string_view(part.arguments)).end_object();
}

void ItemsWriting::result(const Part& part) {
  if (part.is_error) losses_.major("is_error");
  for (const Part& one : part.content) {
    if (!one.cache_control.empty()) losses_.minor("cache_control");
  }
  const bool custom = part.custom || custom_.contains(part.id);  // not every protocol says so of a result
  writer_.begin_object().member("type", custom ? "custom_tool_call_output" : "function_call_output");
  writer_.member("call_id", std::string_view(part.id)).key("output");
  if (part.content.empty() || (part.content.size() == 1 && part.content.front().kind == PartKind::kText)) {
    writer_.value(part.content.empty() ? std::string_view() : std::string_view(part.content.front().text));
  } else {
    writer_.begin_array();
    for (const Part& one : part.content) {
      if (can_write(one)) content(one, Role::kUser);
    }
    writer_.end_array();
  }
  writer_.end_object();
}

// Only what the provider sealed itself can be handed back to it.
void ItemsWriting::thought(const Part& part, bool same_item_follows) {
  if (part.summary && !part.text.empty()) summaries_.push_back(part.text);
  if (same_item_follows) return;
  const std::vector<std::string> summaries = std::exchange(summaries_, {});
  if (part.opaque.empty()) return losses_.minor("reasoning");
  writer_.begin_object().member("type", "reasoning");
  if (!part.id.empty()) writer_.member("id", std::string_view(part.id));
  writer_.key("summary").begin_array();
  for (const std::string& summary : summaries) {
    writer_.begin_object().member("type", "summary_text").member("text", std::string_view(summary)).end_object();
  }
  writer_.end_array().member("encrypted_content", std::string_view(part.opaque)).end_object();
}

}  // namespace

void write_messages(std::span<const Message> messages, json::Writer& writer, LossSet& losses) {
  const Message& first = messages.front();
  if (first.role == Role::kSystem && only_texts(first) && !first.parts.empty()) {
    writer.member("instructions", std::string_view(joined(first)));
    if (std::ranges::any_of(first.parts, [](const Part& part) { return !part.cache_control.empty(); })) {
      losses.minor("cache_control");
    }
    messages = messages.subspan(1);
  }
  writer.key("input").begin_array();
  ItemsWriting items(writer, losses);
  for (const Message& message : messages) items.message(message);
  writer.end_array();
}

}  // namespace pointsman::wire::openai_responses
