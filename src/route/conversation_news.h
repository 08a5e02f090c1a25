// Where a conversation is now, as one replica tells it to others.
// Plain data: the conversation's number and what ConversationMemory holds of it, the age counted until it is told.
#pragma once

#include <cstdint>

#include "route/conversation_memory.h"

namespace pointsman::route {

struct ConversationNews {
  std::uint64_t conversation = 0;
  ConversationMemory::Last last;
};

}  // namespace pointsman::route
