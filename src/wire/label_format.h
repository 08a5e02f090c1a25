// What all protocols of labelling share: the schema of an answer, an example's answer, bounded texts, provider errors.
//
// Pure functions over bytes, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/document.h"
#include "llm/label_call.h"

namespace pointsman::wire {

// What is read of an answer: a label is short, and nothing may make us keep more.
inline constexpr std::size_t kMaxLabelText = 4096;
inline constexpr std::size_t kMaxProviderText = 512;

// The JSON schema of an answer: {"category": one of the labels[, "confidence": number]}. The range of the number is
// left to the reader: not every provider takes minimum and maximum in a schema.
std::string label_schema(const llm::LabelQuestion& question);

// What the assistant says in an example: the bare label or the JSON of the schema. It states no confidence, for any
// number would be copied.
std::string label_turn(const llm::LabelQuestion& question, std::string_view label);

// Appends the decoded string to `out` as long as that holds at most `limit` bytes; false if something was left out.
bool append_text(const json::RawString& raw, std::size_t limit, std::string& out);

// What a provider says of a request it did not serve. Names are for logs; `message` may quote the request or a key, so
// it is for telling what a provider does not support, never for a log.
struct ProviderError {
  std::string type;
  std::string code;
  std::string param;
  std::string message;
  bool present = false;
};

// Reads {"error": {"message", "type", "param", "code"}}, {"error": "message"} and {"object": "error", "message", ...}.
// Not present if the body is anything else.
ProviderError read_provider_error(std::string_view body, json::Document& document);

// Names status, type, code and param: kRateLimited for 429, kUnauthorized for 401 and 403, else kUpstreamStatus.
// Another target may help unless the request itself was refused.
base::Error label_error(int status, const ProviderError& said);

}  // namespace pointsman::wire
