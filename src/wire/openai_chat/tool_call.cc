#include "wire/openai_chat/tool_call.h"

namespace pointsman::wire::openai_chat {
namespace {

enum Member : std::size_t { kIndex, kId, kType, kFunction, kCustom, kMemberCount };
constexpr std::array<std::string_view, kMemberCount> kNames = {"index", "id", "type", "function", "custom"};
constexpr std::array<std::string_view, 3> kInside = {"name", "arguments", "input"};

void read_inside(const JsonValue& value, llm::Part& out) {
  const auto members = members_of(value, kInside);
  const JsonValue& text = members[out.custom ? 2 : 1];
  out.name = members[0].string();
  // Some servers send the arguments as the object itself.
  out.arguments = text.is_object() ? std::string(text.json()) : text.string();
}

}  // namespace

ToolCallPiece read_tool_call(const JsonValue& call) {
  const auto members = members_of(call, kNames);
  ToolCallPiece out;
  out.index = members[kIndex].integer();
  out.part.kind = llm::PartKind::kToolCall;
  out.part.id = members[kId].string();
  out.part.custom = members[kType].is("custom") || (members[kCustom] && !members[kFunction]);
  read_inside(members[out.part.custom ? kCustom : kFunction], out.part);
  return out;
}

llm::Part read_function_call(const JsonValue& call) {
  llm::Part out;
  out.kind = llm::PartKind::kToolCall;
  read_inside(call, out);
  return out;
}

void write_tool_call(const llm::Part& call, json::Writer& writer) {
  const std::string_view kind = call.custom ? "custom" : "function";
  writer.begin_object().member("id", call.id).member("type", kind);
  writer.key(kind).begin_object().member("name", call.name);
  if (call.custom) {
    writer.member("input", call.arguments);
  } else {
    writer.member("arguments", call.arguments.empty() ? std::string_view("{}") : std::string_view(call.arguments));
  }
  writer.end_object().end_object();
}

}  // namespace pointsman::wire::openai_chat
