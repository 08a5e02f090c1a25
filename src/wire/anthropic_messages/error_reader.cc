#include "wire/anthropic_messages/error_reader.h"

#include <utility>

#include "json/text.h"
#include "wire/label_format.h"

namespace pointsman::wire::anthropic_messages {
namespace {

// The beginning of a text that is no error body (HTML of a proxy, ...), as one line of valid UTF-8.
std::string beginning(std::string_view body) {
  std::string out;
  body = body.substr(0, kMaxProviderText);
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    const bool space = c == ' ' || (c >= '\0' && c < ' ') || c == '\x7F';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  const std::size_t good = json::find_invalid_utf8(out);
  if (good != std::string::npos) out.resize(good);
  return out;
}

}  // namespace

llm::AnswerError read_error(std::string_view body, json::Document& document) {
  ProviderError said = read_provider_error(body, document);
  llm::AnswerError error{std::move(said.message), std::move(said.type), std::move(said.code)};
  if (error.message.empty() && !said.present) error.message = beginning(body);
  if (error.message.empty()) error.message = "the provider gave no reason";
  return error;
}

}  // namespace pointsman::wire::anthropic_messages
