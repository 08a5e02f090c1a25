#include "wire/openai_chat/error_reader.h"

#include <algorithm>

#include "json/text.h"

namespace pointsman::wire::openai_chat {
namespace {

constexpr std::string_view kSilence = "the provider did not say what went wrong";
constexpr std::size_t kMaxName = 128;

enum Member : std::size_t { kMessage, kType, kCode, kDetail, kStatus, kMetadata, kMsg, kMemberCount };
constexpr std::array<std::string_view, kMemberCount> kNames = {"message", "type",     "code", "detail",
                                                               "status",  "metadata", "msg"};

std::string text_of(const JsonValue& value, std::size_t limit) {
  std::string out;
  if (value.is_string()) {
    json::unescape(value.raw_string().raw.substr(0, 6 * limit), out);
  } else if (value.is_number()) {
    out = value.json();
  }
  out.resize(json::utf8_prefix(out, limit).size());
  return out;
}

// Of FastAPI: a text, or [{"loc", "msg", "type"}].
std::string detail_of(const JsonValue& detail) {
  std::string out = text_of(detail, kMaxErrorText);
  detail.elements([&out](const JsonValue& one, std::uint64_t) {
    const std::string said = text_of(members_of(one, kNames)[kMsg], kMaxErrorText);
    if (said.empty() || out.size() + said.size() > kMaxErrorText) return;
    out += (out.empty() ? "" : "; ") + said;
  });
  return out;
}

llm::AnswerError error_object(const JsonValue& value) {
  const auto members = members_of(value, kNames);
  llm::AnswerError out;
  out.message = text_of(members[kMessage], kMaxErrorText);
  if (out.message.empty()) out.message = detail_of(members[kDetail]);
  out.type = text_of(members[kType], kMaxName);
  if (out.type.empty()) out.type = text_of(members[kStatus], kMaxName);
  out.code = text_of(members[kCode], kMaxName);
  // OpenRouter says "Provider returned error" and quotes the provider beside it.
  const auto metadata = members_of(members[kMetadata], std::array<std::string_view, 1>{"raw"});
  const std::string quoted = text_of(metadata[0], kMaxErrorText / 2);
  if (!quoted.empty()) out.message += (out.message.empty() ? "" : ": ") + quoted;
  return out;
}

// A few words of a body that is no JSON: most are pages of a proxy.
std::string words_of(std::string_view body) {
  body = body.substr(0, kMaxErrorText / 8);
  std::string out;
  for (const char c : body) {
    const bool space = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  const std::size_t invalid = json::find_invalid_utf8(out);
  if (invalid != std::string::npos) out.resize(invalid);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

llm::AnswerError error_of(const JsonValue& body) {
  llm::AnswerError out;
  if (body.is_array()) {
    JsonValue first;
    body.elements([&first](const JsonValue& value, std::uint64_t index) {
      if (index == 0) first = value;
    });
    if (first.is_object()) return error_of(first);
  }
  const JsonValue error = members_of(body, std::array<std::string_view, 1>{"error"})[0];
  if (error.is_object()) {
    out = error_object(error);
  } else if (error) {
    out.message = text_of(error, kMaxErrorText);
  } else if (body.is_object()) {
    out = error_object(body);
  } else {
    out.message = text_of(body, kMaxErrorText);
  }
  if (out.message.empty()) out.message = out.type.empty() ? kSilence : std::string_view(out.type);
  return out;
}

llm::AnswerError read_error(std::string_view body, json::Document& document) {
  llm::AnswerError out;
  if (const auto root = JsonValue::open(body, document)) {
    out = error_of(*root);
  } else {
    out.message = words_of(body);
    if (out.message.empty()) out.message = kSilence;
  }
  document.close();
  return out;
}

}  // namespace pointsman::wire::openai_chat
