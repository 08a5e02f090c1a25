#include "route/recall.h"

#include <algorithm>
#include <string_view>

#include "base/hash.h"
#include "route/cold_prefix.h"

namespace pointsman::route {

namespace {

// What one model has cached of a conversation is noted under a name of its own.
std::uint64_t at_model(std::uint64_t conversation, std::uint32_t identity) {
  const std::string_view bytes(reinterpret_cast<const char*>(&conversation), sizeof conversation);
  return conversation == 0 ? 0 : std::max<std::uint64_t>(base::xxh3(bytes, identity + 1), 1);
}

}  // namespace

Continuity recall(const ConversationMemory& memory, const AskedTurn& turn, const Market& market,
                  std::chrono::seconds lifetime, std::chrono::seconds now, std::vector<std::int64_t>& cached_at) {
  cached_at.clear();
  const auto made = memory.find(turn.previous, now);
  const auto last = made ? made : memory.find(turn.conversation, now);
  const auto model = last ? market.find_identity(last->model) : std::nullopt;
  if (!model) return {};
  Continuity out{.model = model, .bound = made.has_value(), .going_on = last->kept && turn.tool_results};
  // A prompt that is shorter than what is cached is not the old one made longer, unless the provider has the old one.
  const auto of = [&](const ConversationMemory::Last& one) {
    if (one.age > lifetime) return std::int64_t{0};
    return out.bound ? one.tokens : std::min(one.tokens, cacheable(turn.prompt));
  };
  out.cached = of(*last);
  if (out.bound) return out;
  for (ModelIndex i = 0; i < market.models().size(); ++i) {
    const std::uint32_t identity = market.identity(i);
    const auto there = memory.find(at_model(turn.conversation, identity), now);
    cached_at.push_back(there && there->model == identity ? of(*there) : 0);
  }
  out.cached_at = cached_at;
  return out;
}

void note(ConversationMemory& memory, std::uint64_t conversation, const Market& market, ModelIndex model,
          std::int64_t cached, bool kept, std::chrono::seconds now) {
  note(memory, conversation, {.model = market.identity(model), .tokens = cached, .kept = kept}, now);
}

void note(ConversationMemory& memory, std::uint64_t conversation, const ConversationMemory::Last& last,
          std::chrono::seconds now) {
  memory.note(conversation, last, now);
  memory.note(at_model(conversation, last.model), last, now);
}

}  // namespace pointsman::route
