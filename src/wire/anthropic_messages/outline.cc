#include "wire/anthropic_messages/outline.h"

#include <array>

#include "wire/anthropic_messages/unsigned_thinking.h"
#include "wire/outline_walk.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::ItemKind;
using llm::Role;

constexpr std::array<std::string_view, 1> kBodyNames = {"messages"};
constexpr std::array<std::string_view, 2> kMessageNames = {"role", "content"};

enum BlockMember : std::size_t {
  kType,
  kId,
  kToolUseId,
  kContent,
  kSignature,
  kData,
  kCacheControl,
  kBlockMemberCount,
};
constexpr std::array<std::string_view, kBlockMemberCount> kBlockNames = {"type",      "id",   "tool_use_id",  "content",
                                                                         "signature", "data", "cache_control"};

class Walk final : private OutlineWalk {
 public:
  explicit Walk(llm::Outline& out) : OutlineWalk(out) {}
  base::Result<void> read(std::string_view body, json::Document& document) {
    out_.protocol = llm::Protocol::kMessages;
    return run(body, document);
  }

 private:
  struct Message {
    json::RawString role;
    llm::ByteRange content;
    bool says_something = false;  // anything but results of tools
    bool holds_compaction = false;
  };
  struct Block {
    json::RawString type;
    Id id;
    Id tool_use_id;
    llm::ByteRange content;
    bool signature = false;
    bool data = false;
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
      const std::size_t index = member_index(cursor_, kMessageNames);
      if (index == kMessageNames.size()) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kMessageNames[index]);
      if (!once(seen, index, kMessageNames[index])) return;
      if (index == 0) {
        string(message.role, "must be a string");
      } else {
        content(message);
      }
    }
    if (!require(seen, 0, kMessageNames[0]) || !require(seen, 1, kMessageNames[1])) return;
    judge(message);
    end_item();
  }

  void content(Message& message) {
    message.content.begin = cursor_.offset();
    if (cursor_.peek() == '"') {
      message.says_something = true;
      cursor_.skip();
    } else if (expect('[', "must be a string or an array of content blocks")) {
      std::uint64_t index = 0;
      for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
        const Pointer::Step step(pointer_, index++);
        block(message);
      }
    }
    if (!cursor_.failed()) message.content.end = cursor_.last_end();
  }

  void block(Message& message) {
    if (!expect('{', "must be an object")) return;
    Block block;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t index = member_index(cursor_, kBlockNames);
      if (index == kBlockMemberCount) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kBlockNames[index]);
      if (once(seen, index, kBlockNames[index])) block_member(index, block);
    }
    if (require(seen, kType, kBlockNames[kType])) note(block, message);
  }

  void block_member(std::size_t index, Block& block) {
    switch (index) {
      case kType:
        string(block.type, "must be a string");
        return;
      case kId:
        return read_id(block.id);
      case kToolUseId:
        return read_id(block.tool_use_id);
      case kContent:
        return block_content(block);
      case kSignature:
        block.signature = signed_by_its_own();
        return;
      case kData:
        block.data = filled_string();
        return;
      default:
        return cache_marker();
    }
  }

  // Whether the signature at the cursor is one.
  bool signed_by_its_own() {
    json::RawString text;
    if (cursor_.read_string(text)) return !text.raw.empty() && !text.is(kUnsigned);
    cursor_.skip();
    return false;
  }

  void block_content(Block& block) {
    const bool text = cursor_.peek() == '"' || cursor_.peek() == '[';
    const std::size_t begin = cursor_.offset();
    markers_within();
    if (text && !cursor_.failed()) block.content = {begin, cursor_.last_end()};
  }

  void note(const Block& block, Message& message) {
    const auto is = [&block](std::string_view type) { return block.type.is(type); };
    if (is("tool_result")) return add_result(block.tool_use_id, block.content);
    message.says_something = true;
    if (is("tool_use")) add_call(block.id);
    if ((is("thinking") && block.signature) || (is("redacted_thinking") && block.data)) item().sealed = true;
    if (is("compaction")) message.holds_compaction = true;
  }

  void judge(const Message& message) {
    const auto is = [&message](std::string_view role) { return message.role.is(role); };
    llm::OutlineItem& item = this->item();
    item.pins_turn = message.holds_compaction;
    const bool results = out_.results.size() > item.results_begin;
    if (is("assistant")) {
      item.role = Role::kAssistant;
      item.kind = out_.calls.size() > item.calls_begin ? ItemKind::kCalls : ItemKind::kAssistant;
    } else if (is("user") && message.says_something) {
      item.kind = ItemKind::kUser;
      item.content = message.content;
    } else if (is("user") && results) {
      item.kind = ItemKind::kResults;
    } else if (is("system")) {
      item.role = Role::kSystem;
      item.kind = ItemKind::kSystem;
      item.stays = true;
    }
  }
};

}  // namespace

base::Result<void> read_outline(std::string_view body, json::Document& document, llm::Outline& out) {
  return Walk(out).read(body, document);
}

}  // namespace pointsman::wire::anthropic_messages
