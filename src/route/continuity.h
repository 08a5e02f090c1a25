// Where a conversation was before the turn at hand, and what that made of its decision.
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/money.h"
#include "route/candidate.h"

namespace pointsman::route {

// Whether a conversation stays with the model whose provider has its beginning cached.
enum class Stay : std::uint8_t {
  kOff,
  kPrice,   // where going would cost more over the turns expected
  kAlways,  // while that model fits and is healthy
};
std::string_view to_string(Stay stay);  // "off", "price", "always"
std::optional<Stay> stay_from(std::string_view name);

struct AffinityRules {
  Stay stay = Stay::kOff;
  int turns = 4;  // that a conversation is expected to go on for after the one at hand
};

// What is known of a conversation; the ledger keeps it, so that the decision can be made again (I4).
struct Continuity {
  std::optional<ModelIndex> model;  // that answered last; nothing: unknown
  // Tokens that its provider is expected to have cached. More than the prompt at hand has: the provider keeps the
  // conversation, and the request holds only what is new.
  std::int64_t cached = 0;
  // The same of every model of the market, or none: nothing is known of the others. Of a recorded conversation `cold`
  // is known instead: Keeping's, from which follows what the model preferred had cached.
  std::span<const std::int64_t> cached_at;
  std::optional<base::Money> cold;
  bool bound = false;     // what the turn goes on from is kept by that model's provider, and by nobody else
  bool going_on = false;  // the turn returns results of tools, and the conversation was kept for the turn's beginning
};

// What came of it.
struct Keeping {
  std::optional<ModelIndex> before;  // the model that answered last
  std::int64_t cached = 0;
  // What reading the cached tokens with the model preferred otherwise would cost more, most of them or all anew;
  // nothing where that is unknown, where it is the same model, or where the turn is bound to a provider.
  std::optional<base::Money> cold;
  std::optional<ModelIndex> kept;  // the model that it put first
};

}  // namespace pointsman::route
