#include "watch/conversation_tally.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pointsman::watch {
namespace {

// Each conversation in memory was begun or heard of within the last two horizons, and a request tells of one.
constexpr std::size_t kMostByRequest = 2;

}  // namespace

ConversationTally::ConversationTally(std::uint32_t horizon) : horizon_(std::clamp(horizon, 1U, kMaxHorizon)) {
  const std::size_t most = kMostByRequest * horizon_;
  queue_.resize(most + 1);
  slots_.resize(std::bit_ceil(most + most / 2 + 2));
}

std::optional<ConversationTally::Over> ConversationTally::observe(std::uint64_t conversation, Arm arm,
                                                                  std::optional<double> cost) {
  ++requests_;
  const std::optional<Over> out = end_phases();
  Slot& slot = slots_[find(conversation)];
  if (slot.phase == Phase::kFree) begin(slot, conversation, arm);
  if (slot.phase == Phase::kFinished) {
    slot.again = true;
    return out;
  }
  slot.known = slot.known && cost && std::isfinite(*cost);
  if (slot.known) slot.cost += *cost;
  return out;
}

void ConversationTally::begin(Slot& slot, std::uint64_t conversation, Arm arm) {
  const bool may_be_older = requests_ <= horizon_;
  slot = {.conversation = conversation, .phase = may_be_older ? Phase::kFinished : Phase::kWatched, .arm = arm};
  enqueue(slot);
}

void ConversationTally::enqueue(Slot& slot) {
  slot.until = requests_ + horizon_;
  slot.again = false;
  queue_[(queue_first_ + queue_size_++) % queue_.size()] = slot.conversation;
}

std::optional<ConversationTally::Over> ConversationTally::end_phases() {
  std::optional<Over> out;
  while (queue_size_ > 0) {
    const std::size_t at = find(queue_[queue_first_]);
    Slot& slot = slots_[at];
    if (slot.until > requests_) break;
    queue_first_ = (queue_first_ + 1) % queue_.size();
    --queue_size_;
    if (slot.phase == Phase::kWatched) {
      out = {.arm = slot.arm, .cost = slot.known ? std::optional(slot.cost) : std::nullopt};
    } else if (!slot.again) {
      erase(at);
      continue;
    }
    slot.phase = Phase::kFinished;
    enqueue(slot);
  }
  return out;
}

std::size_t ConversationTally::home(std::uint64_t conversation) const {
  const std::uint64_t mixed = conversation * 0x9e3779b97f4a7c15ULL;  // Fibonacci hashing, Knuth 1973, 6.4
  return static_cast<std::size_t>(mixed >> 32U) & (slots_.size() - 1);
}

std::size_t ConversationTally::find(std::uint64_t conversation) const {
  std::size_t at = home(conversation);
  while (slots_[at].phase != Phase::kFree && slots_[at].conversation != conversation)
    at = (at + 1) & (slots_.size() - 1);
  return at;
}

// Closes the gap, so that no search ends at it too early (Knuth 1973, 6.4, Algorithm R).
void ConversationTally::erase(std::size_t at) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t next = (at + 1) & mask; slots_[next].phase != Phase::kFree; next = (next + 1) & mask) {
    const std::size_t wanted = home(slots_[next].conversation);
    const bool stays = ((next - wanted) & mask) < ((next - at) & mask);
    if (stays) continue;
    slots_[at] = slots_[next];
    at = next;
  }
  slots_[at] = {};
}

}  // namespace pointsman::watch
