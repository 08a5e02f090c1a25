#include "affinity/replayed_bill.h"

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "route/catalogue.h"
#include "route/cold_prefix.h"
#include "route/cost.h"
#include "route/ranking.h"
#include "route/recall.h"

namespace pointsman::bench {
namespace {

using base::Result;
using std::chrono::seconds;

constexpr seconds kLifetime = std::chrono::minutes(5);  // of caches, and router.affinity.lifetime
constexpr double kMisses = 0.05;    // a prompt that should be cached and is not: it reached another machine
constexpr double kEstimate = 1.15;  // the prompt's estimate is a little high

// What one provider's caches hold of one conversation.
class SimulatedCaches {
 public:
  explicit SimulatedCaches(std::uint64_t seed) : rng_(seed) {}

  // Tokens read from the model's cache; the whole prompt is cached from now on.
  std::int64_t read(route::ModelIndex model, std::int64_t prompt, seconds now) {
    Held& held = held_[model];
    const bool miss = rng_.uniform() < kMisses;
    const std::int64_t hit = now > held.until || miss ? 0 : std::min(held.tokens, route::cacheable(prompt));
    held = {.tokens = route::cacheable(prompt), .until = now + kLifetime};
    return hit;
  }

 private:
  struct Held {
    std::int64_t tokens = 0;
    seconds until{-1};
  };
  std::map<route::ModelIndex, Held> held_;
  base::Rng rng_;
};

// One conversation on its way.
class Replay {
 public:
  Replay(const route::Market& market, route::ConversationMemory& memory, std::uint64_t key, std::uint64_t seed)
      : market_(market), memory_(memory), key_(key), caches_(seed) {}

  Result<void> take(const Turn& turn, seconds now, Bill& bill) {
    const auto estimate = static_cast<std::int64_t>(static_cast<double>(turn.prompt) * kEstimate);
    const llm::Requirements needs{.input_tokens = estimate};
    const classify::Verdict verdict{.category = turn.category, .stage = classify::Stage::kLocal};
    const route::AskedTurn asked{.conversation = key_, .prompt = estimate, .tool_results = turn.tool_results};
    const route::Conditions conditions{
        .conversation = key_, .continuity = route::recall(memory_, asked, market_, kLifetime, now, cached_at_)};
    PM_CHECK(route::rank(needs, verdict, market_, conditions, ranked_));
    const route::ModelIndex model = ranked_.candidates.front().model;
    const std::int64_t cached = caches_.read(model, turn.prompt, now);
    const llm::Usage usage{.input_tokens = turn.prompt, .cached_input_tokens = cached, .output_tokens = turn.answer};
    const auto cost = route::cost_of(usage, market_.model(model).prices);
    if (!cost) return base::fail(base::ErrorCode::kInternal, market_.model(model).name + " has no known price");
    const std::int64_t held = route::cached_after(usage, estimate, route::Caching::kAutomatic);
    route::note(memory_, key_, market_, model, held, ranked_.keeping.kept == model, now);
    bill.money += cost->total();
    bill.prompt += turn.prompt;
    bill.cached += cached;
    ++bill.turns;
    if (ranked_.keeping.before && ranked_.keeping.before != model) ++bill.moves;
    if (ranked_.keeping.kept) ++bill.kept;
    return {};
  }

 private:
  const route::Market& market_;
  route::ConversationMemory& memory_;
  std::uint64_t key_;
  SimulatedCaches caches_;
  route::Ranked ranked_;
  std::vector<std::int64_t> cached_at_;
};

}  // namespace

std::string_view to_string(Offer offer) {
  return offer == Offer::kLadder ? "ladder" : "specialists";
}

Result<route::Market> affinity_market(Offer offer, const route::AffinityRules& rules) {
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  std::vector<route::MarketModel> models;
  const auto add = [&](std::string_view name) {
    const route::CatalogueEntry* known = catalogue.find(name);
    if (known != nullptr) models.push_back({known->model, known->tier});
  };
  std::vector<route::CategoryCandidates> categories;
  if (offer == Offer::kLadder) {
    for (const char* name : {"gpt-5.6-sol", "claude-opus-4-6", "gpt-5.4", "claude-sonnet-5", "gpt-5.6-terra",
                             "gpt-5.3-codex", "claude-haiku-4-5", "gpt-5.4-mini", "gpt-5.6-luna"}) {
      add(name);
    }
    categories = {{"simple", {"gpt-5.6-luna", "gpt-5.4-mini", "claude-haiku-4-5"}},
                  {"tools", {"claude-haiku-4-5", "gpt-5.4-mini"}},
                  {"code", {"claude-sonnet-5", "gpt-5.3-codex", "gpt-5.6-terra"}},
                  {"hard", {"gpt-5.6-sol", "claude-opus-4-6", "gpt-5.4"}}};
  } else {
    for (const char* name : {"claude-sonnet-5", "gpt-5.3-codex", "gemini-3.1-pro-preview"}) add(name);
    constexpr auto kPreference = route::Strategy::kPreference;
    categories = {{"simple", {"gemini-3.1-pro-preview", "gpt-5.3-codex", "claude-sonnet-5"}, kPreference},
                  {"tools", {"gpt-5.3-codex", "claude-sonnet-5", "gemini-3.1-pro-preview"}, kPreference},
                  {"code", {"claude-sonnet-5", "gpt-5.3-codex", "gemini-3.1-pro-preview"}, kPreference},
                  {"hard", {"gemini-3.1-pro-preview", "claude-sonnet-5", "gpt-5.3-codex"}, kPreference}};
  }
  return route::Market::build(std::move(models), categories, {}, route::kTypicalOutput, rules);
}

Result<Bill> replay_bill(const route::Market& market, Talk talk, int count, std::uint64_t seed) {
  base::Rng rng(seed);
  route::ConversationMemory memory;
  Bill bill;
  seconds now{1'000'000};
  for (int i = 0; i < count; ++i) {
    const std::vector<Turn> turns = simulate_talk(talk, rng);
    const std::uint64_t luck = rng.next();
    Replay replay(market, memory, base::xxh3("talk", luck), luck);
    for (const Turn& turn : turns) {
      now += turn.after;
      PM_CHECK(replay.take(turn, now, bill));
    }
  }
  return bill;
}

}  // namespace pointsman::bench
