#include <utility>

#include "wire/openai_chat/conversation_reading.h"
#include "wire/openai_chat/media.h"
#include "wire/openai_chat/reasoning.h"
#include "wire/openai_chat/tool_call.h"

namespace pointsman::wire::openai_chat {
namespace {

enum Member : std::size_t {
  kRole,
  kContent,
  kName,
  kToolCalls,
  kToolCallId,
  kFunctionCall,
  kRefusal,
  kAudio,
  kReasoning,  // and three more: kReasoningNames
};
constexpr std::array<std::string_view, 12> kNames = {"role",
                                                     "content",
                                                     "name",
                                                     "tool_calls",
                                                     "tool_call_id",
                                                     "function_call",
                                                     "refusal",
                                                     "audio",
                                                     kReasoningNames[0],
                                                     kReasoningNames[1],
                                                     kReasoningNames[2],
                                                     kReasoningNames[3]};

enum PartMember : std::size_t {
  kType,
  kText,
  kImageUrl,
  kInputAudio,
  kFile,
  kPartRefusal,
  kThinking,
  kCacheControl,
  kPartCount
};
constexpr std::array<std::string_view, kPartCount> kPartNames = {"type", "text",    "image_url", "input_audio",
                                                                 "file", "refusal", "thinking",  "cache_control"};

std::optional<llm::Role> role_of(const JsonValue& name) {
  if (name.is("user")) return llm::Role::kUser;
  if (name.is("assistant")) return llm::Role::kAssistant;
  if (name.is("system")) return llm::Role::kSystem;
  if (name.is("developer")) return llm::Role::kDeveloper;
  if (name.is("tool") || name.is("function")) return llm::Role::kTool;
  return std::nullopt;
}

}  // namespace

void ConversationReading::messages(const JsonValue& value) {
  if (!value) return;
  if (!value.is_array() || value.empty_container())
    return refuse("messages", "must be an array of messages, not empty");
  const Pointer::Step step(pointer_, "messages");
  value.elements([this](const JsonValue& one, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    message(one);
  });
}

void ConversationReading::message(const JsonValue& value) {
  if (!room()) return;
  if (!value.is_object()) return refuse("", "must be an object");
  // SDKs send back whole messages of answers, with members that say nothing to a model.
  auto all = members_of(value, kNames, [this](const json::RawString& name, const JsonValue& member, bool known) {
    std::string decoded;
    json::unescape(name.raw.substr(0, LossSet::kLongest), decoded);
    if (known) return refuse(decoded, "stands twice in the same object");
    if (member.empty_container()) return;
    lose(decoded, decoded == "annotations" || decoded == "cache_control" ? Weight::kMinor : Weight::kReal);
  });
  const auto role = role_of(all[kRole]);
  if (!role) return refuse("role", "must be system, developer, user, assistant, tool or function");
  llm::Message out;
  out.role = *role;
  const bool of_function = all[kRole].is("function");
  if (of_function) {
    function_result(all, out);
  } else {
    text("name", all[kName], out.name);
    if (*role == llm::Role::kAssistant) {
      assistant(all, out);
    } else if (*role == llm::Role::kTool) {
      tool_result(all, out);
    } else {
      content(all[kContent], out.parts);
    }
  }
  if (*role != llm::Role::kAssistant) {
    for (const std::size_t stray : {kToolCalls, kFunctionCall, kRefusal, kAudio}) {
      if (all[stray] && !all[stray].empty_container()) lose(kNames[stray], Weight::kReal);
    }
  }
  out_.messages.push_back(std::move(out));
}

void ConversationReading::assistant(const std::array<JsonValue, 12>& members, llm::Message& out) {
  std::array<JsonValue, kReasoningNames.size()> thoughts;
  for (std::size_t i = 0; i < thoughts.size(); ++i) thoughts[i] = members[kReasoning + i];
  for (ReasoningPiece& piece : read_reasoning(thoughts)) out.parts.push_back(std::move(piece.part));  // few
  content(members[kContent], out.parts);
  std::string refusal;
  text("refusal", members[kRefusal], refusal);
  if (!refusal.empty()) {
    llm::Part& part = out.parts.emplace_back();
    part.kind = llm::PartKind::kRefusal;
    part.text = std::move(refusal);
  }
  tool_calls(members[kToolCalls], out);
  if (members[kFunctionCall]) {
    ++legacy_calls_;
    llm::Part call = read_function_call(members[kFunctionCall]);
    call.id = legacy_call_id();
    if (call.name.empty()) refuse("function_call", "the member \"name\" is required");
    out.parts.push_back(std::move(call));
  }
  if (members[kAudio]) lose("audio", Weight::kReal);
}

void ConversationReading::tool_calls(const JsonValue& value, llm::Message& out) {
  if (!value) return;
  if (!value.is_array()) return refuse("tool_calls", "must be an array of objects");
  const Pointer::Step step(pointer_, "tool_calls");
  value.elements([this, &out](const JsonValue& call, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    if (!room()) return;
    ToolCallPiece piece = read_tool_call(call);
    if (piece.part.id.empty()) return refuse("id", "the member \"id\" is required");
    if (piece.part.name.empty()) return refuse("function", "the member \"name\" is required");
    out.parts.push_back(std::move(piece.part));
  });
}

void ConversationReading::tool_result(const std::array<JsonValue, 12>& members, llm::Message& out) {
  llm::Part& part = out.parts.emplace_back();
  part.kind = llm::PartKind::kToolResult;
  text("tool_call_id", members[kToolCallId], part.id);
  if (part.id.empty()) refuse("tool_call_id", "the member \"tool_call_id\" is required");
  content(members[kContent], part.content);
}

// The result of a legacy call, which has no id: it answers the last one.
void ConversationReading::function_result(const std::array<JsonValue, 12>& members, llm::Message& out) {
  llm::Part& part = out.parts.emplace_back();
  part.kind = llm::PartKind::kToolResult;
  part.id = legacy_call_id();
  content(members[kContent], part.content);
}

std::string ConversationReading::legacy_call_id() const {
  return "call_function_" + std::to_string(legacy_calls_);
}

void ConversationReading::content(const JsonValue& value, std::vector<llm::Part>& out) {
  if (!value) return;
  if (value.is_string()) {
    std::string text = value.string();
    if (!text.empty()) out.emplace_back().text = std::move(text);
    return;
  }
  if (!value.is_array()) return refuse("content", "must be a string, an array of parts or null");
  const Pointer::Step step(pointer_, "content");
  value.elements([this, &out](const JsonValue& part, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    content_part(part, out);
  });
}

void ConversationReading::content_part(const JsonValue& value, std::vector<llm::Part>& out) {
  if (!room()) return;
  if (!value.is_object()) return refuse("", "must be an object");
  const auto all = members_of(value, kPartNames, [this](const json::RawString& name, const JsonValue&, bool known) {
    if (known) return refuse("", "a member stands twice in the same object");
    lose(name.raw, name.is("prompt_cache_breakpoint") ? Weight::kMinor : Weight::kReal);
  });
  if (!all[kType].is_string()) return refuse("type", "the member \"type\" is required");
  llm::Part part;
  object("cache_control", all[kCacheControl], part.cache_control);
  if (all[kType].is("text")) {
    if (!all[kText].is_string()) return refuse("text", "a part of type \"text\" needs the member \"text\"");
    text("text", all[kText], part.text);
    if (part.text.empty()) return;  // says nothing, and other protocols refuse it
  } else if (all[kType].is("image_url")) {
    part.kind = llm::PartKind::kImage;
    if (!image(all[kImageUrl], part.media)) return;
  } else if (all[kType].is("input_audio")) {
    part.kind = llm::PartKind::kAudio;
    if (!audio(all[kInputAudio], part.media)) return;
  } else if (all[kType].is("file")) {
    part.kind = llm::PartKind::kFile;
    if (!file(all[kFile], part.media)) return;
  } else if (all[kType].is("refusal")) {
    part.kind = llm::PartKind::kRefusal;
    text("refusal", all[kPartRefusal], part.text);
    if (part.text.empty()) return;
  } else if (all[kType].is("thinking")) {
    part.kind = llm::PartKind::kReasoning;
    part.text = read_thinking_part(all[kThinking]);
  } else {
    return lose(": " + all[kType].string(), Weight::kReal);
  }
  out.push_back(std::move(part));
}

bool ConversationReading::image(const JsonValue& value, llm::Media& out) {
  if (value.is_string()) {  // as some clients have it
    set_url(value.string(), out);
    return true;
  }
  const Pointer::Step step(pointer_, "image_url");
  static constexpr std::array<std::string_view, 2> kMembers = {"url", "detail"};
  const auto all = members(value, kMembers);
  std::string url;
  text("url", all[0], url);
  text("detail", all[1], out.detail);
  if (url.empty()) refuse("url", "the member \"url\" is required");
  set_url(std::move(url), out);
  return !error_;
}

bool ConversationReading::audio(const JsonValue& value, llm::Media& out) {
  const Pointer::Step step(pointer_, "input_audio");
  static constexpr std::array<std::string_view, 2> kMembers = {"data", "format"};
  const auto all = members(value, kMembers);
  std::string format;
  text("data", all[0], out.data);
  text("format", all[1], format);
  if (out.data.empty()) refuse("data", "the member \"data\" is required");
  if (!format.empty()) out.media_type = audio_type_of(format);
  return !error_;
}

bool ConversationReading::file(const JsonValue& value, llm::Media& out) {
  const Pointer::Step step(pointer_, "file");
  static constexpr std::array<std::string_view, 3> kMembers = {"filename", "file_data", "file_id"};
  const auto all = members(value, kMembers);
  std::string data;
  text("filename", all[0], out.name);
  text("file_data", all[1], data);
  if (!data.empty()) {
    set_url(std::move(data), out);
    // Bare base64 is taken, too.
    if (out.data.empty() && out.url.find(':') == std::string::npos) out.data = std::exchange(out.url, {});
  } else {
    text("file_id", all[2], out.file_id);
  }
  if (out.data.empty() && out.url.empty() && out.file_id.empty())
    refuse("file_data", "a file needs file_data or file_id");
  return !error_;
}

}  // namespace pointsman::wire::openai_chat
