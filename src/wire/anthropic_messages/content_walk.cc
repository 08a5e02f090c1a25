#include "wire/anthropic_messages/content_walk.h"

#include "wire/anthropic_messages/unsigned_thinking.h"
#include "wire/base64.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;

enum Member : std::size_t {
  kType,
  kText,
  kId,
  kName,
  kInput,
  kToolUseId,
  kContent,
  kIsError,
  kSource,
  kThinking,
  kSignature,
  kData,
  kCacheControl,
  kTitle,
  kContext,
  kCitations,
  kCaller,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "type",     "text",      "id",   "name",          "input", "tool_use_id", "content",   "is_error", "source",
    "thinking", "signature", "data", "cache_control", "title", "context",     "citations", "caller"};

// Blocks of a message, and blocks in a tool's result or a document; a document in a result holds text only.
constexpr int kMostDepth = 2;

enum SourceMember : std::size_t { kSourceType, kMediaType, kSourceData, kUrl, kFileId, kSourceContent };
constexpr std::array<std::string_view, 6> kSourceNames = {"type", "media_type", "data", "url", "file_id", "content"};

}  // namespace

struct ContentWalk::Block {
  std::array<json::Cursor::Mark, kMemberCount> marks{};
  std::uint32_t seen = 0;
  std::uint32_t used = 0;
  json::RawString type;
  bool has(std::size_t member) const { return (seen & (1U << member)) != 0; }
};

bool ContentWalk::count_item() {
  if (++items_ <= kMostItems) return true;
  refuse("is beyond the " + std::to_string(kMostItems) + " messages, blocks and tools that a body may have");
  return false;
}

void ContentWalk::content(std::vector<llm::Part>& out) {
  if (cursor_.peek() == '"') return text(out.emplace_back().text);
  if (!expect('[', "must be a string or an array of content blocks")) return;
  std::uint64_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Pointer::Step step(pointer_, index++);
    if (!count_item() || !expect('{', "must be an object")) return;
    block(out);
  }
}

void ContentWalk::block(std::vector<llm::Part>& out) {
  Block block;
  std::vector<json::RawString> unknown;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kNames);
    if (member == kMemberCount) {
      if (cursor_.peek() != 'n' && unknown.size() < LossSet::kMost) unknown.push_back(cursor_.key());
      cursor_.skip();
      continue;
    }
    const Pointer::Step step(pointer_, kNames[member]);
    if (!once(block.seen, member, kNames[member])) return;
    block.marks[member] = cursor_.mark();
    if (member == kType) {
      string(block.type, "must be a string");
    } else {
      cursor_.skip();
    }
  }
  if (!require(block.seen, kType, kNames[kType])) return;
  const json::Cursor behind = cursor_;
  const std::size_t before = out.size();
  read_block(block, out);
  if (cursor_.failed()) return;
  cursor_ = behind;
  if (out.size() == before) return;  // all of it is lost already
  for (const json::RawString& name : unknown) {
    std::string what = pointer_.to_path() + '.';
    json::unescape(name.raw.substr(0, LossSet::kLongest), what);
    losses_.major(what);
  }
}

void ContentWalk::read_block(Block& block, std::vector<llm::Part>& out) {
  block.used = 1U << kType;
  llm::Part part;
  if (depth_ == kMostDepth || !make_part(block, part)) {
    std::string what = pointer_.to_path() + ": ";
    json::unescape(block.type.raw.substr(0, LossSet::kLongest), what);
    return losses_.major(what);
  }
  if (cursor_.failed()) return;
  if (at(block, kCacheControl)) part.cache_control = raw_value();
  lose_rest(block);
  out.push_back(std::move(part));
}

// False for a kind of block that the neutral form has no place for.
bool ContentWalk::make_part(Block& block, llm::Part& part) {
  const auto is = [&block](std::string_view type) { return block.type.is(type); };
  if (is("text")) {
    text_of(block, kText, part.text);
  } else if (is("thinking") || is("redacted_thinking")) {
    make_thinking(block, part);
  } else if (is("tool_use")) {
    make_call(block, part);
  } else if (is("tool_result") && depth_ == 0) {
    make_result(block, part);
  } else if (is("image") || is("document")) {
    make_media(block, part);
  } else {
    return false;
  }
  return true;
}

void ContentWalk::make_thinking(Block& block, llm::Part& part) {
  part.kind = PartKind::kReasoning;
  if (block.type.is("redacted_thinking")) return text_of(block, kData, part.opaque);
  text_of(block, kThinking, part.text);
  if (at(block, kSignature)) text(part.signature);
  if (part.signature == kUnsigned) part.signature.clear();
}

void ContentWalk::make_call(Block& block, llm::Part& part) {
  part.kind = PartKind::kToolCall;
  text_of(block, kId, part.id);
  text_of(block, kName, part.name);
  if (at(block, kInput)) {
    const Pointer::Step step(pointer_, kNames[kInput]);
    if (expect('{', "must be an object")) part.arguments = raw_value();
  } else {
    part.arguments = "{}";
  }
  // Called by the model itself, which is what a call means elsewhere; or from a program of the provider's.
  if (at(block, kCaller)) {
    const bool direct = raw_value().find("\"direct\"") != std::string_view::npos;
    if (!direct) losses_.major(pointer_.to_path() + ".caller");
  }
}

void ContentWalk::make_result(Block& block, llm::Part& part) {
  part.kind = PartKind::kToolResult;
  text_of(block, kToolUseId, part.id);
  if (at(block, kIsError)) {
    const Pointer::Step step(pointer_, kNames[kIsError]);
    flag(part.is_error);
  }
  if (!at(block, kContent)) return;
  const Pointer::Step step(pointer_, kNames[kContent]);
  ++depth_;
  content(part.content);
  --depth_;
}

void ContentWalk::make_media(Block& block, llm::Part& part) {
  part.kind = block.type.is("image") ? PartKind::kImage : PartKind::kFile;
  if (at(block, kTitle)) text(part.media.name);
  if (at(block, kCitations)) {
    const std::string_view value = raw_value();
    if (value.find("true") != std::string_view::npos) losses_.major(pointer_.to_path() + ".citations");
  }
  if (at(block, kSource)) {
    const Pointer::Step step(pointer_, kNames[kSource]);
    if (expect('{', "must be an object")) return source(part);
  }
  if (cursor_.failed()) return;
  const Pointer::Step step(pointer_, kNames[kSource]);
  refuse("the member \"source\" is required");
}

void ContentWalk::source(llm::Part& part) {
  const json::Cursor begin = cursor_;
  json::RawString type;
  std::uint32_t seen = 0;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kSourceNames);
    if (member == kSourceNames.size()) {
      lose_unknown_member();
      continue;
    }
    const Pointer::Step step(pointer_, kSourceNames[member]);
    if (!once(seen, member, kSourceNames[member])) return;
    if (member != kSourceType) {
      cursor_.skip();
    } else if (!string(type, "must be a string")) {
      return;
    }
  }
  if (!require(seen, kSourceType, kSourceNames[kSourceType])) return;
  cursor_ = begin;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::size_t member = member_index(cursor_, kSourceNames);
    const Pointer::Step step(pointer_, member < kSourceNames.size() ? kSourceNames[member] : "source");
    if (!source_member(member, part, type.raw)) cursor_.skip();
  }
  if (part.media.url.empty() && part.media.file_id.empty() && part.media.data.empty() && !cursor_.failed()) {
    refuse("has nothing that we know in it");
  }
}

// Reads one member if a source of that type has it.
bool ContentWalk::source_member(std::size_t member, llm::Part& part, std::string_view type) {
  llm::Media& media = part.media;
  const bool inlined = type == "base64" || type == "text";
  if (member == kMediaType && inlined) {
    text(media.media_type);
  } else if (member == kSourceData && type == "base64") {
    text(media.data);
  } else if (member == kSourceData && type == "text") {
    std::string document;
    text(document);
    media.data = to_base64(document);
  } else if (member == kUrl && type == "url") {
    text(media.url);
  } else if (member == kFileId && type == "file") {
    text(media.file_id);
  } else if (member == kSourceContent && type == "content" && part.kind == PartKind::kFile) {
    text_document(part);
  } else {
    return false;
  }
  return true;
}

// A document made of blocks becomes one of plain text.
void ContentWalk::text_document(llm::Part& part) {
  std::vector<llm::Part> parts;
  ++depth_;
  content(parts);
  --depth_;
  std::string joined;
  for (const llm::Part& one : parts) {
    if (one.kind != PartKind::kText) losses_.major(pointer_.to_path() + ": what is not text");
    if (!joined.empty()) joined += '\n';
    joined += one.text;
  }
  if (parts.size() > 1) losses_.minor(pointer_.to_path() + ": joined");
  part.media.media_type = "text/plain";
  part.media.data = to_base64(joined);
}

void ContentWalk::text_of(Block& block, std::size_t member, std::string& out) {
  if (!require(block.seen, member, kNames[member])) return;
  block.used |= 1U << member;
  cursor_.seek(block.marks[member]);
  const Pointer::Step step(pointer_, kNames[member]);
  json::RawString raw;
  if (string(raw, "must be a string")) json::unescape(raw.raw, out);
}

bool ContentWalk::at(Block& block, std::size_t member) {
  if (cursor_.failed() || !block.has(member)) return false;
  block.used |= 1U << member;
  cursor_.seek(block.marks[member]);
  return cursor_.peek() != 'n';
}

void ContentWalk::lose_rest(const Block& block) {
  for (std::size_t i = 0; i < kMemberCount && !cursor_.failed(); ++i) {
    if ((block.seen & ~block.used & (1U << i)) == 0) continue;
    cursor_.seek(block.marks[i]);
    const std::string_view value = raw_value();
    const bool echo = i == kCitations && citations_ == Citations::kEcho;
    if (value != "null" && value != "[]") losses_.add(pointer_.to_path() + '.' + std::string(kNames[i]), echo);
  }
}

std::string_view ContentWalk::raw_value() {
  const std::size_t begin = cursor_.offset();
  cursor_.skip();
  return cursor_.failed() ? std::string_view() : body_.substr(begin, cursor_.last_end() - begin);
}

void ContentWalk::text(std::string& out) {
  json::RawString raw;
  if (cursor_.skip_if_null() || !string(raw, "must be a string")) return;
  out.clear();
  json::unescape(raw.raw, out);
}

void ContentWalk::number(std::optional<std::string>& out) {
  if (cursor_.skip_if_null()) return;
  const char first = cursor_.peek();
  if (first != '-' && (first < '0' || first > '9')) return refuse("must be a number");
  out = raw_value();
}

void ContentWalk::lose(std::string_view what, bool minor) {
  const std::string_view value = raw_value();
  if (value != "null" && value != "[]" && value != "{}") losses_.add(what, minor);
}

void ContentWalk::lose_unknown_member() {
  std::string what = pointer_.to_path();
  if (!what.empty()) what += '.';
  json::unescape(cursor_.key().raw.substr(0, LossSet::kLongest), what);
  lose(what, false);
}

}  // namespace pointsman::wire::anthropic_messages
