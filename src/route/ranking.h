// Ranks the models that may answer a request, best first.
//
// Pure: the same requirements, verdict, market and health always give the same order, so that a recorded decision can
// be replayed (I4). Const and reentrant. The order:
//   - a decided category: its models that fit, cheapest expected cost first (unknown prices after known ones), then the
//     fallback list as a way out; if none of the category fits, the fallback list, then any model that does;
//   - no decision (stage fallback, or no category): the fallback list in its order, then nothing weaker (I9); if none
//   of
//     it fits, any model that does, strongest first.
// Unhealthy models come after all healthy ones of the same ranking, marked, as a last resort. Ties keep configured
// order.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "classify/verdict.h"
#include "llm/chat_request.h"
#include "route/market.h"

namespace pointsman::route {

enum class Health : std::uint8_t { kHealthy, kUnhealthy };

// Which list a candidate came from.
enum class Source : std::uint8_t { kCategory, kFallback, kAnyModel };
std::string_view to_string(Source source);  // "category", "fallback", "any_model"

struct Candidate {
  ModelIndex model = 0;
  Source source = Source::kCategory;
  bool healthy = true;
  std::optional<base::Money> expected_cost;  // unknown if a price is
};

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
};

// Why `model` cannot answer, or nothing if it can. What is unknown about a model does not rule it out.
std::optional<Exclusion> misfit(const llm::Requirements& needs, const Market& market, ModelIndex model);
// "gpt-4: context window of 8192 tokens, 12000 needed".
std::string describe(const Exclusion& exclusion, const Market& market);

// `health` has one value per model of the market, or none at all if all are healthy. Fails with kNoCandidate naming,
// for each model, the requirement that ruled it out.
base::Result<void> rank(const llm::Requirements& needs, const classify::Verdict& verdict, const Market& market,
                        std::span<const Health> health, Ranked& ranked);

}  // namespace pointsman::route
