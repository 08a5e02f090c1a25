// What simulated conversations would be billed: decided by route::rank with the memory of conversations that the
// gateway has, answered by simulated providers with caches, priced by route::cost_of with the catalogue's prices.
#pragma once

#include <cstdint>

#include "affinity/simulated_talks.h"
#include "base/result.h"
#include "route/market.h"

namespace pointsman::bench {

// Models for the four categories, with the built-in catalogue's prices.
enum class Offer : std::uint8_t {
  kLadder,       // nine of two providers, from cheap to dear: each category has its own, the cheapest first
  kSpecialists,  // three of three providers at like prices: each category may have any, and prefers another one
};
std::string_view to_string(Offer offer);  // "ladder", "specialists"
base::Result<route::Market> affinity_market(Offer offer, const route::AffinityRules& rules);

struct Bill {
  base::Money money;
  std::int64_t prompt = 0;  // tokens
  std::int64_t cached = 0;  // of them, read from a cache
  std::int64_t turns = 0;
  std::int64_t moves = 0;  // turns that another model answered than the one before
  std::int64_t kept = 0;   // turns that affinity kept with their model
};

// Of `count` conversations of a kind, one after the other. The same seed gives the same conversations whatever the
// market's rules are.
base::Result<Bill> replay_bill(const route::Market& market, Talk talk, int count, std::uint64_t seed);

}  // namespace pointsman::bench
