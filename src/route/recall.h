// What the memory of conversations says about a turn.
// Pure but for that memory, which other threads may write to meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "route/continuity.h"
#include "route/conversation_memory.h"
#include "route/market.h"

namespace pointsman::route {

struct AskedTurn {
  std::uint64_t conversation = 0;  // 0: it belongs to none
  std::uint64_t previous = 0;      // the answer that it goes on from, which its provider keeps; 0: it says all itself
  std::int64_t prompt = 0;         // tokens
  bool tool_results = false;       // nothing but results of tools since the user spoke
};

// What was cached counts no longer than `lifetime`. Nothing is known of a model that the market does not have. What
// each model has cached is written to `cached_at`, which the answer refers to; it is reused from turn to turn.
Continuity recall(const ConversationMemory& memory, const AskedTurn& turn, const Market& market,
                  std::chrono::seconds lifetime, std::chrono::seconds now, std::vector<std::int64_t>& cached_at);

// Notes that `model` answered the turn, and what its provider has cached afterwards.
void note(ConversationMemory& memory, std::uint64_t conversation, const Market& market, ModelIndex model,
          std::int64_t cached, bool kept, std::chrono::seconds now);
// Likewise; `last` but for its age.
void note(ConversationMemory& memory, std::uint64_t conversation, const ConversationMemory::Last& last,
          std::chrono::seconds now);

}  // namespace pointsman::route
