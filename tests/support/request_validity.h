// Whether a request body keeps the rules of its protocol that trimming could break: roles and their order, calls and
// results in pairs, nothing empty. Written from the protocols' documentation, apart from our own readers.
//
// Each function says what is wrong, or nothing. Header-only; for tests.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "llm/protocol.h"
#include "wire/json_value.h"

namespace pointsman::testing {

class RequestValidity {
 public:
  static std::string fault(llm::Protocol protocol, std::string_view body) {
    json::Document document;
    const auto root = wire::JsonValue::open(body, document);
    if (!root) return "not JSON: " + root.error().message();
    RequestValidity validity;
    const wire::JsonValue list = member(*root, protocol == llm::Protocol::kResponses ? "input" : "messages");
    if (list.is_string() && protocol == llm::Protocol::kResponses) return empty(list) ? "empty input" : "";
    if (!list.is_array() || list.empty_container()) return "no messages";
    list.elements([&](const wire::JsonValue& one, std::uint64_t) {
      if (protocol == llm::Protocol::kChatCompletions) validity.chat(one);
      if (protocol == llm::Protocol::kResponses) validity.responses(one);
      if (protocol == llm::Protocol::kMessages) validity.messages(one);
    });
    validity.check(validity.open_.empty(), "calls without results at the end");
    validity.check(!validity.reasoning_, "reasoning without what it led to");
    validity.check(validity.spoken_, "nobody says anything");
    return validity.fault_;
  }

 private:
  static wire::JsonValue member(const wire::JsonValue& object, std::string_view name) {
    wire::JsonValue out;
    object.members([&](const json::RawString& key, const wire::JsonValue& value) {
      if (key.is(name)) out = value;
    });
    return out;
  }
  static std::string text(const wire::JsonValue& object, std::string_view name) {
    return member(object, name).string();
  }
  // Blank texts and arrays without elements.
  static bool empty(const wire::JsonValue& content) {
    if (content.is_string()) return content.string().find_first_not_of(" \t\r\n") == std::string::npos;
    if (!content.is_array() || content.empty_container()) return true;
    bool any = false;
    content.elements([&](const wire::JsonValue& part, std::uint64_t) {
      const wire::JsonValue said = member(part, "text");
      any = any || (said.is_string() && empty(said));
    });
    return any;
  }
  void check(bool good, std::string_view otherwise) {
    if (!good && fault_.empty()) fault_ = otherwise;
  }
  void first(std::string_view role) {
    check(spoken_ || role == "user", "the first message is not the user's");
    spoken_ = true;
  }
  void call(const std::string& id) {
    check(!id.empty(), "a call without an id");
    check(open_.insert(id).second, "two open calls of one id");
  }
  void result(const std::string& id) { check(open_.erase(id) == 1, "a result without its call"); }

  void chat(const wire::JsonValue& message) {
    const std::string role = text(message, "role");
    const wire::JsonValue content = member(message, "content");
    if (role == "tool") {
      check(!empty(content), "an empty result");
      return result(text(message, "tool_call_id"));
    }
    check(open_.empty(), "calls without results");
    if (role == "system" || role == "developer") return check(!empty(content), "an empty system message");
    check(role == "user" || role == "assistant", "an unknown role");
    first(role);
    const wire::JsonValue calls = member(message, "tool_calls");
    calls.elements([&](const wire::JsonValue& one, std::uint64_t) {
      call(text(one, "id"));
      check(!text(member(one, "function"), "name").empty(), "a call of nothing");
    });
    check(calls || !empty(content), "an empty message");
  }

  void responses(const wire::JsonValue& item) {
    const std::string type = text(item, "type");
    const std::string role = text(item, "role");
    if (type == "reasoning") {
      check(open_.empty(), "reasoning between calls and results");
      return first("assistant"), void(reasoning_ = true);
    }
    if (type == "function_call") {
      first("assistant");
      reasoning_ = false;
      return call(text(item, "call_id"));
    }
    check(!reasoning_ || role == "assistant", "reasoning without what it led to");
    reasoning_ = false;
    if (type == "function_call_output") {
      check(!empty(member(item, "output")), "an empty result");
      return result(text(item, "call_id"));
    }
    check(type.empty() || type == "message", "an unknown item");
    check(!empty(member(item, "content")), "an empty message");
    check(open_.empty(), "calls without results");
    if (role != "system" && role != "developer") first(role);
  }

  void messages(const wire::JsonValue& message) {
    const std::string role = text(message, "role");
    const wire::JsonValue content = member(message, "content");
    check(role == "user" || role == "assistant", "an unknown role");
    check(!empty(content), "an empty message");
    first(role);
    check(role == "user" || role != last_role_, "two messages of the assistant in a row");
    if (role == "assistant") check(open_.empty(), "calls without results");
    bool other = last_role_ == "user" && role == "user" && !only_results_;
    only_results_ = true;
    content.elements([&](const wire::JsonValue& block, std::uint64_t) {
      const std::string type = text(block, "type");
      if (type == "thinking") check(!text(block, "signature").empty(), "thinking without a signature");
      if (type == "tool_use") call(text(block, "id"));
      if (type == "tool_result") {
        check(role == "user" && !other, "a result behind something else");
        check(!member(block, "content") || !empty(member(block, "content")), "an empty result");
        result(text(block, "tool_use_id"));
      } else {
        other = true;
        only_results_ = false;
      }
    });
    if (content.is_string()) only_results_ = false;
    if (role == "user") check(open_.empty(), "calls without results in the next message");
    last_role_ = role;
  }

  std::string fault_;
  std::set<std::string> open_;  // ids of calls without results so far
  std::string last_role_;
  bool only_results_ = false;  // of the last message
  bool spoken_ = false;
  bool reasoning_ = false;
};

}  // namespace pointsman::testing
