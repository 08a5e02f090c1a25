#include <algorithm>

#include "wire/openai_chat/reading.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Capability;
using llm::PieceKind;
using llm::PieceRole;

constexpr std::array<std::string_view, 2> kMessageNames = {"role", "content"};
constexpr std::array<std::string_view, 2> kPartNames = {"type", "text"};

}  // namespace

void Reading::messages() {
  if (!expect('[', "must be an array of messages")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.messages});
    message();
    ++out_.messages;
    flat_tokens_ += kMessageTokens;
  }
  if (out_.messages == 0) refuse("must not be empty");
}

void Reading::message() {
  if (!expect('{', "must be an object")) return;
  const std::size_t piece = begin_message();
  const Message message = message_members();
  if (cursor_.failed()) return;
  end_message(piece, message.speaker);
  if (message.role == Role::kTool) {
    for (std::size_t i = piece + 1; i < out_.prompt.size(); ++i) {
      if (out_.prompt[i].kind == PieceKind::kText) out_.prompt[i].kind = PieceKind::kResult;
    }
  }
  if (!message.has_role) {
    const Pointer::Step step(pointer_, "role");
    return refuse("the member \"role\" is required");
  }
  note(message);
}

Reading::Message Reading::message_members() {
  Message message;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kMessageNames);
    if (member == kMessageNames.size()) {
      other_member();
      continue;
    }
    const Pointer::Step step(pointer_, kMessageNames[member]);
    if (!once(seen, member, kMessageNames[member])) break;
    if (member == 0) {
      role(message);
    } else if (!cursor_.skip_if_null()) {
      message.content = {cursor_.mark(), true};
      content();
    }
  }
  return message;
}

void Reading::role(Message& message) {
  json::RawString name;
  if (!string(name, "must be a string")) return;
  const auto is = [&](std::string_view spelt, Role role, PieceRole speaker) {
    if (!name.is(spelt)) return false;
    message.role = role;
    message.speaker = speaker;
    return true;
  };
  message.has_role = true;
  if (is("user", Role::kUser, PieceRole::kUser) || is("assistant", Role::kAssistant, PieceRole::kAssistant)) return;
  if (is("tool", Role::kTool, PieceRole::kTool) || is("system", Role::kSystem, PieceRole::kSystem)) return;
  if (is("developer", Role::kSystem, PieceRole::kDeveloper)) return;
  is("function", Role::kTool, PieceRole::kFunction);
}

// Members that reach the model but do not route. They may have any shape and stand twice: nothing is read out of them.
void Reading::other_member() {
  const std::size_t begin = cursor_.offset();
  if (cursor_.key_is("name")) {
    pass_value(PieceKind::kName);
  } else if (cursor_.key_is("tool_calls") && cursor_.peek() == '[') {
    calls();
  } else if (cursor_.key_is("function_call") && cursor_.peek() == '{') {
    call();
  } else if (cursor_.key_is("refusal")) {
    pass_value(PieceKind::kText);
  } else if (cursor_.key_is("reasoning_content") || cursor_.key_is("reasoning")) {
    pass_value(PieceKind::kReasoning);
  } else if (cursor_.key_is("tool_call_id")) {
    cursor_.skip();
  } else {
    pass_value(PieceKind::kOther);
  }
  if (!cursor_.failed()) add_bytes(cursor_.last_end() - begin);
}

// [{"id": ..., "type": "function", "function": {"name": ..., "arguments": ...}}], or "custom": {"name", "input"}.
void Reading::calls() {
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    if (cursor_.peek() != '{') {
      cursor_.skip();
      continue;
    }
    for (bool member = cursor_.enter_object(); member; member = cursor_.next_member()) {
      const bool called = cursor_.key_is("function") || cursor_.key_is("custom");
      if (called && cursor_.peek() == '{') {
        call();
      } else {
        cursor_.skip();
      }
    }
  }
}

void Reading::call() {
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (cursor_.key_is("name")) {
      pass_value(PieceKind::kCallName);
    } else if (cursor_.key_is("arguments") || cursor_.key_is("input")) {
      pass_value(PieceKind::kCallArguments);
    } else {
      cursor_.skip();
    }
  }
}

void Reading::content() {
  if (cursor_.peek() == '"') {
    json::RawString text;
    if (!cursor_.read_string(text)) return;
    add_piece(PieceKind::kText, text);
    return add_text(text);
  }
  if (!expect('[', "must be a string, an array of parts or null")) return;
  std::uint64_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    content_part();
  }
}

void Reading::content_part() {
  if (!expect('{', "must be an object")) return;
  Part part;
  part_members(part);
  if (cursor_.failed()) return;
  if (!part.has_type) {
    const Pointer::Step step(pointer_, "type");
    return refuse("the member \"type\" is required");
  }
  judge_part(part);
}

void Reading::part_members(Part& part) {
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kPartNames);
    if (member == kPartNames.size()) {
      media_member(part);
      continue;
    }
    const Pointer::Step step(pointer_, kPartNames[member]);
    if (!once(seen, member, kPartNames[member])) return;
    json::RawString value;
    if (member == 1 && cursor_.skip_if_null()) continue;
    if (!string(value, "must be a string")) return;
    if (member == 0) {
      part.type = value;
      part.has_type = true;
    } else {
      part.text = value;
      part.has_text = true;
    }
  }
}

// "image_url": {"url": ..., "detail": ...}, "file": {"file_data": ...}, "input_audio": {"data": ...}, or whatever a
// part of another type has.
void Reading::media_member(Part& part) {
  const std::size_t begin = cursor_.offset();
  json::RawString text;
  if (cursor_.peek() == '{') {
    media_object(part.media);
  } else if (!cursor_.read_string(text)) {
    cursor_.skip();
  } else if (part.media.bytes.empty()) {
    part.media = piece_of(text);
  }
  if (cursor_.failed()) return;
  const std::size_t end = cursor_.last_end();
  part.other_bytes += static_cast<std::int64_t>(end - begin);
  if (part.media.bytes.empty()) {
    part.media.form = llm::PieceForm::kValue;
    part.media.bytes = {begin, end};
  }
}

void Reading::media_object(llm::PromptPiece& media) {
  json::RawString text;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const bool data = cursor_.key_is("url") || cursor_.key_is("file_data") || cursor_.key_is("data");
    const bool detail = cursor_.key_is("detail");
    if (!cursor_.read_string(text)) {
      cursor_.skip();
    } else if (data) {
      const llm::ImageDetail said = media.detail;
      media = piece_of(text);
      media.detail = said;
    } else if (detail) {
      media.detail = detail_of(text);
    }
  }
}

void Reading::judge_part(const Part& part) {
  const auto is = [&part](std::string_view type) { return part.type.is(type); };
  const auto add_media = [&](PieceKind kind) { (out_.prompt.emplace_back(part.media)).kind = kind; };
  if (part.has_text) {
    add_piece(PieceKind::kText, part.text);
    add_text(part.text);
  }
  if (is("text")) {
    if (part.has_text) return;
    const Pointer::Step step(pointer_, "text");
    return refuse("a part of type \"text\" needs the member \"text\"");
  }
  if (is("image_url")) {
    out_.needs.capabilities.add(Capability::kVision);
    add_media(PieceKind::kImage);
    flat_tokens_ += kImageTokens;
  } else if (is("input_audio")) {
    out_.needs.capabilities.add(Capability::kAudioInput);
    add_media(PieceKind::kAudio);
    flat_tokens_ += 1 + part.other_bytes / kAudioBytesPerToken;
  } else if (is("file")) {
    out_.needs.capabilities.add(Capability::kFileInput);
    add_media(PieceKind::kFile);
    flat_tokens_ += std::max(kFileTokens, part.other_bytes / kFileBytesPerToken);
  } else {
    if (!part.has_text && !part.media.bytes.empty()) add_media(is("refusal") ? PieceKind::kText : PieceKind::kOther);
    add_bytes(static_cast<std::size_t>(part.other_bytes));
  }
}

// What a finished message means for the conversation.
void Reading::note(const Message& message) {
  switch (message.role) {
    case Role::kUser:
      out_.turn = llm::Turn::kUser;
      previous_user_ = last_user_;
      last_user_ = message.content;
      if (!first_user_.present) {
        first_user_ = message.content;
        hash_text(first_user_);
      }
      break;
    case Role::kTool:
      out_.turn = llm::Turn::kToolResult;
      break;
    case Role::kSystem:
      if (!first_user_.present) hash_text(message.content);
      [[fallthrough]];
    default:
      out_.turn = llm::Turn::kOther;
  }
}

}  // namespace pointsman::wire::openai_chat
