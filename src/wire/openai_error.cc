#include "wire/openai_error.h"

#include <algorithm>

#include "wire/error_status.h"

namespace pointsman::wire {
namespace {

struct Members {
  std::string_view message;
  std::string_view type;
  std::string_view param;
  std::string_view code;
};

// What OpenAI's servers call an account without money left, as type and code; its clients know it.
constexpr std::string_view kContextLength = "context_length";
constexpr std::string_view kInsufficientQuota = "insufficient_quota";

// The names that OpenAI has for what a client may have to tell apart; else ours.
std::string_view code_of(base::ErrorCode code) {
  switch (code) {
    case base::ErrorCode::kQuotaExceeded:
      return kInsufficientQuota;
    case base::ErrorCode::kRateLimited:
      return "rate_limit_exceeded";
    case base::ErrorCode::kUnauthorized:
      return "invalid_api_key";
    default:
      return base::to_string(code);
  }
}

void write_text_or_null(std::string_view name, std::string_view text, json::Writer& writer) {
  writer.key(name);
  if (text.empty()) {
    writer.null();
  } else {
    writer.value(text);
  }
}

void write(const Members& members, json::Writer& writer) {
  writer.member("message", members.message).member("type", members.type);
  write_text_or_null("param", members.param, writer);
  write_text_or_null("code", members.code, writer);
}

}  // namespace

std::string_view openai_error_type(int status) {
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

OpenAiError describe_for_openai(const base::Error& error, bool has_retry_after) {
  OpenAiError out;
  out.status = http_status(error);
  out.type = openai_error_type(out.status);
  const bool unknown_model = error.code() == base::ErrorCode::kNotFound && error.place() == "/model";
  const bool own = error.origin() == base::Origin::kClient;
  out.code = unknown_model ? "model_not_found" : own ? code_of(error.code()) : base::to_string(error.code());
  if (error.place() == kContextLength) out.code = "context_length_exceeded";
  if (error.code() == base::ErrorCode::kQuotaExceeded) out.type = kInsufficientQuota;
  out.should_retry = should_retry(error, has_retry_after);
  return out;
}

std::string openai_param(std::string_view pointer) {
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

void write_openai_error(const base::Error& error, json::Writer& writer) {
  const OpenAiError said = describe_for_openai(error, false);
  const std::string param = openai_param(error.place());
  write({public_message(error), said.type, param, said.code}, writer);
}

void write_openai_error(const llm::AnswerError& error, int status, json::Writer& writer) {
  const std::string_view code = error.code.empty() ? std::string_view(error.type) : std::string_view(error.code);
  const std::string_view message =
      error.message.empty() ? std::string_view("the provider reported an error") : std::string_view(error.message);
  write({message, openai_error_type(status), {}, code}, writer);
}

}  // namespace pointsman::wire
