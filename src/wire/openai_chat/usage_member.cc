#include "wire/openai_chat/usage_member.h"

namespace pointsman::wire::openai_chat {

void write_usage(const llm::Usage& usage, json::Writer& writer) {
  const std::int64_t input = usage.input_tokens.value_or(0);
  const std::int64_t output = usage.output_tokens.value_or(0);
  writer.begin_object().member("prompt_tokens", input).member("completion_tokens", output);
  std::int64_t total = 0;
  if (!__builtin_add_overflow(input, output, &total)) writer.member("total_tokens", total);
  if (usage.cached_input_tokens || usage.cache_write_tokens) {
    writer.key("prompt_tokens_details").begin_object();
    if (usage.cached_input_tokens) writer.member("cached_tokens", *usage.cached_input_tokens);
    if (usage.cache_write_tokens) writer.member("cache_write_tokens", *usage.cache_write_tokens);
    writer.end_object();
  }
  if (usage.reasoning_tokens) {
    writer.key("completion_tokens_details").begin_object();
    writer.member("reasoning_tokens", *usage.reasoning_tokens).end_object();
  }
  writer.end_object();
}

}  // namespace pointsman::wire::openai_chat
