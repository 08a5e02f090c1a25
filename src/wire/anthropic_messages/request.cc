#include "wire/anthropic_messages/request.h"

#include "wire/anthropic_messages/reading.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Capability;

enum Member : std::size_t {
  kModel,
  kMessages,
  kMaxTokens,
  kStream,
  kSystem,
  kTools,
  kToolChoice,
  kOutputConfig,
  kOutputFormat,
  kMetadata,
  kMcpServers,
  kCacheControl,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "model",       "messages",      "max_tokens",    "stream",   "system",      "tools",
    "tool_choice", "output_config", "output_format", "metadata", "mcp_servers", "cache_control"};
constexpr std::array<std::string_view, 1> kType = {"type"};
constexpr std::array<std::string_view, 1> kDisableParallel = {"disable_parallel_tool_use"};
constexpr std::array<std::string_view, 1> kFormat = {"format"};
constexpr std::array<std::string_view, 1> kUserId = {"user_id"};

}  // namespace

base::Result<void> read_messages_request(std::string_view body, Reader& reader, llm::ChatRequest& out) {
  return Reading(reader, out, Reading::Limit::kRequired).read(body);
}

void Reading::members() {
  out_.object_begin = cursor_.offset() + 1;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kNames);
    if (member == kMemberCount) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kNames[member]);
    if (once(seen_, member, kNames[member])) body_member(member);
  }
  if (!require(seen_, kModel, kNames[kModel]) || !require(seen_, kMessages, kNames[kMessages])) return;
  if (limit_ == Limit::kRequired) require(seen_, kMaxTokens, kNames[kMaxTokens]);
}

void Reading::body_member(std::size_t member) {
  std::int64_t number = 0;
  switch (member) {
    case kModel:
      return model();
    case kMessages:
      return messages();
    case kMaxTokens:
      // 0 fills the cache and generates nothing.
      if (integer(number)) {
        if (number > 0) out_.needs.output_tokens = number;
      } else if (limit_ == Limit::kRequired) {
        refuse("is required: how many tokens the answer may have at most");
      }
      return;
    case kStream:
      return flag(out_.stream);
    case kSystem:
      if (cursor_.skip_if_null()) return;
      return system_prompt();
    case kTools:
      return tools();
    case kToolChoice:
      return tool_choice();
    case kOutputConfig:
      return format(true);
    case kOutputFormat:
      return format(false);
    case kMetadata:
      return metadata();
    case kCacheControl:
      return cache_mark();
    case kMcpServers:
      if (cursor_.peek() == '[') out_.needs.capabilities.add(Capability::kTools);
      return cursor_.skip();
    default:
      cursor_.skip();
  }
}

void Reading::system_prompt() {
  system_ = {cursor_.mark(), true};
  const std::size_t piece = begin_message();
  content(nullptr, false);
  if (!cursor_.failed()) end_message(piece, llm::PieceRole::kSystem);
}

void Reading::tools() {
  if (cursor_.skip_if_null() || !expect('[', "must be an array of tools")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.tools});
    if (!expect('{', "must be an object")) return;
    tool();
    ++out_.tools;
  }
}

void Reading::cache_mark() {
  if (cursor_.skip_if_null()) return;
  out_.cache_marks = true;
  cursor_.skip();
}

// A tool of the client's, or one of the provider's own: "web_search_20250305", "bash_20250124", ...
void Reading::tool() {
  const std::size_t begin = cursor_.offset();
  json::RawString type;
  type_of_object(type);
  if (cursor_.failed()) return;
  add_value(llm::PieceKind::kTool, begin);
  add_bytes(cursor_.last_end() - begin);
  const bool search = type.raw.starts_with("web_search");
  out_.needs.capabilities.add(search ? Capability::kWebSearch : Capability::kTools);
}

void Reading::type_of_object(json::RawString& out) {
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (cursor_.key_is("cache_control")) {  // of a tool
      cache_mark();
      continue;
    }
    if (member_index(cursor_, kType) != 0) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kType[0]);
    if (!once(seen, 0, kType[0])) return;
    if (!cursor_.skip_if_null() && !string(out, "must be a string")) return;
  }
}

void Reading::tool_choice() {
  if (cursor_.skip_if_null() || !expect('{', "must be an object")) return;
  const std::size_t begin = cursor_.offset();
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (member_index(cursor_, kDisableParallel) != 0) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kDisableParallel[0]);
    if (!once(seen, 0, kDisableParallel[0])) return;
    if (cursor_.skip_if_null()) continue;
    bool disabled = true;
    flag(disabled);
    parallel_tools_ = !disabled;
  }
  add_value(llm::PieceKind::kToolChoice, begin);
}

// {"type": "json_schema", "schema": ...}, in its older place or, `nested`, as output_config.format.
void Reading::format(bool nested) {
  if (cursor_.skip_if_null() || !expect('{', "must be an object")) return;
  if (nested) {
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      if (member_index(cursor_, kFormat) != 0) {
        cursor_.skip();
        continue;
      }
      const Pointer::Step step(pointer_, kFormat[0]);
      if (!once(seen, 0, kFormat[0])) return;
      format(false);
    }
    return;
  }
  const std::size_t begin = cursor_.offset();
  json::RawString type;
  type_of_object(type);
  if (type.is("json_schema")) {
    out_.needs.capabilities.add(Capability::kJsonSchema);
    add_value(llm::PieceKind::kAnswerFormat, begin);
  }
  if (!cursor_.failed()) add_bytes(cursor_.last_end() - begin);
}

void Reading::metadata() {
  if (cursor_.skip_if_null() || !expect('{', "must be an object")) return;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (member_index(cursor_, kUserId) != 0) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kUserId[0]);
    if (!once(seen, 0, kUserId[0])) return;
    user(out_.user);
  }
}

void Reading::conclude() {
  if (parallel_tools_ && out_.tools > 0) out_.needs.capabilities.add(Capability::kParallelTools);
  out_.needs.input_tokens = estimate() + kPrimingTokens;
  hash_text(system_);
  hash_text(first_user_);
  excerpt_of(last_user_, llm::ChatRequest::kMaxText, out_.text);
  excerpt_of(previous_user_, llm::ChatRequest::kMaxContext, out_.context);
}

}  // namespace pointsman::wire::anthropic_messages
