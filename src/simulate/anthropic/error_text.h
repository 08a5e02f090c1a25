// Error answers shaped as Anthropic's: {"type":"error","error":{"type":...,"message":...}} (docs.anthropic.com,
// Errors). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "simulate/error_text.h"

namespace pointsman::simulate::anthropic {

std::string error_body(std::string_view type, std::string_view message);
std::string refusal_body(const base::Error& error);
std::string unknown_model_body(std::string_view model);
std::string fault_body(const Fault& fault, std::string_view provider);

inline constexpr ErrorShape kErrors{refusal_body, unknown_model_body, fault_body};

}  // namespace pointsman::simulate::anthropic
