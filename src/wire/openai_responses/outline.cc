#include "wire/openai_responses/outline.h"

#include <array>

#include "wire/outline_walk.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::ItemKind;
using llm::Role;

enum BodyMember : std::size_t { kInput, kPreviousResponseId, kConversation, kPrompt, kBodyMemberCount };
constexpr std::array<std::string_view, kBodyMemberCount> kBodyNames = {"input", "previous_response_id", "conversation",
                                                                       "prompt"};

enum Member : std::size_t {
  kType,
  kRole,
  kContent,
  kOutput,
  kCallId,
  kId,
  kApprovalRequestId,
  kEncryptedContent,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "type", "role", "content", "output", "call_id", "id", "approval_request_id", "encrypted_content"};

class Walk final : private OutlineWalk {
 public:
  explicit Walk(llm::Outline& out) : OutlineWalk(out) {}
  base::Result<void> read(std::string_view body, json::Document& document) {
    out_.protocol = llm::Protocol::kResponses;
    return run(body, document);
  }

 private:
  struct Item {
    json::RawString type;
    json::RawString role;
    Id call_id;
    Id id;
    Id approval_request_id;
    llm::ByteRange content;
    llm::ByteRange output;
    bool has_type = false;
    bool says_something = false;
  };

  void members() override {
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t index = member_index(cursor_, kBodyNames);
      if (index == kBodyMemberCount) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kBodyNames[index]);
      if (!once(seen, index, kBodyNames[index])) return;
      if (index == kInput) {
        input();
      } else {
        elsewhere();
      }
    }
  }

  void elsewhere() {
    if (cursor_.skip_if_null() || cursor_.failed()) return;
    error_ = base::Error(base::ErrorCode::kUnsupported,
                         "part of the conversation is in the provider's store; it cannot be trimmed here",
                         base::Origin::kClient)
                 .at(pointer_.to_string());
    cursor_.abandon();
  }

  void input() {
    if (cursor_.skip_if_null()) return;
    if (cursor_.peek() == '"') {
      const llm::ByteRange all = range();
      llm::OutlineItem& only = out_.items.emplace_back();
      only.kind = ItemKind::kUser;
      only.bytes = only.content = all;
      return;
    }
    if (!expect('[', "must be a string or an array of items")) return;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, std::uint64_t{out_.items.size()});
      one_item();
    }
  }

  void one_item() {
    if (!begin_item()) return;
    Item item;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t index = member_index(cursor_, kNames);
      if (index == kMemberCount) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kNames[index]);
      if (once(seen, index, kNames[index]) && !cursor_.skip_if_null()) item_member(index, item);
    }
    if (cursor_.failed()) return;
    judge(item);
    end_item();
  }

  void item_member(std::size_t index, Item& item) {
    switch (index) {
      case kType:
        item.has_type = string(item.type, "must be a string");
        return;
      case kRole:
        string(item.role, "must be a string");
        return;
      case kContent:
        return content(item);
      case kOutput:
        item.output = text_range();
        return;
      case kCallId:
        return read_id(item.call_id);
      case kId:
        return read_id(item.id);
      case kApprovalRequestId:
        return read_id(item.approval_request_id);
      default:  // encrypted_content
        if (filled_string()) this->item().sealed = true;
    }
  }

  void content(Item& item) {
    json::Cursor inside = cursor_;
    const char first = cursor_.peek();
    item.says_something = first == '"' || (first == '[' && inside.enter_array());
    item.content.begin = cursor_.offset();
    markers_within();
    if (!cursor_.failed()) item.content.end = cursor_.last_end();
  }

  void judge(const Item& item) {
    const auto is = [&item](std::string_view type) { return item.type.is(type); };
    llm::OutlineItem& out = this->item();
    out.role = Role::kAssistant;
    if (item.has_type ? is("message") : !item.role.raw.empty()) return judge_message(item);
    if (is("reasoning")) {
      out.kind = ItemKind::kReasoning;
    } else if (is("item_reference") || !item.has_type) {
      out.pins_turn = true;
    } else if (is("compaction") || is("compaction_summary")) {
      out.stays = true;
    } else if (is("mcp_approval_request")) {
      call(item.id);
    } else if (is("mcp_approval_response")) {
      result(item.approval_request_id, {});
    } else if (item.call_id.present() && item.type.raw.ends_with("_output")) {
      const bool text = is("function_call_output") || is("custom_tool_call_output");
      result(item.call_id, text ? item.output : llm::ByteRange{});
    } else if (item.call_id.present()) {
      call(item.call_id);
    }
  }

  void judge_message(const Item& item) {
    const auto is = [&item](std::string_view role) { return item.role.is(role); };
    llm::OutlineItem& out = this->item();
    if (is("system") || is("developer")) {
      out.role = is("system") ? Role::kSystem : Role::kDeveloper;
      out.kind = ItemKind::kSystem;
      out.stays = true;
    } else if (is("user")) {
      out.role = Role::kUser;
      if (!item.says_something) return;
      out.kind = ItemKind::kUser;
      out.content = item.content;
    } else if (is("assistant")) {
      out.kind = ItemKind::kAssistant;
    }
  }

  void call(const Id& id) {
    item().kind = ItemKind::kCalls;
    add_call(id);
  }

  void result(const Id& id, llm::ByteRange content) {
    item().kind = ItemKind::kResults;
    item().role = Role::kTool;
    add_result(id, content);
  }
};

}  // namespace

base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out) {
  return Walk(out).read(body, document);
}

}  // namespace pointsman::wire::openai_responses
