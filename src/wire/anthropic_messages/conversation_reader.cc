#include "wire/anthropic_messages/conversation_reader.h"

#include <algorithm>
#include <utility>

#include "wire/anthropic_messages/content_walk.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Part;
using llm::PartKind;
using llm::ToolChoice;

enum Member : std::size_t {
  kModel,
  kMessages,
  kMaxTokens,
  kSystem,
  kStream,
  kTemperature,
  kTopP,
  kTopK,
  kStopSequences,
  kTools,
  kToolChoice,
  kMetadata,
  kThinking,
  kOutputConfig,
  kOutputFormat,
  kServiceTier,
  kCacheControl,
  kSpeed,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "model",    "messages",      "max_tokens",     "system",       "stream",        "temperature",
    "top_p",    "top_k",         "stop_sequences", "tools",        "tool_choice",   "metadata",
    "thinking", "output_config", "output_format",  "service_tier", "cache_control", "speed"};
constexpr std::array<std::string_view, 2> kMessageNames = {"role", "content"};
constexpr std::array<std::string_view, 8> kToolNames = {
    "type", "name", "description", "input_schema", "strict", "cache_control", "defer_loading", "eager_input_streaming"};
constexpr std::array<std::string_view, 3> kChoiceNames = {"type", "name", "disable_parallel_tool_use"};
constexpr std::array<std::string_view, 3> kThinkingNames = {"type", "budget_tokens", "display"};
constexpr std::array<std::string_view, 2> kConfigNames = {"effort", "format"};
constexpr std::array<std::string_view, 3> kFormatNames = {"type", "schema", "name"};

class ConversationReading final : private ContentWalk {
 public:
  ConversationReading(std::string_view body, json::Document& document, llm::Conversation& out)
      : ContentWalk(body, Citations::kEcho), document_(document), out_(out) {}

  base::Result<llm::Losses> run() {
    cursor_ = document_.root();
    if (expect('{', "the body must be a JSON object")) members();
    if (error_) {
      if (const auto fault = json::find_fault(body_)) return base::fail(json::to_error(*fault));
      return base::fail(*std::move(error_));
    }
    if (!cursor_.finished()) return base::fail(document_.error());
    conclude();
    return losses_.take();
  }

 private:
  // Walks an object: `read` gets the index of each member of `names`, with the pointer at it; others are lost.
  template <std::size_t N, class Read>
  std::uint32_t object(const std::array<std::string_view, N>& names, Read read) {
    std::uint32_t seen = 0;
    if (!expect('{', "must be an object")) return seen;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t member = member_index(cursor_, names);
      if (member == N) {
        lose_unknown_member();
        continue;
      }
      const Pointer::Step step(pointer_, names[member]);
      if (once(seen, member, names[member])) read(member);
    }
    return seen;
  }

  void members() {
    const std::uint32_t seen = object(kNames, [this](std::size_t member) { body_member(member); });
    if (require(seen, kModel, kNames[kModel])) require(seen, kMessages, kNames[kMessages]);
  }

  void body_member(std::size_t member) {
    std::int64_t count = 0;
    switch (member) {
      case kModel:
        return text(out_.model);
      case kMessages:
        return messages();
      case kMaxTokens:
        if (integer(count)) out_.max_output_tokens = count;
        return;
      case kSystem:
        return system_prompt();
      case kStream:
        return flag(out_.stream);
      case kTemperature:
        return number(out_.temperature);
      case kTopP:
        return number(out_.top_p);
      case kTopK:
        return number(out_.top_k);
      case kStopSequences:
        return stop_sequences();
      case kTools:
        return tools();
      case kToolChoice:
        return tool_choice();
      default:
        return setting(member);
    }
  }

  void setting(std::size_t member) {
    if (cursor_.skip_if_null()) return;
    switch (member) {
      case kMetadata:
        return metadata();
      case kThinking:
        return thinking();
      case kOutputConfig:
        object(kConfigNames, [this](std::size_t one) {
          if (one == 1) return format();
          text(out_.reasoning.effort);
        });
        return;
      case kOutputFormat:
        return format();
      case kServiceTier:
        text(out_.service_tier);
        if (out_.service_tier == "standard_only") out_.service_tier = "default";
        return;
      default:
        lose(kNames[member], true);
    }
  }

  // The system prompt comes first, wherever it stands in the body.
  void system_prompt() {
    if (cursor_.skip_if_null()) return;
    llm::Message message;
    message.role = llm::Role::kSystem;
    content(message.parts);
    if (!message.parts.empty()) out_.messages.insert(out_.messages.begin(), std::move(message));
  }

  void messages() {
    if (!expect('[', "must be an array of messages")) return;
    std::uint64_t index = 0;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, index++);
      if (count_item()) message();
    }
  }

  void message() {
    llm::Message message;
    const std::uint32_t seen = object(kMessageNames, [this, &message](std::size_t member) {
      if (member == 0) return role(message.role);
      content(message.parts);
    });
    if (require(seen, 0, kMessageNames[0]) && require(seen, 1, kMessageNames[1])) add(std::move(message));
  }

  void role(llm::Role& out) {
    json::RawString name;
    if (!string(name, "must be a string")) return;
    if (name.is("user")) {
      out = llm::Role::kUser;
    } else if (name.is("assistant")) {
      out = llm::Role::kAssistant;
    } else if (name.is("system")) {
      out = llm::Role::kSystem;
    } else {
      refuse("must be \"user\" or \"assistant\"");
    }
  }

  // A user's message holds the results of tools, too: each becomes a message, what stands between them stays together.
  void add(llm::Message message) {
    llm::Message run;
    run.role = message.role;
    for (Part& part : message.parts) {
      if (part.kind != PartKind::kToolResult) {
        run.parts.push_back(std::move(part));
        continue;
      }
      if (!run.parts.empty()) out_.messages.push_back(std::exchange(run, {run.role, {}, {}}));
      llm::Message& result = out_.messages.emplace_back();
      result.role = llm::Role::kTool;
      result.parts.push_back(std::move(part));
    }
    if (!run.parts.empty()) out_.messages.push_back(std::move(run));
  }

  void stop_sequences() {
    if (cursor_.skip_if_null() || !expect('[', "must be an array of strings")) return;
    std::uint64_t index = 0;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, index++);
      json::RawString raw;
      if (count_item() && string(raw, "must be a string")) json::unescape(raw.raw, out_.stop.emplace_back());
    }
  }

  void tools() {
    if (cursor_.skip_if_null() || !expect('[', "must be an array of tools")) return;
    std::uint64_t index = 0;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const Pointer::Step step(pointer_, index++);
      if (count_item()) tool();
    }
  }

  void tool() {
    const json::Cursor begin = cursor_;
    std::string type;
    if (!expect('{', "must be an object")) return;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      if (cursor_.key_is("type")) {
        const Pointer::Step step(pointer_, kToolNames[0]);
        text(type);
      } else {
        cursor_.skip();
      }
    }
    if (!type.empty() && type != "custom") return losses_.major(pointer_.to_path() + ": " + type);
    if (cursor_.failed()) return;
    cursor_ = begin;
    llm::Tool tool;
    const std::uint32_t seen = object(kToolNames, [this, &tool](std::size_t member) { tool_member(member, tool); });
    if (require(seen, 1, kToolNames[1])) out_.tools.push_back(std::move(tool));
  }

  void tool_member(std::size_t member, llm::Tool& out) {
    bool strict = false;
    switch (member) {
      case 1:
        return text(out.name);
      case 2:
        return text(out.description);
      case 3:
        if (!cursor_.skip_if_null() && expect('{', "must be an object")) out.schema = raw_value();
        return;
      case 4:
        if (cursor_.skip_if_null()) return;
        flag(strict);
        out.strict = strict;
        return;
      case 5:
        if (!cursor_.skip_if_null()) out.cache_control = raw_value();
        return;
      case 0:
        return cursor_.skip();
      default:  // when the definition is loaded, how its input streams
        if (raw_value() == "true") losses_.minor(pointer_.to_path());
    }
  }

  void tool_choice() {
    if (cursor_.skip_if_null()) return;
    std::string type;
    object(kChoiceNames, [this, &type](std::size_t member) {
      if (member == 0) return text(type);
      if (member == 1) return text(out_.tool_name);
      if (cursor_.skip_if_null()) return;
      bool disabled = false;
      flag(disabled);
      out_.parallel_tool_calls = !disabled;
    });
    constexpr std::pair<std::string_view, ToolChoice> kTypes[] = {{"auto", ToolChoice::kAuto},
                                                                  {"any", ToolChoice::kRequired},
                                                                  {"tool", ToolChoice::kNamed},
                                                                  {"none", ToolChoice::kNone}};
    const auto* const at = std::ranges::find(kTypes, type, &std::pair<std::string_view, ToolChoice>::first);
    if (at == std::end(kTypes)) return refuse("must have the type auto, any, tool or none");
    out_.tool_choice = at->second;
    if (out_.tool_choice == ToolChoice::kNamed && out_.tool_name.empty()) refuse("must name the tool");
  }

  void metadata() {
    constexpr std::array<std::string_view, 1> kUserId = {"user_id"};
    if (!expect('{', "must be an object")) return;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const bool user = member_index(cursor_, kUserId) == 0;
      const Pointer::Step step(pointer_, kUserId[0]);
      if (user && once(seen, 0, kUserId[0])) {
        text(out_.user);
      } else {
        lose("metadata", true);
      }
    }
  }

  void thinking() {
    std::string type;
    std::string display;
    object(kThinkingNames, [this, &type, &display](std::size_t member) {
      std::int64_t budget = 0;
      if (member == 0) return text(type);
      if (member == 2) return text(display);
      if (integer(budget)) out_.reasoning.budget_tokens = budget;
    });
    if (type != "enabled") out_.reasoning.budget_tokens.reset();
    out_.reasoning.adaptive = type == "adaptive";
    out_.reasoning.disabled = type == "disabled";
    if (type != "enabled" && type != "adaptive" && type != "disabled") {
      refuse("must have the type enabled, adaptive or disabled");
    }
    if (display == "summarized") out_.reasoning.summary = "auto";
    if (display == "omitted") losses_.minor("thinking.display");
  }

  void format() {
    if (cursor_.skip_if_null()) return;
    std::string type;
    llm::ResponseFormat format;
    object(kFormatNames, [this, &type, &format](std::size_t member) {
      if (member == 0) return text(type);
      if (member == 2) return text(format.name);
      if (expect('{', "must be an object")) format.schema = raw_value();
    });
    if (type != "json_schema" || format.schema.empty()) return refuse("must be of the type json_schema, with a schema");
    format.kind = llm::Format::kJsonSchema;
    format.guaranteed = true;
    out_.format = std::move(format);
  }

  // What contradicts itself once the losses are known.
  void conclude() {
    llm::Reasoning& reasoning = out_.reasoning;
    if (reasoning.budget_tokens && !reasoning.effort.empty()) {
      losses_.minor("output_config.effort");  // the budget says the same more exactly
      reasoning.effort.clear();
    }
    const bool known = out_.tool_choice != ToolChoice::kNamed ||
                       std::ranges::find(out_.tools, out_.tool_name, &llm::Tool::name) != out_.tools.end();
    const bool possible = out_.tool_choice != ToolChoice::kRequired || !out_.tools.empty();
    if (known && possible) return;
    losses_.major("tool_choice");
    out_.tool_choice = ToolChoice::kUnset;
    out_.tool_name.clear();
  }

  json::Document& document_;
  llm::Conversation& out_;
};

}  // namespace

base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out) {
  out = {};
  PM_CHECK(document.open(body));
  auto result = ConversationReading(body, document, out).run();
  document.close();
  return result;
}

}  // namespace pointsman::wire::anthropic_messages
