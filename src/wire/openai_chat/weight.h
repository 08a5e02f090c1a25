// How much a loss weighs, for functions that note one or the other.
// Plain values.
#pragma once

#include <string_view>

#include "wire/loss_set.h"

namespace pointsman::wire::openai_chat {

enum class Weight : bool { kMinor, kReal };

// Whether nothing that could still be noted would change the list: hostile bodies name millions of members.
inline bool is_full(const LossSet& losses) {
  return losses.all().size() > LossSet::kMost && !losses.all().back().minor;
}

inline void note_loss(LossSet& losses, std::string_view what, Weight weight) {
  if (is_full(losses)) return;
  weight == Weight::kMinor ? losses.minor(what) : losses.major(what);
}

}  // namespace pointsman::wire::openai_chat
