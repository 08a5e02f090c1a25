#include "trace/names.h"

#include <array>

namespace pointsman::trace {
namespace {

struct Names {
  Fact fact;
  std::array<std::string_view, 2> names;  // by convention
};

constexpr std::array kNames = {
    Names{Fact::kOperation, {"gen_ai.operation.name", "gen_ai.operation.name"}},
    Names{Fact::kProvider, {"gen_ai.system", "gen_ai.provider.name"}},
    Names{Fact::kRequestModel, {"gen_ai.request.model", "gen_ai.request.model"}},
    Names{Fact::kRequestMaxTokens, {"gen_ai.request.max_tokens", "gen_ai.request.max_tokens"}},
    Names{Fact::kRequestStream, {"", "gen_ai.request.stream"}},
    Names{Fact::kResponseModel, {"gen_ai.response.model", "gen_ai.response.model"}},
    Names{Fact::kTimeToFirstChunk, {"", "gen_ai.response.time_to_first_chunk"}},
    Names{Fact::kInputTokens, {"gen_ai.usage.input_tokens", "gen_ai.usage.input_tokens"}},
    Names{Fact::kOutputTokens, {"gen_ai.usage.output_tokens", "gen_ai.usage.output_tokens"}},
    Names{Fact::kReasoningTokens, {"", "gen_ai.usage.reasoning.output_tokens"}},
    Names{Fact::kCacheReadTokens, {"", "gen_ai.usage.cache_read.input_tokens"}},
    Names{Fact::kCacheWriteTokens, {"", "gen_ai.usage.cache_write.input_tokens"}},
};

consteval bool is_in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (static_cast<std::size_t>(kNames[i].fact) != i) return false;
  }
  return kNames.size() == static_cast<std::size_t>(Fact::kCacheWriteTokens) + 1;
}
static_assert(is_in_order());

struct Provider {
  std::string_view configured;
  std::array<std::string_view, 2> names;
};

// The well-known providers whose name differs from ours, or between the generations.
constexpr std::array kProviders = {
    Provider{"azure", {"azure.ai.openai", "azure.ai.openai"}},
    Provider{"bedrock", {"aws.bedrock", "aws.bedrock"}},
    Provider{"gemini", {"gcp.gemini", "gcp.gemini"}},
    Provider{"google", {"gcp.gemini", "gcp.gemini"}},
    Provider{"mistral", {"mistral_ai", "mistral_ai"}},
    Provider{"moonshot", {"moonshot_ai", "moonshot_ai"}},
    Provider{"vertex", {"gcp.vertex_ai", "gcp.vertex_ai"}},
    Provider{"watsonx", {"ibm.watsonx.ai", "ibm.watsonx.ai"}},
    Provider{"xai", {"xai", "x_ai"}},
};

}  // namespace

std::string_view name_of(Fact fact, Convention convention) {
  return kNames[static_cast<std::size_t>(fact)].names[static_cast<std::size_t>(convention)];
}

std::string_view provider_name(std::string_view configured, Convention convention) {
  for (const Provider& one : kProviders) {
    if (one.configured == configured) return one.names[static_cast<std::size_t>(convention)];
  }
  return configured;
}

}  // namespace pointsman::trace
