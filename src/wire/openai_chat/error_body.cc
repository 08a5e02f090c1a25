#include "wire/openai_chat/error_body.h"

#include <algorithm>

#include "json/writer.h"
#include "wire/error_status.h"

namespace pointsman::wire::openai_chat {
namespace {

// What the types of other providers' errors say, as a status.
int status_of_type(std::string_view type) {
  struct Row {
    std::string_view type;
    int status;
  };
  constexpr Row kRows[] = {{"overloaded_error", 503},   {"rate_limit_error", 429},      {"rate_limit_exceeded", 429},
                           {"timeout_error", 504},      {"invalid_request_error", 400}, {"request_too_large", 413},
                           {"not_found_error", 404},    {"authentication_error", 502},  {"permission_error", 502},
                           {"service_unavailable", 503}};
  for (const Row& row : kRows) {
    if (row.type == type) return row.status;
  }
  return 500;
}

}  // namespace

ErrorAnswer describe(const base::Error& error, bool has_retry_after) {
  return describe_for_openai(error, has_retry_after);
}

void write_error_body(const base::Error& error, std::string& out) {
  const ErrorAnswer answer = describe(error);
  const std::string param = to_param(error.place());
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  writer.member("message", public_message(error));
  writer.member("type", answer.type).key("param");
  if (param.empty()) {
    writer.null();
  } else {
    writer.value(param);
  }
  writer.member("code", answer.code).end_object().end_object();
}

void write_error_event(const base::Error& error, std::string& out) {
  out += "data: ";
  write_error_body(error, out);
  out += "\n\n";
}

void write_provider_error(const llm::AnswerError& error, int status, std::string& out) {
  const std::string& code = error.code.empty() ? error.type : error.code;
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object().member("message", error.message);
  writer.member("type", openai_error_type(status == 0 ? status_of_type(error.type) : status))
      .key("param")
      .null()
      .key("code");
  if (code.empty()) {
    writer.null();
  } else {
    writer.value(code);
  }
  writer.end_object().end_object();
}

std::string to_param(std::string_view pointer) {
  std::string out;
  if (!pointer.starts_with('/')) return out;
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string_view step = pointer.substr(1, end - 1);
    pointer.remove_prefix(end);
    const bool index = !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
    if (index) {
      out += '[';
    } else if (!out.empty()) {
      out += '.';
    }
    out += step;
    if (index) out += ']';
  }
  return out;
}

}  // namespace pointsman::wire::openai_chat
