#include <algorithm>

#include "wire/anthropic_messages/reading.h"
#include "wire/anthropic_messages/unsigned_thinking.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Capability;
using llm::PieceKind;
using llm::PieceRole;

constexpr std::array<std::string_view, 2> kMessageNames = {"role", "content"};

enum BlockMember : std::size_t {
  kType,
  kText,
  kContent,
  kSource,
  kThinking,
  kSignature,
  kData,
  kCacheControl,
  kBlockMemberCount,
};
constexpr std::array<std::string_view, kBlockMemberCount> kBlockNames = {
    "type", "text", "content", "source", "thinking", "signature", "data", "cache_control"};
constexpr std::array<std::string_view, 2> kSourceNames = {"type", "data"};

}  // namespace

void Reading::messages() {
  if (!expect('[', "must be an array of messages")) return;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, std::uint64_t{out_.messages});
    message();
    ++out_.messages;
    flat_tokens_ += kMessageTokens;
  }
  if (out_.messages == 0) refuse("must not be empty");
}

void Reading::message() {
  if (!expect('{', "must be an object")) return;
  const std::size_t piece = begin_message();
  Message message;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kMessageNames);
    if (member == kMessageNames.size()) {
      add_bytes(pass_value(PieceKind::kOther));
      continue;
    }
    const Pointer::Step step(pointer_, kMessageNames[member]);
    if (!once(seen, member, kMessageNames[member])) return;
    if (member == 0) {
      role(message);
    } else {
      message.content = {cursor_.mark(), true};
      content(&message, false);
    }
  }
  if (!require(seen, 0, kMessageNames[0]) || !require(seen, 1, kMessageNames[1])) return;
  end_message(piece, message.role == Role::kUser        ? PieceRole::kUser
                     : message.role == Role::kAssistant ? PieceRole::kAssistant
                                                        : PieceRole::kOther);
  note(message);
}

void Reading::Omissions::add(std::size_t begin, std::size_t end, bool omitted, std::vector<llm::ByteRange>& out) {
  if (omitted) {
    run_ = {run_ ? run_->begin : begin, end};
    return;
  }
  if (run_) out.push_back({run_->begin, begin});
  run_.reset();
  kept_end_ = end;
}

void Reading::Omissions::finish(std::vector<llm::ByteRange>& out) const {
  if (run_ && kept_end_) out.push_back({*kept_end_, run_->end});
}

void Reading::role(Message& message) {
  json::RawString name;
  if (!string(name, "must be a string")) return;
  if (name.is("user")) message.role = Role::kUser;
  if (name.is("assistant")) message.role = Role::kAssistant;
}

// A string or an array of blocks: of a message, of the system prompt (no `message`), or `nested` in a block.
void Reading::content(Message* message, bool nested) {
  if (cursor_.peek() == '"') {
    json::RawString text;
    if (cursor_.read_string(text)) {
      add_piece(nested ? PieceKind::kResult : PieceKind::kText, text);
      add_text(text);
    }
    if (message != nullptr) message->speech = true;
    return;
  }
  if (!expect('[', "must be a string or an array of content blocks")) return;
  std::uint64_t index = 0;
  Omissions omissions;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    if (nested && cursor_.peek() != '{') {
      add_bytes(pass_value(PieceKind::kOther));
      continue;
    }
    if (!expect('{', "must be an object")) return;
    const std::size_t begin = cursor_.offset();
    const bool omitted = block(message, nested);
    if (message != nullptr) omissions.add(begin, cursor_.last_end(), omitted, out_.foreign_thinking);
  }
  omissions.finish(out_.foreign_thinking);
}

bool Reading::block(Message* message, bool nested) {
  Block block;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kBlockNames);
    if (member == kBlockMemberCount) {
      block.other_bytes += other_block_member();
      continue;
    }
    const Pointer::Step step(pointer_, kBlockNames[member]);
    if (!once(seen, member, kBlockNames[member])) return false;
    block_member(member, block, nested);
  }
  if (!require(seen, kType, kBlockNames[kType])) return false;
  judge(block);
  if (message == nullptr) return false;
  const bool result = block.type.is("tool_result");
  message->results = message->results || result;
  message->speech = message->speech || !result;
  return block.unproven && block.type.is("thinking");
}

// Members that reach the model but do not route: parts of calls, titles of documents, and what we do not know.
std::size_t Reading::other_block_member() {
  const auto is = [this](std::string_view name) { return cursor_.key_is(name); };
  if (is("name")) return pass_value(PieceKind::kCallName);
  if (is("input")) return pass_value(PieceKind::kCallArguments);
  if (is("id") || is("tool_use_id") || is("is_error") || is("citations") || is("caller")) return skip();
  return pass_value(is("title") || is("context") ? PieceKind::kText : PieceKind::kOther);
}

void Reading::block_member(std::size_t member, Block& block, bool nested) {
  json::RawString text;
  switch (member) {
    case kType:
      string(block.type, "must be a string");
      return;
    case kText:
      if (cursor_.skip_if_null() || !string(text, "must be a string")) return;
      block.has_text = true;
      add_piece(nested ? PieceKind::kResult : PieceKind::kText, text);
      return add_text(text);
    case kContent:
      // Of a tool's result: a string or blocks. Results of the provider's own tools nest deeper and have other shapes.
      if (!nested && (cursor_.peek() == '"' || cursor_.peek() == '[')) return content(nullptr, true);
      block.other_bytes += pass_value(PieceKind::kResult);
      return;
    case kSource:
      return source(block.source);
    case kThinking:
      if (!cursor_.read_string(text)) return cursor_.skip();
      add_piece(PieceKind::kReasoning, text);
      return add_text(text);
    case kCacheControl:
      return cache_mark();
    case kSignature:
      if (!cursor_.read_string(text)) return cursor_.skip();
      block.unproven = text.is(kUnsigned);
      return;
    default:  // redacted thinking is no prompt
      cursor_.skip();
  }
}

// {"type": "base64", "media_type": ..., "data": ...}, {"type": "url", ...}, {"type": "text", "data": ...}, ...; of the
// results of a search it is a mere string.
void Reading::source(Source& source) {
  const std::size_t begin = cursor_.offset();
  source.piece.form = llm::PieceForm::kValue;
  if (cursor_.peek() != '{') {
    source.bytes = skip();
    source.piece.bytes = {begin, begin + source.bytes};
    return;
  }
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kSourceNames);
    if (member == kSourceNames.size()) {
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kSourceNames[member]);
    if (!once(seen, member, kSourceNames[member])) return;
    if (!string(member == 0 ? source.type : source.data, "must be a string")) return;
  }
  if (cursor_.failed()) return;
  source.bytes = cursor_.last_end() - begin;
  if (source.data.raw.empty()) {
    source.piece.bytes = {begin, begin + source.bytes};
  } else {
    source.piece = piece_of(source.data);
  }
}

void Reading::judge(const Block& block) {
  const auto add_source = [&](PieceKind kind) {
    if (!block.source.piece.bytes.empty()) out_.prompt.emplace_back(block.source.piece).kind = kind;
  };
  const auto is = [&block](std::string_view type) { return block.type.is(type); };
  if (is("text") && !block.has_text) {
    const Pointer::Step step(pointer_, "text");
    return refuse("a block of type \"text\" needs the member \"text\"");
  }
  if (is("image")) {
    out_.needs.capabilities.add(Capability::kVision);
    add_source(PieceKind::kImage);
    flat_tokens_ += kImageTokens;
  } else if (is("document")) {
    out_.needs.capabilities.add(Capability::kFileInput);
    if (block.source.type.is("text")) {
      add_source(PieceKind::kText);
      add_text(block.source.data);
    } else {
      add_source(PieceKind::kFile);
      flat_tokens_ += std::max(kFileTokens, static_cast<std::int64_t>(block.source.bytes) / kFileBytesPerToken);
    }
  } else {
    add_source(PieceKind::kOther);
    add_bytes(block.source.bytes);
  }
  add_bytes(block.other_bytes);
}

// What a finished message means for the conversation.
void Reading::note(const Message& message) {
  if (message.role != Role::kUser) {
    out_.turn = llm::Turn::kOther;
    return;
  }
  if (message.results && !message.speech) {
    out_.turn = llm::Turn::kToolResult;
    return;
  }
  out_.turn = llm::Turn::kUser;
  previous_user_ = last_user_;
  last_user_ = message.content;
  if (!first_user_.present) first_user_ = message.content;
}

}  // namespace pointsman::wire::anthropic_messages
