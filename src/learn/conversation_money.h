// What whole conversations cost, which is what is paid in the end.
//
// Savings added up call by call mislead. A cheaper model that needs three attempts costs three calls, each with the
// history so far; a change of model in the middle of a conversation throws the provider's prompt cache away, so that
// the whole history is paid at the full price again; and the calls of one conversation are no independent witnesses,
// so that an interval over calls is too narrow. Here a conversation is one observation, and only finished ones count:
// of one still going, nobody knows what it will cost.
//
// A conversation is the calls with the same identifier, as long as no two in a row are further apart than the gap: the
// identifier is a hash of how it began, and many begin alike. It is finished when nothing came for the gap. A call of
// unknown cost makes its conversation's cost unknown (I6); those are counted, not guessed.
// Intervals are 95 %, by the percentile bootstrap over conversations (Efron 1979). Pure, deterministic for a seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/money.h"
#include "learn/outcome_curve.h"

namespace pointsman::learn {

using CallTime = std::chrono::sys_time<std::chrono::microseconds>;

struct PricedCall {
  std::uint64_t conversation = 0;  // 0: a conversation of its own
  CallTime at{};
  std::optional<base::Money> cost;
  // The same call under other decisions; nothing throughout where there is no such comparison.
  std::optional<base::Money> other_cost;
  std::uint32_t version = 0;  // of the classifier that decided: any number the caller gives it
};

struct Conversation {
  CallTime begin{};
  CallTime end{};
  std::size_t calls = 0;
  bool finished = false;
  bool one_version = true;  // otherwise the classifier changed in between
  std::uint32_t version = 0;
  std::optional<base::Money> cost;
  std::optional<base::Money> other_cost;
};

inline constexpr std::chrono::minutes kConversationGap{30};

// By beginning. `calls` may come in any order; `now` is when the log ends.
std::vector<Conversation> conversations_of(std::span<const PricedCall> calls, CallTime now,
                                           std::chrono::microseconds gap = kConversationGap);

struct ConversationMoney {
  std::size_t finished = 0;  // with known costs: what the figures are of
  std::size_t calls = 0;     // of those
  std::size_t unfinished = 0;
  std::size_t unknown = 0;  // finished, of unknown cost
  base::Money total;
  base::Money other_total;
  Estimate cost;        // dollars per finished conversation
  Estimate other_cost;  // the same conversations under the other decisions
  Estimate difference;  // other less cost, on the same resamples

  double calls_each() const { return finished > 0 ? static_cast<double>(calls) / static_cast<double>(finished) : 0; }
};

struct ConversationMoneyOptions {
  bool compared = false;  // other costs must be known as well
  int resamples = 1000;
  std::uint64_t seed = 1;
};

ConversationMoney money_of(std::span<const Conversation> conversations, const ConversationMoneyOptions& options = {});

// The same for the conversations of one version from beginning to end.
ConversationMoney money_of_version(std::span<const Conversation> conversations, std::uint32_t version,
                                   const ConversationMoneyOptions& options = {});

}  // namespace pointsman::learn
