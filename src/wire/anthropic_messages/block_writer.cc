#include "wire/anthropic_messages/block_writer.h"

#include <algorithm>

#include "base/hash.h"
#include "wire/anthropic_messages/unsigned_thinking.h"

namespace pointsman::wire::anthropic_messages {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool fits_id(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

std::string call_id(std::string_view id) {
  if (!id.empty() && std::ranges::all_of(id, fits_id)) return std::string(id);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "call_";
  for (std::uint64_t hash = base::xxh3(id), i = 0; i < 16; ++i, hash >>= 4U) out += kHex[hash & 15U];
  return out;
}

void BlockWriter::input(const llm::Part& call, std::string_view path) {
  writer_.key("input");
  if (call.custom) {
    writer_.begin_object().member(kFreeTextMember, call.arguments).end_object();
    return;
  }
  if (is_blank(call.arguments)) {
    writer_.raw("{}");
    return;
  }
  const std::size_t first = call.arguments.find_first_not_of(" \t\r\n");
  if (call.arguments[first] == '{' && document_.validate(call.arguments)) {
    writer_.raw(call.arguments);
    return;
  }
  losses_.major(std::string(path) + ": the arguments are no JSON object");
  writer_.begin_object().member("invalid_arguments", call.arguments).end_object();
}

void BlockWriter::call(const llm::Part& call, std::string_view id, std::string_view path) {
  writer_.begin_object().member("type", "tool_use").member("id", id).member("name", call.name);
  input(call, path);
  cache_control(call);
  writer_.end_object();
}

void BlockWriter::text(const llm::Part& part) {
  writer_.begin_object().member("type", "text").member("text", part.text);
  cache_control(part);
  writer_.end_object();
}

void BlockWriter::reasoning(const llm::Part& part) {
  if (part.opaque.empty() || !part.text.empty() || !part.signature.empty()) {
    writer_.begin_object().member("type", "thinking").member("thinking", part.text);
    writer_.member("signature", part.signature.empty() ? kUnsigned : std::string_view(part.signature)).end_object();
  }
  if (part.opaque.empty()) return;
  writer_.begin_object().member("type", "redacted_thinking").member("data", part.opaque).end_object();
}

void BlockWriter::cache_control(const llm::Part& part) {
  if (!part.cache_control.empty()) writer_.key("cache_control").raw(part.cache_control);
}

}  // namespace pointsman::wire::anthropic_messages
