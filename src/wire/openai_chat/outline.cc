#include "wire/openai_chat/outline.h"

#include <array>

#include "wire/outline_walk.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::ItemKind;
using llm::Role;

constexpr std::array<std::string_view, 1> kBodyNames = {"messages"};

enum Member : std::size_t {
  kRole,
  kContent,
  kToolCalls,
  kFunctionCall,
  kToolCallId,
  kCacheControl,
  kReasoningDetails,  // OpenRouter
  kThinkingBlocks,    // LiteLLM: Anthropic's blocks as they were
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "role",         "content",       "tool_calls",        "function_call",
    "tool_call_id", "cache_control", "reasoning_details", "thinking_blocks"};

class Walk final : private OutlineWalk {
 public:
  explicit Walk(llm::Outline& out) : OutlineWalk(out) {}
  base::Result<void> read(std::string_view body, json::Document& document) {
    out_.protocol = llm::Protocol::kChatCompletions;
    return run(body, document);
  }

 private:
  struct Message {
    json::RawString role;
    Id tool_call_id;
    llm::ByteRange content;
    bool says_something = false;
    bool function_call = false;
  };

  void members() override {
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      if (member_index(cursor_, kBodyNames) != 0) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kBodyNames[0]);
      if (once(seen, 0, kBodyNames[0])) messages();
    }
    require(seen, 0, kBodyNames[0]);
  }

  void messages() {
    if (!expect('[', "must be an array of messages")) return;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, std::uint64_t{out_.items.size()});
      message();
    }
    if (out_.items.empty()) refuse("must not be empty");
  }

  void message() {
    if (!begin_item()) return;
    Message message;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t index = member_index(cursor_, kNames);
      if (index == kMemberCount) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kNames[index]);
      if (once(seen, index, kNames[index])) message_member(index, message);
    }
    if (!require(seen, kRole, kNames[kRole])) return;
    judge(message);
    end_item();
  }

  void message_member(std::size_t index, Message& message) {
    switch (index) {
      case kRole:
        string(message.role, "must be a string");
        return;
      case kContent:
        return content(message);
      case kToolCalls:
        return tool_calls();
      case kFunctionCall:
        message.function_call = cursor_.peek() == '{';
        return cursor_.skip();
      case kToolCallId:
        return read_id(message.tool_call_id);
      case kCacheControl:
        return cache_marker();
      default:
        return look_for_seal();
    }
  }

  void content(Message& message) {
    if (cursor_.skip_if_null()) return;
    if (cursor_.peek() != '"' && cursor_.peek() != '[') {
      return refuse("must be a string, an array of parts or null");
    }
    json::Cursor inside = cursor_;
    message.says_something = cursor_.peek() == '"' || inside.enter_array();
    message.content.begin = cursor_.offset();
    markers_within();
    if (!cursor_.failed()) message.content.end = cursor_.last_end();
  }

  void tool_calls() {
    if (cursor_.skip_if_null() || !expect('[', "must be an array of objects")) return;
    std::uint64_t index = 0;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, index++);
      if (!expect('{', "must be an object")) return;
      Id id;
      for (bool member = cursor_.enter_object(); member; member = cursor_.next_member()) {
        if (cursor_.key_is("id")) {
          read_id(id);
        } else {
          cursor_.skip();
        }
      }
      add_call(id);
    }
  }

  void judge(const Message& message) {
    const auto is = [&message](std::string_view role) { return message.role.is(role); };
    llm::OutlineItem& item = this->item();
    if (is("assistant")) {
      if (message.function_call) add_call({});
      item.role = Role::kAssistant;
      item.kind = out_.calls.size() > item.calls_begin ? ItemKind::kCalls : ItemKind::kAssistant;
      return;
    }
    out_.calls.resize(item.calls_begin);  // calls are the assistant's
    if (is("system") || is("developer")) {
      item.role = is("system") ? Role::kSystem : Role::kDeveloper;
      item.kind = ItemKind::kSystem;
      item.stays = true;
    } else if (is("user")) {
      item.role = Role::kUser;
      item.kind = message.says_something ? ItemKind::kUser : ItemKind::kOther;
      if (message.says_something) item.content = message.content;
    } else if (is("tool") || is("function")) {
      item.role = Role::kTool;
      item.kind = ItemKind::kResults;
      add_result(is("tool") ? message.tool_call_id : Id{}, message.content);
    }
  }
};

}  // namespace

base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out) {
  return Walk(out).read(body, document);
}

}  // namespace pointsman::wire::openai_chat
