// What replicas tell each other besides rates, and may lose: where conversations went, and which models began to fail.
//
//   conversations: version 1 | of each: its 8 bytes, model << 1 | kept, tokens, age in seconds (zigzag varints)
//   failures:      version 1 | of each: 16 bytes of its name, milliseconds left (zigzag varint)
//
// Pure. What is read came from outside: anything else than whole records with values within bounds is kCorrupt, and
// nothing of it counts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "limits/failure_hint.h"
#include "route/conversation_news.h"

namespace pointsman::shared_redis {

struct News {
  std::vector<route::ConversationNews> conversations;
  std::vector<limits::FailureHint> failures;

  bool empty() const { return conversations.empty() && failures.empty(); }
  // So much later: conversations are older, and of failures less is left. What is over goes.
  void age(std::chrono::milliseconds by);
};

// Older news of conversations, and failures that last longer, are told by nobody.
inline constexpr std::chrono::seconds kOldestConversation{120};
inline constexpr std::chrono::minutes kLongestFailure{15};

std::string write_conversations(std::span<const route::ConversationNews> all);
base::Result<std::vector<route::ConversationNews>> read_conversations(std::string_view bytes);
std::string write_failures(std::span<const limits::FailureHint> all);
base::Result<std::vector<limits::FailureHint>> read_failures(std::string_view bytes);

}  // namespace pointsman::shared_redis
