#include "route/conversation_memory.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace pointsman::route {
namespace {

struct Bits {
  int at;
  int count;
  constexpr std::uint64_t mask() const { return (std::uint64_t{1} << count) - 1; }
  constexpr std::uint64_t put(std::uint64_t value) const { return (value & mask()) << at; }
  constexpr std::uint64_t get(std::uint64_t word) const { return word >> at & mask(); }
};

constexpr Bits kModel{0, ConversationMemory::kModelBits};
constexpr Bits kTokens{18, 10};
constexpr Bits kTime{28, 15};
constexpr Bits kKept{43, 1};
constexpr Bits kTag{44, 19};
constexpr std::uint64_t kUsed = std::uint64_t{1} << 63;
constexpr std::int64_t kSecondsPerStep = 16;
constexpr int kPlaceBits = 17;
constexpr double kStepsPerDoubling = 32;

std::uint64_t steps_of(std::int64_t tokens) {
  if (tokens <= 0) return 0;
  const double steps = std::round(std::log2(static_cast<double>(tokens)) * kStepsPerDoubling) + 1;
  return static_cast<std::uint64_t>(std::min(steps, static_cast<double>(kTokens.mask())));
}

std::int64_t tokens_of(std::uint64_t steps) {
  if (steps == 0) return 0;
  return std::llround(std::exp2(static_cast<double>(steps - 1) / kStepsPerDoubling));
}

std::uint64_t tag_of(std::uint64_t conversation) {
  return kTag.put(conversation >> kPlaceBits);
}

std::uint64_t time_of(std::chrono::seconds now) {
  return static_cast<std::uint64_t>(now.count() / kSecondsPerStep) & kTime.mask();
}

}  // namespace

// A megabyte of zeros from calloc is memory only once it is written to.
ConversationMemory::ConversationMemory()
    : words_(static_cast<std::uint64_t*>(std::calloc(kPlaces, sizeof(std::uint64_t)))) {
  if (words_ == nullptr) throw std::bad_alloc();
}

void ConversationMemory::note(std::uint64_t conversation, const Last& last, std::chrono::seconds now) {
  if (conversation == 0) return;
  const std::uint64_t word = kUsed | tag_of(conversation) | kKept.put(last.kept ? 1 : 0) | kTime.put(time_of(now)) |
                             kTokens.put(steps_of(last.tokens)) | kModel.put(last.model);
  at(conversation).store(word, std::memory_order_relaxed);
}

std::optional<ConversationMemory::Last> ConversationMemory::find(std::uint64_t conversation,
                                                                 std::chrono::seconds now) const {
  if (conversation == 0) return std::nullopt;
  const std::uint64_t word = at(conversation).load(std::memory_order_relaxed);
  if ((word & kUsed) == 0 || kTag.put(kTag.get(word)) != tag_of(conversation)) return std::nullopt;
  const std::uint64_t steps = (time_of(now) - kTime.get(word)) & kTime.mask();
  return Last{.model = static_cast<std::uint32_t>(kModel.get(word)),
              .tokens = tokens_of(kTokens.get(word)),
              .kept = kKept.get(word) != 0,
              .age = std::chrono::seconds(static_cast<std::int64_t>(steps) * kSecondsPerStep)};
}

}  // namespace pointsman::route
