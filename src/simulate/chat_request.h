// What a chat completion request asks of a simulated provider, with the JSON of its answer (structured output, tool
// arguments) already made up, because that is where the schemas are.
//
// Pure: the same body and seed give the same result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/label_question.h"

namespace pointsman::simulate {

struct OfferedTool {
  std::string name;
  std::string arguments;  // JSON that fits its parameters
};

enum class ToolChoice : std::uint8_t { kAuto, kNone, kRequired };

struct ChatRequest {
  std::string model;
  bool stream = false;
  bool include_usage = false;
  bool logprobs = false;
  bool parallel_tools = true;
  bool answers_tool = false;  // the last message is a tool's result
  std::uint32_t n = 1;
  std::optional<std::uint32_t> max_tokens;
  std::vector<std::string> stop;
  std::vector<OfferedTool> tools;
  ToolChoice tool_choice = ToolChoice::kAuto;  // a named tool is kRequired with that tool alone in `tools`
  std::optional<std::string> json_answer;      // response_format json_object or json_schema
  std::optional<LabelQuestion> label;          // if it may ask for a label
};

inline constexpr std::uint32_t kMaxChoices = 128;

// `body` is followed by 64 readable bytes. kParse for what is no JSON, kInvalidArgument at the member's JSON pointer
// for what OpenAI would refuse.
base::Result<ChatRequest> parse_chat_request(std::string_view body, std::uint64_t seed);

}  // namespace pointsman::simulate
