// What a simulated provider is like: its models, prices, pace, mood and faults. Plain values, filled by the command
// line, a test or a bench; checked once, when the provider is made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/secret.h"

namespace pointsman::simulate {

// When tokens come. All zero: everything at once, without timers.
struct Timing {
  double first_token_ms = 0;     // median of a log-normal distribution
  double first_token_sigma = 0;  // its sigma; 0: always the median
  double tokens_per_second = 0;  // 0: no pause between chunks
  double jitter = 0;             // each pause is multiplied by a uniform number in [1 - jitter, 1 + jitter]
};

// `fault` as in the x-sim-fault header (fault.h); the probability is per request, and those of one provider add up.
struct FaultRate {
  std::string fault;
  double probability = 0;
};

enum class ToolUse : std::uint8_t {
  kWhenRequired,  // only if tool_choice says so
  kWhenOffered,   // whenever there are tools and the last message is not a tool's result
};

class Teacher;

struct ProviderOptions {
  std::string name = "sim-small";
  std::vector<std::string> models;  // empty: one, called as the provider
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::uint64_t seed = 1;

  std::uint32_t answer_tokens = 120;  // about 1 KiB of body
  double answer_spread = 0;           // lengths vary uniformly by this fraction of answer_tokens, either way
  std::uint32_t tokens_per_chunk = 1;
  std::uint32_t cached_prompt_percent = 0;
  std::uint32_t reasoning_tokens = 0;
  ToolUse tools = ToolUse::kWhenRequired;

  base::TokenPrice input_price;
  base::TokenPrice cached_input_price;
  base::TokenPrice output_price;  // also of reasoning

  Timing timing;
  std::vector<FaultRate> faults;
  base::Secret api_key;  // empty: any key, or none, will do

  std::int64_t created = 1'700'000'000;  // Unix seconds in every answer, unless there is a clock
  const base::Clock* clock = nullptr;    // outlives the provider
  // Who answers when a request asks for a label (label_offer.h); null: nobody, and it gets made-up JSON or text.
  std::shared_ptr<const Teacher> teacher;
  std::size_t keep_requests = 0;  // how many requests GET /sim/requests shows
};

struct Options {
  std::vector<ProviderOptions> providers;
  std::uint32_t threads = 1;
};

// The three providers of the demo, on ports base_port and up: sim-small (fast, cheap), sim-tools (calls tools) and
// sim-large (slow, dear). Base port 0: any free ones.
Options demo_options(std::uint16_t base_port, std::uint64_t seed);

}  // namespace pointsman::simulate
