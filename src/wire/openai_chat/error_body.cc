#include "wire/openai_chat/error_body.h"

#include "json/writer.h"

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
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  write_openai_error(error, writer);
  writer.end_object().end_object();
}

void write_error_event(const base::Error& error, std::string& out) {
  out += "data: ";
  write_error_body(error, out);
  out += "\n\n";
}

void write_provider_error(const llm::AnswerError& error, int status, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  write_openai_error(error, status == 0 ? status_of_type(error.type) : status, writer);
  writer.end_object().end_object();
}

}  // namespace pointsman::wire::openai_chat
