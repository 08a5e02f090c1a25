#include <algorithm>

#include "wire/openai_responses/reading.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Capability;

enum ItemMember : std::size_t { kType, kRole, kContent, kOutput, kItemMembers };
constexpr std::array<std::string_view, kItemMembers> kItemNames = {"type", "role", "content", "output"};
constexpr std::array<std::string_view, 2> kPartNames = {"type", "text"};

// What stands for a picture: "input_image", and "computer_screenshot" in the output of a tool.
bool is_picture(const json::RawString& type) {
  return type.is("input_image") || type.is("computer_screenshot");
}

}  // namespace

void Reading::input() {
  if (cursor_.skip_if_null()) return;
  if (cursor_.peek() == '"') {
    last_user_ = first_user_ = {cursor_.mark(), true};
    json::RawString text;
    if (string(text, "must be a string")) add_text(text);
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
  Item item;
  item_members(item);
  if (!cursor_.failed()) note(item);
}

void Reading::item_members(Item& item) {
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kItemNames);
    if (member == kItemMembers) {
      add_bytes(skip());
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
    if (cursor_.read_string(text)) add_text(text);
    return;
  }
  if (cursor_.peek() == '{') return part();
  if (cursor_.peek() != '[') return add_bytes(skip());
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
      part.other_bytes += static_cast<std::int64_t>(skip());
      continue;
    }
    const Pointer::Step step(pointer_, kPartNames[member]);
    if (!once(seen, member, kPartNames[member])) return;
    if (cursor_.skip_if_null()) continue;
    if (!string(member == 0 ? part.type : part.text, "must be a string")) return;
    part.has_text = part.has_text || member == 1;
  }
}

void Reading::judge(const Part& part) {
  if (part.has_text) add_text(part.text);
  if (is_picture(part.type)) {
    out_.needs.capabilities.add(Capability::kVision);
    flat_tokens_ += kImageTokens;
  } else if (part.type.is("input_audio")) {
    out_.needs.capabilities.add(Capability::kAudioInput);
    flat_tokens_ += 1 + part.other_bytes / kAudioBytesPerToken;
  } else if (part.type.is("input_file")) {
    out_.needs.capabilities.add(Capability::kFileInput);
    flat_tokens_ += std::max(kFileTokens, part.other_bytes / kFileBytesPerToken);
  } else {
    add_bytes(static_cast<std::size_t>(part.other_bytes));
  }
}

}  // namespace pointsman::wire::openai_responses
