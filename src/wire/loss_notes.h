// Notes what is lost between protocols: each kind once, and never more than a client can read.
// Pure functions over the caller's list.
#pragma once

#include <string>
#include <string_view>

#include "llm/conversation.h"

namespace pointsman::wire {

// Longer lists end with one entry that says so.
inline constexpr std::size_t kMaxLosses = 64;
// Longer names are cut.
inline constexpr std::size_t kMaxLossName = 120;

enum class Weight : bool { kMinor, kReal };

// Adds `what`, unless it is there. Noted twice, it weighs as much as the heavier.
void note_loss(llm::Losses& losses, std::string_view what, Weight weight);

}  // namespace pointsman::wire
