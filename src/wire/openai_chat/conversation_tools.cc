#include "wire/openai_chat/conversation_reading.h"

namespace pointsman::wire::openai_chat {
namespace {

constexpr std::array<std::string_view, 4> kToolNames = {"type", "function", "custom", "cache_control"};
constexpr std::array<std::string_view, 5> kFunctionNames = {"name", "description", "parameters", "strict",
                                                            "cache_control"};
constexpr std::array<std::string_view, 3> kCustomNames = {"name", "description", "format"};
constexpr std::array<std::string_view, 4> kChoiceNames = {"type", "function", "custom", "allowed_tools"};

}  // namespace

void ConversationReading::tools(const JsonValue& value) {
  if (!value) return;
  if (!value.is_array()) return refuse("tools", "must be an array of objects");
  const Pointer::Step step(pointer_, "tools");
  value.elements([this](const JsonValue& one, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    tool(one);
  });
}

void ConversationReading::tool(const JsonValue& value) {
  if (!room()) return;
  if (!value.is_object()) return refuse("", "must be an object");
  llm::Tool out;
  const auto type = members_of(value, std::array<std::string_view, 1>{"type"})[0];
  // Tools that a provider runs itself have members of their own: one loss is enough.
  if (type && !type.is("function") && !type.is("custom")) return lose(": " + type.string(), Weight::kReal);
  const auto all = members(value, kToolNames);
  object(kToolNames[3], all[3], out.cache_control);
  out.custom = all[0].is("custom");
  const JsonValue& inside = all[out.custom ? 2 : 1];
  const std::string_view name = kToolNames[out.custom ? 2 : 1];
  if (!inside.is_object()) return refuse(name, "must be an object");
  const Pointer::Step step(pointer_, name);
  if (out.custom) {
    custom_tool(inside, out);
  } else {
    function_tool(inside, out);
  }
  if (out.name.empty()) return refuse("name", "the member \"name\" is required");
  out_.tools.push_back(std::move(out));
}

void ConversationReading::function_tool(const JsonValue& value, llm::Tool& out) {
  const auto all = members(value, kFunctionNames);
  text(kFunctionNames[0], all[0], out.name);
  text(kFunctionNames[1], all[1], out.description);
  object(kFunctionNames[2], all[2], out.schema);
  flag(kFunctionNames[3], all[3], out.strict);
  if (out.cache_control.empty()) object(kFunctionNames[4], all[4], out.cache_control);
}

void ConversationReading::custom_tool(const JsonValue& value, llm::Tool& out) {
  const auto all = members(value, kCustomNames);
  text(kCustomNames[0], all[0], out.name);
  text(kCustomNames[1], all[1], out.description);
  if (!all[2]) return;
  if (!all[2].is_object()) return refuse(kCustomNames[2], "must be an object");
  const Pointer::Step step(pointer_, kCustomNames[2]);
  static constexpr std::array<std::string_view, 2> kFormat = {"type", "grammar"};
  const auto format = members(all[2], kFormat);
  if (format[0].is("grammar")) {
    object(kFormat[1], format[1], out.format);
  } else if (!format[0].is("text")) {
    lose(format[0].string(), Weight::kReal);
  }
}

// The legacy form of "tools".
void ConversationReading::functions(const JsonValue& value) {
  if (!value) return;
  if (!value.is_array()) return refuse("functions", "must be an array of objects");
  const Pointer::Step step(pointer_, "functions");
  value.elements([this](const JsonValue& one, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    if (!room()) return;
    if (!one.is_object()) return refuse("", "must be an object");
    llm::Tool out;
    function_tool(one, out);
    if (out.name.empty()) return refuse("name", "the member \"name\" is required");
    out_.tools.push_back(std::move(out));
  });
}

void ConversationReading::tool_choice(const JsonValue& value) {
  if (!value) return;
  const auto mode = [](const JsonValue& word) {
    if (word.is("none")) return llm::ToolChoice::kNone;
    if (word.is("auto")) return llm::ToolChoice::kAuto;
    return word.is("required") || word.is("any") ? llm::ToolChoice::kRequired : llm::ToolChoice::kUnset;
  };
  if (value.is_string()) {
    out_.tool_choice = mode(value);
    if (out_.tool_choice == llm::ToolChoice::kUnset) refuse("tool_choice", "must be none, auto, required or an object");
    return;
  }
  if (!value.is_object()) return refuse("tool_choice", "must be a string or an object");
  const Pointer::Step step(pointer_, "tool_choice");
  const auto all = members(value, kChoiceNames);
  if (all[0].is("allowed_tools")) {
    // The model may see more tools than it may call; the mode survives.
    const auto allowed = members_of(all[3], std::array<std::string_view, 1>{"mode"});
    out_.tool_choice = mode(allowed[0]);
    return lose("allowed_tools", Weight::kReal);
  }
  const JsonValue& named = all[all[0].is("custom") ? 2 : 1];
  if (!named.is_object()) return refuse(all[0].is("custom") ? "custom" : "function", "must be an object");
  const auto name = members_of(named, std::array<std::string_view, 1>{"name"});
  const Pointer::Step inside(pointer_, all[0].is("custom") ? "custom" : "function");
  text("name", name[0], out_.tool_name);
  if (out_.tool_name.empty()) return refuse("name", "the member \"name\" is required");
  out_.tool_choice = llm::ToolChoice::kNamed;
}

// The legacy form of "tool_choice".
void ConversationReading::function_call(const JsonValue& value) {
  if (!value) return;
  if (value.is("none")) {
    out_.tool_choice = llm::ToolChoice::kNone;
  } else if (value.is("auto")) {
    out_.tool_choice = llm::ToolChoice::kAuto;
  } else if (value.is_object()) {
    const Pointer::Step step(pointer_, "function_call");
    const auto name = members(value, std::array<std::string_view, 1>{"name"});
    text("name", name[0], out_.tool_name);
    if (out_.tool_name.empty()) return refuse("name", "the member \"name\" is required");
    out_.tool_choice = llm::ToolChoice::kNamed;
  } else {
    refuse("function_call", "must be none, auto or an object");
  }
}

}  // namespace pointsman::wire::openai_chat
