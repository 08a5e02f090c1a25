// Ranks the models that may answer a request, best first.
//
// Pure: the same requirements, verdict, market and conditions always give the same order, so that a recorded decision
// can be replayed (I4). Const and reentrant. The order:
//   - a decided category: its models that fit, in the order of the category's strategy (strategy.h), then the fallback
//     list as a way out; if none of the category fits, the fallback list, then any model that does;
//   - no decision (stage fallback, or no category): the fallback list in its order, then nothing weaker (I9); if none
//     of it fits, any model that does, strongest first.
// Unhealthy models come after all healthy ones of the same ranking, marked, as a last resort. Ties keep configured
// order. Last of all the model that a conversation stays with is put first (affinity.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "classify/verdict.h"
#include "llm/chat_request.h"
#include "route/continuity.h"
#include "route/market.h"

namespace pointsman::route {

enum class Misfit : std::uint8_t { kCapabilities, kMaxInput, kContextWindow, kMaxOutput };

struct Exclusion {
  ModelIndex model = 0;
  Misfit misfit = Misfit::kCapabilities;
  llm::CapabilitySet missing;  // kCapabilities
  std::int64_t needed = 0;     // otherwise, tokens
  std::int64_t limit = 0;
};

// Reused from request to request: ranking then allocates nothing.
struct Ranked {
  std::vector<Candidate> candidates;  // never empty after success
  std::vector<Exclusion> excluded;    // of the models that were considered, in the market's order
  // The decided category had no model that fits; candidates come from further up.
  bool escalated = false;
  // Of the decided category; nothing when none was decided.
  std::optional<Strategy> strategy;
  // The model that chance put first within the category (see CandidateOrder), healthy or not.
  std::optional<ModelIndex> drawn;
  Keeping keeping;
};

// Why `model` cannot answer, or nothing if it can. What is unknown about a model does not rule it out. `prompts`: see
// Conditions.
std::optional<Exclusion> misfit(const llm::Requirements& needs, const Market& market, ModelIndex model,
                                std::span<const PromptSize> prompts = {});
// What the request is expected to cost with `model`; nothing if a price is unknown.
std::optional<base::Money> cost_with(ModelIndex model, const llm::Requirements& needs, const Market& market,
                                     std::span<const PromptSize> prompts = {});
// "gpt-4: context window of 8192 tokens, 12000 needed".
std::string describe(const Exclusion& exclusion, const Market& market);

// Fails with kNoCandidate naming, for each model, the requirement that ruled it out.
base::Result<void> rank(const llm::Requirements& needs, const classify::Verdict& verdict, const Market& market,
                        const Conditions& conditions, Ranked& ranked);

}  // namespace pointsman::route
