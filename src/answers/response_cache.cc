#include "answers/response_cache.h"

#include <algorithm>
#include <cstring>

namespace pointsman::answers {
namespace {

// What a call frees besides what it was called for: more than it can add, so that nothing piles up.
constexpr std::size_t kFreedAtOnce = 4;

std::size_t size_of(const KeptAnswer& answer) {
  std::size_t bytes = ResponseCache::kOverhead + answer.body.size() + answer.content_type.size() +
                      answer.decision.size() + answer.model.size() + answer.provider.size() + answer.upstream.size();
  for (const auto* const list : {&answer.losses, &answer.told}) {
    for (const std::string& one : *list) bytes += sizeof one + one.size();
  }
  return bytes;
}

}  // namespace

// The key is a hash already.
std::size_t ResponseCache::KeyHash::operator()(const AnswerKey& key) const {
  std::size_t out = 0;
  std::memcpy(&out, key.data(), sizeof out);
  return out;
}

void ResponseCache::Shard::drop(Order::iterator item) {
  bytes -= item->bytes;
  expiry.erase(item->expiry);
  index.erase(item->key);
  order.erase(item);
}

void ResponseCache::Shard::drop_expired(base::MonoTime now, std::size_t most) {
  for (; most > 0 && !expiry.empty() && expiry.begin()->first <= now; --most) drop(expiry.begin()->second);
}

void ResponseCache::Shard::shrink(std::size_t capacity) {
  while (bytes > capacity && !order.empty()) drop(std::prev(order.end()));
}

void ResponseCache::resize(std::size_t capacity) {
  capacity_.store(capacity, std::memory_order_relaxed);
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    shard.shrink(capacity / kShards);
  }
}

std::size_t ResponseCache::longest_answer() const {
  return std::min(kLongestAnswer, capacity_of_shard() / 4);
}

std::optional<FoundAnswer> ResponseCache::find(const AnswerKey& key, base::MonoTime now) {
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  shard.drop_expired(now, kFreedAtOnce);
  const auto at = shard.index.find(key);
  if (at == shard.index.end() || at->second->until <= now) return std::nullopt;
  shard.order.splice(shard.order.begin(), shard.order, at->second);
  return FoundAnswer{at->second->answer, now - at->second->since};
}

bool ResponseCache::contains(const AnswerKey& key, base::MonoTime now) const {
  const Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto at = shard.index.find(key);
  return at != shard.index.end() && at->second->until > now;
}

bool ResponseCache::put(const AnswerKey& key, KeptAnswerPtr answer, base::MonoTime now, base::Duration time_to_live) {
  const std::size_t bytes = size_of(*answer);
  const std::size_t capacity = capacity_of_shard();
  if (answer->body.size() > longest_answer() || bytes > capacity) return false;
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  shard.drop_expired(now, kFreedAtOnce);
  if (const auto at = shard.index.find(key); at != shard.index.end()) shard.drop(at->second);
  shard.shrink(capacity - bytes);
  shard.order.push_front({key, std::move(answer), bytes, now, now + time_to_live, {}});
  shard.order.front().expiry = shard.expiry.emplace(now + time_to_live, shard.order.begin());
  shard.index.emplace(key, shard.order.begin());
  shard.bytes += bytes;
  return true;
}

void ResponseCache::sweep(base::MonoTime now) {
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    shard.drop_expired(now, shard.order.size());
  }
}

void ResponseCache::keep_only(std::span<const std::uint64_t> snapshots) {
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (auto item = shard.order.begin(); item != shard.order.end();) {
      const auto next = std::next(item);
      if (std::ranges::find(snapshots, item->answer->snapshot) == snapshots.end()) shard.drop(item);
      item = next;
    }
  }
}

std::size_t ResponseCache::bytes() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    sum += shard.bytes;
  }
  return sum;
}

std::size_t ResponseCache::size() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    sum += shard.order.size();
  }
  return sum;
}

}  // namespace pointsman::answers
