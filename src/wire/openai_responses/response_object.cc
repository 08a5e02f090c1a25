#include "wire/openai_responses/response_object.h"

#include <algorithm>
#include <array>

namespace pointsman::wire::openai_responses {
namespace {

// openapi.yaml: ResponseErrorCode, those that can be ours.
std::string_view error_code(const llm::AnswerError& error) {
  constexpr std::array<std::string_view, 6> kKnown = {
      "rate_limit_exceeded", "invalid_prompt", "invalid_image", "bio_policy", "image_content_policy_violation",
      "image_parse_error"};
  const auto* const known = std::ranges::find(kKnown, error.code);
  if (known != kKnown.end()) return *known;
  const bool limited = error.type.starts_with("rate_limit") || error.code.starts_with("rate_limit");
  return limited ? "rate_limit_exceeded" : "server_error";
}

// The schema has no unknown counts: what was not reported is 0 there, which the caller notes as a loss.
void write_usage(const llm::Usage& usage, json::Writer& writer) {
  const std::int64_t input = usage.input_tokens.value_or(0);
  const std::int64_t output = usage.output_tokens.value_or(0);
  writer.begin_object().member("input_tokens", input).key("input_tokens_details").begin_object();
  writer.member("cached_tokens", usage.cached_input_tokens.value_or(0));
  writer.member("cache_write_tokens", usage.cache_write_tokens.value_or(0)).end_object();
  writer.member("output_tokens", output).key("output_tokens_details").begin_object();
  writer.member("reasoning_tokens", usage.reasoning_tokens.value_or(0)).end_object();
  writer.member("total_tokens", input + output).end_object();
}

void write_outcome(const ResponseObject& response, json::Writer& writer) {
  writer.key("error");
  if (response.error == nullptr) {
    writer.null();
  } else {
    writer.begin_object().member("code", error_code(*response.error));
    writer.member("message", std::string_view(response.error->message)).end_object();
  }
  writer.key("incomplete_details");
  if (response.ending.reason.empty()) {
    writer.null();
  } else {
    writer.begin_object().member("reason", response.ending.reason).end_object();
  }
}

void write_settings(const Echo& echo, json::Writer& writer) {
  writer.key("parallel_tool_calls").raw(echo.parallel_tool_calls);
  writer.key("previous_response_id").null();
  writer.key("prompt_cache_key").raw(echo.prompt_cache_key);
  writer.key("reasoning").begin_object().key("effort").raw(echo.effort);
  writer.key("summary").raw(echo.summary).end_object();
  writer.key("safety_identifier").raw(echo.safety_identifier);
  writer.member("service_tier", "default").member("store", false);
  writer.key("temperature").raw(echo.temperature);
  writer.key("text").begin_object().key("format").raw(echo.format);
  writer.key("verbosity").raw(echo.verbosity).end_object();
  writer.key("tool_choice").raw(echo.tool_choice);
  writer.key("tools").raw(echo.tools);
  writer.key("top_logprobs").raw(echo.top_logprobs);
  writer.key("top_p").raw(echo.top_p);
  writer.key("truncation").raw(echo.truncation);
}

}  // namespace

Ending ending_of(llm::StopReason stop, bool refused) {
  switch (stop) {
    case llm::StopReason::kLength:
      return {"incomplete", "max_output_tokens"};
    case llm::StopReason::kContentFilter:
      return {"incomplete", "content_filter"};
    case llm::StopReason::kRefusal:
      if (!refused) return {"incomplete", "content_filter"};
      return {};
    default:
      return {};
  }
}

void write_response(const ResponseObject& response, const Echo& echo, json::Writer& writer) {
  writer.begin_object().member("id", response.id).member("object", "response");
  writer.member("created_at", response.created).member("status", response.ending.status);
  writer.member("background", false);
  write_outcome(response, writer);
  writer.key("instructions").raw(echo.instructions);
  writer.key("max_output_tokens").raw(echo.max_output_tokens);
  writer.key("max_tool_calls").raw(echo.max_tool_calls);
  writer.member("model", response.model).key("output").begin_array();
  for (const Item& item : response.output) write_item(item, writer);
  writer.end_array();
  write_settings(echo, writer);
  // The schema has no null for these two.
  if (response.usage != nullptr) {
    writer.key("usage");
    write_usage(*response.usage, writer);
  }
  if (!echo.user.empty()) writer.key("user").raw(echo.user);
  writer.key("metadata").raw(echo.metadata).end_object();
}

}  // namespace pointsman::wire::openai_responses
