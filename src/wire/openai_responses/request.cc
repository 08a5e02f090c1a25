#include "wire/openai_responses/request.h"

#include "base/hash.h"
#include "wire/openai_responses/reading.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Capability;

enum Member : std::size_t {
  kModel,
  kInput,
  kInstructions,
  kStream,
  kTools,
  kParallelToolCalls,
  kText,
  kInclude,
  kMaxOutputTokens,
  kBackground,
  kUser,
  kSafetyIdentifier,
  kPreviousResponseId,
  kConversation,
  kPrompt,
  kPromptCacheKey,
  kServiceTier,
  kMemberCount,
};
// openapi.yaml: CreateResponse.
constexpr std::array<std::string_view, kMemberCount> kNames = {"model",
                                                               "input",
                                                               "instructions",
                                                               "stream",
                                                               "tools",
                                                               "parallel_tool_calls",
                                                               "text",
                                                               "include",
                                                               "max_output_tokens",
                                                               "background",
                                                               "user",
                                                               "safety_identifier",
                                                               "previous_response_id",
                                                               "conversation",
                                                               "prompt",
                                                               "prompt_cache_key",
                                                               "service_tier"};
constexpr std::array<std::string_view, 1> kFormat = {"format"};
constexpr std::array<std::string_view, 1> kType = {"type"};

}  // namespace

base::Result<void> read_responses_request(std::string_view body, Reader& reader, llm::ChatRequest& out) {
  return Reading(reader.space_, out).read(body);
}

void Reading::members() {
  out_.object_begin = cursor_.offset() + 1;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kNames);
    if (member == kMemberCount) {
      if (cursor_.key_is("tool_choice")) {
        pass_value(llm::PieceKind::kToolChoice);
      } else {
        cursor_.skip();
      }
      continue;
    }
    const Pointer::Step step(pointer_, kNames[member]);
    if (once(seen_, member, kNames[member])) body_member(member);
  }
  if (!require(seen_, kModel, kNames[kModel]) || elsewhere_) return;
  require(seen_, kInput, kNames[kInput]);
}

void Reading::body_member(std::size_t member) {
  std::int64_t number = 0;
  switch (member) {
    case kModel:
      return model();
    case kInput:
      return input();
    case kInstructions:
      return instructions();
    case kStream:
      return flag(out_.stream);
    case kTools:
      return tools();
    case kParallelToolCalls:
      return flag(parallel_tools_);
    case kText:
      return answer_text();
    case kInclude:
      return include();
    case kMaxOutputTokens:
      if (integer(number) && number > 0) out_.needs.output_tokens = number;
      return;
    case kBackground:
      return background();
    case kUser:
    case kSafetyIdentifier:
      return end_user(member == kSafetyIdentifier);
    case kPromptCacheKey:
      return user(out_.session);
    case kServiceTier:
      return service_tier();
    case kPreviousResponseId:
      return context_elsewhere(&out_.previous);
    case kConversation:
      return context_elsewhere(&stored_conversation_);
    default:  // prompt
      return context_elsewhere(nullptr);
  }
}

void Reading::instructions() {
  if (cursor_.skip_if_null()) return;
  instructions_ = {cursor_.mark(), true};
  const std::size_t piece = begin_message();
  json::RawString text;
  if (!string(text, "must be a string")) return;
  add_piece(llm::PieceKind::kText, text);
  end_message(piece, llm::PieceRole::kSystem);
  add_text(text);
}

void Reading::tools() {
  if (cursor_.skip_if_null() || !expect('[', "must be an array of objects")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.tools});
    if (!expect('{', "must be an object")) return;
    tool();
    ++out_.tools;
  }
}

void Reading::tool() {
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
  if (cursor_.failed()) return;
  add_value(llm::PieceKind::kTool, begin);
  add_bytes(cursor_.last_end() - begin);
  // "web_search", "web_search_preview" and their dated versions.
  const bool searches = type.raw.starts_with("web_search");
  out_.needs.capabilities.add(searches ? Capability::kWebSearch : Capability::kTools);
}

void Reading::answer_text() {
  if (cursor_.skip_if_null() || !expect('{', "must be an object")) return;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (member_index(cursor_, kFormat) != 0) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kFormat[0]);
    if (once(seen, 0, kFormat[0])) answer_format();
  }
}

void Reading::answer_format() {
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

void Reading::include() {
  if (cursor_.skip_if_null() || !expect('[', "must be an array of strings")) return;
  std::uint64_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    json::RawString name;
    if (!string(name, "must be a string")) return;
    if (name.is("message.output_text.logprobs")) out_.needs.capabilities.add(Capability::kLogprobs);
  }
}

void Reading::background() {
  bool later = false;
  flag(later);
  if (!later) return;
  error_ = base::Error(base::ErrorCode::kUnsupported, "work in the background is not supported", base::Origin::kClient)
               .at(pointer_.to_string());
  cursor_.abandon();
}

// Only a name to tell people apart by: what is not a string is the upstream's to judge. The newer member wins.
void Reading::end_user(bool newer) {
  const std::uint64_t before = out_.user;
  user(out_.user);
  if (before != 0 && !newer) out_.user = before;
}

void Reading::context_elsewhere(std::uint64_t* name) {
  if (cursor_.skip_if_null()) return;
  elsewhere_ = out_.prompt_elsewhere = true;
  if (name == nullptr) return cursor_.skip();
  if (cursor_.peek() == '"') return user(*name);
  const std::size_t begin = cursor_.offset();
  cursor_.skip();
  if (!cursor_.failed()) *name = base::xxh3(out_.body.substr(begin, cursor_.last_end() - begin));
}

void Reading::conclude() {
  if (out_.messages == 0) out_.turn = llm::Turn::kOther;
  if (parallel_tools_ && out_.tools > 0) out_.needs.capabilities.add(Capability::kParallelTools);
  out_.needs.input_tokens = estimate() + kPrimingTokens;
  if (out_.session == 0) out_.session = stored_conversation_;
  hash_text(instructions_);
  hash_text(first_user_);
  excerpt_of(last_user_, llm::ChatRequest::kMaxText, out_.text);
  excerpt_of(previous_user_, llm::ChatRequest::kMaxContext, out_.context);
}

}  // namespace pointsman::wire::openai_responses
