#include "shared_redis/answer_shelf.h"

#include <algorithm>
#include <utility>

#include "base/hmac.h"
#include "base/log.h"
#include "base/seal.h"

namespace pointsman::shared_redis {
namespace {

constexpr std::string_view kNames = "pointsman answer name 1";
constexpr std::string_view kSeals = "pointsman answer seal 1";

std::string_view bytes_of(const base::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

base::Sha256 derived(std::string_view secret, std::string_view use, const answers::AnswerKey& key) {
  return base::hmac_sha256(secret, std::string(use).append(bytes_of(key)));
}

}  // namespace

const base::Secret& sealing_secret(const config::RedisConfig& config) {
  return config.secret;
}

// In the slot of all keys of the prefix (talk.h).
AnswerPlace place_of(std::string_view prefix, std::string_view secret, const answers::AnswerKey& key) {
  AnswerPlace out;
  out.name.append(prefix).append(":{").append(prefix).append("}:answer:");
  out.name += base::to_hex(bytes_of(derived(secret, kNames, key)));
  out.key = derived(secret, kSeals, key);
  return out;
}

AnswerShelf::AnswerShelf(net::Loop& loop, Client& client, const base::Clock& clock, telemetry::Shard& shard,
                         const config::RedisConfig& config)
    : loop_(loop), client_(client), clock_(clock), shard_(shard), config_(config) {}

telemetry::Counter& AnswerShelf::count(std::string_view operation, std::string_view result) {
  return shard_.counter("pointsman_redis_operations_total", {{"operation", operation}, {"result", result}});
}

void AnswerShelf::refused(const RespValue& reply, std::string_view operation) {
  count(operation, "refused").add();
  if (!std::exchange(told_refusal_, true)) base::log_warn("redis: {}", reply.text.substr(0, 200));
}

void AnswerShelf::find(const answers::AnswerKey& key, Tell tell) {
  if (looks_ >= kMostLooks) {
    count("find", "busy").add();
    return tell(std::nullopt);
  }
  ++looks_;
  loop_.spawn("redis find", look(place_of(config_.prefix, sealing_secret(config_).reveal(), key), std::move(tell)));
}

// No more is fetched than may be read: GETRANGE gives an empty text for what is not there.
net::Awaitable<> AnswerShelf::look(AnswerPlace place, Tell tell) {
  RespCommands commands;
  commands.add({"GETRANGE", place.name, "0", std::to_string(kLongestValue)});
  const base::MonoTime begin = net::Loop::now();
  auto replies = co_await client_.run(std::move(commands));
  --looks_;
  std::optional<Found> found;
  if (!replies) {
    count("find", "failed").add();
  } else {
    shard_.histogram("pointsman_redis_operation_duration_seconds", {{"operation", "find"}})
        .observe(net::Loop::now() - begin);
    found = read(place, replies->front());
  }
  tell(std::move(found));
}

std::optional<AnswerShelf::Found> AnswerShelf::read(const AnswerPlace& place, const RespValue& reply) {
  if (reply.is(RespValue::Kind::kError)) {
    refused(reply, "find");
    return std::nullopt;
  }
  if (reply.text.empty()) {
    count("find", "miss").add();
    return std::nullopt;
  }
  const auto bytes = reply.text.size() <= kLongestValue ? base::unseal(place.key, reply.text) : std::nullopt;
  auto record = bytes ? answers::read_answer(*bytes) : base::fail(base::ErrorCode::kCorrupt, "not sealed by us");
  const base::WallTime now = clock_.wall();
  if (!record || record->made > now + kMostAhead) {
    count("find", "unreadable").add();
    return std::nullopt;
  }
  count("find", "hit").add();
  const auto age = std::max(now - record->made, base::WallTime::duration(0));
  return Found{std::move(record->answer), age};
}

void AnswerShelf::keep(const answers::AnswerKey& key, answers::KeptAnswerPtr answer, base::Duration time_to_live) {
  const AnswerPlace place = place_of(config_.prefix, sealing_secret(config_).reveal(), key);
  const bool fits = answer->body.size() < kLongestValue && keeping_ < kMostKept;
  auto value = fits ? base::seal(place.key, answers::write_answer(*answer, clock_.wall())) : std::string();
  if (!value || value->empty() || value->size() > kLongestValue) {
    count("keep", "busy").add();
    return;
  }
  keeping_ += value->size();
  loop_.spawn("redis keep", put(place.name, std::move(*value), time_to_live));
}

net::Awaitable<> AnswerShelf::put(std::string name, std::string value, base::Duration time_to_live) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time_to_live).count();
  RespCommands commands;
  commands.add({"SET", name, value, "PX", std::to_string(std::max<std::int64_t>(ms, 1))});
  const auto replies = co_await client_.run(std::move(commands));
  keeping_ -= value.size();
  if (!replies) {
    count("keep", "failed").add();
  } else if (replies->front().is(RespValue::Kind::kError)) {
    refused(replies->front(), "keep");
  } else {
    count("keep", "ok").add();
  }
}

}  // namespace pointsman::shared_redis
