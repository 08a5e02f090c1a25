// How many tokens a prompt has with each model, where models count it differently.
//
// Plain values of one request, owned by its decision; any thread. The ledger keeps what was used of them, so that the
// decision can be made again (I4).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_request.h"
#include "route/candidate.h"

namespace pointsman::route {

struct PromptSize {
  std::int64_t expected = 0;  // what it will probably have: for expected costs
  std::int64_t most = 0;      // what it will hardly have more than: for windows and what is set aside; >= expected
};

// What a request needs of `model`, with the prompt as that model is expected to count it, or at most. `sizes` has one
// for each model of the market, or none: then all count it as `needs` says.
inline llm::Requirements needs_expected(const llm::Requirements& needs, std::span<const PromptSize> sizes,
                                        ModelIndex model) {
  llm::Requirements out = needs;
  if (model < sizes.size()) out.input_tokens = sizes[model].expected;
  return out;
}
inline std::int64_t most_tokens(const llm::Requirements& needs, std::span<const PromptSize> sizes, ModelIndex model) {
  return model < sizes.size() ? sizes[model].most : needs.input_tokens;
}

class Market;

// For the ledger: how the prompt was measured, and what that is in tokens of each model for which it is anything else
// than `measured`: "o200k_base calibrated claude=142/161; gemini=120/133;", or "o200k_base".
std::string describe_sizes(std::string_view measure, std::int64_t measured, std::span<const PromptSize> sizes,
                           const Market& market);
// The sizes again; none where all count as measured. Models that the market does not have are passed over, and so is
// what was cut off.
std::vector<PromptSize> read_sizes(std::string_view text, std::int64_t measured, const Market& market);

}  // namespace pointsman::route
