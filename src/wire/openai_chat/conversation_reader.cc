#include "wire/openai_chat/conversation_reader.h"

#include <charconv>
#include <utility>

#include "wire/openai_chat/conversation_reading.h"
#include "wire/openai_chat/error_body.h"

namespace pointsman::wire::openai_chat {
namespace {

// The order of the enumerators is that of kNames. From kStore on: members that no other protocol has.
enum Member : std::size_t {
  kModel,
  kMessages,
  kTools,
  kFunctions,
  kToolChoice,
  kFunctionCall,
  kParallelToolCalls,
  kResponseFormat,
  kReasoningEffort,
  kReasoning,
  kThinking,
  kVerbosity,
  kMaxTokens,
  kMaxCompletionTokens,
  kStop,
  kTemperature,
  kTopP,
  kTopK,
  kPresencePenalty,
  kFrequencyPenalty,
  kSeed,
  kN,
  kLogprobs,
  kTopLogprobs,
  kUser,
  kSafetyIdentifier,
  kPromptCacheKey,
  kServiceTier,
  kStream,
  kStreamOptions,
  kStore,
  kMetadata,
  kLogitBias,
  kModalities,
  kAudio,
  kPrediction,
  kWebSearchOptions,
  kPromptCacheRetention,
  kPromptCacheOptions,
  kModeration,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {"model",
                                                               "messages",
                                                               "tools",
                                                               "functions",
                                                               "tool_choice",
                                                               "function_call",
                                                               "parallel_tool_calls",
                                                               "response_format",
                                                               "reasoning_effort",
                                                               "reasoning",
                                                               "thinking",
                                                               "verbosity",
                                                               "max_tokens",
                                                               "max_completion_tokens",
                                                               "stop",
                                                               "temperature",
                                                               "top_p",
                                                               "top_k",
                                                               "presence_penalty",
                                                               "frequency_penalty",
                                                               "seed",
                                                               "n",
                                                               "logprobs",
                                                               "top_logprobs",
                                                               "user",
                                                               "safety_identifier",
                                                               "prompt_cache_key",
                                                               "service_tier",
                                                               "stream",
                                                               "stream_options",
                                                               "store",
                                                               "metadata",
                                                               "logit_bias",
                                                               "modalities",
                                                               "audio",
                                                               "prediction",
                                                               "web_search_options",
                                                               "prompt_cache_retention",
                                                               "prompt_cache_options",
                                                               "moderation"};

bool is_minor(std::string_view name) {
  for (const Member member : {kStore, kMetadata, kPrediction, kPromptCacheRetention, kPromptCacheOptions}) {
    if (name == kNames[member]) return true;
  }
  return false;
}

bool is_zero(std::string_view number) {
  double value = 1;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value == 0;
}

}  // namespace

base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out) {
  out = {};
  const auto root = JsonValue::open(body, document);
  auto result = root ? ConversationReading(out).run(*root) : base::fail(root.error());
  document.close();
  return result;
}

base::Result<llm::Losses> ConversationReading::run(const JsonValue& body) {
  if (!body.is_object()) refuse("", "the body must be a JSON object");
  const auto all = members(body, kNames);
  for (const Member needed : {kModel, kMessages}) {
    if (!all[needed]) refuse(kNames[needed], "the member \"" + std::string(kNames[needed]) + "\" is required");
  }
  text("model", all[kModel], out_.model);
  messages(all[kMessages]);
  tools(all[kTools]);
  functions(all[kFunctions]);
  tool_choice(all[kToolChoice]);
  function_call(all[kFunctionCall]);
  flag("parallel_tool_calls", all[kParallelToolCalls], out_.parallel_tool_calls);
  response_format(all[kResponseFormat]);
  reasoning(all[kReasoningEffort], all[kReasoning], all[kThinking]);
  text("verbosity", all[kVerbosity], out_.verbosity);
  limits(all[kMaxCompletionTokens], all[kMaxTokens]);
  stop(all[kStop]);
  sampling("temperature", all[kTemperature], out_.temperature);
  sampling("top_p", all[kTopP], out_.top_p);
  sampling("top_k", all[kTopK], out_.top_k);
  sampling("presence_penalty", all[kPresencePenalty], out_.presence_penalty);
  sampling("frequency_penalty", all[kFrequencyPenalty], out_.frequency_penalty);
  sampling("seed", all[kSeed], out_.seed);
  for (auto* penalty : {&out_.presence_penalty, &out_.frequency_penalty}) {
    if (*penalty && is_zero(**penalty)) penalty->reset();
  }
  integer("n", all[kN], out_.choices);
  if (out_.choices == 1) out_.choices.reset();
  flag("logprobs", all[kLogprobs], out_.logprobs);
  if (out_.logprobs == false) out_.logprobs.reset();
  integer("top_logprobs", all[kTopLogprobs], out_.top_logprobs);
  end_user(all[kUser], all[kSafetyIdentifier]);
  text("prompt_cache_key", all[kPromptCacheKey], out_.prompt_cache_key);
  text("service_tier", all[kServiceTier], out_.service_tier);
  stream(all[kStream], all[kStreamOptions]);
  for (std::size_t i = kStore; i < kMemberCount; ++i) no_place(kNames[i], all[i]);
  if (error_) return base::fail(*std::move(error_));
  return losses_.take();
}

// The older name counts only where the newer one is absent. Some servers take -1 for "no limit".
void ConversationReading::limits(const JsonValue& completion, const JsonValue& old_name) {
  std::optional<std::int64_t> limit, old_limit;
  integer("max_completion_tokens", completion, limit);
  integer("max_tokens", old_name, old_limit);
  if (!limit) limit = old_limit;
  if (limit && *limit > 0) out_.max_output_tokens = limit;
}

void ConversationReading::sampling(std::string_view name, const JsonValue& value, std::optional<std::string>& out) {
  if (!value) return;
  if (!value.is_number()) return refuse(name, "must be a number");
  out = std::string(value.json());
}

void ConversationReading::stop(const JsonValue& value) {
  if (!value) return;
  if (value.is_string()) {
    out_.stop.push_back(value.string());
    return;
  }
  if (!value.is_array()) return refuse("stop", "must be a string or an array of strings");
  const Pointer::Step step(pointer_, "stop");
  value.elements([this](const JsonValue& sequence, std::uint64_t index) {
    const Pointer::Step at(pointer_, index);
    if (!room()) return;
    if (!sequence.is_string()) return refuse("", "must be a string");
    out_.stop.push_back(sequence.string());
  });
}

void ConversationReading::end_user(const JsonValue& user, const JsonValue& safety_identifier) {
  text("user", user, out_.user);
  if (safety_identifier && !out_.user.empty() && !user.is(safety_identifier.string())) lose("user", Weight::kMinor);
  text("safety_identifier", safety_identifier, out_.user);
}

void ConversationReading::stream(const JsonValue& value, const JsonValue& options) {
  std::optional<bool> yes;
  flag("stream", value, yes);
  out_.stream = yes.value_or(false);
  if (!options) return;
  if (!options.is_object()) return refuse("stream_options", "must be an object");
  const Pointer::Step step(pointer_, "stream_options");
  static constexpr std::array<std::string_view, 2> kOptions = {"include_usage", "include_obfuscation"};
  const auto all = members(options, kOptions);
  std::optional<bool> usage, obfuscation;
  flag(kOptions[0], all[0], usage);
  flag(kOptions[1], all[1], obfuscation);  // padding against observers of the wire: about OpenAI's bytes, not ours
  out_.include_usage = usage.value_or(false);
}

void ConversationReading::reasoning(const JsonValue& effort, const JsonValue& object, const JsonValue& old_object) {
  if (object) reasoning_object(object);
  if (old_object) thinking(old_object);
  text("reasoning_effort", effort, out_.reasoning.effort);
  if (!out_.reasoning.effort.empty() && out_.reasoning.budget_tokens) {
    out_.reasoning.budget_tokens.reset();
    lose("reasoning: budget", Weight::kMinor);
  }
}

// As OpenRouter has it: {"effort"} or {"max_tokens"}, {"enabled"}, {"exclude"}.
void ConversationReading::reasoning_object(const JsonValue& object) {
  if (!object.is_object()) return refuse("reasoning", "must be an object");
  const Pointer::Step step(pointer_, "reasoning");
  static constexpr std::array<std::string_view, 5> kMembers = {"effort", "max_tokens", "enabled", "exclude", "summary"};
  const auto all = members(object, kMembers);
  std::optional<bool> enabled, exclude;
  text(kMembers[0], all[0], out_.reasoning.effort);
  integer(kMembers[1], all[1], out_.reasoning.budget_tokens);
  flag(kMembers[2], all[2], enabled);
  flag(kMembers[3], all[3], exclude);
  text(kMembers[4], all[4], out_.reasoning.summary);
  out_.reasoning.disabled = enabled == false;
  if (exclude == true) lose("exclude", Weight::kReal);
}

// {"type": "enabled" | "disabled" | "adaptive", "budget_tokens"}: servers whose models think on demand (DeepSeek, GLM,
// Kimi; Anthropic's compatible endpoint).
void ConversationReading::thinking(const JsonValue& object) {
  if (!object.is_object()) return refuse("thinking", "must be an object");
  const Pointer::Step step(pointer_, "thinking");
  static constexpr std::array<std::string_view, 2> kMembers = {"type", "budget_tokens"};
  const auto all = members(object, kMembers);
  std::string type;
  text(kMembers[0], all[0], type);
  integer(kMembers[1], all[1], out_.reasoning.budget_tokens);
  out_.reasoning.disabled = type == "disabled";
  out_.reasoning.adaptive = !out_.reasoning.budget_tokens && (type == "enabled" || type == "adaptive");
}

void ConversationReading::no_place(std::string_view name, const JsonValue& value) {
  // An object without members asks for a search, too.
  if (!value || (value.empty_container() && name != "web_search_options") || value.boolean() == false) return;
  const bool only_text = name == "modalities" && value.json().find("\"text\"") != std::string_view::npos &&
                         value.json().find(',') == std::string_view::npos;
  if (only_text) return;
  lose(name, is_minor(name) ? Weight::kMinor : Weight::kReal);
}

void ConversationReading::response_format(const JsonValue& value) {
  if (!value) return;
  if (!value.is_object()) return refuse("response_format", "must be an object");
  const Pointer::Step step(pointer_, "response_format");
  static constexpr std::array<std::string_view, 2> kMembers = {"type", "json_schema"};
  const auto all = members(value, kMembers);
  if (all[0].is("text")) return;
  if (all[0].is("json_object")) {
    out_.format.kind = llm::Format::kJsonObject;
    return;
  }
  if (!all[0].is("json_schema")) {
    if (!all[0].is_string()) return refuse("type", "must be a string");
    return lose(all[0].string(), Weight::kReal);
  }
  if (!all[1].is_object()) return refuse("json_schema", "must be an object");
  const Pointer::Step inside(pointer_, "json_schema");
  static constexpr std::array<std::string_view, 4> kSchema = {"name", "description", "schema", "strict"};
  const auto schema = members(all[1], kSchema);
  out_.format.kind = llm::Format::kJsonSchema;
  text(kSchema[0], schema[0], out_.format.name);
  text(kSchema[1], schema[1], out_.format.description);
  object(kSchema[2], schema[2], out_.format.schema);
  flag(kSchema[3], schema[3], out_.format.strict);
}

void ConversationReading::text(std::string_view name, const JsonValue& value, std::string& out) {
  if (!value) return;
  if (!value.is_string()) return refuse(name, "must be a string");
  out = value.string();
}

void ConversationReading::flag(std::string_view name, const JsonValue& value, std::optional<bool>& out) {
  if (!value) return;
  if (!value.is_boolean()) return refuse(name, "must be true or false");
  out = value.boolean();
}

void ConversationReading::integer(std::string_view name, const JsonValue& value, std::optional<std::int64_t>& out) {
  if (!value) return;
  const auto number = value.integer();
  if (!number) return refuse(name, "must be an integer");
  out = number;
}

void ConversationReading::object(std::string_view name, const JsonValue& value, std::string& out) {
  if (!value) return;
  if (!value.is_object()) return refuse(name, "must be an object");
  out = std::string(value.json());
}

void ConversationReading::lose(std::string_view name, Weight weight) {
  if (is_full(losses_)) return;
  std::string what = openai_param(pointer_.to_string());
  if (!what.empty() && !name.empty() && !name.starts_with(':')) what += '.';
  note_loss(losses_, what.append(name), weight);
}

bool ConversationReading::room() {
  if (error_) return false;
  if (++pieces_ <= kMaxPieces) return true;
  refuse("", "is one message, part, tool or sequence more than the " + std::to_string(kMaxPieces) + " that are taken",
         base::ErrorCode::kTooLarge);
  return false;
}

void ConversationReading::refuse(std::string_view name, std::string message, base::ErrorCode code) {
  if (error_) return;
  std::string place = pointer_.to_string();
  if (!name.empty()) place.append("/").append(name);
  error_ = base::Error(code, std::move(message), base::Origin::kClient).at(std::move(place));
}

}  // namespace pointsman::wire::openai_chat
