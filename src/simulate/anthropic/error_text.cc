#include "simulate/anthropic/error_text.h"

#include "simulate/json_text.h"

namespace pointsman::simulate::anthropic {

std::string error_body(std::string_view type, std::string_view message) {
  std::string out = R"({"type":"error","error":{"type":)";
  append_json_string(out, type);
  out += R"(,"message":)";
  append_json_string(out, message);
  out += "}}";
  return out;
}

std::string refusal_body(const base::Error& error) {
  std::string message = error.message();
  std::string place = error.place();
  if (place.starts_with('/')) message = place.substr(1) + ": " + message;
  return error_body("invalid_request_error", message);
}

std::string unknown_model_body(std::string_view model) {
  return error_body("not_found_error", "model: " + std::string(model));
}

std::string fault_body(const Fault& fault, std::string_view provider) {
  const std::string by = " (simulated by " + std::string(provider) + ")";
  if (fault.kind == FaultKind::kBadKey) return error_body("authentication_error", "invalid x-api-key" + by);
  if (fault.kind == FaultKind::kContextTooLong) return error_body("invalid_request_error", "prompt is too long" + by);
  switch (fault.status) {
    case 429:
      return error_body("rate_limit_error", "This request would exceed your organization's rate limit." + by);
    case 529:
      return error_body("overloaded_error", "Overloaded" + by);
    default:
      return error_body("api_error", "Internal server error" + by);
  }
}

}  // namespace pointsman::simulate::anthropic
