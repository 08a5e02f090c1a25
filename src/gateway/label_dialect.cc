#include "gateway/label_dialect.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace pointsman::gateway {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Whether the refusal is about any of these members.
bool about(const wire::ProviderError& said, std::initializer_list<std::string_view> names) {
  const std::string param = lower(said.param);
  const std::string message = lower(said.message);
  return std::ranges::any_of(names, [&](std::string_view name) {
    return param.find(name) != std::string::npos || message.find(name) != std::string::npos;
  });
}

}  // namespace

bool LabelDialect::operator==(const LabelDialect& other) const {
  return openai.max_completion_tokens == other.openai.max_completion_tokens &&
         openai.temperature == other.openai.temperature && openai.reasoning_effort == other.openai.reasoning_effort &&
         anthropic.structure == other.anthropic.structure && anthropic.temperature == other.anthropic.temperature &&
         logprobs == other.logprobs;
}

bool adapt(LabelDialect& dialect, const wire::ProviderError& said) {
  const LabelDialect before = dialect;
  if (about(said, {"logprobs"})) {
    dialect.logprobs = false;
  } else if (about(said, {"max_tokens", "max_completion_tokens"})) {
    // Whichever was sent is not taken; a second refusal of it means something else.
    if (dialect.openai.max_completion_tokens) dialect.openai.max_completion_tokens = false;
  } else if (about(said, {"temperature"})) {
    dialect.openai.temperature = dialect.anthropic.temperature = false;
  } else if (about(said, {"output_config", "output_format"})) {
    dialect.anthropic.structure = wire::anthropic_messages::StructureBy::kForcedTool;
  }
  return !(dialect == before);
}

}  // namespace pointsman::gateway
