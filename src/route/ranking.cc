#include "route/ranking.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "route/affinity.h"
#include "route/cost.h"

namespace pointsman::route {
namespace {

// One ranking under way: considers lists of models and keeps each model once.
class Round {
 public:
  Round(const llm::Requirements& needs, const Market& market, const Conditions& conditions, Ranked& ranked)
      : needs_(needs), market_(market), conditions_(conditions), ranked_(ranked) {
    ranked_.candidates.clear();
    ranked_.excluded.clear();
    ranked_.escalated = false;
    ranked_.strategy.reset();
    ranked_.drawn.reset();
    ranked_.keeping = {};
  }

  // Appends the models of the list that fit and are not there yet, in its order; returns how many fit.
  std::size_t consider(const std::vector<ModelIndex>& list, Source source) {
    std::size_t fitting = 0;
    for (const ModelIndex one : list) {
      if (ranks(one)) {
        ++fitting;
        continue;
      }
      if (excluded(one)) continue;
      if (const auto why = misfit(needs_, market_, one, conditions_.prompts)) {
        ranked_.excluded.push_back(*why);
        continue;
      }
      ++fitting;
      ranked_.candidates.push_back({one, source, healthy(one), cost_with(one, needs_, market_, conditions_.prompts)});
    }
    return fitting;
  }

  // Puts the candidates of `category`, the only ones so far, in its order.
  void arrange(std::size_t category) {
    ranked_.strategy = market_.strategy(category);
    ranked_.drawn = market_.order(category).arrange(ranked_.candidates, conditions_);
  }

  void finish() {
    sick_ones_last();
    std::ranges::sort(ranked_.excluded, {}, &Exclusion::model);
  }

 private:
  bool ranks(ModelIndex model) const {
    return std::ranges::find(ranked_.candidates, model, &Candidate::model) != ranked_.candidates.end();
  }
  bool excluded(ModelIndex model) const {
    return std::ranges::find(ranked_.excluded, model, &Exclusion::model) != ranked_.excluded.end();
  }
  bool healthy(ModelIndex model) const {
    return model >= conditions_.health.size() || conditions_.health[model] == Health::kHealthy;
  }

  // Stable, without the buffer that std::stable_partition allocates.
  void sick_ones_last() {
    auto& all = ranked_.candidates;
    auto end_of_healthy = all.begin();
    for (auto at = all.begin(); at != all.end(); ++at) {
      if (at->healthy) end_of_healthy = std::rotate(end_of_healthy, at, at + 1);
    }
  }

  const llm::Requirements& needs_;
  const Market& market_;
  const Conditions& conditions_;
  Ranked& ranked_;
};

bool decided(const classify::Verdict& verdict, const Market& market) {
  return verdict.stage != classify::Stage::kFallback && verdict.category >= 0 &&
         static_cast<std::size_t>(verdict.category) < market.category_count();
}

base::Error nobody(const Market& market, const Ranked& ranked) {
  std::string message = "no configured model can answer this request:";
  const char* separator = " ";
  for (const Exclusion& one : ranked.excluded) {
    message += separator + describe(one, market);
    separator = "; ";
  }
  return base::Error(base::ErrorCode::kNoCandidate, std::move(message), base::Origin::kClient);
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::kCategory:
      return "category";
    case Source::kFallback:
      return "fallback";
    case Source::kAnyModel:
      return "any_model";
    case Source::kExplored:
      return "explored";
    case Source::kBudget:
      return "budget";
    case Source::kKept:
      return "kept";
  }
  return "";
}

std::optional<base::Money> cost_with(ModelIndex model, const llm::Requirements& needs, const Market& market,
                                     std::span<const PromptSize> prompts) {
  return expected_cost(needs_expected(needs, prompts, model), market.model(model).prices, market.typical_output());
}

std::optional<Exclusion> misfit(const llm::Requirements& needs, const Market& market, ModelIndex index,
                                std::span<const PromptSize> prompts) {
  const Model& model = market.model(index);
  const llm::CapabilitySet missing = needs.capabilities.minus(model.capabilities);
  if (!missing.empty()) return Exclusion{index, Misfit::kCapabilities, missing, 0, 0};
  const std::int64_t prompt = most_tokens(needs, prompts, index);
  if (model.max_input && prompt > *model.max_input) {
    return Exclusion{index, Misfit::kMaxInput, {}, prompt, *model.max_input};
  }
  // An answer has at least one token.
  const std::int64_t window = prompt + std::max<std::int64_t>(needs.output_tokens, 1);
  if (model.context_window && window > *model.context_window) {
    return Exclusion{index, Misfit::kContextWindow, {}, window, *model.context_window};
  }
  if (model.max_output && needs.output_tokens > *model.max_output) {
    return Exclusion{index, Misfit::kMaxOutput, {}, needs.output_tokens, *model.max_output};
  }
  return std::nullopt;
}

std::string describe(const Exclusion& exclusion, const Market& market) {
  const std::string& name = market.model(exclusion.model).name;
  switch (exclusion.misfit) {
    case Misfit::kCapabilities:
      return fmt::format("{}: cannot do {}", name, fmt::join(exclusion.missing.names(), ", "));
    case Misfit::kMaxInput:
      return fmt::format("{}: takes {} tokens of input, {} needed", name, exclusion.limit, exclusion.needed);
    case Misfit::kContextWindow:
      return fmt::format("{}: context window of {} tokens, {} needed", name, exclusion.limit, exclusion.needed);
    case Misfit::kMaxOutput:
      return fmt::format("{}: answers with at most {} tokens, {} asked for", name, exclusion.limit, exclusion.needed);
  }
  return name;
}

base::Result<void> rank(const llm::Requirements& needs, const classify::Verdict& verdict, const Market& market,
                        const Conditions& conditions, Ranked& ranked) {
  Round round(needs, market, conditions, ranked);
  bool fits = false;
  if (decided(verdict, market)) {
    const auto category = static_cast<std::size_t>(verdict.category);
    fits = round.consider(market.candidates(category), Source::kCategory) > 0;
    round.arrange(category);
    ranked.escalated = !fits;
  }
  fits = round.consider(market.fallback(), Source::kFallback) > 0 || fits;
  if (!fits) {
    ranked.escalated = true;
    round.consider(market.by_strength(), Source::kAnyModel);
  }
  round.finish();
  if (ranked.candidates.empty()) return base::fail(nobody(market, ranked));
  keep_conversation(needs, market, conditions, ranked);
  return {};
}

}  // namespace pointsman::route
