#include "route/cost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace pointsman::route {
namespace {

using base::Money;
using base::TokenPrice;

// More than any prompt or answer has; larger figures are no counts.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 53;
constexpr __int128 kMostNanos = std::numeric_limits<std::int64_t>::max();

// The tokens of a usage, apart by what they cost.
struct Split {
  std::int64_t input = 0;
  std::int64_t cached = 0;
  std::int64_t written = 0;
  std::int64_t written_long = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;
};

bool is_count(std::int64_t tokens) {
  return tokens >= 0 && tokens <= kMostTokens;
}

// Nothing if the parts do not fit into the whole.
std::optional<Split> split(const llm::Usage& usage, bool reasoning_apart) {
  if (!usage.known() || (reasoning_apart && !usage.reasoning_tokens)) return std::nullopt;
  Split out;
  out.cached = usage.cached_input_tokens.value_or(0);
  out.written_long = usage.long_cache_write_tokens.value_or(0);
  const std::int64_t written = usage.cache_write_tokens.value_or(out.written_long);
  const std::int64_t reasoning = usage.reasoning_tokens.value_or(0);
  for (const std::int64_t one :
       {*usage.input_tokens, *usage.output_tokens, out.cached, out.written_long, written, reasoning}) {
    if (!is_count(one)) return std::nullopt;
  }
  out.written = written - out.written_long;
  out.input = *usage.input_tokens - out.cached - written;
  out.output = *usage.output_tokens - reasoning;
  if (out.written < 0 || out.input < 0 || out.output < 0) return std::nullopt;
  out.reasoning = reasoning;
  if (!reasoning_apart) {
    out.output += reasoning;
    out.reasoning = 0;
  }
  return out;
}

// False if there are tokens and no price.
bool charge(std::int64_t tokens, const std::optional<TokenPrice>& price, CostPart& out) {
  if (tokens == 0) return true;
  if (!price) return false;
  out = {.tokens = tokens, .price = *price, .amount = price->times(tokens)};
  return true;
}

std::array<const CostPart*, 6> parts(const Cost& cost) {
  return {&cost.input, &cost.cached_input, &cost.cache_write, &cost.long_cache_write, &cost.output, &cost.reasoning};
}

// What that tier costs, as a share of the price list.
std::optional<double> share_of(llm::ServiceTier tier, const Prices& prices) {
  switch (tier) {
    case llm::ServiceTier::kStandard:
      return 1;
    case llm::ServiceTier::kFlex:
      return prices.flex;
    case llm::ServiceTier::kPriority:
      return prices.priority;
    case llm::ServiceTier::kBatch:
      return prices.batch;
    default:
      return std::nullopt;
  }
}

// Each rounded half up to a pico-dollar.
Rates scaled(Rates rates, double share) {
  for (auto* one : {&rates.input, &rates.cached_input, &rates.output, &rates.cache_write, &rates.long_cache_write,
                    &rates.reasoning}) {
    if (*one) (*one)->picos = std::llround(static_cast<double>((*one)->picos) * share);
  }
  return rates;
}

std::optional<Cost> charge_all(const llm::Usage& usage, Rates rates, const Prices& prices,
                               std::optional<std::int64_t> images, std::optional<double> share) {
  if (!rates.known() || !share || (prices.image && *share != 1 && images != 0)) return std::nullopt;
  if (*share != 1) rates = scaled(rates, *share);
  const auto tokens = split(usage, rates.reasoning.has_value());
  if (!tokens) return std::nullopt;
  Cost cost{.service = usage.tier, .share = *share};
  if (const PriceTier* tier = tier_at(prices, *usage.input_tokens)) cost.tier = tier->above;
  const bool priced =
      charge(tokens->input, rates.input, cost.input) && charge(tokens->cached, rates.cached_input, cost.cached_input) &&
      charge(tokens->written, rates.cache_write, cost.cache_write) &&
      charge(tokens->written_long, rates.long_cache_write, cost.long_cache_write) &&
      charge(tokens->output, rates.output, cost.output) && charge(tokens->reasoning, rates.reasoning, cost.reasoning);
  if (!priced) return std::nullopt;
  __int128 sum = 0;
  if (prices.image) {
    if (!images || !is_count(*images)) return std::nullopt;
    sum = static_cast<__int128>(prices.image->nanos) * *images;
    if (sum > kMostNanos) return std::nullopt;
    cost.images = Money{static_cast<std::int64_t>(sum)};
  }
  for (const CostPart* part : parts(cost)) sum += part->amount.nanos;
  if (sum > kMostNanos) return std::nullopt;
  return cost;
}

// The dearest of those that are known.
TokenPrice dearest(std::initializer_list<std::optional<TokenPrice>> prices) {
  TokenPrice most;
  for (const auto& one : prices) most = std::max(most, one.value_or(TokenPrice{}));
  return most;
}

// In pico-dollars.
std::optional<__int128> worst_at(const Rates& rates, std::int64_t prompt, __int128 output) {
  if (!rates.known()) return std::nullopt;
  const TokenPrice in = dearest({rates.input, rates.cached_input, rates.cache_write, rates.long_cache_write});
  const TokenPrice out = dearest({rates.output, rates.reasoning});
  return static_cast<__int128>(in.picos) * prompt + static_cast<__int128>(out.picos) * output;
}

}  // namespace

Money Cost::total() const {
  Money sum = images;
  for (const CostPart* part : parts(*this)) sum += part->amount;
  return sum;
}

const PriceTier* tier_at(const Prices& prices, std::int64_t prompt_tokens) {
  const PriceTier* found = nullptr;
  for (const PriceTier& tier : prices.tiers) {
    if (prompt_tokens > tier.above) found = &tier;
  }
  return found;
}

Rates rates_at(const Prices& prices, std::int64_t prompt_tokens) {
  const PriceTier* tier = tier_at(prices, prompt_tokens);
  return tier != nullptr ? Rates(*tier) : prices.base_rates();
}

std::optional<Cost> cost_of(const llm::Usage& usage, const Prices& prices, std::optional<std::int64_t> images) {
  if (!usage.known()) return std::nullopt;
  return charge_all(usage, rates_at(prices, *usage.input_tokens), prices, images, share_of(usage.tier, prices));
}

std::optional<Cost> counterfactual_cost(const llm::Usage& usage, const Prices& prices,
                                        std::optional<std::int64_t> images) {
  if (!usage.known()) return std::nullopt;
  Rates rates = rates_at(prices, *usage.input_tokens);
  if (!rates.cache_write) rates.cache_write = rates.input;
  if (!rates.long_cache_write) rates.long_cache_write = rates.cache_write;
  auto share = share_of(usage.tier, prices);
  if (!share && usage.tier == llm::ServiceTier::kPriority) share = 1;
  return charge_all(usage, rates, prices, images, share);
}

std::optional<Money> worst_case(std::int64_t prompt_tokens, std::int64_t output_tokens, const Prices& prices,
                                std::int64_t choices, std::optional<std::int64_t> images, bool priority) {
  // A sum of six parts, each rounded up by at most half a nano-dollar.
  constexpr __int128 kRounding = 3;
  if (!is_count(prompt_tokens) || !is_count(output_tokens) || !is_count(choices)) return std::nullopt;
  const __int128 output = static_cast<__int128>(output_tokens) * choices;
  if (output > kMostTokens) return std::nullopt;
  auto worst = worst_at(prices.base_rates(), prompt_tokens, output);
  if (!worst) return std::nullopt;
  for (const PriceTier& tier : prices.tiers) {
    if (prompt_tokens <= tier.above) continue;
    const auto here = worst_at(tier, prompt_tokens, output);
    if (!here) return std::nullopt;
    worst = std::max(*worst, *here);
  }
  if (priority && !prices.priority) return std::nullopt;
  const double share = priority ? std::max(1.0, *prices.priority) : 1.0;
  if (share != 1) {
    // Rounded up, and so is each price by half a pico-dollar at most.
    const double most =
        std::ceil(static_cast<double>(*worst) * share * (1 + 1e-12)) + static_cast<double>(prompt_tokens + output);
    if (most >= static_cast<double>(kMostNanos)) return std::nullopt;
    worst = static_cast<__int128>(most);
  }
  __int128 nanos = (*worst + 999) / 1000 + kRounding;
  if (prices.image) {
    if (!images || !is_count(*images)) return std::nullopt;
    nanos += static_cast<__int128>(prices.image->nanos) * *images;
  }
  if (nanos > kMostNanos) return std::nullopt;
  return Money{static_cast<std::int64_t>(nanos)};
}

std::int64_t expected_output(const llm::Requirements& needs, std::int64_t typical) {
  return needs.output_tokens > 0 ? std::min(needs.output_tokens, typical) : typical;
}

std::optional<Money> expected_cost(const llm::Requirements& needs, const Prices& prices, std::int64_t typical_output) {
  const Rates rates = rates_at(prices, needs.input_tokens);
  if (!rates.known()) return std::nullopt;
  return rates.input->times(needs.input_tokens) + rates.output->times(expected_output(needs, typical_output));
}

}  // namespace pointsman::route
