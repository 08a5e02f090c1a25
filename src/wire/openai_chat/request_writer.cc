#include "wire/openai_chat/request_writer.h"

#include <algorithm>
#include <array>

#include "json/document.h"
#include "wire/json_value.h"
#include "wire/openai_chat/message_writer.h"
#include "wire/openai_chat/weight.h"
#include "wire/openai_user.h"
#include "wire/strict_schema.h"

namespace pointsman::wire::openai_chat {
namespace {

// A budget of tokens as an effort: what the middle of each effort is commonly translated to, OpenRouter's and others'.
constexpr std::int64_t kLowBudget = 2048;
constexpr std::int64_t kMediumBudget = 8192;

// A grammar as other protocols carry it, with the members beside "type" or inside "grammar".
void write_grammar(const std::string& format, json::Writer& writer) {
  json::Document document;
  std::string definition, syntax;
  if (const auto root = JsonValue::open(format, document)) {
    static constexpr std::array<std::string_view, 3> kMembers = {"definition", "syntax", "grammar"};
    auto members = members_of(*root, kMembers);
    if (members[2].is_object()) members = members_of(members[2], kMembers);
    definition = members[0].string();
    syntax = members[1].string();
  }
  document.close();
  writer.key("format").begin_object().member("type", "grammar").key("grammar").begin_object();
  writer.member("definition", definition).member("syntax", syntax).end_object().end_object();
}

void write_tool(const llm::Tool& tool, json::Writer& writer) {
  const std::string_view kind = tool.custom ? "custom" : "function";
  writer.begin_object().member("type", kind).key(kind).begin_object().member("name", tool.name);
  if (!tool.description.empty()) writer.member("description", tool.description);
  if (tool.custom) {
    if (!tool.format.empty()) write_grammar(tool.format, writer);
  } else {
    if (!tool.schema.empty()) writer.key("parameters").raw(tool.schema);
    if (tool.strict) writer.member("strict", *tool.strict);
  }
  writer.end_object().end_object();
}

void write_choice(const llm::Conversation& conversation, json::Writer& writer) {
  switch (conversation.tool_choice) {
    case llm::ToolChoice::kUnset:
      return;
    case llm::ToolChoice::kAuto:
      writer.member("tool_choice", "auto");
      return;
    case llm::ToolChoice::kNone:
      writer.member("tool_choice", "none");
      return;
    case llm::ToolChoice::kRequired:
      writer.member("tool_choice", "required");
      return;
    case llm::ToolChoice::kNamed:
      break;
  }
  const auto tool = std::ranges::find(conversation.tools, conversation.tool_name, &llm::Tool::name);
  const std::string_view kind = tool != conversation.tools.end() && tool->custom ? "custom" : "function";
  writer.key("tool_choice").begin_object().member("type", kind);
  writer.key(kind).begin_object().member("name", conversation.tool_name).end_object().end_object();
}

// Without tools, servers refuse what is said about their use.
void write_tools(const llm::Conversation& conversation, json::Writer& writer, LossSet& losses) {
  if (conversation.tools.empty()) {
    const bool matters =
        conversation.tool_choice == llm::ToolChoice::kRequired || conversation.tool_choice == llm::ToolChoice::kNamed;
    if (matters) note_loss(losses, "tool_choice without tools", Weight::kReal);
    return;
  }
  writer.key("tools").begin_array();
  for (const llm::Tool& tool : conversation.tools) {
    write_tool(tool, writer);
    if (!tool.cache_control.empty()) note_loss(losses, "tools: cache_control", Weight::kMinor);
  }
  writer.end_array();
  write_choice(conversation, writer);
  if (conversation.parallel_tool_calls) writer.member("parallel_tool_calls", *conversation.parallel_tool_calls);
}

void write_format(const llm::ResponseFormat& format, json::Writer& writer, LossSet& losses) {
  if (format.kind == llm::Format::kText) return;
  writer.key("response_format").begin_object();
  if (format.kind == llm::Format::kJsonObject) {
    writer.member("type", "json_object").end_object();
    return;
  }
  // The name is required here; other protocols have none.
  writer.member("type", "json_schema").key("json_schema").begin_object();
  writer.member("name", format.name.empty() ? std::string_view("answer") : std::string_view(format.name));
  if (!format.description.empty()) writer.member("description", format.description);
  if (!format.schema.empty()) writer.key("schema").raw(format.schema);
  if (const auto strict = strict_of(format, losses)) writer.member("strict", *strict);
  writer.end_object().end_object();
}

void write_reasoning(const llm::Reasoning& reasoning, json::Writer& writer, LossSet& losses) {
  if (!reasoning.summary.empty()) note_loss(losses, "reasoning: summary", Weight::kMinor);
  if (!reasoning.effort.empty()) {
    writer.member("reasoning_effort", reasoning.effort);
  } else if (reasoning.budget_tokens) {
    const std::int64_t budget = *reasoning.budget_tokens;
    const std::string_view more = budget <= kMediumBudget ? "medium" : "high";
    writer.member("reasoning_effort", budget <= kLowBudget ? "low" : more);
    note_loss(losses, "reasoning: a budget becomes an effort", Weight::kMinor);
  } else if (reasoning.disabled) {
    // "none" is refused by models that do not reason anyway, and by those that must.
    note_loss(losses, "reasoning: disabled", Weight::kMinor);
  }
}

void write_limits(const llm::Conversation& conversation, const llm::UpstreamContext& context, json::Writer& writer) {
  const auto number = [&writer](std::string_view name, const std::optional<std::string>& text) {
    if (text) writer.key(name).raw(*text);
  };
  if (conversation.max_output_tokens) {
    writer.member(context.old_limit_name ? "max_tokens" : "max_completion_tokens", *conversation.max_output_tokens);
  }
  number("temperature", conversation.temperature);
  number("top_p", conversation.top_p);
  number("presence_penalty", conversation.presence_penalty);
  number("frequency_penalty", conversation.frequency_penalty);
  number("seed", conversation.seed);
  if (!conversation.stop.empty()) {
    writer.key("stop").begin_array();
    for (const std::string& sequence : conversation.stop) writer.value(sequence);
    writer.end_array();
  }
  if (conversation.choices) writer.member("n", *conversation.choices);
  if (conversation.logprobs) writer.member("logprobs", *conversation.logprobs);
  if (conversation.top_logprobs) writer.member("top_logprobs", *conversation.top_logprobs);
}

bool is_service_tier(std::string_view tier) {
  constexpr std::array<std::string_view, 5> kTiers = {"auto", "default", "flex", "scale", "priority"};
  return std::ranges::find(kTiers, tier) != kTiers.end();
}

void write_rest(const llm::Conversation& conversation, json::Writer& writer, LossSet& losses) {
  const auto text = [&writer](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.member(name, value);
  };
  text("verbosity", conversation.verbosity);
  // Deprecated in favour of safety_identifier, but known to every server.
  text("user", openai_user(conversation.user));
  if (conversation.user.size() > kLongestUser) note_loss(losses, std::string(kUserLoss), Weight::kMinor);
  text("prompt_cache_key", conversation.prompt_cache_key);
  if (is_service_tier(conversation.service_tier)) {
    writer.member("service_tier", conversation.service_tier);
  } else if (!conversation.service_tier.empty()) {
    note_loss(losses, "service_tier: " + conversation.service_tier, Weight::kMinor);
  }
}

}  // namespace

base::Result<llm::Losses> write_request(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out) {
  if (conversation.messages.empty()) {
    return base::fail(
        base::Error(base::ErrorCode::kInvalidArgument, "a request needs at least one message", base::Origin::kClient)
            .at("/messages"));
  }
  LossSet losses;
  json::Writer writer(out);
  writer.begin_object().member("model", context.model).key("messages").begin_array();
  MessageWriter(conversation, context, writer, losses).write_all();
  writer.end_array();
  write_tools(conversation, writer, losses);
  write_format(conversation.format, writer, losses);
  write_reasoning(conversation.reasoning, writer, losses);
  write_limits(conversation, context, writer);
  write_rest(conversation, writer, losses);
  if (conversation.top_k) note_loss(losses, "top_k", Weight::kReal);
  if (conversation.stream) {
    writer.member("stream", true);
    if (context.ask_usage || conversation.include_usage) {
      writer.key("stream_options").begin_object().member("include_usage", true).end_object();
    }
  }
  writer.end_object();
  return losses.take();
}

}  // namespace pointsman::wire::openai_chat
