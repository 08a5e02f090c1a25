#include "gateway/judge.h"

#include <array>
#include <cmath>

namespace pointsman::gateway {

std::string_view to_string(Worth worth) {
  constexpr std::array<std::string_view, 9> kNames = {"good",        "not_whole", "filtered", "empty",   "broken_call",
                                                      "broken_json", "cut_short", "unsure",   "too_long"};
  return kNames[static_cast<std::size_t>(worth)];
}

std::optional<float> confidence_of(const wire::openai_chat::AnswerFacts& facts) {
  if (!facts.mean_logprob) return std::nullopt;
  return static_cast<float>(std::exp(*facts.mean_logprob));
}

Worth judge(const wire::openai_chat::AnswerFacts& facts, const llm::ChatRequest& request, float min_confidence) {
  if (!facts.whole) return Worth::kNotWhole;
  if (facts.filtered) return Worth::kFiltered;
  if (facts.empty) return Worth::kEmpty;
  if (facts.broken_call) return Worth::kBrokenCall;
  if (facts.broken_json) return Worth::kBrokenJson;
  // A limit that the client set would cut any other model's answer, too.
  if (facts.cut_short && request.needs.output_tokens == 0) return Worth::kCutShort;
  const auto confidence = confidence_of(facts);
  return confidence && *confidence < min_confidence ? Worth::kUnsure : Worth::kGood;
}

bool is_judged(const Decision& decision, const route::Market& market, const llm::ChatRequest& request,
               std::size_t place) {
  const route::Ranked& ranked = decision.ranked;
  if (ranked.strategy != route::Strategy::kEscalate || request.stream) return false;
  const auto& all = ranked.candidates;
  if (all[place].source != route::Source::kCategory || place + 1 >= all.size()) return false;
  const route::Candidate& next = all[place + 1];
  return next.healthy && (next.source == route::Source::kCategory || next.model == market.fallback().front());
}

}  // namespace pointsman::gateway
