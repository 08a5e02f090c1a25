#include <algorithm>

#include "wire/openai_chat/reading.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Capability;

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
  const Message message = message_members();
  if (cursor_.failed()) return;
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
      add_bytes(skip());
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
  const auto is = [&name](std::string_view role) { return name.is(role); };
  message.has_role = true;
  if (is("user")) {
    message.role = Role::kUser;
  } else if (is("assistant")) {
    message.role = Role::kAssistant;
  } else if (is("system") || is("developer")) {
    message.role = Role::kSystem;
  } else if (is("tool") || is("function")) {
    message.role = Role::kTool;
  }
}

void Reading::content() {
  if (cursor_.peek() == '"') {
    json::RawString text;
    if (cursor_.read_string(text)) add_text(text);
    return;
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
      part.other_bytes += static_cast<std::int64_t>(skip());
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

void Reading::judge_part(const Part& part) {
  const auto is = [&part](std::string_view type) { return part.type.is(type); };
  if (part.has_text) add_text(part.text);
  if (is("text")) {
    if (part.has_text) return;
    const Pointer::Step step(pointer_, "text");
    return refuse("a part of type \"text\" needs the member \"text\"");
  }
  if (is("image_url")) {
    out_.needs.capabilities.add(Capability::kVision);
    flat_tokens_ += kImageTokens;
  } else if (is("input_audio")) {
    out_.needs.capabilities.add(Capability::kAudioInput);
    flat_tokens_ += 1 + part.other_bytes / kAudioBytesPerToken;
  } else if (is("file")) {
    out_.needs.capabilities.add(Capability::kFileInput);
    flat_tokens_ += std::max(kFileTokens, part.other_bytes / kFileBytesPerToken);
  } else {
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
