#include "admin/request.h"

#include "json/writer.h"

namespace pointsman::admin {
namespace {

using base::ErrorCode;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kParse:
    case ErrorCode::kUnsupported:
      return 400;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kOverloaded:
    case ErrorCode::kTimeout:
    case ErrorCode::kCancelled:
      return 503;
    default:
      return 500;
  }
}

void text_or_null(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty()) {
    out.null();
  } else {
    out.value(text);
  }
}

std::string_view type_of(int status) {
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

}  // namespace

Answer refuse(int status, std::string_view message, std::string_view param, std::string_view code) {
  Answer out{.status = status, .body = {}, .fields = {}};
  json::Writer json(out.body);
  json.begin_object().key("error").begin_object().member("message", message).member("type", type_of(status));
  text_or_null(json, "param", param);
  text_or_null(json, "code", code);
  json.end_object().end_object();
  if (status == 503) out.fields = "retry-after: 2\r\n";
  return out;
}

Answer conflict(std::string_view message, std::string_view code) {
  return refuse(409, message, {}, code);
}

Answer refuse(const base::Error& error) {
  return refuse(status_of(error.code()), error.message(), error.place(), base::to_string(error.code()));
}

Answer done() {
  return {.status = 200, .body = R"({"done":true})", .fields = {}};
}

}  // namespace pointsman::admin
