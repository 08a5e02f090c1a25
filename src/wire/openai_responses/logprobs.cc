#include "wire/openai_responses/logprobs.h"

#include "wire/openai_responses/echo.h"

namespace pointsman::wire::openai_responses {
namespace {

// The entries of the list at the cursor, which is consumed with all that is left of the body's only value.
std::string read_entries(json::Cursor& cursor, std::string_view body) {
  std::string out;
  if (cursor.peek() != '[') {
    cursor.skip();
    return out;
  }
  const std::size_t begin = cursor.offset();
  cursor.skip();
  if (cursor.failed()) return out;
  append_compact(body.substr(begin + 1, cursor.last_end() - begin - 2), out);
  return out;
}

}  // namespace

std::string entries_of(std::string_view list, json::Document& document) {
  if (!document.open(list)) return {};
  json::Cursor cursor = document.root();
  std::string out = read_entries(cursor, list);
  return cursor.finished() ? out : std::string();
}

std::string entries_of_choice(std::string_view choice, json::Document& document) {
  std::string out;
  if (choice.empty() || !document.open(choice)) return out;
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("content")) {
      out = read_entries(cursor, choice);
    } else {
      cursor.skip();
    }
  }
  return cursor.finished() ? out : std::string();
}

void append_entries(std::string_view entries, std::string& out) {
  if (entries.empty()) return;
  if (!out.empty()) out += ',';
  out += entries;
}

}  // namespace pointsman::wire::openai_responses
