#include "wire/openai_chat/request.h"

#include "wire/openai_chat/reading.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::Capability;

enum Member : std::size_t {
  kModel,
  kMessages,
  kStream,
  kStreamOptions,
  kTools,
  kFunctions,
  kParallelToolCalls,
  kModalities,
  kResponseFormat,
  kLogprobs,
  kTopLogprobs,
  kN,
  kWebSearchOptions,
  kMaxTokens,
  kMaxCompletionTokens,
  kUser,
  kSafetyIdentifier,
  kPromptCacheKey,
  kServiceTier,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {"model",
                                                               "messages",
                                                               "stream",
                                                               "stream_options",
                                                               "tools",
                                                               "functions",
                                                               "parallel_tool_calls",
                                                               "modalities",
                                                               "response_format",
                                                               "logprobs",
                                                               "top_logprobs",
                                                               "n",
                                                               "web_search_options",
                                                               "max_tokens",
                                                               "max_completion_tokens",
                                                               "user",
                                                               "safety_identifier",
                                                               "prompt_cache_key",
                                                               "service_tier"};
constexpr std::array<std::string_view, 1> kIncludeUsage = {"include_usage"};
constexpr std::array<std::string_view, 1> kType = {"type"};

}  // namespace

base::Result<void> read_chat_request(std::string_view body, Reader& reader, llm::ChatRequest& out) {
  return Reading(reader.space_, out).read(body);
}

void Reading::members() {
  out_.object_begin = cursor_.offset() + 1;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kNames);
    if (member == kMemberCount) {
      other_body_member();
      continue;
    }
    const Pointer::Step step(pointer_, kNames[member]);
    if (once(seen_, member, kNames[member])) body_member(member);
  }
  for (const std::size_t needed : {kModel, kMessages}) {
    if (!require(seen_, needed, kNames[needed])) return;
  }
}

// What else is in the prompt, in whatever shape: judging it is the upstream's.
void Reading::other_body_member() {
  if (cursor_.key_is("tool_choice")) {
    pass_value(llm::PieceKind::kToolChoice);
  } else if (cursor_.key_is("function_call")) {
    pass_value(llm::PieceKind::kFunctionChoice);
  } else {
    cursor_.skip();
  }
}

void Reading::body_member(std::size_t member) {
  bool yes = false;
  std::int64_t number = 0;
  switch (member) {
    case kModel:
      return model();
    case kMessages:
      return messages();
    case kStream:
      return flag(out_.stream);
    case kStreamOptions:
      return stream_options();
    case kTools:
    case kFunctions:
      return tools(Capability::kTools);
    case kParallelToolCalls:
      return flag(parallel_tools_);
    case kModalities:
      return modalities();
    case kResponseFormat:
      return response_format();
    case kLogprobs:
      out_.logprobs_value.begin = cursor_.offset();
      flag(yes);
      out_.logprobs_value.end = cursor_.last_end();
      if (yes) out_.needs.capabilities.add(Capability::kLogprobs);
      return;
    case kTopLogprobs:
      if (integer(number) && number > 0) out_.needs.capabilities.add(Capability::kLogprobs);
      return;
    case kN:
      return count_choices();
    case kWebSearchOptions:
      if (cursor_.skip_if_null()) return;
      if (!expect('{', "must be an object")) return;
      cursor_.skip();
      return out_.needs.capabilities.add(Capability::kWebSearch);
    case kMaxTokens:
      return output_limit(max_tokens_);
    case kMaxCompletionTokens:
      return output_limit(max_completion_tokens_);
    case kUser:
    case kSafetyIdentifier:
      return end_user(member == kSafetyIdentifier);
    case kPromptCacheKey:
      return user(out_.session);
    case kServiceTier:
      return service_tier();
    default:
      cursor_.skip();
  }
}

// Only a name to tell people apart by: what is not a string is the upstream's to judge. The newer member wins.
void Reading::end_user(bool newer) {
  const std::uint64_t before = out_.user;
  user(out_.user);
  if (before != 0 && !newer) out_.user = before;
}

void Reading::stream_options() {
  out_.stream_options.begin = cursor_.offset();
  if (!cursor_.skip_if_null()) {
    if (!expect('{', "must be an object")) return;
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      if (member_index(cursor_, kIncludeUsage) != 0) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kIncludeUsage[0]);
      if (!once(seen, 0, kIncludeUsage[0])) return;
      out_.include_usage_value.begin = cursor_.offset();
      flag(out_.include_usage);
      out_.include_usage_value.end = cursor_.last_end();
    }
  }
  out_.stream_options.end = cursor_.last_end();
}

void Reading::response_format() {
  if (cursor_.skip_if_null() || !expect('{', "must be an object")) return;
  const std::size_t begin = cursor_.offset();
  std::uint32_t seen = 0;
  json::RawString type;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (member_index(cursor_, kType) != 0) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kType[0]);
    if (!once(seen, 0, kType[0]) || !string(type, "must be a string")) return;
  }
  if (type.is("json_object")) out_.needs.capabilities.add(Capability::kJsonMode);
  if (type.is("json_schema")) {
    out_.needs.capabilities.add(Capability::kJsonSchema);
    add_value(llm::PieceKind::kAnswerFormat, begin);
  }
  if (!cursor_.failed()) add_bytes(cursor_.last_end() - begin);
}

void Reading::modalities() {
  if (cursor_.skip_if_null() || !expect('[', "must be an array of strings")) return;
  std::uint64_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    json::RawString name;
    if (!string(name, "must be a string")) return;
    if (name.is("audio")) out_.needs.capabilities.add(Capability::kAudioOutput);
  }
}

void Reading::tools(Capability capability) {
  if (cursor_.skip_if_null() || !expect('[', "must be an array of objects")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.tools});
    if (!expect('{', "must be an object")) return;
    add_bytes(pass_value(llm::PieceKind::kTool));
    ++out_.tools;
    out_.needs.capabilities.add(capability);
  }
}

void Reading::count_choices() {
  std::int64_t number = 1;
  if (!integer(number)) return;
  if (number < 1 || number > kMaxChoices) return refuse("must be between 1 and " + std::to_string(kMaxChoices));
  out_.choices = static_cast<std::uint32_t>(number);
  if (number > 1) out_.needs.capabilities.add(Capability::kMultipleChoices);
}

// Some servers take -1 for "no limit": nothing below 1 is a limit to us, and the upstream has the last word.
void Reading::output_limit(std::int64_t& limit) {
  std::int64_t number = 0;
  if (integer(number) && number > 0) limit = number;
}

void Reading::conclude() {
  if (parallel_tools_ && out_.tools > 0) out_.needs.capabilities.add(Capability::kParallelTools);
  // The older name counts only where the newer one is absent.
  out_.needs.output_tokens = max_completion_tokens_ > 0 ? max_completion_tokens_ : max_tokens_;
  out_.needs.input_tokens = estimate() + kPrimingTokens;
  excerpt_of(last_user_, llm::ChatRequest::kMaxText, out_.text);
  excerpt_of(previous_user_, llm::ChatRequest::kMaxContext, out_.context);
}

}  // namespace pointsman::wire::openai_chat
