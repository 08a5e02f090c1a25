// What tokens cost. Unknown stays unknown (I6): no usage, no price of something that was used, or usage that
// contradicts itself gives no amount. Pure functions, usable from any thread.
//
// Where a provider charges long prompts more (OpenAI above 272,000 tokens, Google above 200,000), the whole request is
// priced at the tier that its prompt falls into, cached tokens counted, as their price lists have it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "llm/chat_request.h"
#include "llm/usage.h"
#include "route/model.h"

namespace pointsman::route {

// One line of the bill. Without tokens, or pictures, its price is 0.
struct CostPart {
  std::int64_t tokens = 0;
  base::TokenPrice price;
  base::Money amount;
};

struct Cost {
  CostPart input;             // the part of the prompt that no cache was involved in
  CostPart cached_input;      // read from the provider's cache
  CostPart cache_write;       // written to it for minutes
  CostPart long_cache_write;  // written to it for an hour
  CostPart output;            // reasoning included, unless that is billed apart
  CostPart reasoning;
  base::Money images;
  std::int64_t tier = 0;  // the prompt was longer than this, and so priced at that tier; 0: the base prices
  // How the provider served it, and what that costs as a share of its price list; the prices above have it in them.
  llm::ServiceTier service = llm::ServiceTier::kStandard;
  double share = 1;

  base::Money total() const;
};

// The tier for prompts of that many tokens, or nothing where the base prices hold.
const PriceTier* tier_at(const Prices& prices, std::int64_t prompt_tokens);
Rates rates_at(const Prices& prices, std::int64_t prompt_tokens);

// Each part is rounded half up to a nano-dollar, and the total is the sum of the parts. Tokens written to a cache for
// no stated time count as written for minutes. A prompt with pictures whose number is unknown (`images`) costs an
// unknown amount if they are billed apart; otherwise the number does not matter. A service tier without a price of its
// own, or with pictures that are billed apart, has none.
std::optional<Cost> cost_of(const llm::Usage& usage, const Prices& prices, std::optional<std::int64_t> images = 0);

// What the same usage would have cost with a model that did not answer. Where its price list has none for cache writes
// they count as prompt tokens, which is the least that providers take for them, and priority without a price counts as
// standard: such a figure never flatters.
std::optional<Cost> counterfactual_cost(const llm::Usage& usage, const Prices& prices,
                                        std::optional<std::int64_t> images = 0);

// The most that a request may cost: at most this prompt, at most `choices` answers of at most `output_tokens` each, all
// of it at the dearest price that applies to it. Never less than cost_of any usage within these bounds that was not
// served at a dearer tier than was asked for: with `priority` that one is.
std::optional<base::Money> worst_case(std::int64_t prompt_tokens, std::int64_t output_tokens, const Prices& prices,
                                      std::int64_t choices = 1, std::optional<std::int64_t> images = 0,
                                      bool priority = false);

// The answer length that ranking assumes: the configured typical one, or the client's limit if that is lower. Clients
// set limits far above what comes, so the limit itself would overrate the output price.
inline constexpr std::int64_t kTypicalOutput = 512;
std::int64_t expected_output(const llm::Requirements& needs, std::int64_t typical = kTypicalOutput);

// Estimated prompt and expected answer at these prices, nothing cached.
std::optional<base::Money> expected_cost(const llm::Requirements& needs, const Prices& prices,
                                         std::int64_t typical_output = kTypicalOutput);

}  // namespace pointsman::route
