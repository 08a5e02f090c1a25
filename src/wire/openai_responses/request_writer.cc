#include "wire/openai_responses/request_writer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "json/document.h"
#include "json/writer.h"
#include "wire/loss_set.h"
#include "wire/openai_responses/request_items.h"
#include "wire/openai_user.h"
#include "wire/strict_schema.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Conversation;

void write_function(const llm::Tool& tool, json::Writer& writer) {
  writer.begin_object().member("type", "function").member("name", std::string_view(tool.name));
  if (!tool.description.empty()) writer.member("description", std::string_view(tool.description));
  writer.key("parameters").raw(tool.schema.empty() ? "null" : std::string_view(tool.schema)).key("strict");
  // What is not said is true here and false in the APIs that conversations come from.
  writer.value(tool.strict.value_or(false)).end_object();
}

// The members of a grammar, which other protocols keep in an object of their own or beside its type.
void read_grammar(json::Cursor& cursor, std::string& syntax, std::string& definition) {
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString text;
    if (cursor.key_is("syntax") && cursor.read_string(text)) {
      json::unescape(text.raw, syntax);
    } else if (cursor.key_is("definition") && cursor.read_string(text)) {
      json::unescape(text.raw, definition);
    } else if (cursor.key_is("grammar") && cursor.peek() == '{' && definition.empty()) {
      read_grammar(cursor, syntax, definition);
    } else {
      cursor.skip();
    }
  }
}

void write_grammar(const std::string& format, json::Writer& writer) {
  json::Document document;
  std::string syntax, definition;
  if (!document.open(format)) return;
  json::Cursor cursor = document.root();
  read_grammar(cursor, syntax, definition);
  writer.key("format").begin_object().member("type", "grammar").member("syntax", std::string_view(syntax));
  writer.member("definition", std::string_view(definition)).end_object();
}

void write_custom(const llm::Tool& tool, json::Writer& writer) {
  writer.begin_object().member("type", "custom").member("name", std::string_view(tool.name));
  if (!tool.description.empty()) writer.member("description", std::string_view(tool.description));
  if (!tool.format.empty()) write_grammar(tool.format, writer);
  writer.end_object();
}

void write_tools(const Conversation& conversation, json::Writer& writer, LossSet& losses) {
  if (conversation.tools.empty()) return;
  writer.key("tools").begin_array();
  for (const llm::Tool& tool : conversation.tools) {
    if (!tool.cache_control.empty()) losses.minor("cache_control");
    if (tool.custom) {
      write_custom(tool, writer);
    } else {
      write_function(tool, writer);
    }
  }
  writer.end_array();
}

void write_choice(const Conversation& conversation, json::Writer& writer) {
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
  const auto named = std::ranges::find(conversation.tools, conversation.tool_name, &llm::Tool::name);
  const bool custom = named != conversation.tools.end() && named->custom;
  writer.key("tool_choice").begin_object().member("type", custom ? "custom" : "function");
  writer.member("name", std::string_view(conversation.tool_name)).end_object();
}

void write_text(const Conversation& conversation, json::Writer& writer, LossSet& losses) {
  const llm::ResponseFormat& format = conversation.format;
  if (format.kind == llm::Format::kText && conversation.verbosity.empty()) return;
  writer.key("text").begin_object();
  if (format.kind == llm::Format::kJsonObject) {
    writer.key("format").begin_object().member("type", "json_object").end_object();
  } else if (format.kind == llm::Format::kJsonSchema) {
    writer.key("format").begin_object().member("type", "json_schema");
    writer.member("name", format.name.empty() ? std::string_view("answer") : std::string_view(format.name));
    if (!format.description.empty()) writer.member("description", std::string_view(format.description));
    writer.key("schema").raw(format.schema);
    if (const auto strict = strict_of(format, losses)) writer.member("strict", *strict);
    writer.end_object();
  }
  if (!conversation.verbosity.empty()) writer.member("verbosity", std::string_view(conversation.verbosity));
  writer.end_object();
}

// Where a budget of tokens meets the three efforts that all reasoning models know: what the middle of each effort is
// commonly translated to, OpenRouter's and others'.
std::string_view effort_of(std::int64_t budget) {
  if (budget <= 2048) return "low";
  return budget <= 8192 ? "medium" : "high";
}

// Whether the model was asked to reason.
bool write_reasoning(const llm::Reasoning& reasoning, json::Writer& writer, LossSet& losses) {
  std::string_view effort = reasoning.effort;
  if (reasoning.budget_tokens) {
    effort = effort_of(*reasoning.budget_tokens);
    losses.minor("reasoning: a budget becomes an effort");
  } else if (reasoning.disabled) {
    effort = "none";
  }
  if (effort.empty() && reasoning.summary.empty()) return reasoning.adaptive;
  writer.key("reasoning").begin_object();
  if (!effort.empty()) writer.member("effort", effort);
  if (!reasoning.summary.empty()) writer.member("summary", std::string_view(reasoning.summary));
  writer.end_object();
  return effort != "none";
}

void write_number(std::string_view name, const std::optional<std::string>& number, json::Writer& writer) {
  if (number) writer.key(name).raw(*number);
}

void write_text_member(std::string_view name, const std::string& text, json::Writer& writer) {
  if (!text.empty()) writer.member(name, std::string_view(text));
}

// The API refuses a lower limit than this (openapi.yaml, CreateResponse).
constexpr std::int64_t kLeastOutput = 16;

// One that is none is left for the API to refuse.
std::int64_t output_limit(std::int64_t wanted, LossSet& losses) {
  if (wanted <= 0 || wanted >= kLeastOutput) return wanted;
  losses.minor("max_output_tokens: " + std::to_string(wanted) + " is taken as " + std::to_string(kLeastOutput));
  return kLeastOutput;
}

void write_settings(const Conversation& conversation, json::Writer& writer, LossSet& losses) {
  if (conversation.parallel_tool_calls) writer.member("parallel_tool_calls", *conversation.parallel_tool_calls);
  if (conversation.max_output_tokens) {
    writer.member("max_output_tokens", output_limit(*conversation.max_output_tokens, losses));
  }
  write_number("temperature", conversation.temperature, writer);
  write_number("top_p", conversation.top_p, writer);
  if (conversation.top_logprobs) writer.member("top_logprobs", *conversation.top_logprobs);
  write_text_member("user", openai_user(conversation.user), writer);
  if (conversation.user.size() > kLongestUser) losses.minor(std::string(kUserLoss));
  write_text_member("prompt_cache_key", conversation.prompt_cache_key, writer);
  write_text_member("service_tier", conversation.service_tier, writer);
  writer.member("store", false);
  if (conversation.stream) writer.member("stream", true);
}

// What nothing is kept of must be handed back to be of use: so that it can be, it is asked for.
void write_include(const Conversation& conversation, bool reasons, json::Writer& writer) {
  const bool logprobs = conversation.logprobs.value_or(false);
  if (!logprobs && !reasons) return;
  writer.key("include").begin_array();
  if (logprobs) writer.value("message.output_text.logprobs");
  if (reasons) writer.value("reasoning.encrypted_content");
  writer.end_array();
}

bool is_zero(std::string_view number) {
  return number.find_first_not_of("-0.") == std::string_view::npos;
}

void note_losses(const Conversation& conversation, LossSet& losses) {
  if (!conversation.stop.empty()) losses.major("stop");
  if (conversation.top_k) losses.major("top_k");
  if (conversation.presence_penalty && !is_zero(*conversation.presence_penalty)) losses.major("presence_penalty");
  if (conversation.frequency_penalty && !is_zero(*conversation.frequency_penalty)) losses.major("frequency_penalty");
  if (conversation.seed) losses.minor("seed");
  if (conversation.choices.value_or(1) > 1) losses.major("n");
}

}  // namespace

base::Result<llm::Losses> write_request(const Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out) {
  if (conversation.messages.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "the request has no messages", base::Origin::kClient);
  }
  LossSet losses;
  json::Writer writer(out);
  writer.begin_object().member("model", context.model.empty() ? std::string_view(conversation.model) : context.model);
  write_messages(conversation.messages, writer, losses);
  write_tools(conversation, writer, losses);
  write_choice(conversation, writer);
  write_text(conversation, writer, losses);
  const bool reasons = write_reasoning(conversation.reasoning, writer, losses);
  write_include(conversation, reasons, writer);
  write_settings(conversation, writer, losses);
  note_losses(conversation, losses);
  writer.end_object();
  return losses.take();
}

}  // namespace pointsman::wire::openai_responses
