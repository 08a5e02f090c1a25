#include "route/cold_prefix.h"

#include <algorithm>
#include <limits>

namespace pointsman::route {
namespace {

// Pico-dollars; sums of products of 64 bits.
using Picos = __int128;

// More tokens than any prompt has: what is stated beyond is no count, and no sum of ours overflows.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 40;
constexpr int kMostTurns = 1000;
constexpr std::int64_t kMostSoFar = 100;  // that are guessed

base::Money to_money(Picos picos) {
  const Picos rounded = picos >= 0 ? (picos + 500) / 1000 : (picos - 499) / 1000;
  constexpr Picos kMost = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int64_t>(std::clamp(rounded, -kMost, kMost))};
}

std::int64_t bounded(std::int64_t tokens) {
  return std::clamp<std::int64_t>(tokens, 0, kMostTokens);
}

// One model's prices of a turn, per token.
struct Rate {
  Picos fresh = 0;
  Picos cached = 0;
  Picos output = 0;

  Picos turn(std::int64_t prompt, std::int64_t from_cache, std::int64_t answer) const {
    return fresh * (prompt - from_cache) + cached * from_cache + output * answer;
  }
};

std::optional<Rate> rate_of(const Prices& prices) {
  if (!prices.known()) return std::nullopt;
  Rate out{.fresh = prices.input->picos, .cached = prices.input->picos, .output = prices.output->picos};
  if (prices.cached_input) out.cached = prices.cached_input->picos;
  return out;
}

// A conversation that is longer than the turns expected is expected to be half-way, which is what durations with heavy
// tails come to: it took about prompt / growth turns to become as long as it is.
int later_turns_of(int expected, std::int64_t prompt, std::int64_t growth) {
  const std::int64_t so_far = prompt / std::max<std::int64_t>(growth, 1);
  return std::max(std::clamp(expected, 0, kMostTurns), static_cast<int>(std::min(so_far, kMostSoFar)));
}

// All turns after the first.
Picos later_turns(const Rate& rate, std::int64_t prompt, std::int64_t growth, std::int64_t answer, int turns) {
  Picos sum = 0;
  for (int k = 1; k <= turns; ++k) {
    const std::int64_t before = prompt;
    prompt += growth;
    sum += rate.turn(prompt, cacheable(before), answer);
  }
  return sum;
}

}  // namespace

std::int64_t cacheable(std::int64_t prompt_tokens) {
  return prompt_tokens < kLeastCached ? 0 : prompt_tokens - prompt_tokens % kCacheStep;
}

std::int64_t cached_after(const llm::Usage& usage, std::int64_t prompt_tokens, Caching caching) {
  const std::int64_t prompt = std::clamp<std::int64_t>(usage.input_tokens.value_or(prompt_tokens), 0, kMostTokens);
  if (caching == Caching::kAutomatic) return cacheable(prompt);
  if (usage.cached_input_tokens || usage.cache_write_tokens) {
    const auto count = [&](const std::optional<std::int64_t>& tokens) {
      return std::clamp<std::int64_t>(tokens.value_or(0), 0, prompt);
    };
    return std::min(prompt, count(usage.cached_input_tokens) + count(usage.cache_write_tokens));
  }
  return caching == Caching::kMarked ? cacheable(prompt) : 0;
}

std::optional<Going> price_of_going(const WarmTurn& turn, const Prices& last, const Prices& other) {
  const auto here = rate_of(last);
  const auto there = rate_of(other);
  if (!here || !there) return std::nullopt;
  const std::int64_t cached = bounded(turn.cached);
  const std::int64_t stated = bounded(turn.prompt);
  const std::int64_t prompt = cached > stated ? cached + stated : stated;
  const std::int64_t growth = prompt - cached;
  const std::int64_t warm = std::min(bounded(turn.cached_at_other), cached);
  const std::int64_t answer = bounded(turn.answer);
  const int later = later_turns_of(turn.later, prompt, growth);
  const Picos after = later_turns(*here, prompt, growth, answer, later);
  return Going{.cold = to_money((there->fresh - here->cached) * cached - (there->fresh - there->cached) * warm),
               .stay = to_money(here->turn(prompt, cached, answer) + after),
               .go = to_money(there->turn(prompt, warm, answer) + later_turns(*there, prompt, growth, answer, later))};
}

std::int64_t cached_at_other(base::Money cold, std::int64_t cached, const Prices& last, const Prices& other) {
  const auto here = rate_of(last);
  const auto there = rate_of(other);
  if (!here || !there || there->fresh <= there->cached) return 0;
  const Picos rest = (there->fresh - here->cached) * bounded(cached) - Picos{cold.nanos} * 1000;
  const Picos each = there->fresh - there->cached;
  const Picos tokens = (rest + each / 2) / each;  // to the nearest: `cold` is rounded
  return static_cast<std::int64_t>(std::clamp<Picos>(tokens, 0, bounded(cached)));
}

}  // namespace pointsman::route
