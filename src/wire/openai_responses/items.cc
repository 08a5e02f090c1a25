#include <algorithm>

#include "wire/openai_responses/reading.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Capability;
using llm::PieceKind;
using llm::PieceRole;

enum ItemMember : std::size_t { kType, kRole, kContent, kOutput, kItemMembers };
constexpr std::array<std::string_view, kItemMembers> kItemNames = {"type", "role", "content", "output"};
constexpr std::array<std::string_view, 2> kPartNames = {"type", "text"};

// What stands for a picture: "input_image", and "computer_screenshot" in the output of a tool.
bool is_picture(const json::RawString& type) {
  return type.is("input_image") || type.is("computer_screenshot");
}

PieceRole role_of(const json::RawString& name) {
  if (name.is("user")) return PieceRole::kUser;
  if (name.is("assistant")) return PieceRole::kAssistant;
  if (name.is("system")) return PieceRole::kSystem;
  return name.is("developer") ? PieceRole::kDeveloper : PieceRole::kOther;
}

}  // namespace

void Reading::input() {
  if (cursor_.skip_if_null()) return;
  if (cursor_.peek() == '"') {
    last_user_ = first_user_ = {cursor_.mark(), true};
    const std::size_t piece = begin_message();
    json::RawString text;
    if (!string(text, "must be a string")) return;
    add_piece(PieceKind::kText, text);
    end_message(piece, PieceRole::kUser);
    add_text(text);
    out_.messages = 1;
    flat_tokens_ += kItemTokens;
    return;
  }
  if (!expect('[', "must be a string or an array of items")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.messages});
    item();
    ++out_.messages;
    flat_tokens_ += kItemTokens;
  }
}

void Reading::item() {
  if (!expect('{', "must be an object")) return;
  const std::size_t piece = begin_message();
  Item item;
  item_members(item);
  if (cursor_.failed()) return;
  end_message(piece, speaker(item, piece));
  note(item);
}

// Who speaks in an item, and what its texts therefore are.
PieceRole Reading::speaker(const Item& item, std::size_t piece) {
  if (!item.role.raw.empty()) return role_of(item.role);
  const bool result = item.type.raw.ends_with("_output");
  const bool reasoning = item.type.is("reasoning");
  for (std::size_t i = piece + 1; (result || reasoning) && i < out_.prompt.size(); ++i) {
    if (out_.prompt[i].kind == PieceKind::kText) {
      out_.prompt[i].kind = result ? PieceKind::kResult : PieceKind::kReasoning;
    }
  }
  return result ? PieceRole::kTool : PieceRole::kAssistant;
}

// Members that reach the model but do not route: parts of calls, what was reasoned, and what we do not know.
void Reading::other_item_member() {
  const auto is = [this](std::string_view name) { return cursor_.key_is(name); };
  if (is("name")) {
    add_bytes(pass_value(PieceKind::kCallName));
  } else if (is("arguments") || is("input") || is("action") || is("code")) {
    add_bytes(pass_value(PieceKind::kCallArguments));
  } else if (is("summary") || is("encrypted_content")) {
    add_bytes(pass_value(PieceKind::kReasoning));
  } else if (is("id") || is("call_id") || is("status") || is("phase")) {
    add_bytes(skip());
  } else {
    add_bytes(pass_value(PieceKind::kOther));
  }
}

void Reading::item_members(Item& item) {
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kItemNames);
    if (member == kItemMembers) {
      other_item_member();
      continue;
    }
    const Pointer::Step step(pointer_, kItemNames[member]);
    if (!once(seen, member, kItemNames[member])) return;
    if (cursor_.skip_if_null()) continue;
    if (member == kType) {
      item.has_type = string(item.type, "must be a string");
    } else if (member == kRole) {
      string(item.role, "must be a string");
    } else {
      if (member == kContent) item.content = {cursor_.mark(), true};
      content();
    }
  }
}

// What a finished item means for the conversation.
void Reading::note(const Item& item) {
  const bool message = item.has_type ? item.type.is("message") : !item.role.raw.empty();
  if (message && item.role.is("user")) {
    out_.turn = llm::Turn::kUser;
    previous_user_ = last_user_;
    last_user_ = item.content;
    if (!first_user_.present) first_user_ = item.content;
    return;
  }
  const bool output = item.type.is("function_call_output") || item.type.is("custom_tool_call_output");
  out_.turn = output ? llm::Turn::kToolResult : llm::Turn::kOther;
}

// A string, an array of parts, or the one part that is a tool's output; other things are the upstream's to judge.
void Reading::content() {
  if (cursor_.peek() == '"') {
    json::RawString text;
    if (!cursor_.read_string(text)) return;
    add_piece(PieceKind::kText, text);
    return add_text(text);
  }
  if (cursor_.peek() == '{') return part();
  if (cursor_.peek() != '[') return add_bytes(pass_value(PieceKind::kOther));
  std::uint64_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    if (!expect('{', "must be an object")) return;
    part();
  }
}

void Reading::part() {
  Part part;
  part_members(part);
  if (!cursor_.failed()) judge(part);
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
    if (cursor_.skip_if_null()) continue;
    if (!string(member == 0 ? part.type : part.text, "must be a string")) return;
    part.has_text = part.has_text || member == 1;
  }
}

// "image_url" and "detail", "file_data", "input_audio": {"data": ...}, or whatever a part of another type has.
void Reading::media_member(Part& part) {
  const std::size_t begin = cursor_.offset();
  const bool data = cursor_.key_is("image_url") || cursor_.key_is("file_data") || cursor_.key_is("file_url");
  const bool detail = cursor_.key_is("detail");
  json::RawString text;
  const bool string = cursor_.read_string(text);
  if (!string) cursor_.skip();
  if (cursor_.failed()) return;
  const std::size_t end = cursor_.last_end();
  part.other_bytes += static_cast<std::int64_t>(end - begin);
  if (string && detail) {
    part.media.detail = detail_of(text);
  } else if (data || part.media.bytes.empty()) {
    const llm::ImageDetail said = part.media.detail;
    part.media = string ? piece_of(text) : llm::PromptPiece{.form = llm::PieceForm::kValue, .bytes = {begin, end}};
    part.media.detail = said;
  }
}

void Reading::judge(const Part& part) {
  const auto add_media = [&](PieceKind kind) { out_.prompt.emplace_back(part.media).kind = kind; };
  if (part.has_text) {
    add_piece(PieceKind::kText, part.text);
    add_text(part.text);
  }
  if (is_picture(part.type)) {
    out_.needs.capabilities.add(Capability::kVision);
    add_media(PieceKind::kImage);
    flat_tokens_ += kImageTokens;
  } else if (part.type.is("input_audio")) {
    out_.needs.capabilities.add(Capability::kAudioInput);
    add_media(PieceKind::kAudio);
    flat_tokens_ += 1 + part.other_bytes / kAudioBytesPerToken;
  } else if (part.type.is("input_file")) {
    out_.needs.capabilities.add(Capability::kFileInput);
    add_media(PieceKind::kFile);
    flat_tokens_ += std::max(kFileTokens, part.other_bytes / kFileBytesPerToken);
  } else {
    if (!part.has_text && !part.media.bytes.empty()) {
      add_media(part.type.is("refusal") ? PieceKind::kText : PieceKind::kOther);
    }
    add_bytes(static_cast<std::size_t>(part.other_bytes));
  }
}

}  // namespace pointsman::wire::openai_responses
