#include "wire/openai_chat/error_body.h"

#include <algorithm>

#include "json/writer.h"

namespace pointsman::wire::openai_chat {
namespace {

using base::ErrorCode;
using base::Origin;

// What the upstream answered, seen from our client. Its 401 and 403 are about our credentials, not the client's.
int relayed_status(int upstream) {
  if (upstream == 401 || upstream == 403 || upstream < 400 || upstream > 599) return 502;
  if (upstream < 500 || upstream == 503 || upstream == 504) return upstream;
  return 502;
}

int timeout_status(Origin origin) {
  return origin == Origin::kClient ? 408 : 504;
}

bool is_about_encoding(std::string_view place) {
  return place == "content-encoding" || place == "content-type";
}

int status_of(const base::Error& error) {
  const bool upstream = error.origin() == Origin::kUpstream;
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kParse:
      return upstream ? 502 : 400;
    case ErrorCode::kTooLarge:
      return upstream ? 502 : 413;
    case ErrorCode::kUnauthorized:
      return upstream ? 502 : 401;
    case ErrorCode::kForbidden:
      return upstream ? 502 : 403;
    case ErrorCode::kNotFound:
      return upstream ? 502 : 404;
    case ErrorCode::kUnsupported:
      return is_about_encoding(error.place()) ? 415 : 400;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kTimeout:
      return timeout_status(error.origin());
    // 499: the client closed the connection (as nginx logs it); nobody reads it. Else we are stopping.
    case ErrorCode::kCancelled:
      return error.origin() == Origin::kClient ? 499 : 503;
    case ErrorCode::kConnect:
    case ErrorCode::kReset:
      return 502;
    case ErrorCode::kUpstreamStatus:
      return relayed_status(error.upstream_status());
    case ErrorCode::kOverloaded:
      return 503;
    // The request demands what no model has, or none is available now.
    case ErrorCode::kNoCandidate:
      return error.origin() == Origin::kClient ? 400 : 503;
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
      return upstream ? 502 : 500;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

std::string_view type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    case 408:
    case 504:
      return "timeout_error";
    case 502:
      return "upstream_error";
    case 503:
      return "service_unavailable_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

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

bool is_internal(ErrorCode code) {
  return code == ErrorCode::kIo || code == ErrorCode::kCorrupt || code == ErrorCode::kInternal;
}

}  // namespace

ErrorAnswer describe(const base::Error& error, bool has_retry_after) {
  ErrorAnswer answer;
  answer.status = status_of(error);
  answer.type = type_of(answer.status);
  const bool unknown_model = error.code() == ErrorCode::kNotFound && error.place() == "/model";
  answer.code = unknown_model ? "model_not_found" : base::to_string(error.code());
  answer.should_retry = has_retry_after || error.retry() != base::Retry::kNo || error.code() == ErrorCode::kOverloaded;
  return answer;
}

void write_error_body(const base::Error& error, std::string& out) {
  const ErrorAnswer answer = describe(error);
  const std::string param = to_param(error.place());
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  writer.key("message");
  if (is_internal(error.code())) {
    writer.value("the gateway failed to answer; its log has the details under this request's id");
  } else {
    writer.value(error.message());
  }
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
  writer.member("type", type_of(status == 0 ? status_of_type(error.type) : status)).key("param").null().key("code");
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
