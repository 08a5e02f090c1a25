#include "wire/anthropic_messages/request_writer.h"

#include <charconv>
#include <tuple>
#include <utility>

#include "json/writer.h"
#include "wire/anthropic_messages/thinking_plan.h"
#include "wire/anthropic_messages/turn_writer.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::ToolChoice;

constexpr std::string_view kNoParameters = R"({"type":"object","properties":{}})";
// A tool that takes free text, as one that takes an object (kFreeTextMember).
constexpr std::string_view kFreeText =
    R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false})";

double value_of(const std::string& number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

class RequestWriting {
 public:
  RequestWriting(const llm::Conversation& conversation, const llm::UpstreamContext& context, std::string& out)
      : conversation_(conversation),
        context_(context),
        dialect_(dialect_of(context.model)),
        turns_(conversation, losses_),
        writer_(out) {}

  bool empty() const { return turns_.empty(); }

  llm::Losses run() {
    plan_ = plan_thinking(conversation_, context_, dialect_, !turns_.breaks_thinking(), losses_);
    writer_.begin_object().member("model", context_.model).member("max_tokens", plan_.max_tokens);
    turns_.write(writer_);
    tools();
    tool_choice();
    stop_sequences();
    sampling();
    thinking();
    output_config();
    settings();
    writer_.end_object();
    unsupported();
    return losses_.take();
  }

 private:
  void tools() {
    if (conversation_.tools.empty()) return;
    writer_.key("tools").begin_array();
    for (std::size_t i = 0; i < conversation_.tools.size(); ++i) tool(i);
    writer_.end_array();
  }

  void tool(std::size_t index) {
    const llm::Tool& tool = conversation_.tools[index];
    const std::string path = "tools[" + std::to_string(index) + "]";
    writer_.begin_object().member("name", tool.name);
    if (!tool.description.empty()) writer_.member("description", tool.description);
    writer_.key("input_schema");
    if (tool.custom) {
      losses_.major(path + ": its free text is asked for as {\"input\": text}");
      if (!tool.format.empty()) losses_.major(path + ".format");
      writer_.raw(kFreeText);
    } else if (tool.schema.empty()) {
      writer_.raw(kNoParameters);
    } else {
      schema(tool.schema, path);
    }
    if (tool.strict == true && !tool.custom) writer_.member("strict", true);
    if (!tool.cache_control.empty()) writer_.key("cache_control").raw(tool.cache_control);
    writer_.end_object();
  }

  // The API demands that a tool's schema says "type" at its root; other protocols take it for granted.
  void schema(const std::string& text, const std::string& path) {
    bool typed = false;
    bool empty = true;
    bool whole = false;
    if (document_.open(text)) {
      json::Cursor cursor = document_.root();
      for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
        typed = typed || cursor.key_is("type");
        empty = false;
        cursor.skip();
      }
      whole = cursor.finished();
    }
    document_.close();
    if (!whole) losses_.major(path + ": its schema is no JSON object");
    if (!whole || empty) {
      writer_.raw(kNoParameters);
    } else if (typed) {
      writer_.raw(text);
    } else {
      writer_.raw(R"({"type":"object",)" + text.substr(text.find('{') + 1));
    }
  }

  void tool_choice() {
    const bool single = conversation_.parallel_tool_calls == false;
    if (conversation_.tools.empty()) {
      const bool forced =
          conversation_.tool_choice == ToolChoice::kRequired || conversation_.tool_choice == ToolChoice::kNamed;
      if (forced) losses_.major("tool_choice: there are no tools");
      return;
    }
    if (conversation_.tool_choice == ToolChoice::kUnset && !single) return;
    writer_.key("tool_choice").begin_object().member("type", choice_name(conversation_.tool_choice));
    if (conversation_.tool_choice == ToolChoice::kNamed) writer_.member("name", conversation_.tool_name);
    if (single && conversation_.tool_choice != ToolChoice::kNone) writer_.member("disable_parallel_tool_use", true);
    writer_.end_object();
  }

  static std::string_view choice_name(ToolChoice choice) {
    switch (choice) {
      case ToolChoice::kNone:
        return "none";
      case ToolChoice::kRequired:
        return "any";
      case ToolChoice::kNamed:
        return "tool";
      default:
        return "auto";
    }
  }

  void stop_sequences() {
    std::vector<std::string_view> kept;
    for (const std::string& stop : conversation_.stop) {
      if (stop.find_first_not_of(" \t\r\n") != std::string::npos) {
        kept.push_back(stop);
      } else {
        losses_.major("stop: white space alone");
      }
    }
    if (kept.empty()) return;
    writer_.key("stop_sequences").begin_array();
    for (const std::string_view stop : kept) writer_.value(stop);
    writer_.end_array();
  }

  void sampling() {
    const auto& [temperature, top_p, top_k] =
        std::tie(conversation_.temperature, conversation_.top_p, conversation_.top_k);
    const bool thinks = plan_.thinking == Thinking::kBudget || plan_.thinking == Thinking::kAdaptive;
    // 1 is what the API takes where nothing is said, and the most it takes.
    const bool hot = temperature && value_of(*temperature) < 1;
    if (temperature && value_of(*temperature) > 1) losses_.major("temperature: " + *temperature + " is taken as 1");
    const bool cut = top_p && value_of(*top_p) != 1;
    constexpr double kLeastTopPWhileThinking = 0.95;
    const bool takes_temperature = dialect_.sampling && !thinks;
    const bool takes_top_p = dialect_.sampling && (!thinks || (cut && value_of(*top_p) >= kLeastTopPWhileThinking)) &&
                             (!hot || !takes_temperature || dialect_.both_cuts);
    if (hot && takes_temperature) {
      writer_.key("temperature").raw(*temperature);
    } else if (hot) {
      losses_.major("temperature");
    }
    if (cut && takes_top_p) writer_.key("top_p").raw(*top_p);
    if (cut && !takes_top_p) losses_.major("top_p");
    if (top_k && takes_temperature) writer_.key("top_k").raw(*top_k);
    if (top_k && !takes_temperature) losses_.major("top_k");
  }

  void thinking() {
    if (plan_.thinking == Thinking::kUnset) return;
    writer_.key("thinking").begin_object();
    if (plan_.thinking == Thinking::kDisabled) writer_.member("type", "disabled");
    if (plan_.thinking == Thinking::kBudget) writer_.member("type", "enabled").member("budget_tokens", plan_.budget);
    if (plan_.thinking == Thinking::kAdaptive) {
      writer_.member("type", "adaptive");
      if (plan_.summarized) writer_.member("display", "summarized");
    }
    writer_.end_object();
  }

  void output_config() {
    const llm::ResponseFormat& format = conversation_.format;
    const bool schema = format.kind == llm::Format::kJsonSchema && !format.schema.empty();
    if (format.kind != llm::Format::kText && !schema) losses_.major("response_format: JSON without a schema");
    if (schema && !format.name.empty()) losses_.minor("response_format.name");
    if (schema && !format.description.empty()) losses_.major("response_format.description");
    if (!schema && plan_.effort.empty()) return;
    writer_.key("output_config").begin_object();
    if (!plan_.effort.empty()) writer_.member("effort", plan_.effort);
    if (schema) {
      writer_.key("format").begin_object().member("type", "json_schema");
      writer_.key("schema").raw(format.schema).end_object();
    }
    writer_.end_object();
  }

  void settings() {
    if (!conversation_.user.empty()) {
      writer_.key("metadata").begin_object().member("user_id", conversation_.user).end_object();
    }
    const std::string& tier = conversation_.service_tier;
    if (tier == "default") writer_.member("service_tier", "standard_only");
    if (!tier.empty() && tier != "default" && tier != "auto") losses_.minor("service_tier");
    if (conversation_.stream) writer_.member("stream", true);
  }

  // What the API has no member for.
  void unsupported() {
    const auto is_set = [](const std::optional<std::string>& number) { return number && value_of(*number) != 0; };
    if (is_set(conversation_.presence_penalty)) losses_.major("presence_penalty");
    if (is_set(conversation_.frequency_penalty)) losses_.major("frequency_penalty");
    if (conversation_.seed) losses_.minor("seed");
    if (conversation_.choices.value_or(1) > 1) losses_.major("n");
    if (conversation_.logprobs == true || conversation_.top_logprobs.value_or(0) > 0) losses_.major("logprobs");
    if (!conversation_.verbosity.empty() && conversation_.verbosity != "medium") losses_.major("verbosity");
    if (!conversation_.prompt_cache_key.empty()) losses_.minor("prompt_cache_key");
  }

  const llm::Conversation& conversation_;
  const llm::UpstreamContext& context_;
  ModelDialect dialect_;
  LossSet losses_;
  Turns turns_;
  json::Writer writer_;
  json::Document document_;
  ThinkingPlan plan_;
};

}  // namespace

base::Result<llm::Losses> write_request(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                                        std::string& out) {
  RequestWriting writing(conversation, context, out);
  if (writing.empty()) {
    return base::fail(
        base::Error(base::ErrorCode::kInvalidArgument, "no message is left to send to the model", base::Origin::kClient)
            .at("/messages"));
  }
  return writing.run();
}

}  // namespace pointsman::wire::anthropic_messages
