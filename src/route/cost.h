// What tokens cost. Unknown stays unknown (I6): no usage, no price or usage that contradicts itself gives no amount.
// Pure functions, usable from any thread.
#pragma once

#include <optional>

#include "base/money.h"
#include "llm/chat_request.h"
#include "llm/usage.h"
#include "route/model.h"

namespace pointsman::route {

struct Cost {
  base::Money input;         // the part of the prompt that was not cached
  base::Money cached_input;  // the part that was
  base::Money output;        // reasoning included
  base::Money total() const { return input + cached_input + output; }
};

// Each part is rounded half up to a nano-dollar, and the total is the sum of the parts. Cached tokens cost their own
// price; if the usage has some and that price is unknown, so is the cost.
std::optional<Cost> cost_of(const llm::Usage& usage, const Prices& prices);

// The answer length that ranking assumes: kTypicalOutput, or the client's limit if that is lower. Clients set limits
// far above what comes, so the limit itself would overrate the output price.
inline constexpr std::int64_t kTypicalOutput = 512;
std::int64_t expected_output(const llm::Requirements& needs);

// Estimated prompt and expected answer at these prices, nothing cached.
std::optional<base::Money> expected_cost(const llm::Requirements& needs, const Prices& prices);

}  // namespace pointsman::route
