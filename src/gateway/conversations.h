// Which conversation a request belongs to, where that was before, and noting where it is now.
//
// A conversation is known by the client's header x-pointsman-session, by what the client calls it in the body
// ("prompt_cache_key", the Responses API's "conversation"), by the answer that it goes on from
// ("previous_response_id"), or else by its first messages and end user. Pure but for the process-wide memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/replica_news.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"
#include "llm/observed.h"
#include "route/conversation_memory.h"
#include "route/ranking.h"

namespace pointsman::gateway {

inline constexpr std::string_view kSessionHeader = "x-pointsman-session";

// Never 0, but where nothing of the conversation is known.
std::uint64_t conversation_key(const llm::ChatRequest& request, std::string_view session_header);

// Nothing is known where there is no memory. `key` is the request's conversation_key; the answer refers to `cached_at`.
route::Continuity continuity_of(const route::ConversationMemory* memory, std::uint64_t key,
                                const llm::ChatRequest& request, const Snapshot& snapshot, base::MonoTime now,
                                std::vector<std::int64_t>& cached_at);

// An answer that was given, and by whom.
struct GivenAnswer {
  route::ModelIndex model = 0;
  llm::Protocol upstream = llm::Protocol::kChatCompletions;
  const llm::Observed& observed;
};
// From now on the conversation, and the answer's id where one can go on from it, are known to be with that model.
// Other replicas are told, unless `news` is null.
void note_answer(route::ConversationMemory& memory, std::uint64_t key, const llm::ChatRequest& request,
                 const Snapshot& snapshot, const route::Ranked& ranked, const GivenAnswer& answer, base::MonoTime now,
                 ReplicaNews* news = nullptr);
// Likewise, of an answer that another replica has given.
void note_heard(route::ConversationMemory& memory, const route::ConversationNews& heard, base::MonoTime now);

}  // namespace pointsman::gateway
