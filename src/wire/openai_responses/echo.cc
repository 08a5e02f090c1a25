#include "wire/openai_responses/echo.h"

#include <algorithm>
#include <array>

#include "json/document.h"

namespace pointsman::wire::openai_responses {
namespace {

struct Repeated {
  std::string_view name;
  std::string_view begins;  // what the first byte of its value may be
  std::string Echo::* to;
};

constexpr std::string_view kNumber = "-0123456789";
constexpr Repeated kBody[] = {
    {"instructions", "\"", &Echo::instructions},
    {"max_output_tokens", kNumber, &Echo::max_output_tokens},
    {"max_tool_calls", kNumber, &Echo::max_tool_calls},
    {"metadata", "{", &Echo::metadata},
    {"parallel_tool_calls", "tf", &Echo::parallel_tool_calls},
    {"prompt_cache_key", "\"", &Echo::prompt_cache_key},
    {"safety_identifier", "\"", &Echo::safety_identifier},
    {"temperature", kNumber, &Echo::temperature},
    {"tool_choice", "\"{", &Echo::tool_choice},
    {"top_logprobs", kNumber, &Echo::top_logprobs},
    {"top_p", kNumber, &Echo::top_p},
    {"truncation", "\"", &Echo::truncation},
    {"user", "\"", &Echo::user},
};
constexpr Repeated kReasoning[] = {{"effort", "\"", &Echo::effort}, {"summary", "\"", &Echo::summary}};
constexpr Repeated kText[] = {{"format", "{", &Echo::format}, {"verbosity", "\"", &Echo::verbosity}};

class EchoReading {
 public:
  EchoReading(std::string_view request, Echo& out) : request_(request), out_(out) {}

  void body(json::Cursor& cursor) {
    if (cursor.peek() != '{') return cursor.skip();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (cursor.key_is("tools") && cursor.peek() == '[') {
        tools(cursor);
      } else if (cursor.key_is("reasoning") && cursor.peek() == '{') {
        object(cursor, kReasoning);
      } else if (cursor.key_is("text") && cursor.peek() == '{') {
        object(cursor, kText);
      } else {
        member(cursor, kBody);
      }
    }
  }

 private:
  std::string_view raw(json::Cursor& cursor) {
    const std::size_t begin = cursor.offset();
    cursor.skip();
    return cursor.failed() ? std::string_view() : request_.substr(begin, cursor.last_end() - begin);
  }

  template <std::size_t N>
  void member(json::Cursor& cursor, const Repeated (&table)[N]) {
    const auto* const found =
        std::ranges::find_if(table, [&cursor](const Repeated& one) { return cursor.key_is(one.name); });
    if (found == std::end(table) || found->begins.find(cursor.peek()) == std::string_view::npos) return cursor.skip();
    std::string& out = out_.*(found->to);
    out.clear();
    append_compact(raw(cursor), out);
  }

  template <std::size_t N>
  void object(json::Cursor& cursor, const Repeated (&table)[N]) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor, table);
  }

  void tools(json::Cursor& cursor) {
    out_.tools = "[";
    for (bool more = cursor.enter_array(); more; more = cursor.next_element()) tool(cursor);
    out_.tools += ']';
  }

  // The schema of an answer demands "parameters" and "strict" of a function, that of a request does not.
  void tool(json::Cursor& cursor) {
    if (cursor.peek() != '{') return cursor.skip();
    json::RawString type;
    bool has_parameters = false, has_strict = false;
    const std::size_t begin = cursor.offset();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      has_parameters = has_parameters || cursor.key_is("parameters");
      has_strict = has_strict || cursor.key_is("strict");
      if (cursor.key_is("type") && cursor.read_string(type)) continue;
      cursor.skip();
    }
    if (cursor.failed() || type.raw.empty()) return;
    if (out_.tools.size() > 1) out_.tools += ',';
    append_compact(request_.substr(begin, cursor.last_end() - begin), out_.tools);
    if (!type.is("function") || (has_parameters && has_strict)) return;
    out_.tools.pop_back();
    if (!has_parameters) out_.tools += R"(,"parameters":null)";
    if (!has_strict) out_.tools += R"(,"strict":null)";
    out_.tools += '}';
  }

  std::string_view request_;
  Echo& out_;
};

}  // namespace

Echo read_echo(std::string_view request) {
  Echo out;
  json::Document document;
  if (!document.open(request)) return out;
  json::Cursor cursor = document.root();
  EchoReading(request, out).body(cursor);
  return cursor.finished() ? out : Echo{};
}

void append_compact(std::string_view json, std::string& out) {
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && in_string && i + 1 < json.size()) out += json[++i];
  }
}

}  // namespace pointsman::wire::openai_responses
