#include "route/affinity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "route/cold_prefix.h"
#include "route/exploration.h"

namespace pointsman::route {
namespace {

constexpr std::array<std::string_view, 3> kStays = {"off", "price", "always"};

// One conversation at one turn: the model it was with, and the one that is preferred now.
class Choice {
 public:
  Choice(const llm::Requirements& needs, const Market& market, const Conditions& conditions, Ranked& ranked)
      : needs_(needs), market_(market), conditions_(conditions), ranked_(ranked) {}

  void make() {
    const Continuity& before = conditions_.continuity;
    const ModelIndex last = *before.model;
    ranked_.keeping.before = last;
    ranked_.keeping.cached = before.cached;
    if (market_.identity(last) == market_.identity(preferred())) return;
    const auto going = price_of_going({.prompt = needs_.input_tokens,
                                       .cached = before.cached,
                                       .cached_at_other = cached_at_preferred(),
                                       .answer = expected_output(needs_, market_.typical_output()),
                                       .later = market_.affinity().turns},
                                      market_.model(last).prices, market_.model(preferred()).prices);
    if (going) ranked_.keeping.cold = going->cold;
    if (is_admissible(last) && is_wished(going)) {
      put_first(last);
    } else if (before.bound && provider_of(last) != provider_of(preferred())) {
      go_on_with(last);
    }
  }

 private:
  ModelIndex preferred() const { return ranked_.candidates.front().model; }
  const std::string& provider_of(ModelIndex model) const { return market_.model(model).provider; }
  std::int64_t cached_at_preferred() const {
    const Continuity& before = conditions_.continuity;
    if (before.cold) {
      return cached_at_other(*before.cold, before.cached, market_.model(*before.model).prices,
                             market_.model(preferred()).prices);
    }
    return preferred() < before.cached_at.size() ? before.cached_at[preferred()] : 0;
  }
  bool can_answer(ModelIndex model) const {
    const bool healthy = model >= conditions_.health.size() || conditions_.health[model] == Health::kHealthy;
    return healthy && !misfit(needs_, market_, model, conditions_.prompts);
  }

  bool is_admissible(ModelIndex last) const {
    if (market_.affinity().stay == Stay::kOff || !can_answer(last)) return false;
    const auto& all = ranked_.candidates;
    const bool of_category = std::ranges::any_of(
        all, [&](const Candidate& one) { return one.model == last && one.source == Source::kCategory; });
    return of_category || more_capable(market_, last, preferred());
  }

  bool is_wished(const std::optional<Going>& going) const {
    if (market_.affinity().stay == Stay::kAlways || conditions_.continuity.going_on) return true;
    if (ranked_.drawn) return false;  // what lots decide is not for sale
    return conditions_.continuity.cached > 0 && going && going->stay < going->go;
  }

  void put_first(ModelIndex model) {
    auto& all = ranked_.candidates;
    auto found = std::ranges::find(all, model, &Candidate::model);
    if (found == all.end()) {
      all.push_back({model, Source::kKept, true, cost_with(model, needs_, market_, conditions_.prompts)});
      found = all.end() - 1;
    }
    std::rotate(all.begin(), found, found + 1);
    ranked_.keeping.kept = model;
  }

  // The best candidate of the provider that keeps the conversation; if there is none, its most capable model.
  void go_on_with(ModelIndex last) {
    const auto theirs = [&](ModelIndex model) { return provider_of(model) == provider_of(last) && can_answer(model); };
    const auto candidate =
        std::ranges::find_if(ranked_.candidates, [&](const Candidate& one) { return theirs(one.model); });
    std::optional<ModelIndex> chosen;
    if (candidate != ranked_.candidates.end()) {
      chosen = candidate->model;
    } else if (const auto any = std::ranges::find_if(market_.by_strength(), theirs);
               any != market_.by_strength().end()) {
      chosen = *any;
    }
    if (!chosen) return;
    put_first(*chosen);
    ranked_.keeping.cold.reset();  // there is no choice to put a price on
  }

  const llm::Requirements& needs_;
  const Market& market_;
  const Conditions& conditions_;
  Ranked& ranked_;
};

}  // namespace

std::string_view to_string(Stay stay) {
  return kStays[static_cast<std::size_t>(stay)];
}

std::optional<Stay> stay_from(std::string_view name) {
  const auto found = std::ranges::find(kStays, name);
  if (found == kStays.end()) return std::nullopt;
  return static_cast<Stay>(found - kStays.begin());
}

void keep_conversation(const llm::Requirements& needs, const Market& market, const Conditions& conditions,
                       Ranked& ranked) {
  if (conditions.continuity.model && *conditions.continuity.model < market.models().size()) {
    Choice(needs, market, conditions, ranked).make();
  }
}

std::string describe_kept(std::string_view model, std::int64_t cached, const std::optional<base::Money>& cold) {
  if (!cold) return fmt::format("kept with {}: the conversation goes on where it was", model);
  if (cold->nanos <= 0) {
    return fmt::format("kept with {}: its provider has about {} tokens cached, staying costs less in the end", model,
                       cached);
  }
  return fmt::format("kept with {}: its provider has about {} tokens cached, moving would cost ${}", model, cached,
                     cold->to_string());
}

}  // namespace pointsman::route
