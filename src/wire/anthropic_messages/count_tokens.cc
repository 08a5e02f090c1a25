#include "wire/anthropic_messages/count_tokens.h"

#include "json/writer.h"
#include "wire/anthropic_messages/reading.h"

namespace pointsman::wire::anthropic_messages {

base::Result<void> read_count_tokens_request(std::string_view body, Reader& reader, llm::ChatRequest& out) {
  return Reading(reader, out, Reading::Limit::kOptional).read(body);
}

void write_count_tokens_body(std::int64_t input_tokens, std::string& out) {
  json::Writer(out).begin_object().member("input_tokens", input_tokens).end_object();
}

std::optional<std::int64_t> read_count_tokens_body(std::string_view body, json::Document& document) {
  std::optional<std::int64_t> count;
  if (!document.open(body)) return count;
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    std::int64_t number = 0;
    if (cursor.key_is("input_tokens") && cursor.read_integer(number) && number >= 0) {
      count = number;
    } else {
      cursor.skip();
    }
  }
  if (!cursor.finished()) count.reset();
  document.close();
  return count;
}

}  // namespace pointsman::wire::anthropic_messages
