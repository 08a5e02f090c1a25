// How the candidates of one category are put in order: one small class for each way, behind one seam.
//
// Pure: candidates and conditions alone decide, so that a recorded decision can be made again (I4). Const and
// reentrant. Health is not their business: the ranking moves unhealthy candidates back afterwards. Each order is
// stable: what it cannot tell apart stays as configured.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "route/candidate.h"
#include "route/continuity.h"
#include "route/prompt_size.h"

namespace pointsman::route {

enum class Strategy : std::uint8_t {
  kPrice,       // cheapest expected cost first, unknown costs last
  kPreference,  // as configured
  kLatency,     // the quickest to answer of late first, with a share of requests for the others
  kSplit,       // drawn by weight, once for each conversation
  kEscalate,    // as configured, the weakest first; its answer is judged before it is released
};
std::string_view to_string(Strategy strategy);  // "price", "preference", "latency", "split", "escalate"
std::optional<Strategy> strategy_from(std::string_view name);

// Recent time to the first byte; nothing while too few answers are known.
using Pace = std::optional<std::chrono::microseconds>;

// What an order may depend on besides request and market. The ledger keeps what was used of it.
struct Conditions {
  std::span<const Health> health;       // one for each model of the market, or none: all healthy
  std::span<const Pace> paces;          // one for each model of the market, or none: nothing is known
  std::uint64_t conversation = 0;       // llm::ChatRequest::conversation
  std::uint64_t lot = UINT64_MAX;       // drawn evenly for each request
  Continuity continuity;                // where the conversation was before
  std::span<const PromptSize> prompts;  // one for each model of the market, or none: all count as the request says
};

// How much of a category's traffic a model gets, relative to the others.
struct Weight {
  std::string model;
  std::int64_t weight = 1;
};

class CandidateOrder {
 public:
  virtual ~CandidateOrder() = default;
  // Puts the candidates of one category in order, best first. The answer is the model that chance put there: the arm
  // of a split, or the model that an order by latency looks at again; nothing where no lot was drawn.
  virtual std::optional<ModelIndex> arrange(std::span<Candidate> candidates, const Conditions& conditions) const = 0;
};
using CandidateOrderPtr = std::shared_ptr<const CandidateOrder>;

// The share of requests for which an order by latency puts one of the category's models first at random, each as likely
// as any other: what is known of a model that is never asked would grow old.
inline constexpr double kExplored = 0.05;

struct Arm {
  ModelIndex model = 0;
  std::string_view name;
  std::int64_t weight = 1;
};

// `arms`, the category's models in configured order, and its name matter to splits only.
CandidateOrderPtr make_order(Strategy strategy, std::string_view category, std::span<const Arm> arms);

}  // namespace pointsman::route
