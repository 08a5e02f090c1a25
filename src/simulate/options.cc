#include "simulate/options.h"

namespace pointsman::simulate {
namespace {

base::TokenPrice dollars_per_million(std::int64_t cents) {
  return base::TokenPrice::per_million({cents * 10'000'000});
}

ProviderOptions provider(const char* name, std::uint16_t port, std::uint64_t seed) {
  ProviderOptions made;
  made.name = name;
  made.port = port;
  made.seed = seed;
  return made;
}

}  // namespace

Options demo_options(std::uint16_t base_port, std::uint64_t seed) {
  const auto port = [&](int i) { return static_cast<std::uint16_t>(base_port == 0 ? 0 : base_port + i); };
  ProviderOptions small = provider("sim-small", port(0), seed);
  small.timing = {.first_token_ms = 120, .first_token_sigma = 0.3, .tokens_per_second = 180, .jitter = 0.3};
  small.input_price = dollars_per_million(10);
  small.cached_input_price = dollars_per_million(5);
  small.output_price = dollars_per_million(40);
  small.answer_tokens = 80;
  small.answer_spread = 0.5;

  ProviderOptions tools = provider("sim-tools", port(1), seed + 1);
  tools.timing = {.first_token_ms = 250, .first_token_sigma = 0.35, .tokens_per_second = 110, .jitter = 0.3};
  tools.input_price = dollars_per_million(40);
  tools.cached_input_price = dollars_per_million(10);
  tools.output_price = dollars_per_million(160);
  tools.tools = ToolUse::kWhenOffered;
  tools.answer_spread = 0.5;

  ProviderOptions large = provider("sim-large", port(2), seed + 2);
  large.timing = {.first_token_ms = 600, .first_token_sigma = 0.4, .tokens_per_second = 60, .jitter = 0.3};
  large.input_price = dollars_per_million(250);
  large.cached_input_price = dollars_per_million(125);
  large.output_price = dollars_per_million(1000);
  large.answer_tokens = 240;
  large.answer_spread = 0.5;
  large.reasoning_tokens = 64;
  return {{std::move(small), std::move(tools), std::move(large)}, 1};
}

}  // namespace pointsman::simulate
