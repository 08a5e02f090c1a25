#include "simulate/chat_request.h"

#include <simdjson.h>

#include <algorithm>

#include "base/rng.h"
#include "simulate/chat_labels.h"
#include "simulate/schema_instance.h"

namespace pointsman::simulate {
namespace {

using base::Result;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxTools = 128;
constexpr std::size_t kMaxStops = 4;

std::unexpected<base::Error> refuse(std::string message, std::string place) {
  return base::fail(
      base::Error(base::ErrorCode::kInvalidArgument, std::move(message), base::Origin::kClient).at(std::move(place)));
}

bool flag(object members, const char* key, bool otherwise) {
  bool value = otherwise;
  return members[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

bool is_set(object members, const char* key, element& out) {
  return members[key].get(out) == simdjson::SUCCESS && !out.is_null();
}

Result<std::optional<std::uint32_t>> count(object members, const char* key, std::uint32_t least, std::uint32_t most) {
  element given;
  if (!is_set(members, key, given)) return std::nullopt;
  std::int64_t value = 0;
  if (given.get(value) != simdjson::SUCCESS || value < least || value > most) {
    return refuse(
        std::string("'") + key + "' must be an integer from " + std::to_string(least) + " to " + std::to_string(most),
        std::string("/") + key);
  }
  return static_cast<std::uint32_t>(value);
}

Result<void> read_messages(object members, ChatRequest& out) {
  array messages;
  if (members["messages"].get(messages) != simdjson::SUCCESS || messages.size() == 0) {
    return refuse("'messages' must be an array with at least one message", "/messages");
  }
  std::size_t index = 0;
  for (const element message : messages) {
    std::string_view role;
    if (message["role"].get(role) != simdjson::SUCCESS) {
      const std::string place = "/messages/" + std::to_string(index);
      return refuse("every message is an object with a 'role'", place);
    }
    out.answers_tool = role == "tool";
    ++index;
  }
  return {};
}

Result<void> read_stop(object members, ChatRequest& out) {
  element stop;
  if (!is_set(members, "stop", stop)) return {};
  std::string_view text;
  if (stop.get(text) == simdjson::SUCCESS) {
    out.stop.emplace_back(text);
    return {};
  }
  array texts;
  if (stop.get(texts) != simdjson::SUCCESS || texts.size() > kMaxStops) {
    return refuse("'stop' is a string or up to 4 strings", "/stop");
  }
  for (const element one : texts) {
    if (one.get(text) != simdjson::SUCCESS) return refuse("'stop' is a string or up to 4 strings", "/stop");
    out.stop.emplace_back(text);
  }
  return {};
}

Result<void> read_format(object members, base::Rng& rng, ChatRequest& out) {
  element format;
  if (!is_set(members, "response_format", format)) return {};
  std::string_view type;
  if (format["type"].get(type) != simdjson::SUCCESS) return refuse("it has no 'type'", "/response_format");
  if (type == "text") return {};
  if (type == "json_object") {
    out.json_answer = R"({"answer":"simulated","items":[1,2,3],"done":true})";
    return {};
  }
  element schema;
  if (type != "json_schema" || format["json_schema"]["schema"].get(schema) != simdjson::SUCCESS) {
    return refuse("it is 'text', 'json_object', or 'json_schema' with a schema", "/response_format");
  }
  out.json_answer = instance_of(schema, rng);
  return {};
}

Result<void> read_tools(object members, base::Rng& rng, ChatRequest& out) {
  element given;
  if (!is_set(members, "tools", given)) return {};
  array tools;
  if (given.get(tools) != simdjson::SUCCESS || tools.size() > kMaxTools) {
    return refuse("'tools' is an array of up to 128 tools", "/tools");
  }
  std::size_t index = 0;
  for (const element tool : tools) {
    std::string_view name;
    if (tool["function"]["name"].get(name) != simdjson::SUCCESS) {
      return refuse("a tool is a function with a name", "/tools/" + std::to_string(index));
    }
    element schema;
    const bool described = tool["function"]["parameters"].get(schema) == simdjson::SUCCESS;
    out.tools.push_back({std::string(name), described ? instance_of(schema, rng) : "{}"});
    ++index;
  }
  return {};
}

Result<void> read_tool_choice(object members, ChatRequest& out) {
  element choice;
  if (!is_set(members, "tool_choice", choice)) return {};
  std::string_view word;
  if (choice.get(word) == simdjson::SUCCESS) {
    if (word == "none") out.tool_choice = ToolChoice::kNone;
    if (word == "required") out.tool_choice = ToolChoice::kRequired;
    if (word == "none" || word == "auto" || word == "required") return {};
    return refuse("'tool_choice' is none, auto, required or a function", "/tool_choice");
  }
  if (choice["function"]["name"].get(word) != simdjson::SUCCESS) {
    return refuse("'tool_choice' is none, auto, required or a function", "/tool_choice");
  }
  std::erase_if(out.tools, [&](const OfferedTool& tool) { return tool.name != word; });
  if (out.tools.empty()) return refuse("'tool_choice' names no tool of 'tools'", "/tool_choice/function/name");
  out.tool_choice = ToolChoice::kRequired;
  return {};
}

}  // namespace

Result<ChatRequest> parse_chat_request(std::string_view body, std::uint64_t seed) {
  static_assert(simdjson::SIMDJSON_PADDING <= 64);
  thread_local simdjson::dom::parser parser;
  object members;
  element root;
  if (parser.parse(body.data(), body.size(), false).get(root) != simdjson::SUCCESS ||
      root.get(members) != simdjson::SUCCESS) {
    return base::fail(base::ErrorCode::kParse, "the body is not a JSON object", base::Origin::kClient);
  }
  base::Rng rng(seed);
  ChatRequest out;
  std::string_view model;
  if (members["model"].get(model) != simdjson::SUCCESS) return refuse("you must provide a model parameter", "/model");
  out.model = model;
  out.stream = flag(members, "stream", false);
  out.logprobs = flag(members, "logprobs", false);
  out.parallel_tools = flag(members, "parallel_tool_calls", true);
  element options;
  if (is_set(members, "stream_options", options)) {
    bool include = false;
    out.include_usage = options["include_usage"].get(include) == simdjson::SUCCESS && include;
  }
  PM_TRY(const auto choices, count(members, "n", 1, kMaxChoices));
  out.n = choices.value_or(1);
  PM_TRY(out.max_tokens, count(members, "max_tokens", 1, INT32_MAX));
  PM_TRY(const auto newer, count(members, "max_completion_tokens", 1, INT32_MAX));
  if (newer) out.max_tokens = newer;
  PM_CHECK(read_messages(members, out));
  PM_CHECK(read_stop(members, out));
  PM_CHECK(read_format(members, rng, out));
  PM_CHECK(read_tools(members, rng, out));
  PM_CHECK(read_tool_choice(members, out));
  out.label = read_chat_labels(members, out.max_tokens);
  return out;
}

}  // namespace pointsman::simulate
