#include "gateway/conversations.h"

#include <algorithm>

#include "base/hash.h"
#include "route/cold_prefix.h"
#include "route/recall.h"

namespace pointsman::gateway {
namespace {

// So that a name that a client chose is never taken for another kind of name.
constexpr std::uint64_t kOfSession = 1;
constexpr std::uint64_t kOfBody = 2;
constexpr std::uint64_t kOfAnswer = 3;
constexpr std::uint64_t kOfMessages = 4;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t kind) {
  const std::string_view bytes(reinterpret_cast<const char*>(&hash), sizeof hash);
  return std::max<std::uint64_t>(base::xxh3(bytes, kind), 1);
}

std::chrono::seconds seconds_of(base::MonoTime now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
}

bool is_conversation(llm::Protocol protocol) {
  return protocol != llm::Protocol::kLegacyCompletions && protocol != llm::Protocol::kEmbeddings;
}

route::Caching caching_of(llm::Protocol upstream, bool marks) {
  if (upstream != llm::Protocol::kMessages) return route::Caching::kAutomatic;
  return marks ? route::Caching::kMarked : route::Caching::kUnmarked;
}

}  // namespace

std::uint64_t conversation_key(const llm::ChatRequest& request, std::string_view session_header) {
  if (!is_conversation(request.protocol)) return 0;
  if (!session_header.empty()) return mixed(base::xxh3(session_header), kOfSession);
  if (request.session != 0) return mixed(request.session, kOfBody);
  if (request.previous != 0) return mixed(request.previous, kOfAnswer);
  if (request.conversation == 0) return 0;
  return mixed(request.conversation ^ mixed(request.user, kOfMessages), kOfMessages);
}

route::Continuity continuity_of(const route::ConversationMemory* memory, std::uint64_t key,
                                const llm::ChatRequest& request, const Snapshot& snapshot, base::MonoTime now,
                                std::vector<std::int64_t>& cached_at) {
  cached_at.clear();
  if (memory == nullptr) return {};
  const route::AskedTurn turn{.conversation = key,
                              .previous = request.previous == 0 ? 0 : mixed(request.previous, kOfAnswer),
                              .prompt = request.needs.input_tokens,
                              .tool_results = request.turn == llm::Turn::kToolResult};
  const auto lifetime = std::chrono::duration_cast<std::chrono::seconds>(snapshot.config.router.affinity.lifetime);
  return route::recall(*memory, turn, snapshot.market, lifetime, seconds_of(now), cached_at);
}

void note_answer(route::ConversationMemory& memory, std::uint64_t key, const llm::ChatRequest& request,
                 const Snapshot& snapshot, const route::Ranked& ranked, const GivenAnswer& answer, base::MonoTime now,
                 ReplicaNews* news) {
  const std::int64_t cached = route::cached_after(answer.observed.usage, request.needs.input_tokens,
                                                  caching_of(answer.upstream, request.cache_marks));
  const bool kept = ranked.keeping.kept == answer.model;
  const auto note = [&](std::uint64_t conversation) {
    const route::ConversationMemory::Last last{
        .model = snapshot.market.identity(answer.model), .tokens = cached, .kept = kept};
    route::note(memory, conversation, last, seconds_of(now));
    if (news != nullptr && conversation != 0) news->conversation({conversation, last}, now);
  };
  note(key);
  // The client knows the answer by the upstream's id where it passes as it is.
  const bool stored = request.protocol == llm::Protocol::kResponses && answer.upstream == llm::Protocol::kResponses;
  if (stored && !answer.observed.id.empty()) note(mixed(base::xxh3(answer.observed.id), kOfAnswer));
}

void note_heard(route::ConversationMemory& memory, const route::ConversationNews& heard, base::MonoTime now) {
  const auto known = memory.find(heard.conversation, seconds_of(now));
  if (known && known->age < heard.last.age) return;
  route::note(memory, heard.conversation, heard.last, seconds_of(now) - heard.last.age);
}

}  // namespace pointsman::gateway
