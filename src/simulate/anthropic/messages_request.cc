#include "simulate/anthropic/messages_request.h"

#include "simulate/schema_instance.h"

namespace pointsman::simulate::anthropic {
namespace {

using base::Result;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::unexpected<base::Error> refuse(std::string message, std::string place) {
  return base::fail(
      base::Error(base::ErrorCode::kInvalidArgument, std::move(message), base::Origin::kClient).at(std::move(place)));
}

Result<void> read_messages(object members, LabelQuestion& out) {
  array messages;
  if (members["messages"].get(messages) != simdjson::SUCCESS || messages.size() == 0) {
    return refuse("at least one message is required", "/messages");
  }
  for (const element message : messages) {
    std::string_view role;
    element content;
    if (message["role"].get(role) != simdjson::SUCCESS || message["content"].get(content) != simdjson::SUCCESS ||
        (role != "user" && role != "assistant")) {
      return refuse("every message has the role 'user' or 'assistant' and a content", "/messages");
    }
    if (role == "user") out.text = content_text(content);
  }
  element system;
  if (members["system"].get(system) == simdjson::SUCCESS) out.system = content_text(system);
  return {};
}

// The tool that tool_choice forces: by name, or any if there is one only.
Result<element> forced_tool(object members, bool& forced) {
  forced = false;
  element choice;
  std::string_view type;
  if (members["tool_choice"].get(choice) != simdjson::SUCCESS || choice["type"].get(type) != simdjson::SUCCESS) {
    return element();
  }
  if (type != "tool" && type != "any") return element();
  std::string_view wanted;
  if (type == "tool" && choice["name"].get(wanted) != simdjson::SUCCESS) {
    return refuse("Field required", "/tool_choice/name");
  }
  array tools;
  if (members["tools"].get(tools) == simdjson::SUCCESS) {
    for (const element tool : tools) {
      std::string_view name;
      if (tool["name"].get(name) != simdjson::SUCCESS || (type == "tool" && name != wanted)) continue;
      forced = true;
      return tool;
    }
  }
  return refuse("it names no tool of 'tools'", "/tool_choice");
}

Result<void> read_structure(object members, base::Rng& rng, LabelQuestion& label, MessagesRequest& out) {
  bool forced = false;
  element schema;
  bool structured = false;
  PM_TRY(const element tool, forced_tool(members, forced));
  if (forced) {
    std::string_view name;
    if (tool["name"].get(name) == simdjson::SUCCESS) out.tool = name;
    structured = tool["input_schema"].get(schema) == simdjson::SUCCESS;
    if (!structured) return refuse("Field required", "/tools/input_schema");
  } else {
    structured = members["output_config"]["format"]["schema"].get(schema) == simdjson::SUCCESS ||
                 members["output_format"]["schema"].get(schema) == simdjson::SUCCESS;
  }
  if (structured) {
    out.json_answer = instance_of(schema, rng);
    if (read_label_schema(schema, label)) out.label = std::move(label);
  } else if (out.max_tokens == 1) {
    out.label = std::move(label);
  }
  return {};
}

}  // namespace

Result<MessagesRequest> parse_messages_request(std::string_view body, std::uint64_t seed) {
  static_assert(simdjson::SIMDJSON_PADDING <= 64);
  thread_local simdjson::dom::parser parser;
  object members;
  element root;
  if (parser.parse(body.data(), body.size(), false).get(root) != simdjson::SUCCESS ||
      root.get(members) != simdjson::SUCCESS) {
    return base::fail(base::ErrorCode::kParse, "the request body is not valid JSON", base::Origin::kClient);
  }
  MessagesRequest out;
  std::string_view model;
  if (members["model"].get(model) != simdjson::SUCCESS) return refuse("Field required", "/model");
  out.model = model;
  std::int64_t most = 0;
  if (members["max_tokens"].get(most) != simdjson::SUCCESS || most < 1 || most > INT32_MAX) {
    return refuse("Field required: an integer above 0", "/max_tokens");
  }
  out.max_tokens = static_cast<std::uint32_t>(most);
  bool stream = false;
  if (members["stream"].get(stream) == simdjson::SUCCESS && stream) {
    return refuse("the simulated provider answers Messages whole, not as a stream", "/stream");
  }
  LabelQuestion label;
  label.max_tokens = out.max_tokens;
  double temperature = 0;
  if (members["temperature"].get(temperature) == simdjson::SUCCESS) label.temperature = temperature;
  base::Rng rng(seed);
  PM_CHECK(read_messages(members, label));
  PM_CHECK(read_structure(members, rng, label, out));
  return out;
}

}  // namespace pointsman::simulate::anthropic
