// What a Messages request asks of a simulated provider, with made-up input for the tool it forces, because that is
// where the schemas are.
//
// Pure: the same body and seed give the same result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/label_question.h"

namespace pointsman::simulate::anthropic {

struct MessagesRequest {
  std::string model;
  std::uint32_t max_tokens = 0;
  std::optional<std::string> tool;         // the name of the tool that must be called
  std::optional<std::string> json_answer;  // that tool's input, or the text for output_config.format
  std::optional<LabelQuestion> label;      // if it may ask for a label
};

// `body` is followed by 64 readable bytes. kParse for what is no JSON, kInvalidArgument at the member's JSON pointer
// for what the API would refuse, and for streams, which are not simulated.
base::Result<MessagesRequest> parse_messages_request(std::string_view body, std::uint64_t seed);

}  // namespace pointsman::simulate::anthropic
