// Error answers shaped as OpenAI's, and what every protocol must have of them.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "simulate/fault.h"

namespace pointsman::simulate {

struct ErrorText {
  std::string_view message;
  std::string_view type;
  std::string_view param;  // empty: null
  std::string_view code;   // empty: null
};

// {"error":{"message":...,"type":...,"param":...,"code":...}}
std::string error_body(const ErrorText& error);
std::string unknown_model_body(std::string_view model);
// The body for a request that `error` made impossible to read or accept.
std::string refusal_body(const base::Error& error);
// The body of a fault that answers: kStatus, kBadKey, kContextTooLong, kNoLogprobs.
std::string fault_body(const Fault& fault, std::string_view provider);
// Header lines that go with it: retry-after and retry-after-ms where a client should wait; else empty.
std::string fault_fields(const Fault& fault);

// How a protocol words the errors above.
struct ErrorShape {
  std::string (*refusal)(const base::Error&);
  std::string (*unknown_model)(std::string_view);
  std::string (*fault)(const Fault&, std::string_view provider);
};
inline constexpr ErrorShape kOpenAiErrors{refusal_body, unknown_model_body, fault_body};

}  // namespace pointsman::simulate
