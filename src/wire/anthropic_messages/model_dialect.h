// What a model takes of the request members that changed between generations, told by its name; and how much thinking
// an effort stands for.
//
// Pure. Source: the provider's guide to migrating between models. Up to 4.5 a model thinks within a budget of tokens;
// 4.6 takes a budget or an effort; from 4.7 on only an effort, and neither temperature nor top_p nor top_k. The version
// is read from names such as "claude-3-5-haiku-20241022", "claude-opus-4-7" and "anthropic.claude-sonnet-5-v1:0".
// Compatible servers with models of other names follow the older ways.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::wire::anthropic_messages {

struct ModelDialect {
  bool effort = false;    // thinking {"type":"adaptive"} and output_config.effort
  bool budget = true;     // thinking {"type":"enabled","budget_tokens":N}
  bool xhigh = false;     // the effort between "high" and "max"
  bool sampling = true;   // temperature, top_p, top_k
  bool both_cuts = true;  // temperature and top_p in one request
  bool disabled = true;   // thinking {"type":"disabled"}: where models think unless told not to
};
ModelDialect dialect_of(std::string_view model);

// The API's least budget.
inline constexpr std::int64_t kLeastBudget = 1024;

// Tokens that an effort stands for where only a budget is taken: minimal 1024, low 2048, medium 8192, high 16384,
// xhigh 32768, max 65536. Nothing for "none" and for unknown names.
std::optional<std::int64_t> budget_of(std::string_view effort);
// The other way: the least effort whose budget is not below `budget`, at most "max" and at least "low".
std::string_view effort_of(std::int64_t budget);

}  // namespace pointsman::wire::anthropic_messages
