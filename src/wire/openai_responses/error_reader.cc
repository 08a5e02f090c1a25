#include "wire/openai_responses/error_reader.h"

#include <utility>

#include "wire/label_format.h"

namespace pointsman::wire::openai_responses {
namespace {

constexpr std::size_t kMaxMessage = 4096;

void read_text(json::Cursor& cursor, std::size_t limit, std::string& out) {
  json::RawString text;
  if (!cursor.read_string(text)) return cursor.skip();
  out.clear();
  append_text(text, limit, out);
}

}  // namespace

llm::AnswerError read_error(std::string_view body, json::Document& document) {
  ProviderError said = read_provider_error(body, document);
  llm::AnswerError out{std::move(said.message), std::move(said.type), std::move(said.code)};
  name_error(out);
  return out;
}

void read_error_object(json::Cursor& cursor, llm::AnswerError& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("message")) {
      read_text(cursor, kMaxMessage, out.message);
    } else if (cursor.key_is("type")) {
      read_text(cursor, kMaxProviderText, out.type);
    } else if (cursor.key_is("code")) {
      read_text(cursor, kMaxProviderText, out.code);
    } else {
      cursor.skip();
    }
  }
}

void name_error(llm::AnswerError& out) {
  if (out.message.empty()) out.message = "the provider reported an error without a message";
}

}  // namespace pointsman::wire::openai_responses
