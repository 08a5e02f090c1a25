#include "wire/anthropic_messages/error_body.h"

#include <algorithm>

#include "json/writer.h"
#include "wire/error_status.h"

namespace pointsman::wire::anthropic_messages {
namespace {

constexpr int kOverloaded = 529;

std::string_view type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 408:
    case 504:
      return "timeout_error";
    case 503:
    case kOverloaded:
      return "overloaded_error";
    default:
      return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
  }
}

// Names of the same things in the other protocols, and the API's own.
struct Synonym {
  std::string_view name;
  std::string_view type;
};
constexpr Synonym kSynonyms[] = {
    {"invalid_request_error", "invalid_request_error"},
    {"invalid_prompt", "invalid_request_error"},
    {"context_length_exceeded", "invalid_request_error"},
    {"authentication_error", "authentication_error"},
    {"invalid_api_key", "authentication_error"},
    {"billing_error", "billing_error"},
    {"permission_error", "permission_error"},
    {"not_found_error", "not_found_error"},
    {"model_not_found", "not_found_error"},
    {"request_too_large", "request_too_large"},
    {"rate_limit_error", "rate_limit_error"},
    {"rate_limit_exceeded", "rate_limit_error"},
    {"insufficient_quota", "rate_limit_error"},
    {"requests", "rate_limit_error"},
    {"tokens", "rate_limit_error"},
    {"timeout_error", "timeout_error"},
    {"api_error", "api_error"},
    {"server_error", "api_error"},
    {"upstream_error", "api_error"},
    {"overloaded_error", "overloaded_error"},
    {"service_unavailable_error", "overloaded_error"},
};

std::string_view known(std::string_view name) {
  const auto at = std::ranges::find(kSynonyms, name, &Synonym::name);
  return at == std::end(kSynonyms) ? std::string_view() : at->type;
}

void write(std::string_view type, std::string_view message, std::string& out) {
  json::Writer(out)
      .begin_object()
      .member("type", "error")
      .key("error")
      .begin_object()
      .member("type", type)
      .member("message", message)
      .end_object()
      .end_object();
}

// "/messages/0/role" -> "messages.0.role: "
std::string place_of(const base::Error& error) {
  std::string place = error.place();
  if (!place.starts_with('/') || place.size() == 1) return {};
  place.erase(0, 1);
  std::ranges::replace(place, '/', '.');
  return place + ": ";
}

}  // namespace

ErrorAnswer describe(const base::Error& error, bool has_retry_after) {
  ErrorAnswer answer;
  answer.status = http_status(error);
  // The API's own word for "too busy", which its clients wait and retry for.
  if (error.code() == base::ErrorCode::kOverloaded || error.upstream_status() == kOverloaded) {
    answer.status = kOverloaded;
  }
  answer.type = type_of(answer.status);
  answer.code = base::to_string(error.code());
  answer.should_retry = should_retry(error, has_retry_after);
  return answer;
}

void write_error_body(const base::Error& error, std::string& out) {
  const std::string_view message = public_message(error);
  const std::string place = message.data() == error.message().data() ? place_of(error) : std::string();
  write(describe(error).type, place + std::string(message), out);
}

void write_error_event(const base::Error& error, std::string& out) {
  out += "event: error\ndata: ";
  write_error_body(error, out);
  out += "\n\n";
}

std::string_view error_type(const llm::AnswerError& error, int status) {
  for (const std::string* name : {&error.type, &error.code}) {
    const std::string_view type = known(*name);
    // A status says more than the names that providers give to anything on the client's or their side.
    const bool vague = type == "invalid_request_error" || type == "api_error";
    if (!type.empty() && (!vague || status == 0)) return type;
  }
  return type_of(status);
}

void write_provider_error(const llm::AnswerError& error, int status, std::string& out) {
  write(error_type(error, status), error.message.empty() ? "the provider gave no reason" : error.message, out);
}

void write_provider_error_event(const llm::AnswerError& error, std::string& out) {
  out += "event: error\ndata: ";
  write_provider_error(error, 0, out);
  out += "\n\n";
}

}  // namespace pointsman::wire::anthropic_messages
