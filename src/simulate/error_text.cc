#include "simulate/error_text.h"

#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

void append_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_json_string(out, text);
  }
}

}  // namespace

std::string error_body(const ErrorText& error) {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, error.message);
  out += R"(,"type":)";
  append_json_string(out, error.type);
  out += R"(,"param":)";
  append_or_null(out, error.param);
  out += R"(,"code":)";
  append_or_null(out, error.code);
  out += "}}";
  return out;
}

std::string unknown_model_body(std::string_view model) {
  const std::string message = "The model `" + std::string(model) + "` does not exist or you do not have access to it.";
  return error_body({message, "invalid_request_error", "", "model_not_found"});
}

std::string refusal_body(const base::Error& error) {
  std::string message = error.message();
  std::string param = error.place();
  if (param.starts_with('/')) {
    param.erase(0, 1);
    message = "Invalid value for '" + param + "': " + message;
  }
  return error_body({message, "invalid_request_error", param, ""});
}

std::string fault_body(const Fault& fault, std::string_view provider) {
  const std::string by = " (simulated by " + std::string(provider) + ")";
  if (fault.kind == FaultKind::kBadKey) {
    return error_body({"Incorrect API key provided." + by, "invalid_request_error", "", "invalid_api_key"});
  }
  if (fault.kind == FaultKind::kContextTooLong) {
    return error_body(
        {"This model's maximum context length is exceeded. Please reduce the length of the messages." + by,
         "invalid_request_error", "messages", "context_length_exceeded"});
  }
  if (fault.kind == FaultKind::kNoLogprobs) {
    return error_body({"Unsupported parameter: 'logprobs' is not supported with this model." + by,
                       "invalid_request_error", "logprobs", "unsupported_parameter"});
  }
  switch (fault.status) {
    case 429:
      return error_body({"Rate limit reached." + by, "requests", "", "rate_limit_exceeded"});
    case 502:
      return error_body({"Bad gateway." + by, "server_error", "", ""});
    case 503:
      return error_body({"The engine is currently overloaded, please try again later." + by, "server_error", "", ""});
    case 529:
      return error_body({"Overloaded." + by, "overloaded_error", "", ""});
    default:
      return error_body({"The server had an error while processing your request." + by, "server_error", "", ""});
  }
}

std::string fault_fields(const Fault& fault) {
  if (fault.status != 429 && fault.status != 503 && fault.status != 529) return {};
  return "retry-after: " + std::to_string((fault.at + 999) / 1000) + "\r\nretry-after-ms: " + std::to_string(fault.at) +
         "\r\n";
}

}  // namespace pointsman::simulate
