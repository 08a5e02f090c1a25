// What a response repeats of the request it answers: settings, tools, instructions, metadata.
//
// Each member is the JSON text that goes into the answer, on one line: as the client wrote it, or the API's default
// where it wrote nothing or something the answer's schema has no place for (openapi.yaml: Response). A plain value.
#pragma once

#include <string>
#include <string_view>

namespace pointsman::wire::openai_responses {

struct Echo {
  std::string instructions = "null";
  std::string max_output_tokens = "null";
  std::string max_tool_calls = "null";
  std::string metadata = "{}";
  std::string parallel_tool_calls = "true";
  std::string prompt_cache_key = "null";
  std::string effort = "null";   // of "reasoning"
  std::string summary = "null";  // likewise
  std::string safety_identifier = "null";
  std::string temperature = "1";
  std::string format = R"({"type":"text"})";  // of "text"
  std::string verbosity = R"("medium")";      // likewise
  std::string tool_choice = R"("auto")";
  std::string tools = "[]";
  std::string top_logprobs = "0";
  std::string top_p = "1";
  std::string truncation = R"("disabled")";
  std::string user;  // empty: none
};

// `request` may be any bytes: what cannot be read is not repeated.
Echo read_echo(std::string_view request);

// Appends a JSON text without the white space between its tokens.
void append_compact(std::string_view json, std::string& out);

}  // namespace pointsman::wire::openai_responses
