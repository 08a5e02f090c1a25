// How much a loss weighs, for functions that note one or the other.
// Plain values.
#pragma once

#include <string_view>

#include "wire/loss_set.h"

namespace pointsman::wire::openai_chat {

enum class Weight : bool { kMinor, kReal };

inline void note_loss(LossSet& losses, std::string_view what, Weight weight) {
  weight == Weight::kMinor ? losses.minor(what) : losses.major(what);
}

}  // namespace pointsman::wire::openai_chat
