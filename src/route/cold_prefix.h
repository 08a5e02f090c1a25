// What it costs to go on with another model, whose provider has nothing of the conversation cached.
//
// Pure. A provider keeps the beginning of a prompt for minutes and reads it again at a fraction of the price. The model
// that answered last has nearly all of it; another has nothing, or what it read when it last answered. With P tokens of
// prompt, C of them cached at the last model and W at the other, g tokens by which each turn grows (P - C: what the
// last one added), a tokens of answer and n turns after this one, and at a model the prices f of a token read the first
// time, c of one read from the cache and o of one written:
//
//   stay = C c + (P - C) f + a o   with the prices of the last model
//   go   = W c + (P - W) f + a o   with those of the other one
//   and to each, for k = 1..n:  K c + (P + k g - K) f + a o  with K = what is cached of P + (k - 1) g tokens
//
// The cold prefix, what reading those C tokens costs more at the other model, is C (f - c of the last) - W (f - c),
// with the other's prices but where said. These are expectations: the conversation may end at this turn, and a provider
// promises no hit.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "llm/usage.h"
#include "route/model.h"

namespace pointsman::route {

// Prompts shorter than this are not cached, longer ones in steps: OpenAI's guide "Prompt caching". Anthropic has no
// steps and, by model, a minimum of 1,024 to 4,096.
inline constexpr std::int64_t kLeastCached = 1024;
inline constexpr std::int64_t kCacheStep = 128;
std::int64_t cacheable(std::int64_t prompt_tokens);

// When a provider caches: of itself, or what the request marks (cache_control).
enum class Caching : std::uint8_t { kAutomatic, kMarked, kUnmarked };
// The tokens that the provider of an answer is expected to have cached afterwards. `prompt_tokens` counts where the
// usage reports none. A provider that caches only what is marked is believed what it reports.
std::int64_t cached_after(const llm::Usage& usage, std::int64_t prompt_tokens, Caching caching);

struct WarmTurn {
  std::int64_t prompt = 0;
  std::int64_t cached = 0;  // more than `prompt`: the provider keeps the conversation, `prompt` is what is new
  std::int64_t cached_at_other = 0;
  std::int64_t answer = 0;
  int later = 0;  // turns after this one
};

struct Going {
  base::Money cold;
  base::Money stay;
  base::Money go;
};

// Nothing where a price is unknown (I6). A model without a price for cached tokens is taken to have no discount.
std::optional<Going> price_of_going(const WarmTurn& turn, const Prices& last, const Prices& other);

// The other way: the tokens cached at the other model, where the cold prefix came to that. 0 where they cost no less
// than others, so that it does not matter.
std::int64_t cached_at_other(base::Money cold, std::int64_t cached, const Prices& last, const Prices& other);

}  // namespace pointsman::route
